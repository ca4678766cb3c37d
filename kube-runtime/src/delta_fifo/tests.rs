//! The promises of the queue.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use kube_core::wire::RawObject;
use proptest::prelude::*;

use super::{DeltaFifo, Fifo};
use crate::flow::sample::object;
use crate::flow::{Change, Delta};

fn show(delta: &Delta) -> String {
    match delta {
        Delta::Updated(object) => format!("{}@{}", object.meta.name, object.meta.resource_version),
        Delta::Listed(object) => format!("={}@{}", object.meta.name, object.meta.resource_version),
        Delta::Deleted(object) => format!("-{}@{}", object.meta.name, object.meta.resource_version),
        Delta::Malformed(malformed) => format!("?{}", malformed.name.as_deref().unwrap_or("")),
        Delta::ListBegun { .. } => "[".to_owned(),
        Delta::ListEnded { resource_version } => format!("]{resource_version}"),
        Delta::Reached { resource_version } => format!("^{resource_version}"),
    }
}

fn modified(name: &str, version: u64) -> Change {
    Change::Modified(object(name, version))
}

fn deleted(name: &str, version: u64) -> Change {
    Change::Deleted(object(name, version))
}

fn item(name: &str, version: u64) -> Change {
    Change::Item(object(name, version))
}

fn ended(version: u64) -> Change {
    Change::ListEnded { resource_version: version.to_string() }
}

fn bookmark(version: u64) -> Change {
    Change::Bookmark { resource_version: version.to_string() }
}

fn read(fifo: &mut DeltaFifo) -> Vec<String> {
    let mut deltas = Vec::new();
    while fifo.pop(&mut deltas) {}
    deltas.iter().map(show).collect()
}

fn check(capacity: usize, changes: Vec<Change>, expected: &[&str]) {
    let mut fifo = DeltaFifo::new(capacity);
    changes.into_iter().for_each(|change| fifo.push(change));
    assert_eq!(read(&mut fifo), expected, "capacity {capacity}");
    assert_eq!((fifo.is_empty(), fifo.len()), (true, 0));
}

#[test]
fn keys_come_out_in_the_order_they_first_went_in_and_deltas_of_one_key_together() {
    let changes = vec![modified("x", 1), modified("y", 2), modified("x", 3), modified("z", 4)];
    check(100, changes, &["x@1", "x@3", "^1", "y@2", "^3", "z@4", "^4"]);
}

#[test]
fn a_reader_that_keeps_up_sees_everything() {
    let changes = vec![modified("x", 1), modified("x", 2), deleted("x", 3), modified("x", 4)];
    check(100, changes, &["x@1", "x@2", "-x@3", "x@4", "^4"]);
}

#[test]
fn what_nobody_has_read_yet_is_merged_per_key() {
    check(0, vec![modified("x", 1), modified("x", 2), modified("x", 3)], &["x@3", "^3"]);
    check(0, vec![modified("x", 1), deleted("x", 2)], &["-x@2", "^2"]);
    check(
        1,
        vec![modified("x", 1), modified("y", 2), modified("x", 3)],
        &["x@3", "^1", "y@2", "^3"],
    );
}

#[test]
fn two_deletions_in_a_row_are_one_and_a_new_object_of_the_name_is_not_lost() {
    check(0, vec![deleted("x", 1), deleted("x", 2)], &["-x@2", "^2"]);
    check(0, vec![deleted("x", 1), modified("x", 2), modified("x", 3)], &["-x@1", "x@3", "^3"]);
    check(0, vec![deleted("x", 1), modified("x", 2), deleted("x", 3)], &["-x@3", "^3"]);
    let changes = vec![modified("x", 1), deleted("x", 2), modified("x", 3)];
    check(2, changes, &["x@1", "-x@2", "x@3", "^3"]);
}

#[test]
fn nothing_crosses_the_begin_or_the_end_of_a_list() {
    let changes = vec![
        modified("x", 1),
        Change::ListBegun { new_history: false },
        item("x", 2),
        item("y", 2),
        ended(5),
        deleted("y", 6),
        modified("x", 7),
    ];
    check(0, changes, &["x@1", "^1", "[", "=x@2", "=y@2", "]5", "-y@6", "^6", "x@7", "^7"]);
}

#[test]
fn a_version_is_reached_only_when_everything_before_it_was_read() {
    let mut fifo = DeltaFifo::new(0);
    for change in [modified("x", 1), modified("y", 2), modified("x", 3)] {
        fifo.push(change);
    }
    let mut deltas = Vec::new();
    assert!(fifo.pop(&mut deltas));
    // x is at version 3 already, but version 2 is still to be read.
    assert_eq!(deltas.iter().map(show).collect::<Vec<_>>(), ["x@3", "^1"]);
}

