//! 10,000 keys that are always due, and two workers: how long a key waits for its turn.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use futures::FutureExt as _;
use tokio::time::Instant;

use super::Side;
use super::figure;
use super::figure::Figure;
use super::server;
use super::server::World;
use super::side;
use super::task::Task;

const KEYS: usize = 10_000;
/// Each key's share is 20 of them.
const TURNS: u32 = 200_000;
const TURN: Duration = Duration::from_millis(1);

/// Since when each key is due, and how often it had its turn; what was waited in all, and the longest.
#[derive(Default)]
struct Turns {
    keys: HashMap<String, (Instant, u32)>,
    count: u32,
    waited: Duration,
    longest: Duration,
}

impl Turns {
    fn note(&mut self, waited: Duration) {
        self.count += 1;
        self.waited += waited;
        self.longest = self.longest.max(waited);
    }
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Turns>>);

async fn turn(shared: Shared, name: String) -> Option<Duration> {
    let now = Instant::now();
    {
        let mut turns = shared.0.lock().expect("nobody panics in it");
        if let Some((due, _)) = turns.keys.get(&name).copied() {
            turns.note(now - due);
        }
    }
    server::pass(TURN).await;
    let mut turns = shared.0.lock().expect("nobody panics in it");
    let key = turns.keys.entry(name).or_insert((now, 0));
    *key = (Instant::now(), key.1 + 1);
    Some(Duration::ZERO)
}

/// From the end of a turn to the beginning of the next.
pub async fn run(side: Side, seed: u64) -> anyhow::Result<Vec<Figure>> {
    let world = World::new(seed).await?;
    for number in 0..KEYS {
        world.create(&format!("m{number}")).await?;
    }
    let (shared, begun) = (Shared::default(), Instant::now());
    let all = shared.clone();
    let task = Task(Arc::new(move |name| turn(all.clone(), name).boxed()));
    let story = async {
        let turns = || shared.0.lock().expect("nobody panics in it").count;
        while turns() < TURNS && begun.elapsed() < 4 * TURNS * TURN {
            server::pass(Duration::from_millis(100)).await;
        }
        Ok(())
    };
    side::play((side.reconciling())(&world, task)?, story).await?;
    let mut turns = shared.0.lock().expect("nobody panics in it");
    // Who still waits has waited at least this long; who never had a turn, since the beginning.
    let mut waiting: Vec<_> = turns.keys.values().map(|(due, _)| due.elapsed()).collect();
    waiting.extend(vec![begun.elapsed(); KEYS - turns.keys.len()]);
    let (mean, still) = (turns.waited / turns.count.max(1), waiting.into_iter().max());
    turns.longest = turns.longest.max(still.unwrap_or_default());
    let times = turns.longest.as_secs_f64() / mean.as_secs_f64();
    let value = format!("{times:.1} × {}", figure::time(mean));
    let fewest = if turns.keys.len() < KEYS {
        0
    } else {
        turns.keys.values().map(|key| key.1).min().unwrap_or(0)
    };
    let most = turns.keys.values().map(|key| key.1).max().unwrap_or(0);
    Ok(vec![
        Figure::new(
            "10,000 keys always due, 2 workers: the longest wait, in mean waits",
            "≤ 3 ×",
            value,
            times <= 3.0,
        ),
        Figure::new(
            "turns that a key had while each could have 20: fewest and most",
            "≥ 10",
            format!("{fewest} and {most}"),
            fewest >= 10,
        ),
    ])
}
