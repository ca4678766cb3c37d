//! What an index holds: each object under its values, once, and nothing that nobody has.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// The value `a` twice, and the object's color.
fn by_tag(map: &ConfigMap) -> Vec<String> {
    ["a".to_owned(), "a".to_owned()].into_iter().chain(by_color(map)).collect()
}

fn values_kept(indexer: &Indexer) -> usize {
    fn kept<F: Fn(&ConfigMap) -> Option<String> + 'static>(indexer: &Indexer, _: F) -> usize {
        let index = indexer.index(&Name::Function(TypeId::of::<F>())).unwrap().as_any();
        index.downcast_ref::<ByFunction<ConfigMap, F, String>>().unwrap().values_kept()
    }
    kept(indexer, by_color)
}

fn step(indexer: &mut Indexer, delta: Delta) {
    let step = indexer.prepare(delta);
    indexer.commit(step, &mut Vec::new());
}

#[test]
fn a_value_that_nobody_has_any_more_is_forgotten() {
    let mut indexer = Indexer::new(Cache::Packed);
    indexer.add_index(Box::new(ByFunction::new(by_color)));
    step(&mut indexer, Delta::Updated(colored("x", 3, "red")));
    step(&mut indexer, Delta::Updated(colored("y", 4, "red")));
    step(&mut indexer, Delta::Updated(colored("z", 5, "blue")));
    assert_eq!(values_kept(&indexer), 2);
    step(&mut indexer, Delta::Deleted(colored("x", 6, "red")));
    assert_eq!((values_kept(&indexer), having(&indexer, by_color, "red")), (2, 1));
    step(&mut indexer, Delta::Deleted(colored("y", 7, "red")));
    assert_eq!(values_kept(&indexer), 1, "its last object was deleted");
    for version in 8..100 {
        step(&mut indexer, Delta::Updated(colored("z", version, &version.to_string())));
    }
    assert_eq!(values_kept(&indexer), 1, "its last object has another value");
    list(200, vec![]).into_iter().for_each(|delta| step(&mut indexer, delta));
    assert_eq!(values_kept(&indexer), 0, "its last object vanished");
}

#[test]
fn an_object_is_found_once_under_each_of_its_values() {
    let store = store();
    store.add_index(by_tag);
    apply(&store, list(5, vec![colored("x", 3, "red"), colored("y", 4, "blue")]));
    let lister: Lister<ConfigMap> = store.lister();
    let by = |value: &str| names(&lister.by(by_tag, &value.to_owned()));
    assert_eq!(
        (by("a"), by("red"), by("blue")),
        (vec!["x".into(), "y".into()], vec!["x".into()], vec!["y".into()])
    );
    apply(&store, [Delta::Updated(colored("x", 6, "blue"))]);
    assert_eq!((by("a").len(), by("red").len(), by("blue").len()), (2, 0, 2));
}

#[test]
fn a_second_index_of_the_same_function_changes_nothing() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    fn by_counted(map: &ConfigMap) -> Option<String> {
        ASKED.fetch_add(1, Ordering::Relaxed);
        by_color(map)
    }
    let store = store();
    store.add_index(by_counted);
    apply(&store, list(5, vec![colored("x", 3, "red")]));
    store.add_index(by_counted);
    apply(&store, [Delta::Updated(colored("y", 6, "red"))]);
    let lister: Lister<ConfigMap> = store.lister();
    assert_eq!(names(&lister.by(by_counted, &"red".to_owned())), ["x", "y"]);
    apply(&store, [Delta::Deleted(colored("x", 7, "red"))]);
    assert_eq!(names(&lister.by(by_counted, &"red".to_owned())), ["y"]);
    assert_eq!(ASKED.load(Ordering::Relaxed), 2, "once about each object");
}
