//! How an informer begins and ends, and its handlers with it.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::OnceLock;

use futures::future::BoxFuture;
use futures::{StreamExt, stream};
use kube_core::wire::ListHead;
use kube_core::{Error, ErrorKind, Result};

use super::*;
use crate::flow::sample::object;
use crate::informer::listener::Registration;
use crate::reflector::{ListPlan, ListWatch, Listed, Listing, WatchPlan, Watching};

/// What a server answers to one list after the other, until it answers nothing any more.
#[derive(Debug, Default)]
struct Answers {
    lists: Mutex<VecDeque<Vec<Result<Listed>>>>,
    /// The events that each watch begins with, if watches are answered at all.
    events: Option<Vec<(&'static str, u64)>>,
    asked: AtomicUsize,
}

impl Answers {
    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl ListWatch for Answers {
    fn list(&self, _plan: ListPlan) -> BoxFuture<'_, Result<Listing>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        match self.lists.lock().pop_front() {
            Some(parts) => futures::future::ready(Ok(stream::iter(parts).boxed())).boxed(),
            None => futures::future::pending().boxed(),
        }
    }

    fn watch(&self, _plan: WatchPlan) -> BoxFuture<'_, Result<Watching>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let Some(events) = &self.events else { return futures::future::pending().boxed() };
        let events: Vec<_> = events
            .iter()
            .map(|(name, version)| Ok(WatchEvent::Added(object(name, *version))))
            .collect();
        let events = stream::iter(events).chain(stream::pending());
        futures::future::ready(Ok(events.boxed())).boxed()
    }

    fn get(&self, _key: Key) -> BoxFuture<'_, Result<Option<RawObject>>> {
        futures::future::pending().boxed()
    }
}

fn of(source: Arc<dyn ListWatch>, streaming: bool) -> Informer {
    let store =
        Store::new(ConfigMap::RESOURCE, None, LabelSelector::everything(), Cache::default());
    let settings = Settings { streaming, ..Settings::default() };
    Informer::new(source, store, settings, fastrand::Rng::with_seed(1))
}

fn item(name: &str, version: u64) -> Result<Listed> {
    Ok(Listed::Item(object(name, version)))
}

