//! Which occurrences are one event: an occurrence and its identity in, what to write out. It writes nothing itself.
//!
//! Mirrors: client-go tools/events/event_broadcaster.go
//! Differs: names are given here, so that the same run gives the same names.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::SignedDuration;
use jiff::Timestamp;

use super::Identity;
use crate::writeback::event::Occurrence;

/// An occurrence later than this after the last one begins a new event.
const WINDOW: SignedDuration = SignedDuration::from_mins(6);
/// A series that goes on is written this often.
const REFRESH: SignedDuration = SignedDuration::from_mins(30);
/// How many series are remembered at most.
const REMEMBERED: usize = 4096;

/// One event that may happen again.
#[derive(Clone, Debug)]
struct Series {
    name: String,
    count: i32,
    /// The last of them.
    occurrence: Arc<Occurrence>,
    note: String,
    first: Timestamp,
    written_count: i32,
    written_at: Timestamp,
}

/// What is to be written of an event: all that is known of it.
#[derive(Clone, Debug)]
pub(in crate::writeback::event) struct Write {
    pub(in crate::writeback::event) identity: Identity,
    pub(in crate::writeback::event) name: String,
    /// 1 makes it, more changes it.
    pub(in crate::writeback::event) count: i32,
    pub(in crate::writeback::event) first: Timestamp,
    /// The last time it happened.
    pub(in crate::writeback::event) occurrence: Arc<Occurrence>,
    pub(in crate::writeback::event) note: String,
}

/// All events that may happen again.
#[derive(Debug, Default)]
pub(super) struct AllSeries {
    series: HashMap<Identity, Series>,
    last_stamp: i128,
}

impl AllSeries {
    /// Counts an occurrence, shown with a note. The second of an event is written at once, later ones with the next refresh.
    pub(super) fn observe(
        &mut self,
        identity: Identity,
        occurrence: &Arc<Occurrence>,
        note: String,
    ) -> Option<Write> {
        let at = occurrence.at;
        if let Some(series) = self.series.get_mut(&identity)
            && at.duration_since(series.occurrence.at) < WINDOW
        {
            series.count = series.count.saturating_add(1);
            series.occurrence = Arc::clone(occurrence);
            series.note = note;
            let due = series.written_count == 1 || at.duration_since(series.written_at) >= REFRESH;
            return due.then(|| series.write(identity, at));
        }
        Some(self.begin(identity, Arc::clone(occurrence), note))
    }

    /// Begins an event.
    fn begin(&mut self, identity: Identity, occurrence: Arc<Occurrence>, note: String) -> Write {
        if self.series.len() >= REMEMBERED
            && let Some(oldest) = self.oldest()
        {
            self.series.remove(&oldest);
        }
        let at = occurrence.at;
        self.last_stamp = at.as_nanosecond().max(self.last_stamp + 1);
        let name = format!("{}.{:x}", prefix(&identity.group.about.name), self.last_stamp);
        let mut series = Series {
            name,
            count: 1,
            occurrence,
            note,
            first: at,
            written_count: 0,
            written_at: at,
        };
        let write = series.write(identity.clone(), at);
        self.series.insert(identity, series);
        write
    }

    /// Begins an event anew under another name: the one it had is taken, or its event is gone. None if it has ended meanwhile.
    pub(super) fn again(&mut self, identity: &Identity) -> Option<Write> {
        let series = self.series.remove(identity)?;
        Some(self.begin(identity.clone(), series.occurrence, series.note))
    }

    /// Forgets series that have ended and writes the counts that nobody has seen.
    pub(super) fn sweep(&mut self, now: Timestamp) -> Vec<Write> {
        let mut writes = Vec::new();
        self.series.retain(|identity, series| {
            let ended = now.duration_since(series.occurrence.at) >= WINDOW;
            let due = ended || now.duration_since(series.written_at) >= REFRESH;
            if due && series.count > series.written_count {
                writes.push(series.write(identity.clone(), now));
            }
            !ended
        });
        writes.sort_by(|left, right| left.name.cmp(&right.name));
        writes
    }

    /// Whether anything is remembered, so that sweeping has a point.
    pub(super) fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    fn oldest(&self) -> Option<Identity> {
        let oldest =
            self.series.iter().min_by_key(|(_, series)| (series.occurrence.at, &series.name));
        oldest.map(|(identity, _)| identity.clone())
    }
}

impl Series {
    fn write(&mut self, identity: Identity, at: Timestamp) -> Write {
        self.written_count = self.count;
        self.written_at = at;
        Write {
            identity,
            name: self.name.clone(),
            count: self.count,
            first: self.first,
            occurrence: Arc::clone(&self.occurrence),
            note: self.note.clone(),
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
    use super::super::sample::at;
    use super::super::sample::occurrence;
    use super::*;

    fn observe(all: &mut AllSeries, name: &str, note: &str, seconds: i64) -> Option<Write> {
        let occurrence = Arc::new(occurrence(name, note, seconds));
        all.observe(Identity::of(&occurrence), &occurrence, note.to_owned())
    }

    #[test]
    fn what_happens_again_is_counted_and_written_now_and_then() {
        let mut all = AllSeries::default();
        let mut counts = Vec::new();
        for seconds in (0..=3600).step_by(60) {
            counts.extend(observe(&mut all, "shop", "3 ready", seconds).map(|write| write.count));
        }
        // First, second, then every half hour.
        assert_eq!(counts, [1, 2, 32]);
        let [last] = &all.sweep(at(3600 + 360))[..] else {
            panic!("the end of a series is written")
        };
        assert_eq!((last.count, last.first), (61, at(0)));
        assert!(all.is_empty());
    }

    #[test]
    fn another_note_another_object_or_a_long_pause_is_another_event() {
        let mut all = AllSeries::default();
        let mut name = |object, note, seconds| {
            let write = observe(&mut all, object, note, seconds).unwrap();
            assert_eq!(write.count, 1);
            write.name
        };
        let names = [
            name("shop", "1 ready", 0),
            name("shop", "2 ready", 0),
            name("blog", "1 ready", 0),
            name("shop", "1 ready", 360),
        ];
        let distinct: std::collections::HashSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), 4, "{names:?}");
    }

    #[test]
    fn an_event_that_is_gone_begins_anew_under_another_name() {
        let mut all = AllSeries::default();
        let first = observe(&mut all, "shop", "3 ready", 0).unwrap();
        let second = observe(&mut all, "shop", "3 ready", 1).unwrap();
        assert_eq!((second.count, &second.name), (2, &first.name));
        let anew = all.again(&second.identity).unwrap();
        assert_eq!((anew.count, anew.first), (1, at(1)));
        assert_ne!(anew.name, first.name);
        all.sweep(at(1000));
        assert!(all.again(&second.identity).is_none(), "it has ended");
    }

    #[test]
    fn a_name_that_is_no_subdomain_still_gives_a_valid_event_name() {
        for (name, expected) in [("web-1.a", "web-1.a"), ("system:node", "event"), ("-a", "event")]
        {
            assert_eq!(prefix(name), expected);
        }
    }
}
