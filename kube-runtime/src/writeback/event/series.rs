//! Which occurrences are one event: an occurrence and `now` in, what to write out. It writes nothing itself.
//!
//! Differs from client-go: names are given here, so that the same run gives the same names.

use std::collections::HashMap;

use jiff::SignedDuration;
use jiff::Timestamp;

use super::EventType;
use super::Occurrence;

/// An occurrence later than this after the last one begins a new event.
const WINDOW: SignedDuration = SignedDuration::from_mins(6);
/// A series that goes on is written this often.
const REFRESH: SignedDuration = SignedDuration::from_mins(30);
/// How many series are remembered at most.
const REMEMBERED: usize = 4096;

/// What makes two occurrences the same event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Identity {
    uid: String,
    namespace: String,
    kind: String,
    name: String,
    type_: EventType,
    reason: String,
    note: String,
}

impl Identity {
    fn of(occurrence: &Occurrence) -> Self {
        let regarding = &occurrence.regarding;
        let text = |part: &Option<String>| part.clone().unwrap_or_default();
        Self {
            uid: text(&regarding.uid),
            namespace: text(&regarding.namespace),
            kind: text(&regarding.kind),
            name: text(&regarding.name),
            type_: occurrence.type_,
            reason: occurrence.reason.clone(),
            note: occurrence.note.clone(),
        }
    }
}

/// One event that may happen again.
#[derive(Clone, Debug)]
struct Series {
    namespace: String,
    name: String,
    count: i32,
    last: Timestamp,
    written_count: i32,
    written_at: Timestamp,
}

/// What is to be written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Write {
    /// The event happened for the first time.
    Create { identity: Identity, namespace: String, name: String },
    /// It happened again.
    Count { identity: Identity, namespace: String, name: String, count: i32, last: Timestamp },
}

/// All events that may happen again.
#[derive(Debug, Default)]
pub(super) struct Correlator {
    series: HashMap<Identity, Series>,
    last_stamp: i128,
}

impl Correlator {
    /// Counts an occurrence. The second of an event is written at once, later ones with the next refresh.
    pub(super) fn observe(&mut self, occurrence: &Occurrence) -> Option<Write> {
        let identity = Identity::of(occurrence);
        let at = occurrence.at;
        if let Some(series) = self.series.get_mut(&identity)
            && at.duration_since(series.last) < WINDOW
        {
            series.count = series.count.saturating_add(1);
            series.last = at;
            let due = series.written_count == 1 || at.duration_since(series.written_at) >= REFRESH;
            return due.then(|| series.write(identity, at));
        }
        Some(self.begin(identity, at))
    }

    /// Gives the event another name: the one it had is taken, or its event is gone.
    pub(super) fn begin(&mut self, identity: Identity, at: Timestamp) -> Write {
        if self.series.len() >= REMEMBERED
            && let Some(oldest) = self.oldest()
        {
            self.series.remove(&oldest);
        }
        self.last_stamp = at.as_nanosecond().max(self.last_stamp + 1);
        let namespace = match identity.namespace.as_str() {
            "" => "default".to_owned(),
            namespace => namespace.to_owned(),
        };
        let name = format!("{}.{:x}", prefix(&identity.name), self.last_stamp);
        let series = Series {
            namespace: namespace.clone(),
            name: name.clone(),
            count: 1,
            last: at,
            written_count: 1,
            written_at: at,
        };
        self.series.insert(identity.clone(), series);
        Write::Create { identity, namespace, name }
    }

    /// Forgets series that have ended and writes the counts that nobody has seen.
    pub(super) fn sweep(&mut self, now: Timestamp) -> Vec<Write> {
        let mut writes = Vec::new();
        self.series.retain(|identity, series| {
            let ended = now.duration_since(series.last) >= WINDOW;
            let due = ended || now.duration_since(series.written_at) >= REFRESH;
            if due && series.count > series.written_count {
                writes.push(series.write(identity.clone(), now));
            }
            !ended
        });
        writes.sort_by(|left, right| left.name().cmp(right.name()));
        writes
    }

    /// Whether anything is remembered, so that sweeping has a point.
    pub(super) fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    fn oldest(&self) -> Option<Identity> {
        let oldest = self.series.iter().min_by_key(|(_, series)| (series.last, &series.name));
        oldest.map(|(identity, _)| identity.clone())
    }
}

impl Series {
    fn write(&mut self, identity: Identity, at: Timestamp) -> Write {
        self.written_count = self.count;
        self.written_at = at;
        Write::Count {
            identity,
            namespace: self.namespace.clone(),
            name: self.name.clone(),
            count: self.count,
            last: self.last,
        }
    }
}

impl Write {
    fn name(&self) -> &str {
        match self {
            Self::Create { name, .. } | Self::Count { name, .. } => name,
        }
    }
}

/// An event's name must be a DNS subdomain, what it is about need not be.
fn prefix(name: &str) -> &str {
    let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
    let starts = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    let ends = name.bytes().last().is_some_and(|byte| byte.is_ascii_alphanumeric());
    // 253, less the dot and the sixteen digits of the stamp, and some room.
    let fits = starts && ends && name.len() <= 220 && name.bytes().all(allowed);
    if fits { name } else { "event" }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::ObjectReference;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + seconds).unwrap()
    }

    fn occurrence(name: &str, note: &str, seconds: i64) -> Occurrence {
        let regarding = ObjectReference {
            name: Some(name.to_owned()),
            uid: Some(format!("uid of {name}")),
            ..ObjectReference::default()
        };
        Occurrence {
            regarding,
            type_: EventType::Normal,
            reason: "Scaled".to_owned(),
            note: note.to_owned(),
            at: at(seconds),
        }
    }

    fn counts(writes: &[Write]) -> Vec<i32> {
        let count = |write: &Write| match write {
            Write::Create { .. } => 1,
            Write::Count { count, .. } => *count,
        };
        writes.iter().map(count).collect()
    }

    #[test]
    fn what_happens_again_is_counted_and_written_now_and_then() {
        let mut correlator = Correlator::default();
        let mut writes = Vec::new();
        for seconds in (0..=3600).step_by(60) {
            writes.extend(correlator.observe(&occurrence("shop", "3 ready", seconds)));
        }
        // First, second, then every half hour.
        assert_eq!(counts(&writes), [1, 2, 32]);
        let last = correlator.sweep(at(3600 + 360));
        assert_eq!(counts(&last), [61], "the end of a series is written");
        assert!(correlator.is_empty());
    }

    #[test]
    fn another_note_another_object_or_a_long_pause_is_another_event() {
        let mut correlator = Correlator::default();
        let mut observe = |name, note, seconds| {
            let write = correlator.observe(&occurrence(name, note, seconds)).unwrap();
            assert!(matches!(write, Write::Create { .. }), "{write:?}");
            write.name().to_owned()
        };
        let names = [
            observe("shop", "1 ready", 0),
            observe("shop", "2 ready", 0),
            observe("blog", "1 ready", 0),
            observe("shop", "1 ready", 360),
        ];
        let distinct: std::collections::HashSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), 4, "{names:?}");
    }

    #[test]
    fn a_name_that_is_no_subdomain_still_gives_a_valid_event_name() {
        for (name, expected) in [("web-1.a", "web-1.a"), ("system:node", "event"), ("-a", "event")]
        {
            assert_eq!(prefix(name), expected);
        }
    }
}
