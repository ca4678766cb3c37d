//! The promises of the wiring, against a server that is played by hand.

mod check;
mod life;
mod log;
mod resync;
mod server;
mod stream;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::FutureExt;
use k8s_openapi::api::core::v1::ConfigMap;
use kube_core::Resource;
use kube_core::client::Write;
use kube_core::selector::LabelSelector;
use kube_core::wire::{RawObject, WatchEvent};
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tracing::Level;

use self::log::log;
use self::server::Server;
use super::handle::{Gone, InformerHandle};
use super::pipeline::Informer;
use crate::flow::sample::object_with;
use crate::flow::{Deletion, Key, Notice};
use crate::handler::{Itself, to_queue};
use crate::indexer::{Cache, Store};
use crate::reflector::Settings;
use crate::shutdown::Shutdown;

fn informer(server: &Arc<Server>) -> Informer {
    let store =
        Store::new(ConfigMap::RESOURCE, None, LabelSelector::everything(), Cache::default());
    let settings = Settings { streaming: false, ..Settings::default() };
    Informer::new(Arc::clone(server) as _, store, settings, fastrand::Rng::with_seed(1))
}

/// Lets everything happen that happens without a wait.
async fn quiet() {
    pass(Duration::from_millis(1)).await;
}

#[expect(clippy::disallowed_methods, reason = "the clock is paused")]
async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
}

/// Plays a story while the informer runs, and then stops it.
async fn play(informer: &Informer, story: impl Future<Output = ()>) {
    let shutdown = Shutdown::new();
    let story = async {
        informer.synced().await;
        quiet().await;
        story.await;
        quiet().await;
        shutdown.begin();
    };
    within(async { futures::join!(informer.run(&shutdown), story) }).await;
}

/// A story that waits for what never comes fails: the clock stands still while anything moves, so nothing is ever late.
async fn within<T>(story: impl Future<Output = T>) -> T {
    let ended = tokio::time::timeout(Duration::from_secs(3600), story).await;
    ended.expect("the story waits for what never comes: an hour of virtual time has passed")
}

fn show(notice: &Notice) -> String {
    let (key, version) = (notice.key().name(), notice.latest().resource_version());
    match notice {
        Notice::Added { initial: true, .. } => format!("+{key}@{version} initial"),
        Notice::Added { .. } => format!("+{key}@{version}"),
        Notice::Updated { old, .. } => format!("{key}@{}..{version}", old.resource_version()),
        Notice::Deleted(Deletion::Seen(_)) => format!("-{key}@{version}"),
        Notice::Deleted(Deletion::FinalStateUnknown(_)) => format!("-{key}@{version} unknown"),
    }
}

/// A handler that writes down what it is told.
fn diary(informer: &Informer) -> Arc<Mutex<Vec<String>>> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let writer = Arc::clone(&told);
    informer.on(move |notice: &Notice| writer.lock().push(show(notice)));
    told
}

