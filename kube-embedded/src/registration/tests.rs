//! What configurations of webhooks promise. The texts are those of Kubernetes 1.36.

use super::*;

fn webhook() -> Value {
    json!({
        "name": "a.b.c",
        "clientConfig": {"url": "https://127.0.0.1:1/x"},
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "rules": [{"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"],
            "resources": ["configmaps"]}],
    })
}

fn completed(webhooks: &Value) -> Value {
    let [mutating, ..] = registration_kinds();
    let mut object = json!({"metadata": {"name": "x"}, "webhooks": webhooks});
    mutating.strategy.default(&mutating, &mut object);
    object
}

fn mistakes(webhooks: &Value) -> Vec<String> {
    let [mutating, ..] = registration_kinds();
    let errors = mutating.strategy.validate(&completed(webhooks), None);
    errors.iter().map(ToString::to_string).collect()
}

/// Where a good webhook is changed, to what, and the mistakes that are then told.
type Row<'a> = (&'a str, Value, &'a [&'a str]);

fn check(rows: &[Row<'_>]) {
    for (pointer, value, expected) in rows {
        let mut webhook = webhook();
        let (parent, member) = pointer.rsplit_once('/').unwrap();
        let place = webhook.pointer_mut(parent).unwrap();
        place[member] = value.clone();
        let expected: Vec<String> =
            expected.iter().map(|text| format!("webhooks[0].{text}")).collect();
        assert_eq!(mistakes(&json!([webhook])), expected, "{pointer} {value}");
    }
}

#[test]
fn what_is_left_out_is_filled_in_as_the_real_server_does() {
    let mut webhook = webhook();
    webhook["clientConfig"] = json!({"service": {"name": "s", "namespace": "n"}});
    let object = completed(&json!([webhook]));
    let webhook = &object["webhooks"][0];
    let rows = [
        ("failurePolicy", json!("Fail")),
        ("matchPolicy", json!("Equivalent")),
        ("reinvocationPolicy", json!("Never")),
        ("timeoutSeconds", json!(10)),
        ("namespaceSelector", json!({})),
        ("objectSelector", json!({})),
    ];
    for (member, value) in rows {
        assert_eq!(webhook[member], value, "{member}");
    }
    assert_eq!(webhook["rules"][0]["scope"], "*");
    assert_eq!(webhook["clientConfig"]["service"]["port"], 443);
    assert_eq!(mistakes(&object["webhooks"]), [""; 0]);
    let [_, validating, ..] = registration_kinds();
    let mut object = json!({"webhooks": [{}]});
    validating.strategy.default(&validating, &mut object);
    assert_eq!(object["webhooks"][0].get("reinvocationPolicy"), None);
}

#[test]
fn a_wrong_name_or_policy_is_told_in_the_servers_words() {
    check(&[
        ("/name", json!(""), &["name: Required value"]),
        (
            "/name",
            json!("a.b"),
            &["name: Invalid value: \"a.b\": should be a domain with at least three segments \
               separated by dots"],
        ),
        (
            "/sideEffects",
            json!(null),
            &["sideEffects: Required value: must specify one of None, NoneOnDryRun"],
        ),
        (
            "/sideEffects",
            json!("Some"),
            &["sideEffects: Unsupported value: \"Some\": supported values: \"None\", \
               \"NoneOnDryRun\""],
        ),
        (
            "/admissionReviewVersions",
            json!([]),
            &["admissionReviewVersions: Required value: must specify one of v1, v1beta1"],
        ),
        (
            "/admissionReviewVersions",
            json!(["v2"]),
            &[
                "admissionReviewVersions: Invalid value: [\"v2\"]: must include at least one of v1, \
               v1beta1",
            ],
        ),
        (
            "/admissionReviewVersions",
            json!(["v1", "v1"]),
            &["admissionReviewVersions[1]: Invalid value: \"v1\": duplicate version"],
        ),
        (
            "/timeoutSeconds",
            json!(31),
            &["timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 \
               seconds"],
        ),
        (
            "/failurePolicy",
            json!("X"),
            &["failurePolicy: Unsupported value: \"X\": supported values: \"Fail\", \"Ignore\""],
        ),
        (
            "/reinvocationPolicy",
            json!("X"),
            &["reinvocationPolicy: Unsupported value: \"X\": supported values: \"IfNeeded\", \
               \"Never\""],
        ),
    ]);
    assert_eq!(
        mistakes(&json!([webhook(), webhook()])),
        ["webhooks[1].name: Duplicate value: \"a.b.c\""]
    );
}

#[test]
fn a_wrong_place_is_told_in_the_servers_words() {
    let service = |path: &str| json!({"service": {"name": "s", "namespace": "n", "path": path}});
    let neither = "clientConfig: Required value: exactly one of url or service is required";
    check(&[
        ("/clientConfig", json!({}), &[neither]),
        ("/clientConfig", json!({"url": "https://a", "service": {"name": "s"}}), &[neither]),
        (
            "/clientConfig/url",
            json!("http://a/x"),
            &[
                "clientConfig.url: Invalid value: \"http\": 'https' is the only allowed URL scheme; \
               desired format: https://host[/path]",
            ],
        ),
        (
            "/clientConfig/url",
            json!("https:///x"),
            &["clientConfig.url: Invalid value: \"\": host must be specified; desired format: \
               https://host[/path]"],
        ),
        (
            "/clientConfig/url",
            json!("https://u:p@a/x"),
            &[
                "clientConfig.url: Invalid value: \"u:p\": user information is not permitted in the \
               URL",
            ],
        ),
        (
            "/clientConfig/url",
            json!("https://a/x?q=1"),
            &[
                "clientConfig.url: Invalid value: \"q=1\": query parameters are not permitted in the \
               URL",
            ],
        ),
        (
            "/clientConfig/url",
            json!("https://a b/"),
            &[
                "clientConfig.url: Required value: url must be a valid URL: parse \"https://a b/\": \
               invalid character \" \" in host name; desired format: https://host[/path]",
            ],
        ),
        (
            "/clientConfig",
            service("x"),
            &[
                "clientConfig.service.path: Invalid value: \"x\": must start with a '/'",
                "clientConfig.service.path: Invalid value: \"x\": segment[0] may not be empty",
            ],
        ),
        (
            "/clientConfig",
            service("/a//b"),
            &["clientConfig.service.path: Invalid value: \"/a//b\": segment[1] may not be empty"],
        ),
        ("/clientConfig", service("/foo/"), &[]),
        (
            "/clientConfig",
            json!({"service": {}}),
            &[
                "clientConfig.service.name: Required value",
                "clientConfig.service.namespace: Required value",
            ],
        ),
    ]);
}

#[test]
fn a_wrong_rule_or_selector_is_told_in_the_servers_words() {
    let rule = "/rules/0/resources";
    check(&[
        (
            "/rules",
            json!([{}]),
            &[
                "rules[0].operations: Required value",
                "rules[0].apiGroups: Required value",
                "rules[0].apiVersions: Required value",
                "rules[0].resources: Required value",
            ],
        ),
        (
            "/rules/0/operations",
            json!(["X"]),
            &["rules[0].operations[0]: Unsupported value: \"X\": supported values: \"*\", \
               \"CONNECT\", \"CREATE\", \"DELETE\", \"UPDATE\""],
        ),
        (
            "/rules/0/apiGroups",
            json!(["*", "a"]),
            &["rules[0].apiGroups: Invalid value: [\"*\",\"a\"]: if '*' is present, must not \
               specify other API groups"],
        ),
        (
            rule,
            json!(["*", "pods"]),
            &["rules[0].resources: Invalid value: [\"*\",\"pods\"]: if '*' is present, must not \
               specify other resources without subresources"],
        ),
        (
            rule,
            json!(["pods/*", "pods/status"]),
            &[
                "rules[0].resources[1]: Invalid value: \"pods/status\": if 'pods/*' is present, must \
               not specify pods/status",
            ],
        ),
        (rule, json!(["pods", "pods/*"]), &[]),
        (
            "/objectSelector",
            json!({"matchExpressions": [{"key": "a", "operator": "Foo"}]}),
            &["objectSelector.matchExpressions[0].operator: Invalid value: \"Foo\": not a valid \
               selector operator"],
        ),
        (
            "/matchConditions",
            json!([{"name": "", "expression": ""}, {"name": "a", "expression": "object.x"}]),
            &[
                "matchConditions[0].expression: Required value",
                "matchConditions[0].name: Required value",
                "matchConditions[1].expression: Invalid value: \"object.x\": must evaluate to bool \
                 but got dyn",
            ],
        ),
    ]);
}
