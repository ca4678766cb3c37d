//! What authentication and RBAC promise.

use jiff::SignedDuration;
use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

use super::*;

const RBAC: &str = "rbac.authorization.k8s.io/v1";

fn role(namespace: &str, name: &str, rules: &Value) -> Value {
    let kind = if namespace.is_empty() { "ClusterRole" } else { "Role" };
    json!({
        "apiVersion": RBAC, "kind": kind, "rules": rules,
        "metadata": { "name": name, "namespace": namespace },
    })
}

fn binding(namespace: &str, name: &str, role: (&str, &str), subject: &Value) -> Value {
    let kind = if namespace.is_empty() { "ClusterRoleBinding" } else { "RoleBinding" };
    json!({
        "apiVersion": RBAC, "kind": kind, "subjects": [subject],
        "roleRef": { "kind": role.0, "name": role.1 },
        "metadata": { "name": name, "namespace": namespace },
    })
}

fn bob() -> Value {
    json!({ "kind": "User", "name": "bob" })
}

fn get(resource: &str) -> Attributes {
    Attributes::resource("get", "", resource).namespace("prod").name("x")
}

#[test]
fn only_what_a_rule_names_is_allowed() {
    let rule = |rule: Value| serde_json::from_value::<Rule>(rule).unwrap();
    let pods = json!({ "apiGroups": [""], "resources": ["pods"], "verbs": ["get"] });
    let all = json!({ "apiGroups": ["*"], "resources": ["*"], "verbs": ["*"] });
    let scales = json!({ "apiGroups": ["apps"], "resources": ["*/scale"], "verbs": ["update"] });
    let log = json!({ "apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"] });
    let named = json!({
        "apiGroups": [""], "resources": ["pods"], "resourceNames": ["x"], "verbs": ["get", "list"],
    });
    let urls = json!({ "nonResourceURLs": ["/healthz", "/metrics/*"], "verbs": ["get"] });
    let scale = Attributes::resource("update", "apps", "deployments").subresource("scale");
    let rows = [
        (&pods, get("pods"), true),
        (&pods, get("secrets"), false),
        (&pods, get("pods").subresource("log"), false),
        (&pods, Attributes::resource("list", "", "pods"), false),
        (&pods, Attributes::resource("get", "apps", "pods"), false),
        (&all, get("pods").subresource("log"), true),
        (&all, Attributes::path("get", "/healthz"), false),
        (&scales, scale.clone(), true),
        (&scales, Attributes { subresource: "status".to_owned(), ..scale }, false),
        (&log, get("pods").subresource("log"), true),
        (&log, get("pods"), false),
        (&named, get("pods"), true),
        (&named, get("pods").name("y"), false),
        (&named, Attributes::resource("list", "", "pods"), false),
        (&urls, Attributes::path("get", "/healthz"), true),
        (&urls, Attributes::path("get", "/healthz/etcd"), false),
        (&urls, Attributes::path("get", "/metrics/a/b"), true),
        (&urls, Attributes::path("post", "/healthz"), false),
    ];
    for (given, request, allowed) in rows {
        assert_eq!(rule(given.clone()).allows(&request), allowed, "{given} {request:?}");
    }
}

#[test]
fn a_role_binding_reaches_its_own_namespace_only() {
    let rules = json!([{ "apiGroups": [""], "resources": ["pods"], "verbs": ["get"] }]);
    let objects =
        [role("", "reader", &rules), binding("prod", "rb", ("ClusterRole", "reader"), &bob())];
    let rbac = Rbac::compile(&objects);
    let bob = User::named("bob", []);
    let decision = rbac.authorize(&bob, &get("pods"));
    assert_eq!(
        decision.reason,
        "RBAC: allowed by RoleBinding \"rb/prod\" of ClusterRole \"reader\" to User \"bob\""
    );
    assert!(decision.allowed);
    assert!(!rbac.authorize(&bob, &get("pods").namespace("dev")).allowed);
    assert!(!rbac.authorize(&bob, &get("pods").namespace("")).allowed);
    assert!(!rbac.authorize(&User::named("eve", []), &get("pods")).allowed);
}