#[tokio::test(start_paused = true)]
async fn handlers_see_a_change_after_the_cache_has_it() {
    let server = Arc::new(Server::default());
    server.put("x", 1, false);
    let informer = informer(&server);
    let (store, seen) = (informer.store().clone(), Arc::new(AtomicUsize::new(0)));
    let counter = Arc::clone(&seen);
    informer.on(move |notice: &Notice| {
        let cached = store.get(notice.key()).map(|cached| cached.resource_version().to_owned());
        match notice {
            Notice::Deleted(_) => assert_eq!(cached, None),
            told => assert_eq!(cached.as_deref(), Some(told.latest().resource_version())),
        }
        counter.fetch_add(1, Ordering::Relaxed);
    });
    play(&informer, async {
        for version in 2..20 {
            server.put("x", version, true);
            quiet().await;
        }
        server.delete("x", 20, true);
    })
    .await;
    assert_eq!(seen.load(Ordering::Relaxed), 20);
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_keeps_up_sees_every_event() {
    let server = Arc::new(Server::default());
    let informer = informer(&server);
    let told = diary(&informer);
    play(&informer, async {
        // All of it is there to be read at once.
        (1..=600).for_each(|version| server.put("x", version, true));
    })
    .await;
    let mut expected = vec!["+x@1".to_owned()];
    expected.extend((2..=600).map(|version| format!("x@{}..{version}", version - 1)));
    assert_eq!(*told.lock(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_slow_handler_sees_the_first_old_and_the_last_new_state_and_harms_only_itself() {
    let server = Arc::new(Server::default());
    server.put("x", 1, false);
    server.put("y", 2, false);
    let informer = informer(&server);
    let mut slow = informer.listen();
    let fast = diary(&informer);
    play(&informer, async {
        for name in ["+x@1 initial", "+y@2 initial"] {
            assert_eq!(slow.next().await.as_ref().map(show).as_deref(), Some(name));
        }
        for version in (3..6000).step_by(2) {
            server.put("x", version, true);
            server.put("y", version + 1, true);
            quiet().await;
        }
        server.delete("y", 6001, true);
    })
    .await;
    assert_eq!(fast.lock().len(), 2 + 5998 + 1);
    assert!(slow.len() <= 1024 + 4, "{}", slow.len());
    let mut told = Vec::new();
    while let Some(notice) = slow.next().await {
        told.push(show(&notice));
    }
    let of = |name: char| told.iter().filter(move |told| told.contains(name)).collect::<Vec<_>>();
    assert!(of('x')[0].starts_with("x@1.."), "{}", of('x')[0]);
    assert!(of('x').last().unwrap().ends_with("..5999"), "{:?}", of('x').last());
    assert_eq!(*of('y').last().unwrap(), "-y@6001");
    for pair in of('x').windows(2) {
        let end = pair[0].rsplit('.').next().unwrap();
        assert!(pair[1].starts_with(&format!("x@{end}..")), "no gap between {pair:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn gone_relists_once_and_loses_nothing() {
    let server = Arc::new(Server::default());
    ["x", "y", "z"].iter().zip(1..).for_each(|(name, version)| server.put(name, version, false));
    let informer = informer(&server);
    let told = diary(&informer);
    play(&informer, async {
        server.put("x", 4, true);
        quiet().await;
        told.lock().clear();
        server.asked();
        // Nobody is told of these three.
        server.put("x", 5, false);
        server.delete("y", 6, false);
        server.put("new", 7, false);
        server.expire();
        quiet().await;
        server.put("z", 8, true);
    })
    .await;
    assert_eq!(*told.lock(), ["x@4..5", "+new@7", "-y@2 unknown", "z@3..8"]);
    assert_eq!(server.asked(), ["list", "watch 7"]);
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_ends_resumes_without_a_list_and_without_a_notice() {
    let server = Arc::new(Server::default());
    server.put("x", 1, false);
    let informer = informer(&server);
    let told = diary(&informer);
    play(&informer, async {
        server.put("x", 2, true);
        quiet().await;
        server.close();
        quiet().await;
        server.put("x", 3, true);
    })
    .await;
    assert_eq!(*told.lock(), ["+x@1 initial", "x@1..2", "x@2..3"]);
    assert_eq!(server.asked(), ["list", "watch 1", "watch 2"]);
}

#[tokio::test(start_paused = true)]
async fn everybody_who_waits_for_sync_is_woken() {
    let server = Arc::new(Server::default());
    server.put("x", 1, false);
    server.down.store(true, Ordering::Relaxed);
    let informer = informer(&server);
    let registration = informer.on(|_: &Notice| ());
    let shutdown = Shutdown::new();
    let waiters = futures::future::join_all((0..10).map(|_| async {
        informer.synced().await;
        registration.synced().await;
    }));
    let story = async {
        pass(Duration::from_secs(5)).await;
        assert!(!informer.store().is_synced() && !registration.is_synced());
        assert!(informer.health().borrow().last_error.as_ref().unwrap().contains("no"));
        server.down.store(false, Ordering::Relaxed);
        tokio::time::timeout(Duration::from_secs(60), waiters).await.unwrap();
        // It is not an event that one has to be there for.
        informer.synced().await;
        shutdown.begin();
    };
    within(async { futures::join!(informer.run(&shutdown), story) }).await;
}

#[tokio::test(start_paused = true)]
async fn a_handler_is_synced_only_when_it_has_dealt_with_the_whole_initial_list() {
    let server = Arc::new(Server::default());
    (1..=3).for_each(|version| server.put(&format!("n{version}"), version, false));
    let informer = informer(&server);
    let mut notices = informer.listen();
    play(&informer, async {
        for _ in 0..3 {
            assert!(!notices.is_synced());
            assert!(notices.next().await.unwrap().is_initial());
        }
        assert!(!notices.is_synced(), "the last one is not dealt with");
        assert!(notices.next().now_or_never().is_none());
        assert!(notices.is_synced());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_joins_late_has_no_gap_and_no_repetition() {
    let server = Arc::new(Server::default());
    server.put("x", 1, false);
    let informer = informer(&server);
    play(&informer, async {
        server.put("x", 2, true);
        server.put("y", 3, true);
        quiet().await;
        let late = diary(&informer);
        let registration = informer.on(|_: &Notice| ());
        assert!(!registration.is_synced());
        server.put("x", 4, true);
        quiet().await;
        assert!(registration.is_synced());
        let mut told = late.lock().clone();
        told.sort();
        assert_eq!(told, ["+x@2 initial", "+y@3 initial", "x@2..4"]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_is_removed_is_told_nothing_more() {
    let server = Arc::new(Server::default());
    let informer = informer(&server);
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let registration = informer.on(move |_: &Notice| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    let other = diary(&informer);
    play(&informer, async {
        server.put("x", 1, true);
        quiet().await;
        registration.remove();
        registration.remove();
        server.put("x", 2, true);
    })
    .await;
    assert_eq!((calls.load(Ordering::Relaxed), other.lock().len()), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_panics_misses_that_notice_and_nobody_else_does() {
    let server = Arc::new(Server::default());
    let informer = informer(&server);
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    informer.on(move |notice: &Notice| {
        counter.fetch_add(1, Ordering::Relaxed);
        assert_ne!(notice.latest().resource_version(), "2", "planted");
    });
    let other = diary(&informer);
    play(&informer, async {
        (1..=3).for_each(|version| server.put("x", version, true));
    })
    .await;
    assert_eq!((calls.load(Ordering::Relaxed), other.lock().len()), (3, 3));
}

#[tokio::test(start_paused = true)]
async fn a_resync_repeats_the_cache_to_the_handler_that_asked_for_it() {
    let server = Arc::new(Server::default());
    server.put("x", 1, false);
    let informer = informer(&server);
    let repeated = Arc::new(Mutex::new(Vec::new()));
    let writer = Arc::clone(&repeated);
    let every = Duration::from_secs(10);
    informer.on_with_resync(move |notice: &Notice| writer.lock().push(notice.is_resync()), every);
    let other = diary(&informer);
    play(&informer, async { pass(Duration::from_secs(35)).await }).await;
    assert_eq!(*repeated.lock(), [false, true, true, true]);
    assert_eq!(other.lock().len(), 1);
    assert_eq!(server.asked(), ["list", "watch 1"]);
}

#[tokio::test(start_paused = true)]
async fn handlers_read_what_waits_for_them_after_the_shutdown_and_late_ones_end_at_once() {
    let server = Arc::new(Server::default());
    let informer = informer(&server);
    let mut slow = informer.listen();
    play(&informer, async { server.put("x", 1, true) }).await;
    assert!(slow.next().await.is_some());
    assert!(slow.next().await.is_none());
    let mut late = informer.listen();
    assert!(late.next().await.unwrap().is_initial());
    assert!(late.next().await.is_none());
    informer.run(&Shutdown::new()).await;
}

#[tokio::test(start_paused = true)]
async fn one_failing_kind_delays_no_other() {
    let (bad, good) = (Arc::new(Server::default()), Arc::new(Server::default()));
    bad.down.store(true, Ordering::Relaxed);
    let (failing, healthy) = (informer(&bad), informer(&good));
    let told = diary(&healthy);
    let shutdown = Shutdown::new();
    let story = async {
        healthy.synced().await;
        for version in 1..=20 {
            good.put("x", version, true);
            quiet().await;
            assert_eq!(told.lock().len(), usize::try_from(version).unwrap());
            pass(Duration::from_secs(5)).await;
        }
        shutdown.begin();
    };
    within(async { futures::join!(failing.run(&shutdown), healthy.run(&shutdown), story) }).await;
    assert!((3..=8).contains(&bad.asked().len()), "back-off of its own");
}

#[tokio::test(start_paused = true)]
async fn a_deletion_walks_through_all_stages_and_the_reconcile_finds_nothing() {
    let server = Arc::new(Server::default());
    server.put("x", 1, false);
    let informer = informer(&server);
    let (add, mut queue) = mpsc::unbounded_channel();
    informer.on(to_queue(Itself, move |key, _| drop(add.send(key))));
    play(&informer, async {
        assert_eq!(queue.recv().await.unwrap().to_string(), "a/x");
        // Asked for, with a grace period; then gone.
        let ending = serde_json::json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}});
        server.put_object(object_with("x", 2, &ending), true);
        let key = queue.recv().await.unwrap();
        assert!(informer.store().get(&key).unwrap().is_being_deleted());
        server.delete("x", 3, true);
        let key = queue.recv().await.unwrap();
        assert!(informer.store().get(&key).is_none());
        assert!(queue.try_recv().is_err());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_closures_of_a_handle_see_typed_objects_in_order() {
    let server = Arc::new(Server::default());
    server.put("x", 1, false);
    let told = Arc::new(Mutex::new(Vec::new()));
    let [added, updated, deleted] = std::array::from_fn(|_| Arc::clone(&told));
    let version = |map: &ConfigMap| map.metadata.resource_version.clone().unwrap();
    let handle: InformerHandle<ConfigMap> = InformerHandle::new(informer(&server))
        .on_add(move |new| added.lock().push(format!("+{}", version(&new))))
        .on_update(move |old, new| {
            updated.lock().push(format!("{}..{}", version(&old), version(&new)))
        })
        .on_delete(move |gone| {
            deleted.lock().push(match gone {
                Gone::Seen(last) => format!("-{}", version(&last)),
                Gone::FinalStateUnknown(last) => format!("-{} unknown", version(&last)),
            })
        });
    play(&handle, async {
        handle.synced().await;
        server.put("x", 2, true);
        server.delete("x", 3, true);
        quiet().await;
        server.put("x", 4, true);
        quiet().await;
        server.delete("x", 5, false);
        server.expire();
    })
    .await;
    assert_eq!(*told.lock(), ["+1", "1..2", "-3", "+4", "-4 unknown"]);
}

#[tokio::test(start_paused = true)]
async fn an_object_of_which_nobody_knows_is_asked_for_once_before_it_is_read() {
    let server = Arc::new(Server::default());
    server.put("x", 1, false);
    let handle: InformerHandle<ConfigMap> = InformerHandle::new(informer(&server));
    play(&handle, async {
        let key = Key::namespaced("a", "x");
        server.asked();
        assert!(handle.fresh(&key).await.unwrap().is_some());
        assert!(server.asked().is_empty(), "nothing was unknown");
        server.put("x", 2, false);
        handle
            .store()
            .wrote(&Write::Unknown { namespace: Some("a".to_owned()), name: "x".to_owned() });
        let fresh = handle.fresh(&key).await.unwrap().unwrap();
        assert_eq!(fresh.metadata.resource_version.as_deref(), Some("2"));
        handle.settle().await.unwrap();
        assert_eq!(server.asked(), ["get a/x"]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_write_to_objects_of_unknown_names_costs_one_list_before_the_next_read() {
    let server = Arc::new(Server::default());
    server.put("x", 1, false);
    server.put("y", 2, false);
    let handle: InformerHandle<ConfigMap> = InformerHandle::new(informer(&server));
    play(&handle, async {
        server.asked();
        server.delete("x", 3, false);
        server.put("y", 4, false);
        server.put("new", 5, false);
        handle.store().wrote(&Write::Collection { namespace: Some("a".to_owned()) });
        handle.settle().await.unwrap();
        let seen = |name: &str| handle.lister().get("a", name).unwrap();
        assert!(seen("x").is_none() && seen("new").is_some());
        assert_eq!(seen("y").unwrap().metadata.resource_version.as_deref(), Some("4"));
        handle.settle().await.unwrap();
        assert_eq!(server.asked(), ["list"]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_malformed_object_is_reported_once_and_the_others_go_on() {
    let (log, _guard) = log(Level::INFO);
    let server = Arc::new(Server::default());
    server.put("y", 1, false);
    let informer = informer(&server);
    let told = diary(&informer);
    let bad = br#"{"metadata":{"namespace":"a","name":"bad","resourceVersion":"7","generation":"hidden"}}"#;
    let bad = RawObject::parse(bytes::Bytes::from_static(bad), false).unwrap_err();
    play(&informer, async {
        server.tell(Some(WatchEvent::Malformed(bad.clone())));
        server.tell(Some(WatchEvent::Malformed(bad.clone())));
        server.put("y", 8, true);
    })
    .await;
    assert_eq!(*told.lock(), ["+y@1 initial", "y@1..8"]);
    let log = String::from_utf8(log.lock().clone()).unwrap();
    assert_eq!(log.matches("a/bad").count(), 2, "key and message, once each: {log}");
    assert!(!log.contains("hidden"), "{log}");
}
