//! Objects, revisions and history: writes with an expectation in; snapshots, pages and events out.
//!
//! Promises:
//! - One counter: every committed write takes the next revision, whatever its resource.
//! - A write that changes nothing takes none, and tells nobody.
//! - A list at a revision shows exactly what was there, until that history is forgotten.
//! - Everybody sees the same events in the same order.
//!
//! Mirrors: kubernetes apiserver pkg/storage/etcd3/store.go, pkg/storage/cacher
//! Differs: one lock and one log per resource; an old revision is today's map with the log undone.

mod encode;
mod log;
mod stored;
#[cfg(test)]
mod tests;

pub(crate) use encode::Encoded;
pub(crate) use log::{Event, Keep, ResourceId};
pub(crate) use stored::{Facts, Stored};

use log::Log;
use parking_lot::RwLock;
use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

/// The objects of one server.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    inner: Arc<RwLock<Inner>>,
    keep: Keep,
}

#[derive(Debug)]
struct Inner {
    revision: u64,
    shelves: HashMap<ResourceId, Shelf>,
    followers: Vec<mpsc::UnboundedSender<Arc<Event>>>,
}

#[derive(Debug)]
struct Shelf {
    /// Keys as etcd has them (`namespace/name`), so that lists have its order.
    objects: BTreeMap<Box<str>, Arc<Stored>>,
    log: Log,
    news: watch::Sender<u64>,
}

/// What a writer believes is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expect {
    Absent,
    Revision(u64),
}

/// The belief was wrong: this is there.
#[derive(Debug)]
pub(crate) struct Clash(pub(crate) Option<Arc<Stored>>);

/// Why a revision cannot be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unserved {
    /// Forgotten: history starts after `oldest`.
    TooOld { oldest: u64 },
    /// Not yet reached.
    Future { current: u64 },
}

/// Part of a list.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) items: Vec<Arc<Stored>>,
    pub(crate) revision: u64,
    /// The key of the last item when more follow.
    pub(crate) next: Option<Box<str>>,
    /// How many follow, not filtered.
    pub(crate) remaining: usize,
}

/// What to list.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Span<'a> {
    pub(crate) namespace: Option<&'a str>,
    /// Only keys greater than this one.
    pub(crate) after: Option<&'a str>,
    /// Zero: all.
    pub(crate) limit: usize,
    pub(crate) at: Option<u64>,
}

impl Store {
    pub(crate) fn new(first_revision: u64, keep: Keep) -> Self {
        let inner =
            Inner { revision: first_revision, shelves: HashMap::new(), followers: Vec::new() };
        Self { inner: Arc::new(RwLock::new(inner)), keep }
    }

    /// The revision of the last write.
    pub(crate) fn revision(&self) -> u64 {
        self.inner.read().revision
    }

    /// Makes room for a resource that was there from the start: all of its history is known.
    pub(crate) fn open(&self, resource: &ResourceId) {
        self.inner.write().shelf(resource).log = Log::default();
    }

    /// Every resource that was ever opened.
    pub(crate) fn resources(&self) -> Vec<ResourceId> {
        let mut resources: Vec<_> = self.inner.read().shelves.keys().cloned().collect();
        resources.sort();
        resources
    }

    pub(crate) fn get(
        &self,
        resource: &ResourceId,
        namespace: &str,
        name: &str,
    ) -> Option<Arc<Stored>> {
        self.inner.read().shelves.get(resource)?.objects.get(&*key(namespace, name)).cloned()
    }

    /// Everything there is now, in key order.
    pub(crate) fn list(&self, resource: &ResourceId, namespace: Option<&str>) -> Vec<Arc<Stored>> {
        let span = Span { namespace, ..Span::default() };
        self.page(resource, span, |_| true).map(|page| page.items).unwrap_or_default()
    }

