//! The client alone beside kube-rs's: lists, pages, small requests and many watches, each side in a process of its own, in one table with the goals.

mod bare;
mod counted;
pub mod front;
mod ours;
mod peer;
mod work;

use std::io::Write as _;

use anyhow::Context as _;

use crate::report::Process;
use front::Address;
use work::Findings;
use work::PAGE;
use work::Work;

/// How much work: `--pods N --gets N --watches N`, and how often it is done: `--rounds N`.
#[derive(Debug)]
struct Options {
    pods: usize,
    gets: usize,
    watches: usize,
    /// The least of so many is told, as whatever runs beside it only adds.
    rounds: usize,
}

impl Options {
    fn parse(arguments: &[String]) -> anyhow::Result<Self> {
        let mut options = Self { pods: 50_000, gets: 10_000, watches: 1_000, rounds: 3 };
        for pair in arguments.chunks(2) {
            let [name, value] = pair else { anyhow::bail!("`{}` needs a value", pair[0]) };
            let number = value.parse().with_context(|| format!("`{name} {value}` is no number"))?;
            match name.as_str() {
                "--pods" => options.pods = number,
                "--gets" => options.gets = number,
                "--watches" => options.watches = number,
                "--rounds" => options.rounds = number.max(1),
                _ => anyhow::bail!(
                    "`{name}` is unknown; there are --pods N, --gets N, --watches N, --rounds N"
                ),
            }
        }
        Ok(options)
    }

    fn times(&self, work: Work) -> usize {
        match work {
            Work::List | Work::Pages => self.pods,
            Work::Gets => self.gets,
            Work::Watches => self.watches,
        }
    }
}

/// One client process: `SIDE WORK TIMES ADDRESS`.
pub async fn side(arguments: &[String]) -> anyhow::Result<()> {
    let [side, work, times, address] = arguments else {
        anyhow::bail!("client-side SIDE WORK TIMES ADDRESS")
    };
    let (work, times) = (Work::named(work)?, times.parse()?);
    let address: Address = serde_json::from_str(address)?;
    match (side.as_str(), work) {
        ("ours", work) => ours::run(&address, work, times).await,
        ("peer", work) => peer::run(&address, work, times).await,
        ("hyper", Work::Gets) => bare::hyper(&address, times).await,
        ("reqwest", Work::Gets) => bare::reqwest(&address, times).await,
        _ => anyhow::bail!("`{side}` does no {work:?}"),
    }
}

/// The server, and what is measured of clients of it.
struct Bench {
    server: Process,
    address: String,
    options: Options,
}

impl Bench {
    /// The least CPU and memory of some rounds, and how many connections the server saw in the last of them.
    fn least(&mut self, side: &str, work: Work) -> anyhow::Result<(Findings, usize)> {
        let (mut least, mut connections) = self.once(side, work)?;
        for _ in 1..self.options.rounds {
            let found;
            (found, connections) = self.once(side, work)?;
            if found.cpu + found.events < least.cpu + least.events {
                least = found;
            }
        }
        Ok((least, connections))
    }

    fn once(&mut self, side: &str, work: Work) -> anyhow::Result<(Findings, usize)> {
        self.connections()?;
        let times = self.options.times(work).to_string();
        let mut client =
            Process::start(&["client-side", side, work.name(), &times, &self.address])?;
        if work == Work::Watches {
            anyhow::ensure!(client.line()? == work::OPEN, "the client speaks out of turn");
            self.server.tell(&format!("change {}", work::CHANGES))?;
        }
        let found = serde_json::from_str(&client.line()?)?;
        Ok((found, self.connections()?))
    }

    /// How many were made since this was asked last.
    fn connections(&mut self) -> anyhow::Result<usize> {
        self.server.tell("connections")?;
        Ok(self.server.line()?.parse()?)
    }
}

/// One row: what was measured, ours, kube-rs's if it has that, what is to be reached and whether it was.
struct Row {
    what: String,
    ours: f64,
    peer: Option<f64>,
    goal: Option<(String, bool)>,
    digits: usize,
}

impl Row {
    fn of(what: impl Into<String>, ours: f64, peer: f64, digits: usize) -> Self {
        Self { what: what.into(), ours, peer: Some(peer), goal: None, digits }
    }

    /// Ours is to be at most so many times kube-rs's.
    fn at_most(mut self, times: f64) -> Self {
        let met = self.peer.is_some_and(|peer| self.ours <= times * peer);
        self.goal = Some((format!("≤ {times} × kube-rs"), met));
        self
    }

    /// Ours is to be at most so much.
    fn within(mut self, most: f64) -> Self {
        self.goal = Some((format!("≤ {most}"), self.ours <= most));
        self
    }

