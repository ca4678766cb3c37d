//! What is said of a verb beside the object, and what becomes of it.

use parking_lot::Mutex;

use super::*;
use crate::request::FieldValidation;
use crate::request::LogOptions;
use crate::wire::Limits;

#[tokio::test]
async fn each_option_of_a_verb_is_sent() {
    let (script, client) = object();
    let prod = client.namespace("prod");
    let maps = prod.api::<ConfigMap>();
    let path = "/api/v1/namespaces/prod/configmaps";
    // Without the type of the content and the body.
    let check = |expected: &str| {
        let sent = script.seen().last().unwrap().clone();
        assert_eq!(sent, expected.replace("PATH", path));
    };
    let body = || String::from_utf8(script.last().body.unwrap().to_vec()).unwrap();
    let (me, strict) = ("me", FieldValidation::Strict);
    let all = "fieldManager=me&dryRun=All&fieldValidation=Strict";

    maps.apply(&map(None)).field_manager(me).dry_run(true).field_validation(strict).await.unwrap();
    check(&format!("PATCH PATH/a?{all}"));
    maps.create(&map(None)).field_manager(me).dry_run(true).field_validation(strict).await.unwrap();
    check(&format!("POST PATH?{all}"));
    maps.replace(&map(None))
        .field_manager(me)
        .dry_run(true)
        .field_validation(strict)
        .await
        .unwrap();
    check(&format!("PUT PATH/a?{all}"));
    let patch = maps.patch("a", Patch::Merge(json!({})));
    patch.field_manager(me).dry_run(true).field_validation(strict).await.unwrap();
    check(&format!("PATCH PATH/a?{all}"));
    let part = maps.subresource::<Value>("part");
    let replace = part.replace("a", &json!({}));
    replace.field_manager(me).dry_run(true).field_validation(strict).await.unwrap();
    check(&format!("PUT PATH/a/part?{all}"));
    let create = part.create::<_, _, Value>("a", &json!({}));
    create.field_manager(me).dry_run(true).field_validation(strict).await.unwrap();
    check(&format!("POST PATH/a/part?{all}"));
    prod.modify("a", |map: &mut ConfigMap| drop(map.data.take())).field_manager(me).await.unwrap();
    check("PUT PATH/a?fieldManager=me");

    let delete = maps.delete("a").resource_version("7").grace_period_seconds(0);
    delete.dry_run(true).await.unwrap();
    check("DELETE PATH/a");
    let options = r#"{"apiVersion":"v1","dryRun":["All"],"gracePeriodSeconds":0,"kind":"DeleteOptions","preconditions":{"resourceVersion":"7"}}"#;
    assert_eq!(body(), options);
    let delete = maps.delete_collection().propagation(Propagation::Background);
    delete.grace_period_seconds(3).dry_run(true).await.unwrap();
    check("DELETE PATH");
    let options = r#"{"apiVersion":"v1","dryRun":["All"],"gracePeriodSeconds":3,"kind":"DeleteOptions","propagationPolicy":"Background"}"#;
    assert_eq!(body(), options);

    maps.watch().send_initial_events().raw().await.unwrap();
    check(
        "GET PATH?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=300",
    );
    let log = LogOptions { tail_lines: Some(3), ..LogOptions::default() };
    prod.pod("a").log().options(log).await.unwrap();
    assert_eq!(script.seen().last().unwrap(), "GET /api/v1/namespaces/prod/pods/a/log?tailLines=3");
}

