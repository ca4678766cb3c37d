//! The writes of an undisturbed play in; what is done to the plays that follow, out.

use super::APART;
use super::place::Place;

/// At most so many plays of each sort but crashes; of more, each second, third, … is played.
const MOST: usize = 50;

/// A write that has left a process or the story.
#[derive(Clone, Debug)]
pub(super) struct Write {
    /// As `PATCH /api/v1/..`.
    pub(super) line: String,
    pub(super) by_operator: bool,
    pub(super) place: Option<Place>,
    /// The server's revision before it was carried out.
    pub(super) before: u64,
    /// And after it.
    pub(super) after: u64,
}

/// What is done to a play. Writes are numbered, those of the story too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Disturbance {
    /// The process dies instead of a write.
    Before(usize),
    /// The process dies when the server has carried out a write, and before its answer comes.
    After(usize),
    /// The process dies after a write, and for a while the caches of one collection in the next show what was before an earlier one.
    Behind { write: usize, since: usize, collection: String },
    /// The operator is not told of a write, nor of what follows in that collection until the story writes the object again.
    Missed { write: usize, object: Place },
}

impl Disturbance {
    /// As it is told: the writes by number and request.
    pub(super) fn told(&self, writes: &[Write]) -> String {
        let write = |number: &usize| {
            let line = writes.get(*number).map_or("", |write| &write.line);
            format!("write {} ({line})", number + 1)
        };
        match self {
            Self::Before(number) => format!("after a crash before {}", write(number)),
            Self::After(number) => format!("after a crash after {}", write(number)),
            Self::Behind { write: number, since, collection } => format!(
                "after a crash after {}, with caches of {collection} that were as before {} for a while",
                write(number),
                write(since)
            ),
            Self::Missed { write: number, object } => format!(
                "when the operator was not told of {}, only of what the story made of {} later",
                write(number),
                object.object
            ),
        }
    }
}

/// A crash before and after each write of the operator.
pub(super) fn crashes(writes: &[Write]) -> Vec<Disturbance> {
    let numbers = (0..writes.len()).filter(|number| writes[*number].by_operator);
    numbers.flat_map(|number| [Disturbance::Before(number), Disturbance::After(number)]).collect()
}

/// A restart after each write, with caches as before that write or any earlier one of their collection.
pub(super) fn behind(writes: &[Write]) -> Vec<Disturbance> {
    let telling: Vec<(usize, &Place)> = telling(writes).collect();
    let pairs = telling.iter().enumerate().flat_map(|(position, (write, _))| {
        telling[..=position].iter().map(|(since, place)| (*write, *since, *place))
    });
    let all = pairs.map(|(write, since, place)| Disturbance::Behind {
        write,
        since,
        collection: place.collection.clone(),
    });
    thinned(all.collect())
}

/// Each write of an object that the story writes again is missed.
pub(super) fn missed(writes: &[Write]) -> Vec<Disturbance> {
    let again = |write: usize, object: &Place| {
        let later = &writes[write + 1..];
        later.iter().any(|later| !later.by_operator && later.place.as_ref() == Some(object))
    };
    let all = telling(writes).filter(|(write, object)| again(*write, object));
    let all = all.map(|(write, object)| Disturbance::Missed { write, object: object.clone() });
    thinned(all.collect())
}

/// The writes that changed something that an operator acts on.
fn telling(writes: &[Write]) -> impl Iterator<Item = (usize, &Place)> {
    let effective = writes.iter().enumerate().filter(|(_, write)| write.after > write.before);
    let placed = effective.filter_map(|(number, write)| Some((number, write.place.as_ref()?)));
    placed.filter(|(_, place)| !APART.contains(&place.collection.as_str()))
}

fn thinned(all: Vec<Disturbance>) -> Vec<Disturbance> {
    let step = all.len().div_ceil(MOST).max(1);
    all.into_iter().step_by(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(by_operator: bool, object: &str, revisions: (u64, u64)) -> Write {
        let collection = object.split('/').next().unwrap_or_default().to_owned();
        let place = Some(Place { collection, object: object.to_owned() });
        Write { line: String::new(), by_operator, place, before: revisions.0, after: revisions.1 }
    }

    #[test]
    fn only_what_changed_something_is_seen_late_or_missed() {
        let writes = [
            write(false, "sites/a", (1, 2)),
            write(true, "maps/a", (2, 3)),
            write(true, "maps/a", (3, 3)),
            write(true, "events/a", (3, 4)),
            write(false, "sites/a", (4, 5)),
        ];
        assert_eq!(crashes(&writes).len(), 6);
        let seen = |behind: &Disturbance| match behind {
            Disturbance::Behind { write, since, .. } => (*write, *since),
            other => panic!("{other:?}"),
        };
        let pairs: Vec<_> = behind(&writes).iter().map(seen).collect();
        assert_eq!(pairs, [(0, 0), (1, 0), (1, 1), (4, 0), (4, 1), (4, 4)]);
        let object = writes[0].place.clone().unwrap();
        assert_eq!(missed(&writes), [Disturbance::Missed { write: 0, object }]);
    }

    #[test]
    fn however_long_a_story_is_its_plays_are_bounded() {
        let writes = (0..200).map(|number| write(false, "sites/a", (number, number + 1)));
        let writes: Vec<_> = writes.collect();
        assert!((40..=MOST).contains(&behind(&writes).len()));
        assert!((40..=MOST).contains(&missed(&writes).len()));
    }
}
