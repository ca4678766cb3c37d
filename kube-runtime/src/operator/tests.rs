//! The promises of an operator that runs, one test each, against a server of shops and a clock that stands still.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use kube_core::ResourceExt;
use kube_core::request::Verb;
use parking_lot::Mutex;
use serde_json::json;
use tokio::time::Instant;

use super::Operator;
use crate::controller::Controller;
use crate::error::Error;
use crate::error::Result;
use crate::error::Terminal;
use crate::flow::Action;
use crate::flow::Key;
use crate::manager::Running;
use crate::reconcile::Cx;
use crate::reconcile::Object;
use crate::reconcile::State;
use crate::shops::Shop;
use crate::shops::Shops;
use crate::shutdown::Shutdown;
use crate::writeback::event::EventType;

const MARK: &str = "test.example.com/shops";

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

async fn pause(length: Duration) {
    tokio::time::sleep_until(Instant::now() + length).await;
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(60), "never came true: {what}");
        pause(ms(1)).await;
    }
}

/// What the reconciles of a test write down.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<(String, Instant)>>>);

impl Notes {
    fn add(&self, note: impl Into<String>) {
        self.0.lock().push((note.into(), Instant::now()));
    }

    fn texts(&self) -> Vec<String> {
        self.0.lock().iter().map(|(text, _)| text.clone()).collect()
    }

    fn count(&self, note: &str) -> usize {
        self.texts().iter().filter(|text| *text == note).count()
    }

    /// The time between one note and the next.
    fn gaps(&self) -> Vec<Duration> {
        let notes = self.0.lock();
        notes.windows(2).map(|pair| pair[1].1 - pair[0].1).collect()
    }
}