#[test]
fn a_service_account_is_found_by_its_name_and_its_groups() {
    let rules = json!([{ "apiGroups": [""], "resources": ["pods"], "verbs": ["get"] }]);
    let account = json!({ "kind": "ServiceAccount", "name": "op" });
    let group = json!({ "kind": "Group", "name": "system:serviceaccounts:ops" });
    let objects = [
        role("prod", "reader", &rules),
        role("", "reader", &rules),
        binding("prod", "own", ("Role", "reader"), &account),
        binding("", "all", ("ClusterRole", "reader"), &group),
    ];
    let rbac = Rbac::compile(&objects);
    let own = rbac.authorize(&User::service_account("prod", "op", "u"), &get("pods"));
    assert_eq!(
        own.reason,
        "RBAC: allowed by RoleBinding \"own/prod\" of Role \"reader\" to ServiceAccount \"op/prod\""
    );
    let other = User::service_account("ops", "any", "u");
    assert!(rbac.authorize(&other, &get("pods").namespace("dev")).allowed);
    assert!(!rbac.authorize(&User::service_account("dev", "op", "u"), &get("pods")).allowed);
}

#[test]
fn a_refusal_says_who_may_not_do_what_where() {
    let user = User::service_account("ns", "name", "u");
    let rbac = Rbac::compile(&[binding(
        "",
        "b",
        ("ClusterRole", "gone"),
        &json!({
            "kind": "ServiceAccount", "name": "name", "namespace": "ns",
        }),
    )]);
    let request = Attributes::resource("get", "demo.example.com", "websites").namespace("prod");
    let decision = rbac.authorize(&user, &request);
    let everything = [Rule::paths(&["*"], &["get"])];
    let refused = escalation(&user, &rbac.held(&user, "prod"), &everything, "roles.g").unwrap();
    assert!(refused.ends_with("; resolution errors: [roles.g \"gone\" not found]"));
    assert_eq!(
        request.refusal(&user, &decision.reason),
        "User \"system:serviceaccount:ns:name\" cannot get resource \"websites\" in API group \
         \"demo.example.com\" in the namespace \"prod\": RBAC: clusterrole.rbac.authorization.k8s.io \
         \"gone\" not found"
    );
    let cluster = request.namespace("").subresource("status");
    assert_eq!(
        cluster.refusal(&User::named("u", []), ""),
        "User \"u\" cannot get resource \"websites/status\" in API group \"demo.example.com\" at \
         the cluster scope"
    );
    let path = Attributes::path("get", "/foo");
    let anonymous = User::anonymous();
    assert_eq!(path.refusal(&anonymous, ""), "User \"system:anonymous\" cannot get path \"/foo\"");
}

#[test]
fn anonymous_sees_health_and_version_and_nothing_else() {
    let rbac = Rbac::compile(&bootstrap_roles());
    let may = |path: &str| rbac.authorize(&User::anonymous(), &Attributes::path("get", path));
    for open in ["/healthz", "/livez", "/readyz", "/version", "/version/"] {
        assert!(may(open).allowed, "{open}");
    }
    for closed in ["/", "/api", "/apis", "/openapi/v3", "/healthz/etcd"] {
        assert!(!may(closed).allowed, "{closed}");
    }
    let anybody = User::named("anybody", []);
    assert!(rbac.authorize(&anybody, &Attributes::path("get", "/apis/apps/v1")).allowed);
    assert!(!rbac.authorize(&anybody, &get("pods")).allowed);
    assert!(Rbac::default().authorize(&User::admin(), &get("pods")).allowed, "without any role");
}

