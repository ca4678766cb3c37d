//! The promises of discovery, against a script.

use serde_json::Value;
use serde_json::json;

use super::*;
use crate::error::ErrorKind;
use crate::object::Scope;
use crate::transport::script::Reply;
use crate::transport::script::Script;
use crate::transport::script::failure;
use crate::transport::script::ok;

fn resource(group: &str, plural: &str, kind: &str, short: &[&str]) -> Value {
    json!({
        "resource": plural, "responseKind": { "group": group, "version": "", "kind": kind },
        "scope": "Namespaced", "singularResource": kind.to_lowercase(), "verbs": ["get", "list"],
        "shortNames": short, "subresources": [{ "subresource": "status" }],
    })
}

fn group(name: &str, versions: &[(&str, &str, Vec<Value>)]) -> Value {
    let version = |(version, freshness, resources): &(&str, &str, Vec<Value>)| json!({ "version": version, "freshness": freshness, "resources": resources });
    json!({ "metadata": { "name": name }, "versions": versions.iter().map(version).collect::<Vec<_>>() })
}

fn document(groups: &[Value]) -> Reply {
    ok(
        json!({ "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": groups }),
    )
}

fn core() -> Reply {
    let pods = resource("", "pods", "Pod", &["po"]);
    let events = resource("", "events", "Event", &["ev"]);
    let mut nodes = resource("", "nodes", "Node", &["no"]);
    nodes["scope"] = "Cluster".into();
    document(&[group("", &[("v1", "Current", vec![pods, events, nodes])])])
}

fn groups() -> Reply {
    let of = |group, kind: &str, short: &[&str]| {
        vec![resource(group, &format!("{}s", kind.to_lowercase()), kind, short)]
    };
    document(&[
        group("apps", &[("v1", "Current", of("apps", "Deployment", &["deploy"]))]),
        group("events.k8s.io", &[("v1", "Current", of("events.k8s.io", "Event", &["ev"]))]),
        group(
            "autoscaling",
            &[
                ("v2", "Current", of("autoscaling", "Scaler", &["sc"])),
                ("v1", "Current", of("autoscaling", "Scaler", &["sc"])),
            ],
        ),
        group("a.io", &[("v1", "Current", of("a.io", "Gadget", &["gd", "po"]))]),
        group("b.io", &[("v1", "Current", of("b.io", "Gadget", &["gd"]))]),
        group("metrics.k8s.io", &[("v1beta1", "Stale", vec![])]),
    ])
}

fn server(script: &Arc<Script>) -> Discovery {
    Client::over(Arc::<Script>::clone(script)).discovery()
}

fn aggregated() -> Arc<Script> {
    Script::new(|request, _| if request.path == "/api" { core() } else { groups() })
}

#[tokio::test]
async fn a_word_means_the_kind_that_kubectl_would_take() {
    let script = aggregated();
    let discovery = server(&script);
    for (word, expected) in [
        ("pods", "v1 Pod"),
        ("pod", "v1 Pod"),
        ("Pod", "v1 Pod"),
        // The short name of a core kind is not taken over by a CRD that claims it too.
        ("po", "v1 Pod"),
        ("deploy", "apps/v1 Deployment"),
        ("Deployment", "apps/v1 Deployment"),
        ("deploy.apps", "apps/v1 Deployment"),
        ("deployments.v1.apps", "apps/v1 Deployment"),
        ("events", "v1 Event"),
        ("events.events.k8s.io", "events.k8s.io/v1 Event"),
        ("sc", "autoscaling/v2 Scaler"),
        ("scalers.v1.autoscaling", "autoscaling/v1 Scaler"),
        ("gd.b.io", "b.io/v1 Gadget"),
        ("pods.v1", "v1 Pod"),
        ("pods.v1.", "v1 Pod"),
    ] {
        let found = discovery.resolve(word).await.unwrap();
        assert_eq!(format!("{} {}", found.api_version(), found.kind), expected, "{word}");
    }
    assert_eq!(discovery.resolve("no").await.unwrap().scope, Scope::Cluster);
    assert_eq!(script.seen(), ["GET /api", "GET /apis"], "what is known is not asked for again");
}

#[tokio::test]
async fn a_word_that_fits_several_kinds_is_an_error_that_lists_them() {
    let error = server(&aggregated()).resolve("gd").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Input);
    let expected = "`gd` may mean `gadgets.a.io` or `gadgets.b.io`: name the group as well";
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn a_miss_leads_to_one_more_look_and_not_to_a_loop() {
    let script = aggregated();
    let discovery = server(&script);
    let error = discovery.resolve("nothing").await.unwrap_err();
    assert_eq!(script.seen().len(), 2, "the first look was fresh");
    assert!(error.is_not_found());
    assert_eq!(
        error.to_string(),
        "failed to find the kind `nothing`: https://script as user `jane` does not serve it; check the spelling, or install its CRD; these groups could not be asked: metrics.k8s.io/v1beta1"
    );
    discovery.resolve("nothing").await.unwrap_err();
    assert_eq!(script.seen().len(), 4, "one more look");
    assert!(discovery.resolve_kind("apps/v2", "Deployment").await.unwrap_err().is_not_found());
    assert_eq!(script.seen().len(), 6);
    assert_eq!(
        discovery.resolve_kind("apps/v1", "Deployment").await.unwrap().plural,
        "deployments"
    );
    assert_eq!(script.seen().len(), 6);
}

