//! Informers that break one promise each: the checker names the promise, and says nothing of one that breaks none.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use kube_core::wire::RawObject;
use kube_embedded::Server;
use kube_runtime::clock::Seed;
use kube_runtime::flow::Cached;
use kube_runtime::flow::Deletion;
use kube_runtime::flow::Key;
use kube_runtime::flow::Notice;
use kube_runtime::handler::EventHandler;
use kube_runtime::informer::InformerHandle;
use kube_runtime::informer::Informers;
use kube_runtime::reflector::Settings;
use kube_runtime::shutdown::Shutdown;
use kube_testing::contract::Broken;
use kube_testing::contract::ContractChecker;
use kube_testing::contract::Journal;
use kube_testing::contract::Pace;
use kube_testing::contract::Promise;
use kube_testing::contract::Witness;
use serde_json::json;

use super::Writer;
use super::by_colour;
use super::client;
use super::coloured;
use super::is_red;
use super::key;
use super::pass;
use super::show;

/// What a mutant tells in place of a notice, knowing those before it.
type Tell = fn(before: &[Notice], notice: &Notice) -> Vec<Notice>;
/// What a mutant's cache holds of a key while this state of it is told.
type Hold = fn(told: &Cached, cached: Option<Cached>) -> Option<Cached>;
/// What a mutant's cache, or its index of red objects, holds as a whole: at which look, and in truth.
type Show = fn(look: usize, cached: Vec<Cached>) -> Vec<Cached>;

/// When a mutant says that it is synced.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sync {
    /// When it is.
    Rightly,
    /// Before it was told anything.
    Early,
    Never,
}

/// An informer with one fault; without any, it is ours.
#[derive(Clone, Copy)]
struct Mutant {
    tell: Tell,
    hold: Hold,
    cache: Show,
    index: Show,
    sync: Sync,
    pace: Pace,
}

const HONEST: Mutant = Mutant {
    tell: |_, notice| vec![notice.clone()],
    hold: |_, cached| cached,
    cache: |_, cached| cached,
    index: |_, cached| cached,
    sync: Sync::Rightly,
    pace: Pace::KeepsUp,
};

/// After everything.
const LAST_LOOK: usize = 10;

/// Plays a mutant between an informer and a witness.
struct Played {
    mutant: Mutant,
    witness: Witness,
    before: Mutex<Vec<Notice>>,
    now: Now,
}

/// The state that is being told.
type Now = Arc<Mutex<Option<Cached>>>;

impl EventHandler for Played {
    fn on_notice(&self, notice: &Notice) {
        let mut before = self.before.lock().unwrap();
        for told in (self.mutant.tell)(&before, notice) {
            *self.now.lock().unwrap() = Some(told.latest().clone());
            self.witness.on_notice(&told);
        }
        before.push(notice.clone());
    }
}

impl Mutant {
    fn look(self, maps: &InformerHandle<ConfigMap>, look: usize, checker: &mut ContractChecker) {
        let store = maps.store();
        let red = store.by(by_colour, &"red".to_owned());
        let cached = store.cached_states();
        checker.indexed(&cached, &(self.index)(look, red), is_red);
        checker.looked(&(self.cache)(look, cached));
    }

    fn join(self, maps: &InformerHandle<ConfigMap>, journal: &Journal) -> Witness {
        let store = maps.store().clone();
        let now = Now::default();
        let told = Arc::clone(&now);
        let cached = move |key: &Key| {
            let told = told.lock().unwrap().clone().unwrap();
            (self.hold)(&told, store.get(key))
        };
        let witness = Witness::reading(maps, ContractChecker::new(self.pace), cached);
        witness.begins(journal);
        if self.sync == Sync::Early {
            witness.with(ContractChecker::synced);
        }
        let before = Mutex::default();
        let played = Played { mutant: self, witness: witness.clone(), before, now };
        let registration = maps.on(played);
        if self.sync == Sync::Rightly {
            witness.registered(registration);
        }
        witness
    }