    fn print(&self, output: &mut impl std::io::Write) -> std::io::Result<()> {
        let Self { what, ours, peer, goal, digits } = self;
        write!(output, "| {what} | {ours:.digits$} | ")?;
        match peer {
            Some(peer) => write!(output, "{peer:.digits$} | {:.2} | ", ours / peer)?,
            None => write!(output, "– | – | ")?,
        }
        match goal {
            Some((goal, met)) => {
                writeln!(output, "{goal} | {} |", if *met { "met" } else { "missed" })
            }
            None => writeln!(output, "– | – |"),
        }
    }
}

/// Measures and prints.
pub fn run(arguments: &[String]) -> anyhow::Result<()> {
    let options = Options::parse(arguments)?;
    let Options { pods, gets, watches, rounds } = options;
    let mut server =
        Process::start(&["client-serve", &pods.to_string(), &watches.max(1).to_string()])?;
    let address = server.line()?;
    let mut bench = Bench { server, address, options };
    let mut output = std::io::stdout().lock();
    writeln!(
        output,
        "{pods} Pods of 5.7 KB, {gets} GETs, {watches} watches; each side a process of its own, the least CPU of {rounds} rounds.\n\n| measured | ours | kube-rs 5 | ratio | goal | |\n|---|---:|---:|---:|---|---|"
    )?;
    for measured in [lists, requests, many] {
        for row in measured(&mut bench)? {
            row.print(&mut output)?;
        }
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "numbers of objects are far below 2^52")]
fn lists(bench: &mut Bench) -> anyhow::Result<Vec<Row>> {
    let (ours, _) = bench.least("ours", Work::List)?;
    let (peer, _) = bench.least("peer", Work::List)?;
    let peak = |found: &Findings| (found.peak - found.before) / (found.held - found.before);
    let mut rows = vec![
        Row::of("a typed list, CPU s", ours.cpu, peer.cpu, 2).at_most(0.9),
        Row::of("resident with the list, MiB", ours.held, peer.held, 0),
        Row::of("its peak, in sizes of the result", peak(&ours), peak(&peer), 2).within(1.2),
    ];
    let page = |found: &Findings| {
        (found.held - found.before) * f64::from(PAGE) / bench.options.pods as f64
    };
    let (page_of_ours, page_of_peer) = (page(&ours), page(&peer));
    let (ours, _) = bench.least("ours", Work::Pages)?;
    let (peer, _) = bench.least("peer", Work::Pages)?;
    let pages = |found: &Findings, page: f64| (found.peak - found.before) / page;
    rows.extend([
        Row::of(format!("the same in pages of {PAGE}, CPU s"), ours.cpu, peer.cpu, 2),
        Row::of("peak, in pages", pages(&ours, page_of_ours), pages(&peer, page_of_peer), 1)
            .within(3.0),
        Row {
            what: "objects in memory at most, in pages".to_owned(),
            ours: ours.alive as f64 / f64::from(PAGE),
            peer: None,
            goal: None,
            digits: 2,
        }
        .within(3.0),
    ]);
    Ok(rows)
}

#[expect(clippy::cast_precision_loss, reason = "numbers of requests are far below 2^52")]
fn requests(bench: &mut Bench) -> anyhow::Result<Vec<Row>> {
    let times = bench.options.gets as f64;
    let (hyper, _) = bench.least("hyper", Work::Gets)?;
    let (reqwest, _) = bench.least("reqwest", Work::Gets)?;
    let (ours, of_ours) = bench.least("ours", Work::Gets)?;
    let (peer, of_peer) = bench.least("peer", Work::Gets)?;
    let each = |found: &Findings| found.cpu / times * 1e6;
    let by_hand = |name: &str, found: &Findings| {
        let what = format!("the same by hand with {name}");
        Row { what, ours: each(found), peer: Some(each(&peer)), goal: None, digits: 0 }
    };
    Ok(vec![
        Row::of("a small GET, CPU µs", each(&ours), each(&peer), 0).at_most(1.15),
        by_hand("hyper-util", &hyper),
        by_hand("reqwest", &reqwest),
        Row::of("its connections", of_ours as f64, of_peer as f64, 0).within(1.0),
    ])
}

#[expect(clippy::cast_precision_loss, reason = "numbers of watches are far below 2^52")]
fn many(bench: &mut Bench) -> anyhow::Result<Vec<Row>> {
    let watches = bench.options.watches as f64;
    let (ours, of_ours) = bench.least("ours", Work::Watches)?;
    let (peer, of_peer) = bench.least("peer", Work::Watches)?;
    let memory = |found: &Findings| (found.held - found.before) * 1024.0 / watches;
    let event = |found: &Findings| found.events / watches / work::CHANGES as f64 * 1e6;
    Ok(vec![
        Row::of("many watches: connections", of_ours as f64, of_peer as f64, 0).within(15.0),
        Row::of("opening one, CPU µs", ours.cpu / watches * 1e6, peer.cpu / watches * 1e6, 0),
        Row::of("resident for one, KiB", memory(&ours), memory(&peer), 1),
        Row::of("an event of one, CPU µs", event(&ours), event(&peer), 0),
    ])
}