    /// Part of a list, now or as it was.
    pub(crate) fn page(
        &self,
        resource: &ResourceId,
        span: Span<'_>,
        matches: impl Fn(&Stored) -> bool,
    ) -> Result<Page, Unserved> {
        let inner = self.inner.read();
        let current = inner.revision;
        let revision = span.at.unwrap_or(current);
        if revision > current {
            return Err(Unserved::Future { current });
        }
        let mut page = Page { items: Vec::new(), revision, next: None, remaining: 0 };
        let Some(shelf) = inner.shelves.get(resource) else { return Ok(page) };
        if revision < shelf.log.floor() && revision != current {
            return Err(Unserved::TooOld { oldest: shelf.log.floor() });
        }
        let undone = shelf.undone(revision);
        let prefix = span.namespace.map(|namespace| format!("{namespace}/")).unwrap_or_default();
        let start = span.after.filter(|after| *after > prefix.as_str());
        let from = start.map_or(Bound::Included(prefix.as_str()), Bound::Excluded);
        let now =
            shelf.objects.range::<str, _>((from, Bound::Unbounded)).map(|(k, v)| (k, Some(v)));
        let then = undone.range::<str, _>((from, Bound::Unbounded));
        let then = then.map(|(k, v)| (k, v.as_ref()));
        let inside = |key: &str| key.starts_with(&prefix);
        let mut last: Option<&Box<str>> = None;
        for (key, stored) in overlay(now, then).take_while(|(key, _)| inside(key)) {
            let Some(stored) = stored else { continue };
            if span.limit > 0 && page.items.len() == span.limit {
                if page.next.is_none() {
                    page.next = last.cloned();
                }
                page.remaining += 1;
                continue;
            }
            last = Some(key);
            if matches(stored) {
                page.items.push(Arc::clone(stored));
            }
        }
        Ok(page)
    }

    /// Writes what `expect` allows. What changes nothing is not written: the present state comes back.
    pub(crate) fn put(
        &self,
        resource: &ResourceId,
        (namespace, name): (&str, &str),
        expect: Expect,
        encoded: Encoded,
        facts: Facts,
    ) -> Result<Arc<Stored>, Clash> {
        let mut inner = self.inner.write();
        let revision = inner.revision + 1;
        let shelf = inner.shelf(resource);
        let key = key(namespace, name);
        let before = shelf.objects.get(&key).cloned();
        check(before.as_ref(), expect)?;
        if let Some(before) = &before
            && before.same(&encoded)
        {
            return Ok(Arc::clone(before));
        }
        let after = Arc::new(Stored::new(namespace, name, encoded, facts, revision));
        shelf.objects.insert(key, Arc::clone(&after));
        inner.publish(resource, before, Some(Arc::clone(&after)), self.keep);
        Ok(after)
    }

    /// Removes an object; its last state comes back at the revision of the removal.
    pub(crate) fn remove(
        &self,
        resource: &ResourceId,
        (namespace, name): (&str, &str),
        expect: Expect,
    ) -> Result<Arc<Stored>, Clash> {
        let mut inner = self.inner.write();
        let shelf = inner.shelf(resource);
        let key = key(namespace, name);
        let before = shelf.objects.get(&key).cloned();
        check(before.as_ref(), expect)?;
        let Some(before) = before else { return Err(Clash(None)) };
        shelf.objects.remove(&key);
        let revision = inner.publish(resource, Some(Arc::clone(&before)), None, self.keep);
        Ok(Arc::new(before.at(revision)))
    }

    /// The events of a resource after `revision`, at most `most`.
    pub(crate) fn events(
        &self,
        resource: &ResourceId,
        revision: u64,
        most: usize,
    ) -> Result<Vec<Arc<Event>>, Unserved> {
        let inner = self.inner.read();
        let Some(shelf) = inner.shelves.get(resource) else { return Ok(Vec::new()) };
        if revision < shelf.log.floor() {
            return Err(Unserved::TooOld { oldest: shelf.log.floor() });
        }
        Ok(shelf.log.after(revision).take(most).cloned().collect())
    }

    /// Wakes at every write to a resource.
    pub(crate) fn news(&self, resource: &ResourceId) -> watch::Receiver<u64> {
        self.inner.write().shelf(resource).news.subscribe()
    }

    /// The revision of the last write to a resource.
    pub(crate) fn changed(&self, resource: &ResourceId) -> u64 {
        self.inner.read().shelves.get(resource).map_or(0, |shelf| *shelf.news.borrow())
    }