    /// The same story for all: a and b are there, b turns from red to blue, c goes, d comes, goes and comes again.
    async fn play(self) -> Vec<Broken> {
        let server = Server::builder().seed(7).build();
        let informers = Informers::with(client(&server), Settings::default(), Seed::new(7));
        let maps = coloured(&informers).index(by_colour);
        let mut writer = Writer::to(&server);
        for (name, colour) in [("a", "red"), ("b", "red"), ("c", "green")] {
            writer.create(name, colour).await;
        }
        let witness = self.join(&maps, &writer.journal);
        let shutdown = Shutdown::new();
        let story = async {
            maps.synced().await;
            for step in 0..LAST_LOOK {
                pass(Duration::from_secs(1)).await;
                witness.with(|checker| self.look(&maps, step, checker));
                match step {
                    0..3 => writer.change("a", "red").await,
                    3 => writer.change("b", "blue").await,
                    4 => writer.delete("c").await,
                    5 | 8 => writer.create("d", "green").await,
                    6 => writer.change("d", "red").await,
                    7 => writer.delete("d").await,
                    _ => {}
                }
            }
            pass(Duration::from_secs(1)).await;
            witness.with(|checker| self.look(&maps, LAST_LOOK, checker));
            shutdown.begin();
        };
        tokio::join!(informers.run(shutdown.clone()), story).0.unwrap();
        witness.finish(&writer.journal)
    }
}

/// The n-th notice of its kind about an object: `+a` added, `~a` updated, `-a` deleted.
fn is(before: &[Notice], notice: &Notice, what: &str, number: usize) -> bool {
    let name = |notice: &Notice| {
        let sign = match notice {
            Notice::Added { .. } => '+',
            Notice::Updated { .. } => '~',
            _ => '-',
        };
        format!("{sign}{}", notice.key().name())
    };
    name(notice) == what && before.iter().filter(|notice| name(notice) == what).count() == number
}

fn find<'notice>(before: &'notice [Notice], name: &str) -> &'notice Cached {
    before.iter().find(|notice| notice.key().name() == name).unwrap().latest()
}

fn honestly(notice: &Notice) -> Vec<Notice> {
    vec![notice.clone()]
}

fn drop_it(before: &[Notice], notice: &Notice, what: &str, number: usize) -> Vec<Notice> {
    if is(before, notice, what, number) { Vec::new() } else { honestly(notice) }
}

fn double_it(before: &[Notice], notice: &Notice, what: &str) -> Vec<Notice> {
    vec![notice.clone(); if is(before, notice, what, 0) { 2 } else { 1 }]
}

async fn check(rows: &[(&str, Mutant, Promise)]) {
    for (name, mutant, promise) in rows {
        let broken = mutant.play().await;
        let named = broken.iter().any(|broken| broken.promise == *promise);
        assert!(named, "`{name}` breaks {promise:?}, and this was said:{}", show(&broken));
    }
}

fn telling(tell: Tell) -> Mutant {
    Mutant { tell, ..HONEST }
}

