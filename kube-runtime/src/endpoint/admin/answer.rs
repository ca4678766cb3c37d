//! One question at the port of the live page: a request in, the page, the data or a refusal out.

use tokio::time::Instant;

use super::Site;
use super::gate::Ask;
use super::gate::Refusal;
use super::snapshot::snapshot;
use crate::endpoint::answer::Answer;

const PAGE: &str = include_str!("page/index.html");
const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/script.js");

/// Answers one request at the port; `nonce` is new each time, and nobody can guess it.
pub(in crate::endpoint) fn answer(site: &Site, ask: &Ask<'_>, nonce: &str, now: Instant) -> Answer {
    let (gate, path) = (&site.0.gate, ask.path);
    let refusal = if path == "/admin.json" { gate.data(ask) } else { gate.page(ask) };
    let answer = match (refusal, ask.method, path) {
        (Some(refusal), _, _) => refused(refusal),
        (None, "GET" | "HEAD", "/") => page(nonce),
        (None, "GET" | "HEAD", "/admin.json") => data(site, now),
        (None, "GET" | "HEAD", _) => {
            Answer::plain(404, "there is nothing here; there is / and /admin.json\n")
        }
        (None, _, _) => Answer::plain(405, "only GET and HEAD are answered\n")
            .with("allow", "GET, HEAD".to_owned()),
    };
    // For every answer: nothing here is to be kept, framed, guessed at, or told to whom a link leads.
    answer
        .with("cache-control", "no-store".to_owned())
        .with("x-frame-options", "DENY".to_owned())
        .with("referrer-policy", "no-referrer".to_owned())
        .with("cross-origin-resource-policy", "same-origin".to_owned())
        .with("cross-origin-opener-policy", "same-origin".to_owned())
}

fn page(nonce: &str) -> Answer {
    let text = PAGE
        .replace("{style}", STYLE)
        .replace("{script}", SCRIPT)
        // Last: neither of them names it.
        .replace("{nonce}", nonce);
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let answer = Answer { content_type: "text/html; charset=utf-8", ..Answer::plain(200, text) };
    answer.with("content-security-policy", policy)
}

fn data(site: &Site, now: Instant) -> Answer {
    let document = snapshot(&site.0.vitals.parts(), site.0.bounds, now);
    match serde_json::to_string(&document) {
        Ok(text) => Answer { content_type: "application/json", ..Answer::plain(200, text) },
        Err(error) => Answer::plain(500, format!("the data cannot be written: {error}\n")),
    }
}

fn refused(refusal: Refusal) -> Answer {
    match refusal {
        Refusal::Token => Answer::plain(401, "a token is needed: `Authorization: Bearer TOKEN`\n")
            .with("www-authenticate", "Bearer".to_owned()),
        Refusal::Elsewhere => Answer::plain(403, "pages from elsewhere may not look\n"),
        Refusal::Name => Answer::plain(
            421,
            "this is not the server of that name: use `localhost` or the loopback address\n",
        ),
    }
}