    /// Every write to every resource from now on, and what is there now as additions before it.
    pub(crate) fn follow(&self) -> (Vec<Arc<Event>>, Follower) {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut inner = self.inner.write();
        inner.followers.push(sender);
        let mut present: Vec<_> = inner
            .shelves
            .iter()
            .flat_map(|(resource, shelf)| {
                shelf.objects.values().map(|stored| {
                    let after = Some(Arc::clone(stored));
                    Arc::new(event(stored.revision, Arc::clone(resource), None, after))
                })
            })
            .collect();
        present.sort_by_key(|event| event.revision);
        (present, Follower(receiver))
    }

    /// Forgets all history: older revisions are answered as expired, watches on them end.
    pub(crate) fn compact(&self) {
        let mut inner = self.inner.write();
        let revision = inner.revision;
        for shelf in inner.shelves.values_mut() {
            shelf.log.compact(revision);
        }
    }
}

/// The ordered events of all resources.
#[derive(Debug)]
pub(crate) struct Follower(mpsc::UnboundedReceiver<Arc<Event>>);

impl Follower {
    /// The next event; `None` when the store is gone.
    ///
    /// # Cancel safety
    /// No event is lost.
    pub(crate) async fn next(&mut self) -> Option<Arc<Event>> {
        self.0.recv().await
    }

    /// The next event, if it is there already.
    pub(crate) fn try_next(&mut self) -> Option<Arc<Event>> {
        self.0.try_recv().ok()
    }
}

impl Inner {
    fn shelf(&mut self, resource: &ResourceId) -> &mut Shelf {
        let revision = self.revision;
        self.shelves.entry(Arc::clone(resource)).or_insert_with(|| Shelf {
            objects: BTreeMap::new(),
            log: Log::starting(revision),
            news: watch::Sender::new(revision),
        })
    }

    fn publish(
        &mut self,
        resource: &ResourceId,
        before: Option<Arc<Stored>>,
        after: Option<Arc<Stored>>,
        keep: Keep,
    ) -> u64 {
        self.revision += 1;
        let revision = self.revision;
        let event = Arc::new(event(revision, Arc::clone(resource), before, after));
        self.followers.retain(|follower| follower.send(Arc::clone(&event)).is_ok());
        let shelf = self.shelf(resource);
        shelf.log.push(event, keep);
        shelf.news.send_replace(revision);
        revision
    }
}

impl Shelf {
    /// What was there at `revision` where it differs from now.
    fn undone(&self, revision: u64) -> BTreeMap<Box<str>, Option<Arc<Stored>>> {
        let mut then = BTreeMap::new();
        for event in self.log.after(revision) {
            if let Some(object) = event.object() {
                then.entry(key(&object.namespace, &object.name))
                    .or_insert_with(|| event.before.clone());
            }
        }
        then
    }
}

fn event(
    revision: u64,
    resource: ResourceId,
    before: Option<Arc<Stored>>,
    after: Option<Arc<Stored>>,
) -> Event {
    Event { revision, resource, before, after }
}

fn check(before: Option<&Arc<Stored>>, expect: Expect) -> Result<(), Clash> {
    let holds = match (before, expect) {
        (None, Expect::Absent) => true,
        (Some(before), Expect::Revision(revision)) => before.revision == revision,
        _ => false,
    };
    if holds { Ok(()) } else { Err(Clash(before.cloned())) }
}

/// The store's key of an object.
pub(crate) fn key(namespace: &str, name: &str) -> Box<str> {
    if namespace.is_empty() { name.into() } else { format!("{namespace}/{name}").into() }
}

type Entry<'a> = (&'a Box<str>, Option<&'a Arc<Stored>>);

/// Both in key order; where both have a key, the second is what counts.
fn overlay<'a>(
    now: impl Iterator<Item = Entry<'a>>,
    then: impl Iterator<Item = Entry<'a>>,
) -> impl Iterator<Item = Entry<'a>> {
    let (mut now, mut then) = (now.peekable(), then.peekable());
    std::iter::from_fn(move || match (now.peek(), then.peek()) {
        (Some(a), Some(b)) if a.0 < b.0 => now.next(),
        (Some(a), Some(b)) => {
            if a.0 == b.0 {
                now.next();
            }
            then.next()
        }
        (Some(_), None) => now.next(),
        (None, _) => then.next(),
    })
}