async fn start(shops: &Shops, notes: &Notes, controller: Controller<Shop>) -> Running {
    // No derive made this kind, so that nothing is known of it.
    let controller = controller.wired(|wiring| {
        wiring.permissions::<Shop>(&[Verb::Patch]);
        wiring.subresource_permissions::<Shop>("status", &[Verb::Patch]);
    });
    let operator = Operator::new("test").state(notes.clone()).controller(controller);
    operator.start(shops.client(), Shutdown::new()).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_key_is_never_reconciled_twice_at_once() {
    #[derive(Clone, Default)]
    struct Out(Arc<Mutex<HashMap<Key, u32>>>);
    async fn slow(cx: Cx<Shop>, out: State<Out>, notes: State<Notes>) -> Result<Action> {
        *out.0.lock().entry(cx.key().clone()).or_default() += 1;
        let (own, all) = {
            let out = out.0.lock();
            (out[cx.key()], out.values().sum::<u32>())
        };
        notes.add(format!("{own} of {}", if all > 1 { "several" } else { "one" }));
        pause(ms(10)).await;
        *out.0.lock().entry(cx.key().clone()).or_default() -= 1;
        Ok(Action::done())
    }
    let (shops, notes) = (Shops::with(&json!({})), Notes::default());
    shops.create("blog", &json!({}));
    let controller = Controller::of("shops", slow).wired(|wiring| wiring.workers(8));
    let operator = Operator::new("test").state(notes.clone()).state(Out::default());
    let running = operator.controller(controller).start(shops.client(), Shutdown::new()).await;
    let running = running.unwrap();
    for turn in 0..50 {
        for name in ["web", "blog"] {
            shops.change(name, &json!({ "metadata": { "labels": { "turn": turn.to_string() } } }));
        }
        pause(ms(3)).await;
    }
    running.stop().await.unwrap();
    let texts = notes.texts();
    assert!(texts.iter().all(|text| text.starts_with("1 of")), "{texts:?}");
    assert!(notes.count("1 of several") > 5, "different keys do run at the same time: {texts:?}");
}

#[tokio::test(start_paused = true)]
async fn as_many_reconciles_run_at_the_same_time_as_there_are_workers() {
    #[derive(Default)]
    struct Out(Mutex<usize>);
    async fn slow(out: State<Out>, notes: State<Notes>) -> Result<Action> {
        *out.0.lock() += 1;
        notes.add(out.0.lock().to_string());
        pause(ms(10)).await;
        *out.0.lock() -= 1;
        Ok(Action::done())
    }
    for workers in [1, 3] {
        let (shops, notes) = (Shops::with(&json!({})), Notes::default());
        (0..5).for_each(|number| shops.create(&format!("shop-{number}"), &json!({})));
        let controller =
            Controller::<Shop>::of("shops", slow).wired(|wiring| wiring.workers(workers));
        let operator = Operator::new("test").state(notes.clone()).state(Out::default());
        let running = operator.controller(controller).start(shops.client(), Shutdown::new()).await;
        pause(ms(100)).await;
        running.unwrap().stop().await.unwrap();
        let most = notes.texts().iter().map(|out| out.parse::<usize>().unwrap()).max();
        assert_eq!(most, Some(workers));
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_during_a_reconcile_leads_to_another_one() {
    async fn slow(shop: Object<Shop>, notes: State<Notes>) -> Result<Action> {
        notes.add(shop.labels().get("turn").cloned().unwrap_or_default());
        pause(ms(10)).await;
        Ok(Action::done())
    }
    let (shops, notes) = (Shops::with(&json!({})), Notes::default());
    let running = start(&shops, &notes, Controller::of("shops", slow)).await;
    until("it runs", || !notes.texts().is_empty()).await;
    shops.change("web", &json!({ "metadata": { "labels": { "turn": "two" } } }));
    pause(ms(5)).await;
    assert_eq!(notes.texts(), [""], "not beside the first");
    until("it runs again", || notes.texts().len() == 2).await;
    pause(ms(1000)).await;
    assert_eq!(notes.texts(), ["", "two"], "and once only");
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_a_reconcile_is_that_keys_failure_only() {
    async fn fragile(shop: Object<Shop>, notes: State<Notes>) -> Result<Action> {
        notes.add(shop.name());
        assert!(shop.name() != "web" || notes.count("web") > 2, "the shop is not to my liking");
        Ok(Action::done())
    }
    let (shops, notes) = (Shops::with(&json!({})), Notes::default());
    let controller = Controller::of("shops", fragile).wired(|wiring| wiring.workers(1));
    let running = start(&shops, &notes, controller).await;
    shops.create("blog", &json!({}));
    until("both are done", || notes.count("web") == 3 && notes.count("blog") == 1).await;
    pause(ms(10_000)).await;
    assert_eq!((notes.count("web"), notes.count("blog")), (3, 1), "the worker lives, all is well");
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_object_that_is_not_what_its_type_says_is_reconciled_when_it_is_mended() {
    async fn open(shop: Object<Shop>, notes: State<Notes>) -> Result<Action> {
        notes.add(shop.name());
        Ok(Action::done())
    }
    let notes = Notes::default();
    let shops = Shops::with(&json!({ "status": { "ready": "many" } }));
    shops.create("blog", &json!({}));
    let running = start(&shops, &notes, Controller::of("shops", open)).await;
    pause(Duration::from_secs(60)).await;
    assert_eq!(notes.texts(), ["blog"]);
    shops.change("web", &json!({ "status": { "ready": 3 } }));
    until("it is reconciled", || notes.count("web") == 1).await;
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_reconcile_that_takes_too_long_is_that_keys_failure_only() {
    async fn stuck(shop: Object<Shop>, notes: State<Notes>) -> Result<Action> {
        notes.add(shop.name());
        if shop.name() == "web" && notes.count("web") == 1 {
            std::future::pending::<()>().await;
        }
        Ok(Action::done())
    }
    let (shops, notes) = (Shops::with(&json!({})), Notes::default());
    let controller = Controller::of("shops", stuck).wired(|wiring| {
        wiring.workers(1);
        wiring.timeout(ms(300));
    });
    let running = start(&shops, &notes, controller).await;
    until("it is tried again", || notes.count("web") == 2).await;
    assert!(notes.gaps()[0] >= ms(305), "{:?}", notes.gaps());
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_failed_key_is_retried_with_growing_delay_and_an_event_does_not_shorten_it() {
    async fn failing(notes: State<Notes>) -> Result<Action> {
        notes.add("failed");
        Err(Error::msg("not today"))
    }
    let (shops, notes) = (Shops::with(&json!({})), Notes::default());
    let running = start(&shops, &notes, Controller::of("shops", failing)).await;
    for turn in 0..200 {
        shops.change("web", &json!({ "metadata": { "labels": { "turn": turn.to_string() } } }));
        pause(ms(10)).await;
    }
    running.stop().await.unwrap();
    let gaps: Vec<u128> = notes.gaps().iter().map(Duration::as_millis).collect();
    for (failure, gap) in gaps.iter().enumerate() {
        let wait = 5 << failure;
        assert!((wait..wait + 3).contains(gap), "wait {failure} of {gaps:?}");
    }
    assert!(gaps.len() >= 7, "{gaps:?}");
}

#[tokio::test(start_paused = true)]
async fn a_terminal_failure_is_not_retried_until_something_changes() {
    async fn hopeless(notes: State<Notes>) -> Result<Action> {
        notes.add("failed");
        Err(Terminal::because("no such region").into())
    }
    let (shops, notes) = (Shops::with(&json!({})), Notes::default());
    let running = start(&shops, &notes, Controller::of("shops", hopeless)).await;
    pause(Duration::from_secs(3600)).await;
    assert_eq!(notes.count("failed"), 1);
    shops.change("web", &json!({ "metadata": { "labels": { "region": "eu" } } }));
    until("it is tried again", || notes.count("failed") == 2).await;
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn shutdown_finishes_running_reconciles_and_starts_none() {
    async fn slow(shop: Object<Shop>, cx: Cx<Shop>, notes: State<Notes>) -> Result<Action> {
        notes.add(format!("{} begins", shop.name()));
        pause(ms(1000)).await;
        cx.status(|status| status.ready += 1).await?;
        cx.event(EventType::Normal, "Opened", "it is open");
        notes.add(format!("{} ends", shop.name()));
        Ok(Action::done())
    }
    let (shops, notes) = (Shops::with(&json!({})), Notes::default());
    let controller = Controller::of("shops", slow).wired(|wiring| wiring.workers(1));
    let running = start(&shops, &notes, controller).await;
    until("it runs", || !notes.texts().is_empty()).await;
    shops.create("blog", &json!({}));
    pause(ms(10)).await;
    running.stop().await.unwrap();
    assert_eq!(notes.texts(), ["web begins", "web ends"]);
    assert_eq!(shops.shop("web").unwrap().status.unwrap().ready, 1);
    let journal = shops.journal();
    assert!(journal.contains(&"POST events".to_owned()), "its event is delivered: {journal:?}");
}

#[tokio::test(start_paused = true)]
async fn a_reconcile_that_does_not_end_is_dropped_at_the_deadline_and_told() {
    async fn stuck(notes: State<Notes>) -> Result<Action> {
        notes.add("begins");
        std::future::pending().await
    }
    let (shops, notes) = (Shops::with(&json!({})), Notes::default());
    let operator = Operator::new("test").state(notes.clone()).stopped_within(ms(5000));
    let operator = operator.controller(Controller::<Shop>::of("shops", stuck));
    let running = operator.start(shops.client(), Shutdown::new()).await.unwrap();
    until("it runs", || !notes.texts().is_empty()).await;
    let begun = Instant::now();
    let error = running.stop().await.unwrap_err();
    assert_eq!(begun.elapsed().as_secs(), 5);
    assert!(error.to_string().contains("of controller `shops`"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn the_finalizer_is_there_before_the_first_side_effect() {
    async fn open(cx: Cx<Shop>, shops: State<Shops>, notes: State<Notes>) -> Result<Action> {
        let live = shops.shop(cx.key().name()).unwrap();
        notes.add(format!("open {:?}", live.finalizers()));
        Ok(Action::done())
    }
    async fn close(shops: State<Shops>, notes: State<Notes>) -> Result<Action> {
        let live = shops.shop("web").unwrap();
        notes.add(format!("close {:?}", live.finalizers()));
        match notes.texts().iter().filter(|text| text.starts_with("close")).count() {
            1 => Err(Error::msg("still busy")),
            2 => Ok(Action::after(ms(500))),
            _ => Ok(Action::done()),
        }
    }
    let (shops, notes) = (Shops::with(&json!({})), Notes::default());
    let controller = Controller::of("shops", open).cleanup(close);
    let operator = Operator::new("test").state(notes.clone()).state(shops.clone());
    let running = operator.controller(controller).start(shops.client(), Shutdown::new()).await;
    let running = running.unwrap();
    until("it is open", || !notes.texts().is_empty()).await;
    shops.delete("web");
    until("it is gone", || shops.shop("web").is_none()).await;
    let (open, closed) = (format!("open [\"{MARK}\"]"), format!("close [\"{MARK}\"]"));
    let texts = notes.texts();
    assert!(texts.iter().all(|text| *text == open || *text == closed), "{texts:?}");
    assert_eq!(texts.iter().filter(|text| **text == closed).count(), 3, "{texts:?}");
    assert_eq!((&texts[0], texts.last()), (&open, Some(&closed)));
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_reconcile_that_writes_twice_asks_for_nothing_in_between_and_marks_its_object_once() {
    async fn open(cx: Cx<Shop>, notes: State<Notes>) -> Result<Action> {
        cx.status(|status| status.ready = 1).await?;
        cx.status(|status| status.note = Some("open".to_owned())).await?;
        notes.add("open");
        Ok(Action::done())
    }
    let (shops, notes) = (Shops::with(&json!({})), Notes::default());
    let controller = Controller::of("shops", open).cleanup(open);
    let running = start(&shops, &notes, controller).await;
    until("it is open", || !notes.texts().is_empty()).await;
    pause(ms(100)).await;
    assert_eq!(shops.journal(), ["PATCH web", "PATCH web/status", "PATCH web/status"]);
    let looked = notes.texts().len();
    shops.change("web", &json!({ "metadata": { "labels": { "sign": "new" } } }));
    until("it was looked at again", || notes.texts().len() > looked).await;
    assert_eq!(shops.journal(), [""; 0], "everything is as it should be");
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_mark_that_a_former_version_left_is_taken_off() {
    async fn open(notes: State<Notes>) -> Result<Action> {
        notes.add("open");
        Ok(Action::done())
    }
    let more = json!({ "metadata": {
        "deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": [MARK],
    } });
    let (shops, notes) = (Shops::with(&more), Notes::default());
    let running = start(&shops, &notes, Controller::of("shops", open)).await;
    until("it is gone", || shops.shop("web").is_none()).await;
    assert_eq!(notes.texts(), [""; 0], "what is to go is not reconciled");
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn every_reconcile_sees_this_processs_own_last_write() {
    async fn count(shop: Object<Shop>, cx: Cx<Shop>, notes: State<Notes>) -> Result<Action> {
        let ready = shop.status.as_ref().map_or(0, |status| status.ready);
        notes.add(ready.to_string());
        cx.status(|status| status.ready = ready + 1).await?;
        Ok(Action::after(ms(100)))
    }
    let (shops, notes) = (Shops::with(&json!({})), Notes::default());
    let running = start(&shops, &notes, Controller::of("shops", count)).await;
    // From here on no watch brings anything.
    shops.hold_watches(true);
    until("it ran five times", || notes.texts().len() == 5).await;
    assert_eq!(notes.texts(), ["0", "1", "2", "3", "4"]);
    shops.journal();

    // The write happens, and nobody hears of it: the next reconcile asks.
    shops.lose_answers(1);
    until("it ran three times more", || notes.texts().len() == 8).await;
    assert_eq!(notes.texts()[5..], ["5", "6", "7"]);
    let journal = shops.journal();
    assert_eq!(journal[..2], ["PATCH web/status", "GET web"], "{journal:?}");
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_was_not_declared_is_refused_before_any_request_leaves() {
    async fn meddle(cx: Cx<Shop>, notes: State<Notes>) -> Result<Action> {
        let mut map = ConfigMap::default();
        map.metadata.name = Some("map".to_owned());
        let refused = cx.apply(map).await.unwrap_err();
        notes.add(refused.chain());
        Ok(Action::done())
    }
    let (shops, notes) = (Shops::with(&json!({})), Notes::default());
    let running = start(&shops, &notes, Controller::of("shops", meddle)).await;
    until("it was refused", || !notes.texts().is_empty()).await;
    let said = &notes.texts()[0];
    assert!(said.contains("add `owns(ConfigMap)` to its attribute"), "{said}");
    assert_eq!(shops.journal(), [""; 0]);
    running.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_state_that_nobody_gave_is_an_error_at_start_before_any_request() {
    async fn needy(_notes: State<Notes>) -> Result<Action> {
        Ok(Action::done())
    }
    let shops = Shops::with(&json!({}));
    let operator = Operator::new("test").controller(Controller::<Shop>::of("shops", needy));
    let error = operator.start(shops.client(), Shutdown::new()).await.unwrap_err();
    let said = error.to_string();
    assert!(said.contains("Notes>") && said.contains("`.state(..)`"), "{said}");
    assert_eq!(shops.requests(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_state_is_made_at_start_and_its_failure_ends_the_start() {
    async fn needy(notes: State<Notes>) -> Result<Action> {
        notes.add("made");
        Ok(Action::done())
    }
    let (shops, notes) = (Shops::with(&json!({})), Notes::default());
    let given = notes.clone();
    let operator = Operator::new("test")
        .state_with(|_| async move { Ok::<_, Error>(given) })
        .controller(Controller::<Shop>::of("shops", needy));
    let running = operator.start(shops.client(), Shutdown::new()).await.unwrap();
    until("it ran", || notes.count("made") == 1).await;
    running.stop().await.unwrap();

    let operator = Operator::new("test")
        .state_with(|_| async { Err::<Notes, _>(Error::msg("no route")) })
        .controller(Controller::<Shop>::of("shops", needy));
    let error = operator.start(shops.client(), Shutdown::new()).await.unwrap_err();
    assert!(crate::error::chain(&error).ends_with(": no route"), "{error:#}");
}

#[tokio::test(start_paused = true)]
async fn a_cache_that_the_server_refuses_ends_the_start_with_the_reason() {
    async fn open() -> Result<Action> {
        Ok(Action::done())
    }
    let shops = Shops::with(&json!({}));
    shops.forbid_reading();
    let operator = Operator::new("test").controller(Controller::<Shop>::of("shops", open));
    let error = operator.start(shops.client(), Shutdown::new()).await.unwrap_err();
    let said = crate::error::chain(&error);
    assert!(said.contains("shops.test.example.com") && said.ends_with("no"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_ends_a_start_that_waits_for_its_caches() {
    async fn open() -> Result<Action> {
        Ok(Action::done())
    }
    let shops = Shops::with(&json!({}));
    shops.forbid_reading();
    let shutdown = Shutdown::new();
    let operator = Operator::new("test").controller(Controller::<Shop>::of("shops", open));
    let start = operator.start(shops.client(), shutdown.clone());
    let (ended, ()) = tokio::join!(start, async {
        pause(ms(50)).await;
        shutdown.begin();
    });
    let told = ended.unwrap_err().to_string();
    assert!(told.starts_with("stopped before the caches were synced: "), "{told}");
    assert!(told.ends_with("no whole list yet of shops.test.example.com"), "{told}");
}

#[tokio::test]
async fn an_operator_that_cannot_work_says_so_before_any_request() {
    async fn open() -> Result<Action> {
        Ok(Action::done())
    }
    let controller = || Controller::<Shop>::of("shops", open);
    let rows = [
        (Operator::new("test"), "has no controllers"),
        (
            Operator::new("test").controller(controller()).controller(controller()),
            "two controllers",
        ),
        (
            Operator::new("test").controller(controller().wired(|wiring| wiring.workers(0))),
            "`workers = 0`",
        ),
        (Operator::new("test").controller(Controller::<Shop>::of("s".repeat(64), open)), "64 char"),
    ];
    for (operator, expected) in rows {
        let shops = Shops::with(&json!({}));
        let error = operator.start(shops.client(), Shutdown::new()).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(shops.requests(), 0);
    }
}