fn end(version: u64) -> Result<Listed> {
    let mut head = ListHead::default();
    head.resource_version = version.to_string();
    Ok(Listed::End(head))
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_ends_it_before_the_start_in_a_list_and_in_a_watch_and_nothing_more_is_asked() {
    let no_list = || Answers::default();
    let no_watch = || Answers { lists: Mutex::new([vec![end(5)]].into()), ..Answers::default() };
    for (source, after, asked) in [(no_list(), 0, 0), (no_list(), 1, 1), (no_watch(), 1, 2)] {
        let source = Arc::new(source);
        let informer = of(Arc::clone(&source) as _, false);
        let shutdown = Shutdown::new();
        let story = async {
            pass(Duration::from_secs(after)).await;
            shutdown.begin();
        };
        if after == 0 {
            shutdown.begin();
        }
        within(async { futures::join!(informer.run(&shutdown), story) }).await;
        pass(Duration::from_secs(3600)).await;
        assert_eq!(source.asked(), asked, "after {after} s");
        assert!(informer.health().borrow().last_error.is_none(), "an end is no failure");
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_whoever_lists_reaches_whoever_runs_the_informer() {
    #[derive(Debug)]
    struct Panics;
    impl ListWatch for Panics {
        fn list(&self, _plan: ListPlan) -> BoxFuture<'_, Result<Listing>> {
            panic!("planted")
        }

        fn watch(&self, _plan: WatchPlan) -> BoxFuture<'_, Result<Watching>> {
            futures::future::pending().boxed()
        }

        fn get(&self, _key: Key) -> BoxFuture<'_, Result<Option<RawObject>>> {
            futures::future::pending().boxed()
        }
    }
    let informer = of(Arc::new(Panics), false);
    let shutdown = Shutdown::new();
    let run = AssertUnwindSafe(informer.run(&shutdown)).catch_unwind();
    assert!(within(run).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn an_empty_list_is_a_whole_one() {
    let server = Arc::new(Server::default());
    let informer = informer(&server);
    let registration = informer.on(|_: &Notice| ());
    play(&informer, async {
        assert!(informer.store().is_synced() && registration.is_synced());
        assert_eq!(server.asked(), ["list", "watch 0"]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_handler_is_synced_behind_what_the_first_attempt_named_in_vain() {
    let broken = Err(Error::new(ErrorKind::Connection, "cut"));
    let lists = [vec![item("x", 3), broken], vec![item("y", 6), end(7)]];
    let informer =
        of(Arc::new(Answers { lists: Mutex::new(lists.into()), ..Answers::default() }), false);
    let mut notices = informer.listen();
    play(&informer, async {
        let mut told = Vec::new();
        for _ in 0..3 {
            assert!(!notices.is_synced(), "after {told:?}");
            told.push(show(&notices.next().await.unwrap()));
        }
        assert_eq!(told, ["+x@3 initial", "-x@3 unknown", "+y@6 initial"]);
        assert!(!notices.is_synced(), "the last one is not dealt with");
        assert!(notices.next().now_or_never().is_none());
        assert!(notices.is_synced());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_within_a_streaming_list_leaves_no_whole_list() {
    let events = Some(vec![("x", 3), ("y", 4)]);
    let source = Arc::new(Answers { events, ..Answers::default() });
    let informer = of(Arc::clone(&source) as _, true);
    let mut notices = informer.listen();
    let shutdown = Shutdown::new();
    let story = async {
        assert_eq!(show(&notices.next().await.unwrap()), "+x@3 initial");
        shutdown.begin();
        while notices.next().await.is_some() {}
    };
    within(async { futures::join!(informer.run(&shutdown), story) }).await;
    assert!(!informer.store().is_synced() && !informer.health().borrow().synced);
    assert!(!notices.is_synced() && informer.store().resource_version().is_none());
    assert_eq!(source.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_is_added_after_the_end_is_told_nothing_and_the_log_says_why() {
    let server = Arc::new(Server::default());
    server.put("x", 1, false);
    let informer = informer(&server);
    play(&informer, async {}).await;
    let (log, _guard) = log(Level::INFO);
    let told = diary(&informer);
    let registration = informer.on(|_: &Notice| ());
    pass(Duration::from_secs(3600)).await;
    assert!(told.lock().is_empty() && !registration.is_synced());
    registration.remove();
    let log = String::from_utf8(log.lock().clone()).unwrap();
    assert_eq!(log.matches("added to an informer that has stopped").count(), 2, "{log}");
}

#[tokio::test(start_paused = true)]
async fn a_second_run_says_that_there_is_one_and_the_first_ends_when_its_handlers_have() {
    let server = Arc::new(Server::default());
    let informer = informer(&server);
    let told = diary(&informer);
    let (log, _guard) = log(Level::INFO);
    play(&informer, async {
        informer.run(&Shutdown::new()).await;
        // Handlers have not seen these when the end begins.
        (1..=500).for_each(|version| server.put("x", version, true));
    })
    .await;
    assert_eq!(told.lock().len(), 500);
    assert_eq!(server.asked(), ["list", "watch 0"], "the second run asked for nothing");
    let log = String::from_utf8(log.lock().clone()).unwrap();
    assert_eq!(log.matches("this informer runs already").count(), 1, "{log}");
}

#[tokio::test(start_paused = true)]
async fn a_handler_may_remove_itself() {
    let server = Arc::new(Server::default());
    let informer = informer(&server);
    let own: Arc<OnceLock<Registration>> = Arc::default();
    let (itself, calls) = (Arc::clone(&own), Arc::new(AtomicUsize::new(0)));
    let counter = Arc::clone(&calls);
    let registration = informer.on(move |_: &Notice| {
        counter.fetch_add(1, Ordering::Relaxed);
        itself.get().unwrap().remove();
    });
    assert!(own.set(registration).is_ok());
    let other = diary(&informer);
    play(&informer, async {
        (1..=3).for_each(|version| server.put("x", version, true));
    })
    .await;
    assert_eq!((calls.load(Ordering::Relaxed), other.lock().len()), (1, 3));
}

#[tokio::test(start_paused = true)]
async fn with_handlers_coming_and_going_nothing_hangs_and_each_ends_on_the_last_state() {
    for seed in 0..20 {
        let mut random = fastrand::Rng::with_seed(seed);
        let server = Arc::new(Server::default());
        let informer = informer(&server);
        let (mut staying, mut going) = (Vec::new(), Vec::new());
        play(&informer, async {
            for version in 1..300 {
                let name = format!("n{}", random.u8(0..5));
                match random.u8(0..8) {
                    0 => staying.push(diary(&informer)),
                    1 => going.push(informer.on(|_: &Notice| ())),
                    2 => going.drain(..).for_each(|registration| registration.remove()),
                    3 => server.delete(&name, version, true),
                    _ => server.put(&name, version, true),
                }
                if random.bool() {
                    quiet().await;
                }
            }
        })
        .await;
        let mut last: Vec<_> =
            informer.store().list().iter().map(|state| state.key().name().to_owned()).collect();
        last.sort();
        assert!(staying.len() > 10 && informer.store().len() > 1, "seed {seed} plays too little");
        for told in &staying {
            let told = told.lock();
            let known = told.iter().fold(std::collections::BTreeMap::new(), |mut known, line| {
                let name =
                    line.trim_start_matches(['+', '-']).split('@').next().unwrap().to_owned();
                known.insert(name, line.clone());
                known
            });
            let there = known.iter().filter(|(_, line)| !line.starts_with('-'));
            let there: Vec<_> = there.map(|(name, _)| name.clone()).collect();
            assert_eq!(there, last, "seed {seed}");
            for state in informer.store().list() {
                let line = &known[state.key().name()];
                let version = format!(
                    "{}{}",
                    if line.contains("..") { ".." } else { "@" },
                    state.resource_version()
                );
                assert!(line.contains(&version), "seed {seed}: {line} is not {version}");
            }
        }
    }
}
