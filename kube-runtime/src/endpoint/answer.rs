//! One question over HTTP: method, path and query in, status and text out.
//!
//! Mirrors: controller-runtime pkg/healthz/healthz.go

use std::fmt::Write as _;

use super::vitals::Asked;
use super::vitals::Question;
use super::vitals::Vitals;

/// What is served at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Serves {
    pub(crate) metrics: bool,
    pub(crate) probes: bool,
}

/// What is said.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) text: String,
    /// Headers beside those that every answer has, by their names in lower case.
    pub(super) headers: Vec<(&'static str, String)>,
}

const PLAIN: &str = "text/plain; charset=utf-8";
const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";

impl Answer {
    pub(super) fn plain(status: u16, text: impl Into<String>) -> Self {
        Self { status, content_type: PLAIN, text: text.into(), headers: Vec::new() }
    }

    /// The same with one more header.
    pub(super) fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// Answers one request.
pub(super) async fn answer(
    vitals: &Vitals,
    serves: Serves,
    method: &str,
    path: &str,
    query: &str,
) -> Answer {
    if !matches!(method, "GET" | "HEAD") {
        return Answer::plain(405, "only GET and HEAD are answered\n");
    }
    let mut parts = path.trim_start_matches('/').splitn(2, '/');
    let (page, name) = (parts.next().unwrap_or_default(), parts.next());
    let question = match page {
        "metrics" if serves.metrics && name.is_none() => {
            return Answer { content_type: EXPOSITION, ..Answer::plain(200, vitals.metrics()) };
        }
        "healthz" | "livez" if serves.probes => Question::Live,
        "readyz" if serves.probes => Question::Ready,
        _ => {
            return Answer::plain(
                404,
                format!("there is nothing here; there is{}\n", paths(serves)),
            );
        }
    };
    match name {
        None | Some("") => whole(vitals, question, page, query).await,
        Some(name) => single(vitals, question, name).await,
    }
}

fn paths(serves: Serves) -> &'static str {
    match (serves.metrics, serves.probes) {
        (true, false) => " /metrics",
        (false, _) => " /healthz, /livez and /readyz",
        (true, true) => " /metrics, /healthz, /livez and /readyz",
    }
}

/// One check, by its name.
async fn single(vitals: &Vitals, question: Question, name: &str) -> Answer {
    let results = vitals.ask(question, |present| present == name).await;
    match results.into_iter().find_map(|(_, result)| result) {
        Some(Ok(())) => Answer::plain(200, "ok"),
        Some(Err(_)) => Answer::plain(500, format!("{name} failed: reason withheld\n")),
        None => Answer::plain(404, format!("there is no check `{name}`\n")),
    }
}

/// All checks but those that are excluded.
async fn whole(vitals: &Vitals, question: Question, page: &str, query: &str) -> Answer {
    let members = query.split('&').map(|member| member.split_once('=').unwrap_or((member, "")));
    let (mut verbose, mut excluded) = (false, Vec::new());
    for (name, value) in members {
        match name {
            "verbose" => verbose = true,
            // No name of a check holds anything that would be encoded.
            "exclude" => excluded.push(value),
            _ => {}
        }
    }
    let results = vitals.ask(question, |name| !excluded.contains(&name)).await;
    let passed = results.iter().all(|(_, result)| !matches!(result, Some(Err(_))));
    if passed && !verbose {
        return Answer::plain(200, "ok");
    }
    let mut text = String::new();
    for (name, result) in &results {
        _ = match result {
            None => writeln!(text, "[+]{name} excluded: ok"),
            Some(Ok(())) => writeln!(text, "[+]{name} ok"),
            Some(Err(_)) => writeln!(text, "[-]{name} failed: reason withheld"),
        };
    }
    let known = |name: &&str| results.iter().any(|(present, _): &Asked| present == name);
    let unknown: Vec<_> = excluded.iter().filter(|name| !known(name)).collect();
    if !unknown.is_empty() {
        _ = writeln!(
            text,
            "warn: some checks cannot be excluded: no matches for {}",
            unknown.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(",")
        );
    }
    _ = writeln!(text, "{page} check {}", if passed { "passed" } else { "failed" });
    Answer::plain(if passed { 200 } else { 500 }, text)
}