#[tokio::test]
async fn a_kind_that_is_new_is_found_although_others_are_known() {
    let script = Script::new(|request, before| match request.path.as_str() {
        "/api" => core(),
        _ if before < 2 => document(&[]),
        _ => groups(),
    });
    let discovery = server(&script);
    discovery.resolve("pods").await.unwrap();
    assert_eq!(discovery.resolve("deploy").await.unwrap().to_string(), "deployments.apps");
    assert_eq!(script.seen().len(), 4);
}

#[tokio::test]
async fn many_who_ask_at_once_lead_to_one_look() {
    let script = aggregated();
    let discovery = server(&script);
    let all = futures::future::join_all((0..9).map(|_| discovery.resolve("deploy"))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(script.seen().len(), 2);
    // A look that was on its way when a word was asked for may be too old for it; the next one is not.
    let all = futures::future::join_all((0..9).map(|_| discovery.resolve("nothing"))).await;
    assert!(all.iter().all(Result::is_err));
    assert_eq!(script.seen().len(), 6);
}

#[tokio::test]
async fn clones_of_a_client_share_what_was_found() {
    let script = aggregated();
    let client = Client::over(Arc::<Script>::clone(&script));
    client.clone().discovery().resolve("deploy").await.unwrap();
    client.discovery().resolve("po").await.unwrap();
    assert_eq!(script.seen().len(), 2);
}

#[tokio::test]
async fn a_server_without_the_aggregated_form_is_asked_group_by_group() {
    let list = |resources: Value| ok(json!({ "kind": "APIResourceList", "resources": resources }));
    let script = Script::new(move |request, _| match request.path.as_str() {
        "/api" => ok(json!({ "kind": "APIVersions", "versions": ["v1"] })),
        "/apis" => ok(json!({ "kind": "APIGroupList", "groups": [
            { "name": "apps", "versions": [{ "version": "v1beta1" }, { "version": "v1" }], "preferredVersion": { "version": "v1" } },
            { "name": "broken.io", "versions": [{ "version": "v1" }] },
        ] })),
        "/api/v1" => list(json!([
            { "name": "pods", "singularName": "pod", "namespaced": true, "kind": "Pod", "verbs": ["get"], "shortNames": ["po"] },
            { "name": "pods/status", "singularName": "", "namespaced": true, "kind": "Pod", "verbs": ["get"] },
            { "name": "nodes", "singularName": "node", "namespaced": false, "kind": "Node", "verbs": ["get"] },
        ])),
        "/apis/apps/v1" | "/apis/apps/v1beta1" => list(json!([
            { "name": "deployments", "singularName": "deployment", "namespaced": true, "kind": "Deployment", "verbs": ["get"], "shortNames": ["deploy"] },
        ])),
        _ => failure(503, "ServiceUnavailable", &json!({})),
    });
    let discovery = server(&script);
    assert_eq!(discovery.resolve("deploy").await.unwrap().api_version(), "apps/v1");
    let kinds = discovery.kinds().await.unwrap();
    let pods = kinds.find("", "v1", "Pod").unwrap();
    assert!(pods.has("status") && !pods.has("scale"));
    assert!(pods.can("get") && !pods.can("list"));
    assert_eq!(kinds.find("", "v1", "Node").unwrap().resource.scope, Scope::Cluster);
    // A group that cannot be asked does not take the others away.
    assert_eq!(kinds.unknown.len(), 1);
    assert_eq!(kinds.unknown[0].group_version, "broken.io/v1");
    assert!(kinds.unknown[0].reason.contains("ServiceUnavailable"), "{:?}", kinds.unknown);
}

#[tokio::test]
async fn a_failed_look_is_not_kept() {
    let script = Script::new(|request, before| match (before, request.path.as_str()) {
        (0 | 1, _) => failure(403, "Forbidden", &json!({})),
        (_, "/api") => core(),
        _ => groups(),
    });
    let discovery = server(&script);
    assert!(discovery.resolve("po").await.unwrap_err().is_forbidden());
    discovery.resolve("po").await.unwrap();
}

#[tokio::test]
async fn a_server_without_the_core_group_is_a_server_all_the_same() {
    let script = Script::new(|request, _| match request.path.as_str() {
        "/api" => failure(404, "NotFound", &json!({})),
        _ => groups(),
    });
    assert_eq!(server(&script).resolve("deploy").await.unwrap().to_string(), "deployments.apps");
    let script = Script::new(|_, _| ok("<html>"));
    assert_eq!(server(&script).resolve("deploy").await.unwrap_err().kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn a_kind_by_name_is_used_as_any_other() {
    let script = Script::new(|request, _| match request.path.as_str() {
        "/api" => core(),
        "/apis" => groups(),
        _ => ok(
            json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "web" } }),
        ),
    });
    let client = Client::over(Arc::<Script>::clone(&script));
    let web = client.dynamic("deploy").namespace("prod").get("web").await.unwrap();
    assert_eq!(web.kind, "Deployment");
    client.dynamic_kind("v1", "Node").get("n").await.unwrap();
    assert_eq!(
        script.seen(),
        [
            "GET /api",
            "GET /apis",
            "GET /apis/apps/v1/namespaces/prod/deployments/web",
            "GET /api/v1/nodes/n"
        ]
    );
    assert!(client.dynamic("nothing").list().await.unwrap_err().is_not_found());
    assert_eq!(client.dynamic("gd").list().await.unwrap_err().kind(), ErrorKind::Input);
    assert_eq!(script.seen().len(), 6);
}

