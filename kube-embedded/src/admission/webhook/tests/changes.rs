//! What mutating webhooks make of a write, and when they are asked.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_patch_is_stored_completed_and_owned_by_nobody() {
    let setup = Setup::new(|path, _| {
        Ok(match path {
            "/m/0" => patch(&json!([
                {"op": "add", "path": "/data/b", "value": "2"},
                {"op": "add", "path": "/unknown", "value": 1},
                {"op": "add", "path": "/metadata/uid", "value": "mine"},
                {"op": "add", "path": "/metadata/managedFields", "value": []},
            ])),
            _ => allowed(),
        })
    });
    setup.register(true, "m", &[json!({})]).await;
    setup.register(false, "v", &[json!({})]).await;
    let (code, made, _) = setup.send("POST", MAPS, map("m")).await;
    assert_eq!((code, &made["data"]), (201, &json!({"a": "1", "b": "2"})), "{made}");
    assert_eq!(made.get("unknown"), None);
    assert_ne!(made["metadata"]["uid"], "mine");
    let owned = &made["metadata"]["managedFields"][0]["fieldsV1"]["f:data"];
    assert_eq!(owned, &json!({".": {}, "f:a": {}}));
    let requests = setup.requests();
    let [(first, before), (second, after)] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!((first.as_str(), second.as_str()), ("/m/0", "/v/0"));
    assert_eq!(before["object"]["metadata"].get("uid"), None);
    assert_eq!(after["object"]["data"]["b"], "2");
    assert_eq!(after["object"]["metadata"]["uid"], made["metadata"]["uid"]);
}