#[test]
fn a_bookmark_is_reached_behind_what_came_before_it() {
    check(9, vec![bookmark(4)], &["^4"]);
    check(9, vec![modified("x", 1), bookmark(4), modified("y", 5)], &["x@1", "^4", "y@5", "^5"]);
    check(
        9,
        vec![Change::ListBegun { new_history: false }, item("x", 9), ended(5), bookmark(6)],
        &["[", "=x@9", "]5", "^6"],
    );
}

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "the clock is paused")]
async fn the_writer_waits_for_room_and_the_reader_for_something_to_read() {
    let fifo = Fifo::new(2);
    let mut deltas = Vec::new();
    assert_eq!((fifo.is_empty(), fifo.len()), (true, 0));
    assert!(fifo.take(&mut deltas).now_or_never().is_none());
    fifo.push(modified("x", 1));
    assert!(fifo.room().now_or_never().is_some());
    fifo.push(modified("y", 2));
    assert!(fifo.room().now_or_never().is_none());
    assert_eq!((fifo.is_empty(), fifo.len()), (false, 2));
    let room = fifo.room();
    let read = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        fifo.take(&mut deltas).await;
    };
    futures::join!(room, read);
    assert_eq!(deltas.len(), 4);
}

#[test]
fn what_has_no_key_comes_alone_and_holds_nothing_up() {
    let broken = RawObject::parse(bytes::Bytes::from_static(b"{\"metadata\":"), false).unwrap_err();
    let nameless = || Change::Malformed(broken.clone());
    let changes =
        vec![modified("x", 1), nameless(), nameless(), modified("x", 2), modified("y", 3)];
    check(100, changes, &["x@1", "x@2", "^1", "?", "?", "^2", "y@3", "^3"]);
}

#[test]
fn a_read_is_one_keys_changes_and_never_more_than_fit() {
    let mut fifo = DeltaFifo::new(8);
    for version in 1..1000 {
        fifo.push(modified(&format!("n{}", version % 3), version));
    }
    let mut reads = 0;
    loop {
        let mut deltas = Vec::new();
        if !fifo.pop(&mut deltas) {
            break;
        }
        reads += 1;
        let names = deltas.iter().filter_map(|delta| match delta {
            Delta::Updated(object) => Some(object.meta.name.clone()),
            _ => None,
        });
        let names: Vec<_> = names.collect();
        assert!(names.len() <= 8 && names.iter().all(|name| *name == names[0]), "{names:?}");
    }
    assert_eq!(reads, 3);
}

#[test]
fn with_a_writer_and_a_reader_at_once_each_keys_versions_only_grow() {
    const LAST: u64 = 20_000;
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).enable_time().build().unwrap();
    let fifo = Arc::new(Fifo::new(16));
    let writer = Arc::clone(&fifo);
    let write = runtime.spawn(async move {
        for version in 1..=LAST {
            // Every other time it does not wait for room, the last time neither: what waits is merged.
            if version % 2 == 1 {
                writer.room().await;
            }
            writer.push(modified(&format!("n{}", version % 7), version));
        }
    });
    let read = runtime.spawn(async move {
        let mut newest = BTreeMap::new();
        let mut deltas = Vec::new();
        while newest.values().max() != Some(&LAST) {
            fifo.take(&mut deltas).await;
            for delta in deltas.drain(..) {
                let Delta::Updated(object) = delta else { continue };
                let version: u64 = object.meta.resource_version.parse().unwrap();
                let before = newest.insert(object.meta.name.clone(), version);
                assert!(before.is_none_or(|before| before < version), "{before:?}, then {version}");
            }
        }
        newest
    });
    let both = async { futures::join!(write, read) };
    let both =
        runtime.block_on(async { tokio::time::timeout(Duration::from_secs(20), both).await });
    let newest = both.expect("everything is read").1.unwrap();
    // Whichever key was written last was read last; the others were read before, as they were written.
    assert_eq!(newest.len(), 7);
    assert!(newest.values().all(|version| *version > LAST - 7), "{newest:?}");
}

proptest! {
    /// However the reads fall, the last state of every key is the last that was heard of it, and
    /// what waits is bounded by keys.
    #[test]
    fn the_last_state_of_every_key_is_never_lost(
        steps in proptest::collection::vec((0_u8..5, 0_u8..4), 1..200),
        capacity in 0_usize..10,
    ) {
        let mut fifo = DeltaFifo::new(capacity);
        let (mut heard, mut told) = (BTreeMap::new(), BTreeMap::new());
        let mut deltas = Vec::new();
        for (version, (kind, name)) in (1..).zip(steps) {
            let name = format!("n{name}");
            match kind {
                0 => { fifo.pop(&mut deltas); }
                1 => {
                    heard.insert(name.clone(), format!("-{name}@{version}"));
                    fifo.push(deleted(&name, version));
                }
                _ => {
                    heard.insert(name.clone(), format!("{name}@{version}"));
                    fifo.push(modified(&name, version));
                }
            }
            prop_assert!(fifo.len() <= capacity + 2 * 4);
        }
        while fifo.pop(&mut deltas) {}
        for delta in &deltas {
            if let Delta::Updated(object) | Delta::Deleted(object) = delta {
                told.insert(object.meta.name.to_string(), show(delta));
            }
        }
        prop_assert_eq!(heard, told);
    }
}

#[test]
fn a_version_of_before_is_not_told_in_a_new_history() {
    let begun = Change::ListBegun { new_history: true };
    check(9, vec![bookmark(99), begun, item("x", 3)], &["^99", "[", "=x@3"]);
}
