//! From what happened to what is written of it: an occurrence in, at most one write out.
//!
//! An occurrence passes three machines in this order, as in client-go: too many that are alike are combined, the same one is counted, and an
//! object that has had too many is left alone for a while.

mod series;
mod similar;
mod spam;

use std::sync::Arc;

use jiff::SignedDuration;
use jiff::Timestamp;

use super::EventType;
use super::Occurrence;
use super::settings::Events;
use series::AllSeries;
use similar::Similar;
use spam::SpamFilter;

pub(super) use series::Write;

/// What combined events begin with, as client-go has it.
const COMBINED: &str = "(combined from similar events): ";

/// Which object an event is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct About {
    uid: String,
    namespace: String,
    kind: String,
    name: String,
}

/// Events that differ in their notes only.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Group {
    about: About,
    type_: EventType,
    reason: String,
}

/// What makes two occurrences the same event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Identity {
    group: Group,
    /// None: of those that are combined.
    note: Option<String>,
}

impl Identity {
    fn of(occurrence: &Occurrence) -> Self {
        let regarding = &occurrence.regarding;
        let text = |part: &Option<String>| part.clone().unwrap_or_default();
        let about = About {
            uid: text(&regarding.uid),
            namespace: text(&regarding.namespace),
            kind: text(&regarding.kind),
            name: text(&regarding.name),
        };
        let (type_, reason) = (occurrence.type_, occurrence.reason.clone());
        Self { group: Group { about, type_, reason }, note: Some(occurrence.note.clone()) }
    }
}

/// An object has had too many events.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spam;

/// The three machines.
#[derive(Debug)]
pub(super) struct Correlator {
    similar: Similar<Group>,
    series: AllSeries,
    spam: SpamFilter<(About, EventType)>,
}

impl Correlator {
    pub(super) fn new(settings: &Events) -> Self {
        let refill = SignedDuration::try_from(settings.refill).unwrap_or(SignedDuration::MAX);
        Self {
            similar: Similar::new(settings.similar),
            series: AllSeries::default(),
            spam: SpamFilter::new(settings.burst, refill),
        }
    }

    /// What is to be written of an occurrence; nothing if it is counted, and written later.
    pub(super) fn observe(&mut self, occurrence: &Arc<Occurrence>) -> Result<Option<Write>, Spam> {
        let mut identity = Identity::of(occurrence);
        let mut note = occurrence.note.clone();
        if self.similar.combines(&identity.group, &note, occurrence.at) {
            identity.note = None;
            note = super::shorten(format!("{COMBINED}{note}"), super::LONGEST_NOTE);
        }
        let about = (identity.group.about.clone(), occurrence.type_);
        match self.series.observe(identity, occurrence, note) {
            Some(_) if !self.spam.admits(&about, occurrence.at) => Err(Spam),
            write => Ok(write),
        }
    }

    /// The event anew: its name is taken, or it is gone. None if it has ended meanwhile.
    pub(super) fn again(&mut self, identity: &Identity) -> Option<Write> {
        self.series.again(identity)
    }

    /// What is to be written of events that go on or have ended.
    pub(super) fn sweep(&mut self, now: Timestamp) -> Vec<Write> {
        self.series.sweep(now)
    }

    /// Whether anything is remembered, so that sweeping has a point.
    pub(super) fn is_empty(&self) -> bool {
        self.series.is_empty()
    }
}

#[cfg(test)]
mod sample {
    use k8s_openapi::api::core::v1::ObjectReference;

    use super::*;

    pub(super) fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + seconds).unwrap()
    }

    pub(super) fn occurrence(name: &str, note: &str, seconds: i64) -> Occurrence {
        let regarding = ObjectReference {
            name: Some(name.to_owned()),
            uid: Some(format!("uid of {name}")),
            ..ObjectReference::default()
        };
        Occurrence {
            controller: "shop".into(),
            regarding,
            type_: EventType::Normal,
            reason: "Scaled".to_owned(),
            note: note.to_owned(),
            at: at(seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::sample::occurrence;
    use super::*;

    fn notes(correlator: &mut Correlator, note: impl Fn(i64) -> String, many: i64) -> Vec<String> {
        let seen = (0..many).map(|number| {
            let occurrence = Arc::new(occurrence("shop", &note(number), number));
            correlator.observe(&occurrence)
        });
        let shown = seen.map(|verdict| match verdict {
            Ok(Some(write)) => format!("{} x{}", write.note, write.count),
            Ok(None) => "counted".to_owned(),
            Err(Spam) => "spam".to_owned(),
        });
        shown.collect()
    }

    #[test]
    fn the_tenth_of_many_that_are_alike_is_one_event_with_those_that_follow() {
        let mut correlator = Correlator::new(&Events::new());
        let shown = notes(&mut correlator, |number| format!("note {number}"), 13);
        assert_eq!(shown[8], "note 8 x1");
        assert_eq!(shown[9], "(combined from similar events): note 9 x1");
        assert_eq!(shown[10], "(combined from similar events): note 10 x2");
        assert_eq!(shown[11..], ["counted", "counted"]);
    }

    #[test]
    fn an_object_that_has_had_too_many_is_left_alone() {
        let mut correlator = Correlator::new(&Events::new().similar(1000));
        let shown = notes(&mut correlator, |number| format!("note {number}"), 30);
        assert_eq!(shown.iter().position(|shown| shown == "spam"), Some(25));
        assert!(shown[25..].iter().all(|shown| shown == "spam"));
    }

    #[test]
    fn thirty_reasons_are_not_combined() {
        let mut correlator = Correlator::new(&Events::new().burst(100));
        for number in 0..30 {
            let mut occurrence = occurrence("shop", &format!("note {number}"), 0);
            occurrence.reason = format!("Reason{number}");
            let write = correlator.observe(&Arc::new(occurrence)).unwrap().unwrap();
            assert_eq!(write.note, format!("note {number}"));
        }
    }
}