#[tokio::test]
async fn what_is_on_disk_is_asked_for_no_more_but_a_word_that_is_not_in_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let disk = DiskCache::new(folder.path());
    let first = aggregated();
    server(&first).on_disk(disk.clone()).resolve("po").await.unwrap();
    assert_eq!(first.seen().len(), 2);

    // The version that was stale is on no disk, so the server is asked once more.
    let second = aggregated();
    server(&second).on_disk(disk.clone()).resolve("po").await.unwrap();
    assert_eq!(second.seen().len(), 2);

    let whole =
        || Script::new(|request, _| if request.path == "/api" { core() } else { document(&[]) });
    let third = whole();
    server(&third).on_disk(disk.clone()).resolve("po").await.unwrap();
    let fourth = whole();
    let discovery = server(&fourth).on_disk(disk.clone());
    let all = futures::future::join_all((0..9).map(|_| discovery.resolve("pods.v1"))).await;
    assert!(all.iter().all(Result::is_ok));
    assert!(fourth.seen().is_empty(), "what the process before found is enough");
    discovery.resolve("nothing").await.unwrap_err();
    assert_eq!(fourth.seen().len(), 2, "one look, as what is on disk is old");
    discovery.invalidate();
    discovery.resolve("po").await.unwrap();
    assert_eq!(fourth.seen().len(), 4, "what was forgotten is not read from disk again");
}

#[tokio::test(start_paused = true)]
async fn what_is_older_than_it_may_be_is_asked_for_again() {
    let script = aggregated();
    let discovery = server(&script).kept(Duration::from_secs(60));
    discovery.kinds().await.unwrap();
    tokio::time::advance(Duration::from_secs(59)).await;
    discovery.kinds().await.unwrap();
    assert_eq!(script.seen().len(), 2);
    tokio::time::advance(Duration::from_secs(1)).await;
    discovery.kinds().await.unwrap();
    assert_eq!(script.seen().len(), 4);
    discovery.invalidate();
    discovery.kinds().await.unwrap();
    discovery.kinds().await.unwrap();
    assert_eq!(script.seen().len(), 6);
    // A word that is missing in what is fresh by now costs one look, as ever.
    tokio::time::advance(Duration::from_secs(60)).await;
    discovery.resolve("nothing").await.unwrap_err();
    assert_eq!(script.seen().len(), 8);
}

#[tokio::test]
async fn a_category_has_each_kind_once_in_its_preferred_version() {
    let of = |category: &str, kind: &str, version| {
        let mut resource = resource("x.io", &format!("{}s", kind.to_lowercase()), kind, &[]);
        resource["categories"] = json!([category]);
        (version, "Current", vec![resource])
    };
    let script = Script::new(move |request, _| match request.path.as_str() {
        "/api" => core(),
        _ => document(&[group(
            "x.io",
            &[
                of("all", "Gadget", "v2"),
                of("all", "Gadget", "v1"),
                of("some", "Widget", "v1alpha1"),
            ],
        )]),
    });
    let discovery = server(&script);
    let all = discovery.category("all").await.unwrap();
    let shown: Vec<String> =
        all.iter().map(|kind| format!("{} {kind}", kind.api_version())).collect();
    assert_eq!(shown, ["x.io/v2 gadgets.x.io"]);
    let kinds = discovery.kinds().await.unwrap();
    let preferred: Vec<String> = kinds.preferred().map(|kind| kind.resource.to_string()).collect();
    assert_eq!(preferred, ["pods", "events", "nodes", "gadgets.x.io", "widgets.x.io"]);
    assert!(kinds.serves("v1") && kinds.serves("x.io/v1") && !kinds.serves("x.io/v9"));
    assert!(!kinds.serves("y.io/v1"));
    assert!(kinds.has(&all[0]));
    assert!(!kinds.has(&ApiResource { version: "v9".into(), ..all[0].clone() }));
    assert_eq!(kinds.with_verbs(&["get", "list"]).count(), 6);
    assert_eq!(kinds.with_verbs(&["get", "create"]).count(), 0);
}
