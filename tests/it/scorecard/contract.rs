//! What an informer told, and its cache in the end, in; each promise of an informer that this breaks out.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use kube_runtime::flow::Deletion;
use kube_runtime::flow::Notice;

/// One notice, with the object's uid and version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) told: Told,
    pub(super) name: String,
    pub(super) uid: String,
    pub(super) version: u64,
    /// Whether the handler was synced before it was told this.
    pub(super) synced: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Added {
        initial: bool,
    },
    /// With the version that it had before.
    Updated(u64),
    Deleted {
        seen: bool,
    },
}

/// Uids and versions by name.
pub(super) type State = BTreeMap<String, (String, u64)>;

impl Line {
    pub(super) fn of(notice: &Notice, synced: bool) -> Self {
        let number = |version: &str| version.parse().expect("the embedded server counts");
        let told = match notice {
            Notice::Added { initial, .. } => Told::Added { initial: *initial },
            Notice::Updated { old, .. } => Told::Updated(number(old.resource_version())),
            Notice::Deleted(deletion) => {
                Told::Deleted { seen: matches!(deletion, Deletion::Seen(_)) }
            }
            other => panic!("{other:?}"),
        };
        let latest = notice.latest();
        let version = number(latest.resource_version());
        let (name, uid) = (latest.key().name().to_owned(), latest.uid().to_owned());
        Self { told, name, uid, version, synced }
    }
}

/// What is broken; nothing if all is well.
pub(super) fn broken(lines: &[Line], cache: &State) -> Vec<String> {
    let mut broken = Vec::new();
    let (mut known, mut newest, mut ended) = (State::new(), BTreeMap::new(), BTreeSet::new());
    for line in lines {
        let mut say = |what: &str| broken.push(format!("{what}: {line:?}"));
        let (name, uid) = (line.name.clone(), line.uid.clone());
        let before = known.get(&name).cloned();
        let last = newest.insert(name.clone(), line.version).unwrap_or_default();
        if ended.contains(&uid) {
            say("an object is back that was told to be gone");
        }
        match line.told {
            Told::Added { initial } => {
                if before.is_some() {
                    say("an addition of what is there");
                }
                if initial && line.synced {
                    say("a part of the initial list after the handler was synced");
                }
                if line.version <= last {
                    say("an addition that is no news");
                }
            }
            Told::Updated(old) => {
                if before != Some((uid.clone(), old)) {
                    say("a change of another state than was told before");
                }
                if line.version <= last {
                    say("a change that goes back");
                }
            }
            Told::Deleted { seen } => {
                if before.is_none_or(|(before, _)| before != uid) {
                    say("a deletion of what is not there");
                }
                if line.version < last || (!seen && line.version != last) {
                    say("a deletion with another last state than was told");
                }
                known.remove(&name);
                ended.insert(uid);
                continue;
            }
        }
        known.insert(name, (uid, line.version));
    }
    if known != *cache {
        broken.push(format!("what was told ends in {known:?}, and the cache is {cache:?}"));
    }
    broken
}

fn line(told: Told, name: &str, uid: &str, version: u64) -> Line {
    let (name, uid) = (name.to_owned(), uid.to_owned());
    Line { told, name, uid, version, synced: !matches!(told, Told::Added { initial: true }) }
}

/// Two objects of a first list, one of which is made anew under its name; one that comes and goes unseen.
fn sound() -> (Vec<Line>, State) {
    let lines = vec![
        line(Told::Added { initial: true }, "a", "a1", 1),
        line(Told::Added { initial: true }, "b", "b1", 2),
        line(Told::Updated(1), "a", "a1", 3),
        line(Told::Updated(3), "a", "a1", 4),
        line(Told::Deleted { seen: true }, "b", "b1", 5),
        line(Told::Added { initial: false }, "b", "b2", 6),
        line(Told::Added { initial: false }, "c", "c1", 7),
        line(Told::Deleted { seen: false }, "c", "c1", 7),
        line(Told::Updated(6), "b", "b2", 9),
    ];
    let state = |uid: &str, version| (uid.to_owned(), version);
    (lines, State::from([("a".to_owned(), state("a1", 4)), ("b".to_owned(), state("b2", 9))]))
}

#[test]
fn the_checker_finds_every_kind_of_broken_informer() {
    type Mutant = fn(&mut Vec<Line>, &mut State);
    let (lines, cache) = sound();
    assert_eq!(broken(&lines, &cache), [""; 0]);
    let mutants: [(&str, Mutant); 16] = [
        ("an addition is left out", |lines, _| drop(lines.remove(5))),
        ("an addition is told twice", |lines, _| lines.insert(1, lines[0].clone())),
        ("a change is left out", |lines, _| drop(lines.remove(2))),
        ("a change is told twice", |lines, _| lines.insert(3, lines[2].clone())),
        ("two changes are told in the wrong order", |lines, _| lines.swap(2, 3)),
        ("a change names another old state", |lines, _| lines[3].told = Told::Updated(2)),
        ("a deletion is left out", |lines, _| drop(lines.remove(4))),
        ("a deletion is told twice", |lines, _| lines.insert(5, lines[4].clone())),
        ("the last deletion is left out", |lines, _| drop(lines.remove(7))),
        ("a deletion and an addition are told as a change", |lines, _| {
            lines[5].told = Told::Updated(2);
            lines.remove(4);
        }),
        ("a deletion goes back", |lines, _| lines[4].version = 1),
        ("a list takes what lives for gone", |lines, _| {
            lines.push(line(Told::Deleted { seen: false }, "a", "a1", 4));
        }),
        ("what was gone is back", |lines, _| {
            lines.push(line(Told::Added { initial: false }, "c", "c1", 10));
        }),
        ("the handler is synced too early", |lines, _| lines[1].synced = true),
        ("the cache lost an object", |_, cache| drop(cache.remove("a"))),
        ("the cache went back", |_, cache| cache.get_mut("b").unwrap().1 = 6),
    ];
    for (what, mutant) in mutants {
        let (mut lines, mut cache) = (lines.clone(), cache.clone());
        mutant(&mut lines, &mut cache);
        assert!(!broken(&lines, &cache).is_empty(), "not found: {what}");
    }
}
