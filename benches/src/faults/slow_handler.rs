//! Five handlers of one informer, of which one stands still for an hour under changes: what the others wait, what it costs, what it sees in the end.

use std::collections::BTreeMap;
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
use super::task::Listening;
use crate::measure;

const OBJECTS: usize = 5_000;
const CHANGES: usize = 50_000;
const HANDLERS: usize = 5;
const SECOND: Duration = Duration::from_secs(1);
const HOUR: usize = 3_600;
/// MiB that the one that stands still may cost.
const COST: f64 = 64.0;

/// When versions were written, how long the quick ones waited for them, and what the slow one saw last.
#[derive(Default)]
struct Clocks {
    written: HashMap<u64, Instant>,
    waited: Vec<Duration>,
    last: BTreeMap<String, u64>,
    until: Option<Instant>,
}

type Shared = Arc<Mutex<Clocks>>;

fn with<T>(shared: &Shared, look: impl FnOnce(&mut Clocks) -> T) -> T {
    look(&mut shared.lock().expect("nobody panics in it"))
}

/// The first handler stands still, if it is to.
async fn hear(shared: Shared, handler: usize, name: String, version: u64) {
    if handler > 0 {
        return with(&shared, |clocks| {
            let waited = clocks.written.get(&version).map(Instant::elapsed);
            clocks.waited.extend(waited);
        });
    }
    let until = with(&shared, |clocks| {
        clocks.last.insert(name, version);
        clocks.until
    });
    if let Some(until) = until {
        tokio::time::sleep_until(until).await;
    }
}

struct Hour {
    late: Duration,
    heard: usize,
    missed: usize,
    resident: f64,
}

async fn hour(side: Side, seed: u64, slow: bool) -> anyhow::Result<Hour> {
    let world = World::with_history(seed, CHANGES / 10).await?;
    for number in 0..OBJECTS {
        world.create(&format!("m{number}")).await?;
    }
    let shared = Shared::default();
    let all = Arc::clone(&shared);
    let each = move |handler, name, version| hear(Arc::clone(&all), handler, name, version).boxed();
    let watching = side.listen(&world, HANDLERS, &Listening(Arc::new(each)))?;
    let seen = watching.seen;
    let story = async {
        let synced = seen.caught_up(&world, 60 * SECOND).await?;
        anyhow::ensure!(synced.is_some(), "it does not sync");
        let hour = Duration::from_secs(3_600);
        with(&shared, |clocks| clocks.until = slow.then(|| Instant::now() + hour));
        // Each is changed in its turn: no change is told together with another, so that all are told.
        let mut names: Vec<_> = (0..OBJECTS).map(|number| format!("m{number}")).collect();
        fastrand::Rng::with_seed(seed).shuffle(&mut names);
        let mut resident = 0.0_f64;
        for second in 0..HOUR {
            for change in CHANGES * second / HOUR..CHANGES * (second + 1) / HOUR {
                let now = Instant::now();
                world.change(&names[change % OBJECTS], &second.to_string()).await?;
                with(&shared, |clocks| clocks.written.insert(world.server.revision(), now));
            }
            server::pass(SECOND).await;
            resident = resident.max(measure::resident());
        }
        let there = world.there().await?;
        let missed = || {
            with(&shared, |clocks| {
                there
                    .iter()
                    .filter(|(name, (_, version))| clocks.last.get(*name) != Some(version))
                    .count()
            })
        };
        for _ in 0..600 {
            server::pass(SECOND).await;
            if missed() == 0 {
                break;
            }
        }
        Ok((missed(), resident))
    };
    let (missed, resident) = side::play(watching.life, story).await?;
    let mut waited = with(&shared, |clocks| std::mem::take(&mut clocks.waited));
    waited.sort();
    let late = waited.get(waited.len() * 99 / 100).copied().unwrap_or_default();
    Ok(Hour { late, heard: waited.len(), missed, resident })
}

/// Beside an hour in which none stands still.
pub async fn run(side: Side, seed: u64) -> anyhow::Result<Vec<Figure>> {
    let calm = hour(side, seed, false).await?;
    let slow = hour(side, seed, true).await?;
    let cost = slow.resident - calm.resident;
    let tenth = Duration::from_millis(100);
    let late = figure::time(slow.late);
    let what = "one handler of five stands still for an hour, 50,000 changes of 5,000 objects";
    Ok(vec![
        Figure::new(format!("{what}: the others' p99"), "< 100 ms", late, slow.late < tenth),
        Figure::exactly("changes that each of them was told", CHANGES, slow.heard / (HANDLERS - 1)),
        Figure::new(
            "memory beside an hour in which none does",
            format!("≤ {COST:.0} MiB"),
            format!("{cost:.0} MiB"),
            cost <= COST,
        ),
        Figure::exactly(
            "objects of which it did not see the last state in the end",
            0,
            slow.missed,
        ),
    ])
}