#[tokio::test(start_paused = true)]
async fn of_an_informer_that_keeps_every_promise_nothing_is_said() {
    for pace in [Pace::KeepsUp, Pace::MayBeBehind] {
        let broken = Mutant { pace, ..HONEST }.play().await;
        assert!(broken.is_empty(), "{}", show(&broken));
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_drops_or_repeats_a_notice_is_found_out() {
    let rows: &[(&str, Tell, Promise)] = &[
        ("drops an addition", |b, n| drop_it(b, n, "+a", 0), Promise::AddedFirst),
        ("drops an update", |b, n| drop_it(b, n, "~a", 1), Promise::OldIsWhatWasToldLast),
        ("drops the last update", |b, n| drop_it(b, n, "~a", 2), Promise::EndsOnTheLastState),
        ("drops the last addition", |b, n| drop_it(b, n, "+d", 1), Promise::EndsOnTheLastState),
        ("drops a deletion", |b, n| drop_it(b, n, "-c", 0), Promise::EveryDeletionIsTold),
        ("drops one before an addition", |b, n| drop_it(b, n, "-d", 0), Promise::AddedOnce),
        ("adds twice", |b, n| double_it(b, n, "+a"), Promise::AddedOnce),
        ("updates twice", |b, n| double_it(b, n, "~a"), Promise::EachVersionOnce),
        ("deletes twice", |b, n| double_it(b, n, "-c"), Promise::DeletedOnce),
    ];
    let rows: Vec<_> =
        rows.iter().map(|(name, tell, promise)| (*name, telling(*tell), *promise)).collect();
    check(&rows).await;
    // The same of a handler that may be behind, of which less is asked.
    let behind = rows.iter().map(|(name, mutant, promise)| {
        (*name, Mutant { pace: Pace::MayBeBehind, ..*mutant }, *promise)
    });
    check(&behind.collect::<Vec<_>>()).await;
}

#[tokio::test(start_paused = true)]
async fn whoever_tells_in_another_order_or_another_state_is_found_out() {
    let rows: &[(&str, Tell, Promise)] = &[
        ("turns two updates round", reorder, Promise::NeverBack),
        ("replays an update", replay, Promise::NeverBack),
        ("merges for one that keeps up", merge, Promise::SeesEveryVersion),
        ("says a wrong old state", wrong_old, Promise::OldIsWhatWasToldLast),
        ("updates to another object", replaced, Promise::NewObjectIsAdded),
        ("repeats an old state", repeat_old, Promise::ResyncRepeats),
        ("deletes with an old state", stale_end, Promise::DeletionCarriesTheLastState),
        ("says that an end was not seen", unseen, Promise::FinalStateUnknownOnlyAfterAList),
        ("deletes what is there", kill, Promise::LiveObjectIsNotDeleted),
        ("says initial of what came later", late_initial, Promise::InitialOnlyBeforeSync),
        ("tells of what never was", invent, Promise::NothingInvented),
    ];
    let rows: Vec<_> =
        rows.iter().map(|(name, tell, promise)| (*name, telling(*tell), *promise)).collect();
    check(&rows).await;
}

fn reorder(before: &[Notice], notice: &Notice) -> Vec<Notice> {
    match before.last() {
        Some(held) if is(before, notice, "~a", 2) => vec![notice.clone(), held.clone()],
        _ => drop_it(before, notice, "~a", 1),
    }
}

fn replay(before: &[Notice], notice: &Notice) -> Vec<Notice> {
    let again = before.iter().find(|_| is(before, notice, "~a", 2));
    let again =
        again.and_then(|_| before.iter().find(|told| matches!(told, Notice::Updated { .. })));
    [notice.clone()].into_iter().chain(again.cloned()).collect()
}

fn merge(before: &[Notice], notice: &Notice) -> Vec<Notice> {
    match (before.last(), notice) {
        (Some(Notice::Updated { old, .. }), Notice::Updated { new, .. })
            if is(before, notice, "~a", 2) =>
        {
            vec![Notice::Updated { old: old.clone(), new: new.clone() }]
        }
        _ => drop_it(before, notice, "~a", 1),
    }
}

fn wrong_old(before: &[Notice], notice: &Notice) -> Vec<Notice> {
    match notice {
        Notice::Updated { new, .. } if is(before, notice, "~a", 1) => {
            vec![Notice::Updated { old: find(before, "a").clone(), new: new.clone() }]
        }
        _ => honestly(notice),
    }
}

fn replaced(before: &[Notice], notice: &Notice) -> Vec<Notice> {
    match (before.last(), notice) {
        (Some(gone), Notice::Added { new, .. }) if is(before, notice, "+d", 1) => {
            vec![Notice::Updated { old: gone.latest().clone(), new: new.clone() }]
        }
        _ => drop_it(before, notice, "-d", 0),
    }
}

fn repeat_old(before: &[Notice], notice: &Notice) -> Vec<Notice> {
    let mut told = honestly(notice);
    if is(before, notice, "-c", 0) {
        let old = find(before, "a");
        told.push(Notice::Updated { old: old.clone(), new: old.clone() });
    }
    told
}

fn stale_end(before: &[Notice], notice: &Notice) -> Vec<Notice> {
    match is(before, notice, "-d", 0) {
        true => vec![Notice::Deleted(Deletion::Seen(find(before, "d").clone()))],
        false => honestly(notice),
    }
}

fn unseen(before: &[Notice], notice: &Notice) -> Vec<Notice> {
    match is(before, notice, "-c", 0) {
        true => vec![Notice::Deleted(Deletion::FinalStateUnknown(find(before, "c").clone()))],
        false => honestly(notice),
    }
}

fn kill(before: &[Notice], notice: &Notice) -> Vec<Notice> {
    let mut told = honestly(notice);
    if is(before, notice, "~a", 2) {
        told.push(Notice::Deleted(Deletion::Seen(notice.latest().clone())));
    }
    told
}

fn late_initial(before: &[Notice], notice: &Notice) -> Vec<Notice> {
    match notice {
        Notice::Added { new, .. } if is(before, notice, "+d", 0) => {
            vec![Notice::Added { new: new.clone(), initial: true }]
        }
        _ => honestly(notice),
    }
}

fn invent(before: &[Notice], notice: &Notice) -> Vec<Notice> {
    let mut told = honestly(notice);
    if is(before, notice, "-c", 0) {
        told.push(Notice::Added { new: state(&key("z"), "u"), initial: false });
    }
    told
}

#[tokio::test(start_paused = true)]
async fn whoever_is_synced_too_early_or_never_is_found_out() {
    check(&[
        (
            "is synced at once",
            Mutant { sync: Sync::Early, ..HONEST },
            Promise::SyncedAfterTheWholeList,
        ),
        ("is never synced", Mutant { sync: Sync::Never, ..HONEST }, Promise::SyncIsSaid),
    ])
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_cache_that_is_late_or_wrong_is_found_out() {
    let holding = |hold: Hold| Mutant { hold, ..HONEST };
    let caching = |cache: Show| Mutant { cache, ..HONEST };
    let finding = |index: Show| Mutant { index, ..HONEST };
    check(&[
        ("tells of additions before it has them", holding(late), Promise::CacheFirst),
        ("tells of changes before it has them", holding(behind), Promise::CacheFirst),
        ("tells of an end before it forgets", holding(lingering), Promise::CacheFirst),
        ("loses an object", caching(without_a), Promise::CacheEndsOnTheLastState),
        ("keeps an old state", caching(with_old_a), Promise::CacheEndsOnTheLastState),
        ("keeps what is gone", caching(with_c), Promise::CacheForgetsWhatIsGone),
        ("goes back in time", caching(back), Promise::CacheNeverGoesBack),
        ("caches what never was", caching(with_z), Promise::NothingInvented),
        ("finds too little by an index", finding(without_a), Promise::IndexAgreesWithTheCache),
        ("finds too much by an index", finding(with_z), Promise::IndexAgreesWithTheCache),
        ("finds an old state by an index", finding(back), Promise::IndexAgreesWithTheCache),
    ])
    .await;
}

fn late(told: &Cached, cached: Option<Cached>) -> Option<Cached> {
    cached.filter(|_| told.key().name() != "a")
}

fn behind(told: &Cached, cached: Option<Cached>) -> Option<Cached> {
    cached.map(|_| first(told))
}

fn lingering(told: &Cached, cached: Option<Cached>) -> Option<Cached> {
    cached.or_else(|| Some(told.clone()))
}

fn without_a(_: usize, mut cached: Vec<Cached>) -> Vec<Cached> {
    cached.retain(|cached| cached.key().name() != "a");
    cached
}

fn with_old_a(_: usize, cached: Vec<Cached>) -> Vec<Cached> {
    let old = |cached: Cached| if cached.key().name() == "a" { first(&cached) } else { cached };
    cached.into_iter().map(old).collect()
}

fn back(look: usize, cached: Vec<Cached>) -> Vec<Cached> {
    if look == 6 { with_old_a(look, cached) } else { cached }
}

fn with_c(_: usize, cached: Vec<Cached>) -> Vec<Cached> {
    with(&key("c"), cached)
}

fn with_z(_: usize, cached: Vec<Cached>) -> Vec<Cached> {
    with(&key("z"), cached)
}

fn with(key: &Key, mut cached: Vec<Cached>) -> Vec<Cached> {
    if cached.iter().all(|cached| cached.key() != key) {
        cached.push(state(key, "u"));
    }
    cached
}

/// A state of the same object that is older than any.
fn first(cached: &Cached) -> Cached {
    state(cached.key(), cached.uid())
}

fn state(key: &Key, uid: &str) -> Cached {
    let metadata =
        json!({ "name": key.name(), "namespace": "default", "uid": uid, "resourceVersion": "1" });
    let object = json!({ "metadata": metadata }).to_string();
    Cached::raw(&RawObject::parse(object.into(), false).unwrap())
}
