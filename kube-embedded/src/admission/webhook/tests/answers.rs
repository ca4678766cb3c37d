//! What becomes of a write by what a webhook answers, or does not.

use super::*;

async fn refused(answer: Result<Value, OutboundError>) -> (u16, Value) {
    let setup = Setup::new(move |_, _| answer.clone());
    setup.register(false, "v", &[json!({})]).await;
    let (code, status, _) = setup.send("POST", MAPS, map("m")).await;
    let (there, _, _) = setup.send("GET", &format!("{MAPS}/m"), Value::Null).await;
    assert_eq!(there, 404, "a refused write is not stored: {status}");
    (code, status)
}

#[tokio::test(start_paused = true)]
async fn a_denial_is_told_with_the_code_and_the_words_of_the_webhook() {
    let denied = "admission webhook \"h0.v.com\" denied the request";
    let rows = [
        (json!({}), 400, "", format!("{denied} without explanation")),
        (json!({"status": {"message": "no"}}), 400, "", format!("{denied}: no")),
        (json!({"status": {"reason": "Because"}}), 400, "Because", format!("{denied}: Because")),
        (
            json!({"status": {"code": 422, "reason": "Invalid", "message": "bad"}}),
            422,
            "Invalid",
            format!("{denied}: bad"),
        ),
        (json!({"status": {"code": 200}}), 400, "", format!("{denied} without explanation")),
    ];
    for (mut answer, code, reason, message) in rows {
        answer["allowed"] = false.into();
        let (told, status) = refused(Ok(answer)).await;
        assert_eq!((told, &status["message"]), (code, &json!(message)));
        assert_eq!(status["reason"].as_str().unwrap_or_default(), reason);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_breaks_the_protocol_fails_the_write() {
    let invalid = "Internal error occurred: failed calling webhook \"h0.v.com\": received invalid \
                   webhook response: ";
    let patched = json!({"allowed": true, "patch": "W10="});
    let (code, status) = refused(Ok(patched)).await;
    let why = "validating webhook may not return response.patch";
    assert_eq!((code, &status["message"]), (500, &json!(format!("{invalid}{why}"))));
    let (code, status) = refused(Err(OutboundError::status(500, "err"))).await;
    let why = "Internal error occurred: failed calling webhook \"h0.v.com\": failed to call \
               webhook: an error on the server (\"err\") has prevented the request from succeeding";
    assert_eq!((code, &status["message"]), (500, &json!(why)));
    assert_eq!(status["reason"], "InternalError");
}

#[tokio::test(start_paused = true)]
async fn a_webhook_that_does_not_answer_in_time_fails_the_write_unless_it_is_ignored() {
    let setup = Setup::slow(|_, _| (Duration::from_secs(60), Ok(allowed())));
    let start = tokio::time::Instant::now();
    setup.register(false, "v", &[json!({"timeoutSeconds": 2})]).await;
    let (code, status, _) = setup.send("POST", MAPS, map("m")).await;
    let why = "Internal error occurred: failed calling webhook \"h0.v.com\": failed to call \
               webhook: Post \"https://hook/v/0?timeout=2s\": context deadline exceeded";
    assert_eq!((code, &status["message"]), (500, &json!(why)));
    assert_eq!(start.elapsed(), Duration::from_secs(2));
    let uri = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/v";
    setup.send("DELETE", uri, Value::Null).await;
    setup.register(false, "v", &[json!({"timeoutSeconds": 3, "failurePolicy": "Ignore"})]).await;
    assert_eq!(setup.send("POST", MAPS, map("m")).await.0, 201);
    assert_eq!(start.elapsed(), Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn warnings_are_told_with_a_refusal_too() {
    let setup = Setup::new(|path, _| {
        let denied = json!({"allowed": false, "warnings": ["second"]});
        let warned = json!({"allowed": true, "warnings": ["first", "first"]});
        Ok(if path == "/v/0" { warned } else { denied })
    });
    setup.register(false, "v", &[json!({}), json!({})]).await;
    let (code, _, warnings) = setup.send("POST", MAPS, map("m")).await;
    assert_eq!(code, 400);
    assert_eq!(warnings, ["299 - \"first\"", "299 - \"second\""]);
}

#[tokio::test(start_paused = true)]
async fn validating_webhooks_are_asked_at_once_and_the_first_refusal_wins() {
    let setup = Setup::slow(|path, _| {
        let wait = Duration::from_secs(if path == "/v/0" { 3 } else { 1 });
        (wait, Ok(json!({"allowed": false, "status": {"message": path}})))
    });
    setup.register(false, "v", &[json!({}), json!({})]).await;
    let start = tokio::time::Instant::now();
    let (_, status, _) = setup.send("POST", MAPS, map("m")).await;
    assert_eq!(status["message"], "admission webhook \"h1.v.com\" denied the request: /v/1");
    assert_eq!(start.elapsed(), Duration::from_secs(3));
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_asks_only_webhooks_without_side_effects() {
    let setup = Setup::new(|_, _| Ok(allowed()));
    setup.register(false, "v", &[json!({"sideEffects": "NoneOnDryRun"})]).await;
    let uri = format!("{MAPS}?dryRun=All");
    assert_eq!(setup.send("POST", &uri, map("m")).await.0, 201);
    let (_, request) = setup.requests().remove(0);
    assert_eq!(request["dryRun"], true);
    assert_eq!(request["options"]["dryRun"], json!(["All"]));
    // Only an old configuration can have such a webhook.
    let old = json!({"apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration", "metadata": {"name": "v"},
        "webhooks": [{"name": "old.v.com", "clientConfig": {"url": "https://hook/old"},
            "sideEffects": "Unknown", "admissionReviewVersions": ["v1"], "failurePolicy": "Ignore",
            "rules": [{"operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"],
                "resources": ["*"]}]}]});
    setup.server.seed(&old).unwrap();
    let (code, status, _) = setup.send("POST", &uri, map("m")).await;
    let why = "admission webhook \"old.v.com\" does not support dry run";
    assert_eq!((code, &status["message"]), (400, &json!(why)));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_calls_no_webhooks_says_so() {
    let server = Server::builder().seed(1).behaviours(Behaviours::bare()).build();
    let setup = Setup { server, ..Setup::new(|_, _| Ok(allowed())) };
    setup.register(false, "v", &[json!({})]).await;
    let (code, status, _) = setup.send("POST", MAPS, map("m")).await;
    let message = status["message"].as_str().unwrap();
    assert_eq!(code, 500);
    assert!(message.ends_with("give it `ServerBuilder::outbound`"), "{message}");
}