#[tokio::test(start_paused = true)]
async fn what_a_patch_makes_is_checked_as_if_it_had_been_sent() {
    let setup = Setup::new(|_, request| {
        let label = json!([{"op": "add", "path": "/metadata/labels", "value": {"l": "-"}}]);
        let number = json!([{"op": "replace", "path": "/data", "value": 7}]);
        let missing = json!([{"op": "replace", "path": "/no/where", "value": 7}]);
        Ok(patch(&match request["name"].as_str().unwrap() {
            "label" => label,
            "number" => number,
            _ => missing,
        }))
    });
    setup.register(true, "m", &[json!({})]).await;
    let (code, status, _) = setup.send("POST", MAPS, map("label")).await;
    assert_eq!((code, &status["reason"]), (422, &json!("Invalid")), "{status}");
    for name in ["number", "missing"] {
        let (code, status, _) = setup.send("POST", MAPS, map(name)).await;
        assert_eq!((code, &status["reason"]), (500, &json!("InternalError")), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn webhooks_are_asked_in_order_and_again_when_a_later_one_changed_the_object() {
    let setup = Setup::new(|path, _| {
        let add = json!([{"op": "add", "path": "/data/b", "value": "2"}]);
        Ok(if path == "/b/0" { patch(&add) } else { allowed() })
    });
    let again = json!({"reinvocationPolicy": "IfNeeded"});
    setup.register(true, "b", std::slice::from_ref(&again)).await;
    setup.register(true, "a", &[again.clone(), json!({})]).await;
    setup.register(true, "c", &[again]).await;
    assert_eq!(setup.send("POST", MAPS, map("m")).await.0, 201);
    // `c` saw the change already, and `b` is not asked again because of its own.
    assert_eq!(setup.paths(), ["/a/0", "/a/1", "/b/0", "/c/0", "/a/0"]);
}

#[tokio::test(start_paused = true)]
async fn every_way_to_write_is_reviewed_as_what_it_is() {
    let setup = Setup::new(|_, _| Ok(allowed()));
    setup.register(false, "v", &[json!({})]).await;
    let one = format!("{MAPS}/m");
    let applied = json!({"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "n"}});
    let apply = format!("{MAPS}/n?fieldManager=me");
    let select = format!("{MAPS}?labelSelector=none%3Dx");
    let rows = [
        ("POST", MAPS, map("m"), vec!["CREATE CreateOptions m"]),
        ("PUT", one.as_str(), map("m"), vec!["UPDATE UpdateOptions m"]),
        ("PATCH", one.as_str(), json!({"data": {"b": "2"}}), vec!["UPDATE UpdateOptions m"]),
        ("APPLY", apply.as_str(), applied.clone(), vec!["CREATE CreateOptions n"]),
        ("APPLY", apply.as_str(), applied, vec!["UPDATE UpdateOptions n"]),
        ("DELETE", select.as_str(), Value::Null, vec![]),
        ("DELETE", one.as_str(), Value::Null, vec!["DELETE DeleteOptions m"]),
    ];
    for (method, uri, body, expected) in rows {
        let (code, answer, _) = setup.send(method, uri, body).await;
        assert!(code < 300, "{answer}");
        let told: Vec<String> = setup
            .requests()
            .iter()
            .map(|(_, request)| {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let (operation, name) = (text(&request["operation"]), text(&request["name"]));
                assert_eq!(request["object"].is_null(), operation == "DELETE");
                assert_eq!(request["oldObject"].is_null(), operation == "CREATE");
                assert_eq!(request["namespace"], "default");
                assert_eq!(request["userInfo"]["username"], "kubernetes-admin");
                format!("{operation} {} {name}", text(&request["options"]["kind"]))
            })
            .collect();
        assert_eq!(told, expected, "{method} {uri}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_deletion_can_be_refused_but_not_changed() {
    let setup = Setup::new(|path, request| {
        let deletion = request["operation"] == "DELETE";
        let add = json!([{"op": "add", "path": "/data/b", "value": "2"}]);
        Ok(match (path, request["name"].as_str().unwrap()) {
            ("/v/0", "kept") if deletion => json!({"allowed": false}),
            ("/m/0", "odd") if deletion => patch(&add),
            _ => allowed(),
        })
    });
    setup.register(true, "m", &[json!({})]).await;
    setup.register(false, "v", &[json!({})]).await;
    for name in ["kept", "odd"] {
        setup.send("POST", MAPS, map(name)).await;
    }
    let (code, _, _) = setup.send("DELETE", &format!("{MAPS}/kept"), Value::Null).await;
    assert_eq!(code, 400);
    let (code, status, _) = setup.send("DELETE", &format!("{MAPS}/odd"), Value::Null).await;
    let why = "Internal error occurred: admission webhook \"h0.m.com\" attempted to modify the \
               object, which is not supported for this operation";
    assert_eq!((code, &status["message"]), (500, &json!(why)));
    let (_, list, _) = setup.send("GET", MAPS, Value::Null).await;
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_scale_is_shown_and_changed_as_a_scale() {
    let setup = Setup::new(|path, request| {
        assert_eq!(request["kind"]["kind"], "Scale");
        assert_eq!(request["resource"]["resource"], "deployments");
        assert_eq!(request["subResource"], "scale");
        let five = json!([{"op": "replace", "path": "/spec/replicas", "value": 5}]);
        Ok(if path == "/m/0" { patch(&five) } else { allowed() })
    });
    setup.register(true, "m", &[json!({})]).await;
    setup.register(false, "v", &[json!({})]).await;
    let deployments = "/apis/apps/v1/namespaces/default/deployments";
    let deployment = json!({"metadata": {"name": "d"}, "spec": {"replicas": 1,
        "selector": {"matchLabels": {"a": "x"}}, "template": {
            "metadata": {"labels": {"a": "x"}},
            "spec": {"containers": [{"name": "c", "image": "nginx:1"}]}}}});
    assert_eq!(setup.send("POST", deployments, deployment).await.0, 201);
    let body = json!({"spec": {"replicas": 2}});
    let uri = format!("{deployments}/d/scale");
    let (code, scale, _) = setup.send("PATCH", &uri, body).await;
    assert_eq!((code, &scale["spec"]["replicas"]), (200, &json!(5)));
    let requests = setup.requests();
    assert_eq!(requests[0].1["object"]["spec"]["replicas"], 2);
    assert_eq!(requests[1].1["object"]["spec"]["replicas"], 5);
    assert_eq!(requests[1].1["oldObject"]["spec"]["replicas"], 1);
    let (_, deployment, _) = setup.send("GET", &format!("{deployments}/d"), Value::Null).await;
    assert_eq!(deployment["metadata"]["generation"], 2);
}

#[tokio::test(start_paused = true)]
async fn who_writes_while_a_webhook_thinks_is_not_overwritten() {
    let setup = Setup::slow(|_, request| {
        let slow = request["object"]["data"]["slow"] == "1";
        (Duration::from_secs(u64::from(slow)), Ok(allowed()))
    });
    setup.register(false, "v", &[json!({})]).await;
    setup.send("POST", MAPS, map("m")).await;
    let uri = format!("{MAPS}/m");
    let (slow, quick) = tokio::join!(
        setup.send("PATCH", &uri, json!({"data": {"slow": "1"}})),
        setup.send("PATCH", &uri, json!({"data": {"quick": "1"}})),
    );
    assert_eq!((slow.0, quick.0), (200, 200));
    assert_eq!(slow.1["data"], json!({"a": "1", "quick": "1", "slow": "1"}));
    // The slow one was asked twice: of the state it knew, and of that which the quick one left.
    assert_eq!(setup.paths().len(), 4);
    let (_, mut object, _) = setup.send("GET", &uri, Value::Null).await;
    object["data"]["slow"] = "1".into();
    object["data"]["more"] = "1".into();
    let (slow, quick) = tokio::join!(
        setup.send("PUT", &uri, object),
        setup.send("PATCH", &uri, json!({"data": {"slow": null}})),
    );
    assert_eq!((slow.0, quick.0), (409, 200), "{}", slow.1);
}

#[tokio::test(start_paused = true)]
async fn what_a_cluster_does_by_itself_is_reviewed_too_and_tried_again_when_it_is_refused() {
    let refusals = Mutex::new(2);
    let setup = Setup::with(Behaviours::cluster_like(), move |_, request| {
        let collector = request["userInfo"]["username"] == "kube-controller-manager";
        let mut left = refusals.lock();
        let refused = collector && request["operation"] == "DELETE" && *left > 0;
        *left -= i32::from(refused);
        (Duration::ZERO, Ok(json!({"allowed": !refused})))
    });
    setup.register(false, "v", &[json!({})]).await;
    let (_, owner, _) = setup.send("POST", MAPS, map("owner")).await;
    let mut owned = map("owned");
    owned["metadata"]["ownerReferences"] = json!([{"apiVersion": "v1", "kind": "ConfigMap",
        "name": "owner", "uid": owner["metadata"]["uid"]}]);
    setup.send("POST", MAPS, owned).await;
    setup.send("DELETE", &format!("{MAPS}/owner"), Value::Null).await;
    let start = tokio::time::Instant::now();
    let uri = format!("{MAPS}/owned");
    while setup.send("GET", &uri, Value::Null).await.0 == 200 {
        assert!(start.elapsed() < Duration::from_secs(60), "the collector gave up");
        #[expect(clippy::disallowed_methods, reason = "the clock of the test is stopped")]
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert!(start.elapsed() >= Duration::from_secs(10), "it was refused twice");
}
