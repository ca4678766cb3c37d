//! Runs every side on every data set, each in a process of its own, and prints one table.

use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Write as _;
use std::process::Child;
use std::process::ChildStdin;
use std::process::ChildStdout;
use std::process::Command;
use std::process::Stdio;

use anyhow::Context as _;

use crate::Options;
use crate::pods::DataSet;
use crate::work;
use crate::work::Findings;
use crate::work::Work;

/// A child that ends with us, and the two ends to talk to it.
pub struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Process {
    /// This program with these arguments.
    pub fn start(arguments: &[&str]) -> anyhow::Result<Self> {
        let program = std::env::current_exe()?;
        let mut child = Command::new(program)
            .args(arguments)
            // Huge pages would round a cache of 30 MiB up to anything between 45 and 85, by chance.
            .env("MIMALLOC_ALLOW_THP", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take().context("piped")?;
        let output = BufReader::new(child.stdout.take().context("piped")?);
        Ok(Self { child, input, output })
    }

    /// Tells it this line.
    pub fn tell(&mut self, line: &str) -> anyhow::Result<()> {
        writeln!(self.input, "{line}")?;
        Ok(self.input.flush()?)
    }

    /// Its next line.
    pub fn line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        anyhow::ensure!(!line.is_empty(), "a process ended without its answer");
        Ok(line.trim().to_owned())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn measure(
    server: &mut Process,
    address: &str,
    side: &str,
    task: Work,
    options: &Options,
    round: usize,
) -> anyhow::Result<Findings> {
    let sentinel = format!("sentinel-{round}");
    let (url, token) = address.split_once(' ').context("URL TOKEN")?;
    let pods = options.pods.to_string();
    let mut client = Process::start(&["side", side, task.name(), url, token, &pods, &sentinel])?;
    anyhow::ensure!(client.line()? == work::SYNCED, "the client speaks out of turn");
    server.tell(&format!("{} {sentinel}", options.events))?;
    Ok(serde_json::from_str(&client.line()?)?)
}

/// One row: what was measured, ours, the peer's, and the ratio.
struct Row(&'static str, f64, f64, usize);

fn rows(cache: [&Findings; 2], indexed: [&Findings; 2], reconcile: [&Findings; 2]) -> Vec<Row> {
    let row = |name, of: fn(&Findings) -> f64, sides: [&Findings; 2], digits| {
        Row(name, of(sides[0]), of(sides[1]), digits)
    };
    let all = |side: usize| {
        cache[side].sync_cpu
            + cache[side].events_cpu
            + reconcile[side].sync_cpu
            + reconcile[side].events_cpu
    };
    vec![
        row("sync, CPU s", |found| found.sync_cpu, cache, 2),
        row("resident after sync, MiB", |found| found.resident, cache, 0),
        row("peak during sync, MiB", |found| found.peak, cache, 0),
        row("events to cache, CPU s", |found| found.events_cpu, cache, 2),
        row("resident after events, MiB", |found| found.resident_after, cache, 0),
        row("sync and reconcile all, CPU s", |found| found.sync_cpu, reconcile, 2),
        row("events to reconciles, CPU s", |found| found.events_cpu, reconcile, 2),
        Row("these four together, CPU s", all(0), all(1), 2),
        #[expect(clippy::cast_precision_loss, reason = "a count of reconciles is far below 2^52")]
        row("reconciles for the events", |found| found.reconciles as f64, reconcile, 0),
        row("events with an index and a predicate, CPU s", |found| found.events_cpu, indexed, 2),
        row("list a tenth by the index, ms", |found| found.listed[0], indexed, 2),
        row("the same while it is held, ms", |found| found.listed[1], indexed, 2),
    ]
}

/// Measures and prints.
pub fn run(options: &Options) -> anyhow::Result<()> {
    let mut output = std::io::stdout().lock();
    writeln!(
        output,
        "{} Pods, {} MODIFIED events, loopback HTTP, JSON; each side a process of its own, mimalloc (4 KiB pages) on both.\n",
        options.pods, options.events
    )?;
    writeln!(
        output,
        "| data set | measured | ours | kube-rs 5 | ratio |\n|---|---|---:|---:|---:|"
    )?;
    for (data_set, name) in
        [(DataSet::Equal, "A nearly equal"), (DataSet::Differing, "B differing")]
    {
        if options.only.is_some_and(|only| only != data_set) {
            continue;
        }
        let argument = if data_set == DataSet::Equal { "a" } else { "b" };
        let mut server = Process::start(&["serve", argument, &options.pods.to_string()])?;
        let address = server.line()?;
        let mut found = Vec::new();
        for (round, (side, task)) in [
            ("ours", Work::Cache),
            ("peer", Work::Cache),
            ("ours", Work::Indexed),
            ("peer", Work::Indexed),
            ("ours", Work::Reconcile),
            ("peer", Work::Reconcile),
        ]
        .into_iter()
        .enumerate()
        {
            found.push(measure(&mut server, &address, side, task, options, round)?);
        }
        for Row(what, ours, peer, digits) in
            rows([&found[0], &found[1]], [&found[2], &found[3]], [&found[4], &found[5]])
        {
            writeln!(
                output,
                "| {name} | {what} | {ours:.digits$} | {peer:.digits$} | {:.2} |",
                ours / peer
            )?;
        }
    }
    Ok(())
}
