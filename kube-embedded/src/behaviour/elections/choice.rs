//! Who is to lead: the candidates, the lease and the time in; who is asked, or what the lease is to say, out.

use crate::clock::micro;
use crate::kind::OLDEST;
use jiff::SignedDuration;
use jiff::Timestamp;
use semver::Version;
use serde_json::Value;
use serde_json::json;
use std::cmp::Ordering;

/// How long a candidate is one that has not renewed.
pub(super) const CANDIDATE: SignedDuration = SignedDuration::from_mins(30);
/// How long candidates have to answer, and for how long an answer is one.
const ANSWER: SignedDuration = SignedDuration::from_secs(5);
/// How long whoever is elected has to renew the lease.
const TERM: i64 = 5;

/// What to do next about one lease.
#[derive(Debug, PartialEq)]
pub(super) enum Choice {
    /// Nobody wants it.
    Nobody,
    /// Nothing now.
    Wait,
    /// Candidates of these names are asked whether they are there.
    Ask(Vec<String>),
    /// The lease is made, with this spec.
    Make(Value),
    /// The lease says this instead.
    Write(Value),
}

/// A candidate as it was read.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    name: String,
    created: Option<Timestamp>,
    binary: Option<Version>,
    emulation: Option<Version>,
    strategy: String,
    asked: Option<Timestamp>,
    renewed: Option<Timestamp>,
}

impl Candidate {
    pub(super) fn of(object: &Value) -> Self {
        let spec = &object["spec"];
        let text = |member: &str| spec[member].as_str().unwrap_or_default().to_owned();
        Self {
            name: object["metadata"]["name"].as_str().unwrap_or_default().to_owned(),
            created: time(&object["metadata"]["creationTimestamp"]),
            binary: Version::parse(&text("binaryVersion")).ok(),
            emulation: Version::parse(&text("emulationVersion")).ok(),
            strategy: text("strategy"),
            asked: time(&spec["pingTime"]),
            renewed: time(&spec["renewTime"]),
        }
    }

    /// It has been asked and has not answered.
    pub(super) fn is_asked(&self) -> bool {
        self.asked.is_some_and(|asked| self.renewed.is_some_and(|renewed| renewed < asked))
    }

    /// It has not renewed for so long that it is none any more.
    pub(super) fn is_expired(&self, now: Timestamp) -> bool {
        self.renewed.is_none_or(|renewed| renewed + CANDIDATE < now)
    }

    /// When it will be none any more, unless it renews.
    pub(super) fn end(&self) -> Option<Timestamp> {
        self.renewed.map(|renewed| renewed + CANDIDATE)
    }

    fn has_answered(&self, now: Timestamp) -> bool {
        self.renewed.is_some_and(|renewed| renewed + ANSWER > now)
    }

