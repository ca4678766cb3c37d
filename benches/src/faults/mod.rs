//! The scorecard's faults against both sides: the same story for each, in a process of its own; one table out.

mod figure;
mod spoil;
mod server;
mod side;
mod task;
mod ours;
mod peer;
mod gone;
mod half_open;
mod endless;
mod panics;
mod poison;
mod slow_handler;
mod fairness;

use std::io::Write as _;
use std::time::Duration;

use anyhow::Context as _;
use futures::FutureExt as _;
use futures::future::LocalBoxFuture;

use self::figure::Figure;
use self::figure::Found;
use self::server::World;
use self::side::Life;
use self::side::Watching;
use self::task::Listening;
use self::task::Task;
use crate::report::Process;

/// So long a side has for a fault, by the machine's clock.
const PATIENCE: Duration = Duration::from_secs(120);

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Ours,
    Peer,
}

impl Side {
    fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Peer => "peer",
        }
    }

    fn follow(self, world: &World) -> anyhow::Result<Watching> {
        match self {
            Self::Ours => ours::follow(world),
            Self::Peer => peer::follow(world),
        }
    }

    /// Of kube-rs this is the default.
    fn follow_paged(self, world: &World) -> anyhow::Result<Watching> {
        match self {
            Self::Ours => ours::follow_paged(world),
            Self::Peer => peer::follow(world),
        }
    }

    fn listen(self, world: &World, handlers: usize, each: &Listening) -> anyhow::Result<Watching> {
        match self {
            Self::Ours => ours::listen(world, handlers, each),
            Self::Peer => peer::listen(world, handlers, each),
        }
    }

    fn reconciling(self) -> fn(&World, Task) -> anyhow::Result<Life> {
        match self {
            Self::Ours => ours::reconcile,
            Self::Peer => peer::reconcile,
        }
    }
}

type Story = fn(Side, u64) -> LocalBoxFuture<'static, anyhow::Result<Vec<Figure>>>;

/// Their numbers on the scorecard, and their stories.
const FAULTS: [(&str, Story); 7] = [
    ("6", |side, seed| gone::run(side, seed).boxed_local()),
    ("7", |side, seed| half_open::run(side, seed).boxed_local()),
    ("8", |side, seed| endless::run(side, seed).boxed_local()),
    ("12", |side, seed| panics::run(side, seed).boxed_local()),
    ("13", |side, seed| poison::run(side, seed).boxed_local()),
    ("15", |side, seed| slow_handler::run(side, seed).boxed_local()),
    ("17", |side, seed| fairness::run(side, seed).boxed_local()),
];

/// One side's figures of one fault, as one line of JSON: `fault NUMBER SIDE SEED`.
pub fn one(arguments: &[String]) -> anyhow::Result<()> {
    let [number, side, seed] = arguments else { anyhow::bail!("fault NUMBER SIDE SEED") };
    let side = if side == Side::Ours.name() { Side::Ours } else { Side::Peer };
    let story = FAULTS.iter().find(|(name, _)| name == number).context("no such fault")?.1;
    let seed = seed.parse()?;
    // kube-rs takes its jitter from the generator of this thread.
    fastrand::seed(seed);
    std::thread::spawn(|| {
        std::thread::sleep(PATIENCE);
        // The parent takes an end without figures for what it is.
        std::process::exit(3);
    });
    // That a side panics is a figure.
    std::panic::set_hook(Box::new(|_| ()));
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build()?;
    let found: Found = runtime.block_on(story(side, seed)).map_err(|error| format!("{error:#}"));
    writeln!(std::io::stdout().lock(), "{}", serde_json::to_string(&found)?)?;
    // What still runs is of no interest.
    std::process::exit(0)
}

fn found(number: &str, side: Side, seed: &str) -> anyhow::Result<Found> {
    let mut process = Process::start(&["fault", number, side.name(), seed])?;
    let line = match process.line() {
        Ok(line) => line,
        Err(_) => return Ok(Err(format!("no answer within {}", figure::time(PATIENCE)))),
    };
    Ok(serde_json::from_str(&line)?)
}

/// Prints the table: `faults [--seed N] [--only NUMBER]`.
pub fn run(arguments: &[String]) -> anyhow::Result<()> {
    let (mut seed, mut only) = ("1", None);
    for pair in arguments.chunks(2) {
        match pair {
            [name, value] if name == "--seed" => seed = value,
            [name, value] if name == "--only" => only = Some(value.as_str()),
            _ => anyhow::bail!("`{}` is unknown; there are --seed N and --only NUMBER", pair[0]),
        }
    }
    let mut output = std::io::stdout().lock();
    writeln!(
        output,
        "| test | what | threshold | ours | kube-rs 5 | passes |\n|---|---|---|---:|---:|---|"
    )?;
    for (number, _) in FAULTS {
        if only.is_some_and(|only| only != number) {
            continue;
        }
        let (ours, peer) = (found(number, Side::Ours, seed)?, found(number, Side::Peer, seed)?);
        for row in figure::rows(number, &ours, &peer) {
            writeln!(output, "{row}")?;
        }
    }
    Ok(())
}
