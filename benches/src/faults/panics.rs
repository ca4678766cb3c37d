//! A reconcile that panics for ever for one key of a hundred: what the others wait, and how often it is tried.

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
use super::side::Ended;
use super::side::Life;
use super::task::Task;

const KEYS: usize = 100;
const BAD: &str = "m42";
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
/// How often every key changes, three minutes apart, and how long it is quiet after that: in the last hour its tries are far apart.
const ROUNDS: [(u32, Duration); 2] = [(6, Duration::from_secs(3 * 3600)), (20, Duration::ZERO)];

/// When each object changed, how long the others waited until their reconcile had ended, and when the bad one was tried.
#[derive(Default)]
struct Clocks {
    changed: HashMap<String, Instant>,
    waited: Vec<Duration>,
    tried: Vec<Instant>,
    panics: bool,
}

type Shared = Arc<Mutex<Clocks>>;

fn with<T>(shared: &Shared, look: impl FnOnce(&mut Clocks) -> T) -> T {
    look(&mut shared.lock().expect("nobody panics in it"))
}

async fn work(shared: Shared, name: String) -> Option<Duration> {
    let changed = with(&shared, |clocks| clocks.changed.get(&name).copied())?;
    let panics = with(&shared, |clocks| {
        let panics = clocks.panics && name == BAD;
        if panics {
            clocks.tried.push(Instant::now());
        }
        panics
    });
    assert!(!panics, "planted: not to my liking");
    server::pass(Duration::from_millis(10)).await;
    with(&shared, |clocks| clocks.waited.push(changed.elapsed()));
    None
}

/// What came of it.
struct Hours {
    /// The 99th percentile of what the others waited.
    late: Duration,
    /// How often the bad one was tried in the last hour.
    tried: usize,
    /// Why the controller ended, if it did.
    ended: Option<String>,
}

type Reconcile = fn(&World, Task) -> anyhow::Result<Life>;

async fn hours(seed: u64, reconcile: Reconcile, panics: bool) -> anyhow::Result<Hours> {
    let world = World::new(seed).await?;
    for number in 0..KEYS {
        world.create(&format!("m{number}")).await?;
    }
    let shared = Arc::new(Mutex::new(Clocks { panics, ..Clocks::default() }));
    let all = Arc::clone(&shared);
    let task = Task(Arc::new(move |name| work(Arc::clone(&all), name).boxed()));
    let story = async {
        server::pass(MINUTE).await;
        for (rounds, pause) in ROUNDS {
            for round in 0..rounds {
                for number in 0..KEYS {
                    let name = format!("m{number}");
                    with(&shared, |clocks| clocks.changed.insert(name.clone(), Instant::now()));
                    world.change(&name, &format!("{pause:?} {round}")).await?;
                }
                server::pass(3 * MINUTE).await;
            }
            server::pass(pause).await;
        }
        Ok(())
    };
    let ended = match side::play(reconcile(&world, task)?, story).await {
        Err(error) if error.is::<Ended>() => Some(error.to_string()),
        told => told.map(|()| None)?,
    };
    let (mut waited, tried) =
        with(&shared, |clocks| (std::mem::take(&mut clocks.waited), clocks.tried.clone()));
    waited.sort();
    let late = waited.get(waited.len() * 99 / 100).copied().unwrap_or_default();
    let tried = tried.iter().filter(|at| at.elapsed() < HOUR).count();
    Ok(Hours { late, tried, ended })
}

/// Goes on or not; the others' wait beside calm hours; tries in an hour.
async fn figures(seed: u64, reconcile: Reconcile) -> anyhow::Result<[(String, bool); 3]> {
    let (calm, bad) = (hours(seed, reconcile, false).await?, hours(seed, reconcile, true).await?);
    anyhow::ensure!(calm.ended.is_none(), "without a panic: {:?}", calm.ended);
    if let Some(ended) = bad.ended {
        return Ok([
            (ended, false),
            ("it ended".to_owned(), false),
            ("it ended".to_owned(), false),
        ]);
    }
    let times = bad.late.as_secs_f64() / calm.late.as_secs_f64();
    let late = format!("{} ({times:.2} ×)", figure::time(bad.late));
    let tried = (1..=12).contains(&bad.tried);
    Ok([("it goes on".to_owned(), true), (late, times <= 1.1), (bad.tried.to_string(), tried)])
}

/// As users begin, which is what passes or not; and, for kube-rs, where they catch panics themselves.
pub async fn run(side: Side, seed: u64) -> anyhow::Result<Vec<Figure>> {
    let mut found = figures(seed, side.reconciling()).await?;
    if side == Side::Peer {
        let careful = figures(seed, super::peer::reconcile_carefully).await?;
        for ((text, _), (more, _)) in found.iter_mut().zip(careful) {
            *text += &format!("; where the function catches it: {more}");
        }
    }
    let rows = [
        ("one key of 100 panics for ever: the controller", "goes on"),
        ("the others' p99, beside the same without it", "≤ 1.1 ×"),
        ("tries of that key in the last of five hours", "1 to 12"),
    ];
    let figures = rows.into_iter().zip(found);
    Ok(figures
        .map(|((what, may), (value, passes))| Figure::new(what, may, value, passes))
        .collect())
}
