//! What every client does, and what it finds: its name on the command line in, one JSON line out.

use std::io::Write as _;

use serde::Deserialize;
use serde::Serialize;

use crate::measure;

/// What a client process is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// All Pods in one typed list, which is held.
    List,
    /// All Pods in pages of [`PAGE`], each object looked at and let go.
    Pages,
    /// One small map, again and again.
    Gets,
    /// A watch for each small map.
    Watches,
}

/// How many objects a page has.
pub const PAGE: u32 = 500;

/// How often each small map changes under its watch.
pub const CHANGES: usize = 10;

/// The line by which a client says that all of its watches are open.
pub const OPEN: &str = "open";

impl Work {
    const ALL: [Self; 4] = [Self::List, Self::Pages, Self::Gets, Self::Watches];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Pages => "pages",
            Self::Gets => "gets",
            Self::Watches => "watches",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> anyhow::Result<Self> {
        let found = Self::ALL.into_iter().find(|work| work.name() == name);
        found.ok_or_else(|| anyhow::anyhow!("`{name}` is no work of a client"))
    }
}

/// What a client process found.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Findings {
    /// CPU seconds for the work.
    pub cpu: f64,
    /// MiB resident before it.
    pub before: f64,
    /// MiB resident with the result in memory, or all watches open.
    pub held: f64,
    /// The most MiB that were resident until then.
    pub peak: f64,
    /// How many objects were in memory at most, where that was counted.
    pub alive: usize,
    /// CPU seconds for the events of the watches.
    pub events: f64,
}

/// A measurement that has begun: after a first small request, so that what each client needs anyway is there.
pub struct Begun {
    cpu: f64,
    before: f64,
}

impl Begun {
    /// From now on.
    pub fn now() -> Self {
        Self { cpu: measure::cpu_seconds(), before: measure::resident() }
    }

    /// Until now.
    pub fn end(&self) -> Findings {
        Findings {
            cpu: measure::cpu_seconds() - self.cpu,
            before: self.before,
            held: measure::resident(),
            peak: measure::peak(),
            ..Findings::default()
        }
    }
}

/// Tells the parent that all watches are open.
pub fn say_open() {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{OPEN}").and_then(|()| output.flush()).expect("the parent listens");
}

/// Tells the parent what was found.
pub fn tell(findings: &Findings) {
    let line = serde_json::to_string(findings).expect("numbers can be written");
    writeln!(std::io::stdout().lock(), "{line}").expect("the parent listens");
}