#[test]
fn nobody_grants_what_he_does_not_hold() {
    let rules = vec![
        Rule::resources(&[""], &["pods"], &["get", "list"]),
        Rule::resources(&["apps"], &["*"], &["get"]),
    ];
    let held = Held { rules, missing: Vec::new() };
    let bob = User::named("bob", []);
    let wanted = vec![Rule::resources(&[""], &["pods", "secrets"], &["get", "watch"])];
    assert_eq!(
        escalation(&bob, &held, &wanted, "").unwrap(),
        "user \"bob\" (groups=[\"system:authenticated\"]) is attempting to grant RBAC permissions \
         not currently held:\n{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"watch\"]}\n\
         {APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\" \"watch\"]}"
    );
    let mixed =
        vec![Rule::paths(&["/x"], &["get", "put"]), Rule::resources(&[""], &["a"], &["get"])];
    assert!(escalation(&bob, &held, &mixed, "").unwrap().ends_with(
        "held:\n{APIGroups:[\"\"], Resources:[\"a\"], Verbs:[\"get\"]}\n\
         {NonResourceURLs:[\"/x\"], Verbs:[\"get\"]}\n\
             {NonResourceURLs:[\"/x\"], Verbs:[\"put\"]}"
    ));
    let named =
        Rule { resource_names: vec!["x".to_owned()], ..Rule::resources(&[""], &["a"], &["get"]) };
    let both = vec![Rule::resources(&[""], &["a"], &["put"]), named];
    assert!(escalation(&bob, &held, &both, "").unwrap().ends_with(
        "held:\n{APIGroups:[\"\"], Resources:[\"a\"], ResourceNames:[\"x\"], Verbs:[\"get\"]}\n\
         {APIGroups:[\"\"], Resources:[\"a\"], Verbs:[\"put\"]}"
    ));
    let within = vec![Rule::resources(&["apps"], &["deployments/scale"], &["get"])];
    assert_eq!(escalation(&bob, &held, &within, ""), None);
    let everything = vec![Rule::resources(&["*"], &["pods"], &["get"])];
    assert!(escalation(&bob, &held, &everything, "").is_some());
}

#[test]
fn an_aggregating_role_has_the_rules_of_the_roles_it_selects() {
    let selector = json!({ "matchLabels": { "to": "x" } });
    let mut all = role("", "all", &json!([]));
    all["aggregationRule"] = json!({ "clusterRoleSelectors": [selector] });
    let part = |name: &str, to: &str, resource: &str| {
        let rules = json!([{ "apiGroups": [""], "resources": [resource], "verbs": ["get"] }]);
        let mut part = role("", name, &rules);
        part["metadata"]["labels"] = json!({ "to": to });
        part
    };
    let parts = [part("b", "x", "pods"), part("a", "x", "secrets"), part("c", "y", "nodes")];
    let rules = aggregated_rules(&all, &parts).unwrap();
    let resources: Vec<&Value> = rules.iter().map(|rule| &rule["resources"][0]).collect();
    assert_eq!(resources, ["secrets", "pods"]);
    assert_eq!(aggregated_rules(&parts[0], &parts), None);
}

fn account() -> Value {
    json!({ "metadata": { "name": "op", "namespace": "prod", "uid": "u1" } })
}

fn tokens() -> Tokens {
    let mut random = fastrand::Rng::with_seed(7);
    Tokens::new(move || random.u128(..))
}

#[test]
fn a_token_ends_with_its_time_and_with_its_account() {
    let (tokens, now) = (tokens(), Timestamp::UNIX_EPOCH);
    let uid = std::cell::RefCell::new(Some("u1".to_owned()));
    let live = |_: &str, _: &str, _: &str| uid.borrow().clone();
    let body = json!({ "spec": { "expirationSeconds": 600 } });
    let answer = token_request(&tokens, &account(), &body, now, &live).unwrap();
    assert_eq!(answer["status"]["expirationTimestamp"], "1970-01-01T00:10:00Z");
    let header = format!("Bearer {}", answer["status"]["token"].as_str().unwrap());
    let ask = |seconds: i64| {
        tokens.authenticate(Some(&header), now + SignedDuration::from_secs(seconds), &live)
    };
    assert_eq!(ask(599).unwrap().name, "system:serviceaccount:prod:op");
    assert_eq!(ask(600), Err(Unauthorized));
    *uid.borrow_mut() = Some("u2".to_owned());
    assert_eq!(ask(1), Err(Unauthorized), "an account of the same name is another account");
    *uid.borrow_mut() = None;
    assert_eq!(ask(1), Err(Unauthorized));
}

#[test]
fn a_bound_token_ends_with_its_object() {
    let (tokens, now) = (tokens(), Timestamp::UNIX_EPOCH);
    let pod = std::cell::RefCell::new(Some("p1".to_owned()));
    let live = |resource: &str, _: &str, _: &str| match resource {
        "pods" => pod.borrow().clone(),
        _ => Some("u1".to_owned()),
    };
    let body = json!({
        "spec": { "boundObjectRef": { "apiVersion": "v1", "kind": "Pod", "name": "p" } },
    });
    let answer = token_request(&tokens, &account(), &body, now, &live).unwrap();
    let header = format!("Bearer {}", answer["status"]["token"].as_str().unwrap());
    assert!(tokens.authenticate(Some(&header), now, &live).is_ok());
    *pod.borrow_mut() = None;
    assert_eq!(tokens.authenticate(Some(&header), now, &live), Err(Unauthorized));
    let missing = token_request(&tokens, &account(), &body, now, &live).unwrap_err();
    assert_eq!(missing.message(), "pods \"p\" not found");
}