    /// Whether it is to be asked: it has not been, or has answered the last time and that is long ago.
    fn wants_asking(&self, now: Timestamp) -> bool {
        self.asked.is_none_or(|asked| asked + ANSWER < now && !self.is_asked())
    }
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

/// One step of an election. What has happened so far is in the candidates and in the lease; nothing is remembered.
///
/// # Errors
/// Candidates of one binary version that want different strategies.
pub(super) fn choose(
    candidates: &[Candidate],
    lease: Option<&Value>,
    now: Timestamp,
) -> Result<Choice, String> {
    let candidates: Vec<&Candidate> =
        candidates.iter().filter(|candidate| !candidate.is_expired(now)).collect();
    if candidates.is_empty() {
        return Ok(Choice::Nobody);
    }
    if !is_needed(&candidates, lease, now)? {
        return Ok(Choice::Wait);
    }
    let mut waits = false;
    let mut asked = Vec::new();
    for candidate in &candidates {
        if candidate.is_asked() && candidate.asked.is_some_and(|asked| asked + ANSWER > now) {
            waits = true;
        } else if !candidate.has_answered(now) && candidate.wants_asking(now) {
            asked.push(candidate.name.clone());
        }
    }
    if !asked.is_empty() {
        return Ok(Choice::Ask(asked));
    }
    let there: Vec<&Candidate> =
        candidates.into_iter().filter(|candidate| candidate.has_answered(now)).collect();
    if waits || there.is_empty() {
        return Ok(Choice::Wait);
    }
    let strategy = strategy(&there)?;
    // A lease of any other strategy is left without a holder.
    let elected = (strategy == OLDEST).then(|| oldest(&there)).flatten();
    let elected = elected.map(|candidate| candidate.name.as_str());
    Ok(outcome(strategy, elected, lease, now))
}

fn is_needed(
    candidates: &[&Candidate],
    lease: Option<&Value>,
    now: Timestamp,
) -> Result<bool, String> {
    let Some(lease) = lease else { return Ok(true) };
    let Some(holder) = holder(lease).filter(|_| !is_expired(lease, now)) else { return Ok(true) };
    // Now and then all are asked, so that those that are gone are known.
    let half = CANDIDATE / 2;
    if candidates.iter().any(|one| one.renewed.is_some_and(|renewed| renewed + half < now)) {
        return Ok(true);
    }
    let best = if strategy(candidates)? == OLDEST { oldest(candidates) } else { None };
    Ok(best.is_some_and(|best| best.name != holder))
}

/// The lease after the election.
fn outcome(strategy: &str, elected: Option<&str>, lease: Option<&Value>, now: Timestamp) -> Choice {
    let Some(lease) = lease else {
        let (time, mut spec) = (micro(now), json!({ "strategy": strategy }));
        spec["leaseDurationSeconds"] = json!(TERM);
        spec["renewTime"] = json!(time);
        if let Some(elected) = elected {
            spec["holderIdentity"] = json!(elected);
        }
        return Choice::Make(spec);
    };
    let mut spec = lease["spec"].clone();
    spec["strategy"] = json!(strategy);
    match (elected, holder(lease)) {
        (Some(elected), Some(holder)) if elected == holder => {}
        (Some(elected), Some(_)) if !is_expired(lease, now) => {
            spec["preferredHolder"] = json!(elected);
        }
        (Some(elected), _) => {
            spec["holderIdentity"] = json!(elected);
            spec["leaseDurationSeconds"] = json!(TERM);
            spec["renewTime"] = json!(micro(now));
            for member in ["preferredHolder", "acquireTime"] {
                spec.as_object_mut().and_then(|spec| spec.remove(member));
            }
        }
        (None, _) => {}
    }
    if spec == lease["spec"] { Choice::Wait } else { Choice::Write(spec) }
}

fn holder(lease: &Value) -> Option<&str> {
    lease["spec"]["holderIdentity"].as_str().filter(|holder| !holder.is_empty())
}

fn is_expired(lease: &Value, now: Timestamp) -> bool {
    let spec = &lease["spec"];
    let (renewed, lasts) = (time(&spec["renewTime"]), spec["leaseDurationSeconds"].as_i64());
    renewed
        .zip(lasts)
        .is_none_or(|(renewed, lasts)| renewed + SignedDuration::from_secs(lasts) < now)
}

/// What the newest program wants.
fn strategy<'a>(candidates: &[&'a Candidate]) -> Result<&'a str, String> {
    let mut newest: Option<&Candidate> = None;
    for candidate in candidates.iter().copied() {
        let order = newest.map_or(Ordering::Greater, |newest| {
            precedence(candidate.binary.as_ref(), newest.binary.as_ref())
        });
        match (order, newest) {
            (Ordering::Greater, _) => newest = Some(candidate),
            (Ordering::Equal, Some(newest)) if newest.strategy != candidate.strategy => {
                let (one, other) = (&newest.name, &candidate.name);
                return Err(format!(
                    "candidates `{one}` and `{other}` have the same binary version and want the strategies {} and {}",
                    newest.strategy, candidate.strategy
                ));
            }
            _ => {}
        }
    }
    Ok(newest.map_or("", |newest| newest.strategy.as_str()))
}

/// The least emulation version; of those the least binary version; of those who is there longest.
fn oldest<'a>(candidates: &[&'a Candidate]) -> Option<&'a Candidate> {
    let valid =
        |candidate: &&Candidate| candidate.emulation.is_some() && candidate.binary.is_some();
    candidates.iter().copied().filter(valid).min_by(|one, other| {
        precedence(one.emulation.as_ref(), other.emulation.as_ref())
            .then_with(|| precedence(one.binary.as_ref(), other.binary.as_ref()))
            .then_with(|| one.created.cmp(&other.created))
    })
}

/// Without what was said of a build. One that cannot be read is the least.
fn precedence(one: Option<&Version>, other: Option<&Version>) -> Ordering {
    match (one, other) {
        (Some(one), Some(other)) => one.cmp_precedence(other),
        (one, other) => one.is_some().cmp(&other.is_some()),
    }
}
