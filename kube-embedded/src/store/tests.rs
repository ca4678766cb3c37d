//! The store's promises.

use super::*;
use serde_json::json;

fn pods() -> ResourceId {
    "/pods".into()
}

fn write(store: &Store, name: &str, expect: Expect, text: &str) -> Result<Arc<Stored>, Clash> {
    let object = json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": name}, "x": text});
    let facts = Facts::of(&object, Box::default());
    store.put(&pods(), ("ns", name), expect, Encoded::new(&object), facts)
}

fn names(page: &Page) -> Vec<&str> {
    page.items.iter().map(|stored| &*stored.name).collect()
}

#[test]
fn a_write_that_changes_nothing_takes_no_revision() {
    let store = Store::new(1, Keep::default());
    let first = write(&store, "a", Expect::Absent, "1").unwrap();
    let again = write(&store, "a", Expect::Revision(first.revision), "1").unwrap();
    assert_eq!((again.revision, store.revision()), (2, 2));
    assert!(write(&store, "a", Expect::Absent, "1").is_err());
    assert_eq!(write(&store, "a", Expect::Revision(2), "2").unwrap().revision, 3);
    assert!(write(&store, "a", Expect::Revision(2), "3").is_err());
}

#[test]
fn a_list_at_a_revision_shows_what_was_there_until_it_is_forgotten() {
    let store = Store::new(0, Keep::default());
    for name in ["a", "b", "c", "d"] {
        write(&store, name, Expect::Absent, "1").unwrap();
    }
    let span = Span { namespace: Some("ns"), limit: 2, ..Span::default() };
    let page = store.page(&pods(), span, |_| true).unwrap();
    assert_eq!((names(&page), page.remaining), (vec!["a", "b"], 2));
    store.remove(&pods(), ("ns", "c"), Expect::Revision(3)).unwrap();
    write(&store, "bb", Expect::Absent, "1").unwrap();
    let span = Span { after: page.next.as_deref(), at: Some(page.revision), ..span };
    let rest = store.page(&pods(), span, |_| true).unwrap();
    assert_eq!((names(&rest), rest.next.clone()), (vec!["c", "d"], None));
    store.compact();
    assert_eq!(store.page(&pods(), span, |_| true).unwrap_err(), Unserved::TooOld { oldest: 6 });
    let future = Span { at: Some(99), ..span };
    let unserved = store.page(&pods(), future, |_| true).unwrap_err();
    assert_eq!(unserved, Unserved::Future { current: 6 });
}

#[test]
fn history_is_bounded_and_says_so() {
    let store = Store::new(0, Keep { events: 2, bytes: 1 << 20 });
    for name in ["a", "b", "c"] {
        write(&store, name, Expect::Absent, "1").unwrap();
    }
    assert_eq!(store.events(&pods(), 1, 10).unwrap().len(), 2);
    assert_eq!(store.events(&pods(), 0, 10).unwrap_err(), Unserved::TooOld { oldest: 1 });
}

#[tokio::test]
async fn a_follower_sees_all_writes_in_order() {
    let store = Store::new(0, Keep::default());
    write(&store, "a", Expect::Absent, "1").unwrap();
    let (present, mut follower) = store.follow();
    assert_eq!(present.len(), 1);
    write(&store, "b", Expect::Absent, "1").unwrap();
    store.remove(&pods(), ("ns", "a"), Expect::Revision(1)).unwrap();
    let first = follower.next().await.unwrap();
    assert_eq!((first.revision, first.after.is_some()), (2, true));
    let second = follower.try_next().unwrap();
    assert_eq!((second.revision, second.after.is_none()), (3, true));
    assert!(follower.try_next().is_none());
}

/// What a list shows: names and their revisions.
fn shown(items: &[Arc<Stored>]) -> BTreeMap<String, u64> {
    items.iter().map(|stored| (stored.name.to_string(), stored.revision)).collect()
}

proptest::proptest! {
    #[test]
    fn every_moment_of_history_can_be_listed_and_followed(
        steps in proptest::collection::vec((0..5_usize, 0..3_usize), 1..40),
    ) {
        let store = Store::new(0, Keep::default());
        let mut moments = vec![BTreeMap::new()];
        for (which, what) in steps {
            let name = ["a", "a-b", "b", "ba", "c"][which];
            let there = store.get(&pods(), "ns", name);
            let revision = there.as_ref().map(|stored| Expect::Revision(stored.revision));
            if what == 0 && let Some(expect) = revision {
                store.remove(&pods(), ("ns", name), expect).unwrap();
            } else {
                let text = format!("{what}");
                write(&store, name, revision.unwrap_or(Expect::Absent), &text).unwrap();
            }
            if store.revision() as usize == moments.len() {
                moments.push(shown(&store.list(&pods(), Some("ns"))));
            }
        }
        for (revision, moment) in moments.iter().enumerate() {
            let at = Span { at: Some(revision as u64), ..Span::default() };
            let page = store.page(&pods(), at, |_| true).unwrap();
            proptest::prop_assert_eq!(&shown(&page.items), moment);
            let mut followed = moment.clone();
            for event in store.events(&pods(), revision as u64, usize::MAX).unwrap() {
                let name = event.object().unwrap().name.to_string();
                match &event.after {
                    Some(after) => drop(followed.insert(name, after.revision)),
                    None => drop(followed.remove(&name)),
                }
            }
            proptest::prop_assert_eq!(Some(&followed), moments.last());
        }
    }
}
