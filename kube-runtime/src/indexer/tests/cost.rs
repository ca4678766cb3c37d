//! What an answer and an event cost, however much is cached. Times are the least of several, and a hundred times as many objects may cost ten times
//! as much: memory that is far away is slow, and a walk over all of them would take a hundred times as long.

use std::time::{Duration, Instant};

use super::*;

const FEW: usize = 1_000;
const MANY: usize = 100_000;
/// So many objects have each label, and each color.
const ALIKE: usize = 10;

fn one(number: usize, version: usize) -> RawObject {
    let group = format!("g{}", number / ALIKE);
    let more = json!({ "metadata": { "labels": { "app": group } }, "data": { "color": group } });
    object_with(&format!("o-{number}"), version as u64, &more)
}

fn filled(objects: usize) -> Store {
    let store = store();
    store.add_label_index("app");
    store.add_index(by_color);
    apply(&store, list(MANY as u64, (0..objects).map(|number| one(number, number + 1)).collect()));
    assert_eq!(store.len(), objects);
    store
}

/// The least time that it took of many, so that what else the machine does counts for little.
#[expect(clippy::disallowed_methods, reason = "what is measured is the time of this machine")]
fn least(mut work: impl FnMut()) -> Duration {
    let time = |_| {
        let begun = Instant::now();
        work();
        begun.elapsed()
    };
    (0..50).map(time).min().unwrap_or_default()
}

#[test]
fn answers_and_events_cost_what_they_are_about_and_not_what_is_cached() {
    let [few, many] = [FEW, MANY].map(filled);
    let costs = [&few, &many].map(|store| {
        let lister: Lister<ConfigMap> = store.lister();
        let by_label = least(|| assert_eq!(lister.labels("app=g7").list().unwrap().len(), ALIKE));
        let group = "g7".to_owned();
        let by_function = least(|| assert_eq!(lister.by(by_color, &group).len(), ALIKE));
        let mut version = 2 * MANY;
        let event = least(|| {
            for number in 0..ALIKE {
                version += 1;
                apply(store, [Delta::Updated(one(number, version))]);
            }
        });
        [by_label, by_function, event]
    });
    let [few, many] = costs;
    for (what, (few, many)) in
        ["a label", "a function", "events"].iter().zip(few.into_iter().zip(many))
    {
        assert!(many < 10 * few, "{what}: {few:?} of {FEW} and {many:?} of {MANY}");
    }
}

#[test]
fn a_list_of_what_is_there_already_leaves_nothing_behind() {
    let store = filled(FEW);
    let (kept, states) = (store.kept(), store.cached_states());
    for version in 1..=3 {
        let again = list((MANY + version) as u64, (0..FEW).map(|it| one(it, it + 1)).collect());
        assert_eq!(apply(&store, again), [] as [String; 0], "nobody is told");
    }
    assert_eq!((store.len(), store.kept()), (FEW, kept));
    let shared = |(before, now): (&Cached, &Cached)| std::ptr::eq(&**before, &**now);
    let now = store.cached_states();
    assert!(states.iter().zip(&now).all(shared), "the states of before are the ones that are kept");
}