#[tokio::test]
async fn the_limits_of_lists_and_watches_are_those_that_were_given() {
    let small = Limits::default().object(20);
    let (_, client) =
        answering(json!({ "metadata": {}, "items": [{ "metadata": { "name": "a" } }] }));
    let list = client.all::<ConfigMap>().list().limits(small).await.unwrap();
    assert_eq!((list.items.len(), list.malformed.len()), (0, 1));
    let mut raw = client.all::<ConfigMap>().list().raw().await.unwrap();
    assert!(raw.head().is_none() && raw.next().await.unwrap().unwrap().is_ok());
    assert!(raw.next().await.unwrap().is_none() && raw.head().is_some());
    let event = ADDED.replace(r#""name":"a""#, &format!(r#""name":"{}""#, "a".repeat(100)));
    let script = Script::new(move |_, _| Reply::Answer(200, vec![], format!("{event}\n")));
    let watch = Client::over(script).all::<ConfigMap>().watch().limits(small);
    let mut watch = watch.await.unwrap();
    assert!(matches!(watch.next().await.unwrap().unwrap(), Event::Malformed(_)));
}

#[tokio::test(start_paused = true)]
async fn what_is_read_whole_is_asked_for_again_and_what_is_read_in_pieces_is_the_readers() {
    let refused = || {
        Script::new(|_, before| match before {
            0 => failure(429, "TooManyRequests", &json!({ "retryAfterSeconds": 1 })),
            _ => ok(json!({ "metadata": {}, "items": [] })),
        })
    };
    let script = refused();
    Client::over(Arc::<Script>::clone(&script)).all::<Pod>().list().await.unwrap();
    assert_eq!(script.seen().len(), 2);
    let script = refused();
    let log = Client::over(Arc::<Script>::clone(&script)).namespace("prod").pod("a").log().await;
    assert!(log.is_ok() && script.seen().len() == 2);
    let script = refused();
    let raw = Client::over(Arc::<Script>::clone(&script)).all::<Pod>().list().raw().await;
    assert!(raw.unwrap_err().is_too_many_requests() && script.seen().len() == 1);
}

#[tokio::test]
async fn what_breaks_off_is_an_error_once_and_then_over() {
    let script = Script::new(|_, _| Reply::Cut("{".to_owned()));
    let client = Client::over(script);
    let mut list = client.all::<Pod>().list().raw().await.unwrap();
    assert!(list.next().await.is_err() && list.next().await.unwrap().is_none());
    let mut watch = client.all::<Pod>().watch().raw().await.unwrap();
    assert!(watch.next().await.is_err() && watch.next().await.unwrap().is_none());
    let mut log = client.namespace("prod").pod("a").log().await.unwrap();
    assert_eq!(log.next().await.unwrap().unwrap(), "{");
    assert!(log.next().await.is_err() && log.next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_creation_that_fails_says_of_which_object_it_was() {
    let script = Script::new(|_, _| failure(409, "AlreadyExists", &json!({})));
    let error = Client::over(script).namespace("prod").create(&map(None)).await.unwrap_err();
    assert_eq!(error.to_string(), "failed to create configmaps `a` in namespace `prod`");
}

#[tokio::test]
async fn a_change_is_written_over_the_state_that_it_saw_whatever_it_does_to_the_revision() {
    let (script, client) = object();
    let change = |map: &mut ConfigMap| {
        map.data = None;
        map.metadata.resource_version = Some("99".to_owned());
    };
    client.namespace("prod").modify("a", change).await.unwrap();
    assert!(sent(&script).contains(r#""resourceVersion":"7""#), "{}", sent(&script));
}

#[tokio::test(start_paused = true)]
async fn waits_after_conflicts_are_the_same_for_the_same_seed() {
    let mut times = Vec::new();
    for seed in [1, 1, 2] {
        let script = Script::new(|request, before| match request.method {
            Method::Put if before < 9 => failure(409, "Conflict", &json!({})),
            _ => ok(json!({ "metadata": { "name": "a" }, "data": { "k": before.to_string() } })),
        });
        let begun = tokio::time::Instant::now();
        let change = |map: &mut ConfigMap| drop(map.data.take());
        let prod = Client::over(script).namespace("prod");
        prod.modify("a", change).seed(seed).await.unwrap();
        times.push(begun.elapsed());
    }
    assert!(times[0] == times[1] && times[1] != times[2], "{times:?}");
}

#[tokio::test]
async fn a_guard_is_told_which_part_of_a_pod_is_meant() {
    let told: Arc<Mutex<Vec<Option<String>>>> = Arc::default();
    let log = Arc::clone(&told);
    let (script, client) = object();
    let client = client.guarded_by(Arc::new(
        move |_: crate::request::Verb, _: &ApiResource, part: Option<&str>| {
            log.lock().push(part.map(ToOwned::to_owned));
            Err(Error::new(ErrorKind::Input, "no"))
        },
    ));
    let pod = client.namespace("prod").pod("a");
    assert!(pod.exec(["sh"]).await.is_err() && pod.attach().await.is_err());
    assert!(pod.log().await.is_err());
    assert_eq!(*told.lock(), ["exec", "attach", "log"].map(|part| Some(part.to_owned())));
    assert!(script.seen().is_empty());
}