#[test]
fn an_unknown_token_is_refused_and_none_is_anonymous() {
    let (tokens, now) = (tokens(), Timestamp::UNIX_EPOCH);
    let live = |_: &str, _: &str, _: &str| None;
    let admin = tokens.grant(User::admin());
    let ask = |header: Option<&str>| tokens.authenticate(header, now, &live);
    assert_eq!(ask(None).unwrap(), User::anonymous());
    assert_eq!(ask(Some("Bearer nope")), Err(Unauthorized));
    assert_eq!(ask(Some(&format!("bearer {admin}"))).unwrap(), User::admin());
    assert!(!format!("{tokens:?}").contains(&admin));
}

#[test]
fn a_token_shorter_than_ten_minutes_is_refused() {
    let body = json!({ "spec": { "expirationSeconds": 10 } });
    let live = |_: &str, _: &str, _: &str| None;
    let now = Timestamp::UNIX_EPOCH;
    let failure = token_request(&tokens(), &account(), &body, now, &live).unwrap_err();
    assert_eq!(
        failure.message(),
        "TokenRequest.authentication.k8s.io \"\" is invalid: spec.expirationSeconds: Invalid value: \
         10: may not specify a duration less than 10 minutes"
    );
}

#[test]
fn reviews_answer_as_the_authorizer_does() {
    let (tokens, now) = (tokens(), Timestamp::UNIX_EPOCH);
    let live = |_: &str, _: &str, _: &str| Some("u1".to_owned());
    let rbac = Rbac::compile(&bootstrap_roles());
    let user = User::service_account("prod", "op", "u1");
    let namespace = "default";
    let from = Review { tokens: &tokens, rbac: &rbac, user: &user, namespace, now, live: &live };
    let status = |kind: &str, spec: Value| {
        review(&from, kind, json!({ "spec": spec })).map(|answer| answer["status"].clone())
    };
    let resource = json!({ "verb": "get", "resource": "pods", "namespace": "other" });
    let path = json!({ "verb": "get", "path": "/api" });
    let own = status("SelfSubjectAccessReview", json!({ "nonResourceAttributes": path })).unwrap();
    assert_eq!(
        own["reason"],
        "RBAC: allowed by ClusterRoleBinding \"system:discovery\" of ClusterRole \
         \"system:discovery\" to Group \"system:authenticated\""
    );
    let spec = json!({ "user": "bob", "resourceAttributes": resource });
    assert_eq!(status("SubjectAccessReview", spec.clone()).unwrap(), json!({ "allowed": false }));
    let local = status("LocalSubjectAccessReview", spec).unwrap_err();
    assert!(local.message().ends_with("Invalid value: \"other\": must match metadata.namespace"));
    let empty = status("SubjectAccessReview", json!({})).unwrap_err();
    assert_eq!(
        empty.message(),
        ".authorization.k8s.io \"\" is invalid: [spec.resourceAttributes: Invalid value: null: \
         exactly one of nonResourceAttributes or resourceAttributes must be specified, spec.user: \
         Invalid value: \"\": at least one of user or group must be specified]"
    );
    let body = json!({ "spec": {} });
    let token = token_request(&tokens, &account(), &body, now, &live).unwrap();
    let spec = json!({ "token": token["status"]["token"] });
    let known = status("TokenReview", spec.clone()).unwrap();
    assert_eq!(known["user"]["username"], "system:serviceaccount:prod:op");
    let spec = json!({ "token": spec["token"], "audiences": ["x"] });
    assert!(status("TokenReview", spec).unwrap()["authenticated"].is_null());
    let unknown = status("TokenReview", json!({ "token": "bad" })).unwrap();
    assert_eq!(unknown, json!({ "user": {}, "error": "invalid bearer token" }));
    let rules = status("SelfSubjectRulesReview", json!({ "namespace": "default" })).unwrap();
    assert_eq!(rules["resourceRules"][0]["verbs"], json!(["create"]));
    let me = status("SelfSubjectReview", json!({})).unwrap();
    assert_eq!(me["userInfo"]["uid"], "u1");
}
