//! The promises of changes in place: one text with all that people write, and what a change makes of it.

use proptest::prelude::*;
use serde_json::json;

use super::*;

const FILE: &str = r#"# the clusters of the shop
apiVersion: v1
kind: Config   # as kubectl wants it
current-context: 'dev'
users:
# jane may do everything
- name: jane
  user:
    auth-provider:
      config:
        id-token: "old" # until tomorrow
        client-id: &id kube
      name: oidc
- name: "john"
  user: {token: abc}   # in a flow
contexts:
  - context:
      cluster: here
    name: dev
clusters: []
preferences:
"#;

fn steps(path: &str) -> Vec<Step> {
    path.split('/')
        .map(|step| match step.strip_prefix('=') {
            Some(name) => Step::Named(name.to_owned()),
            None => Step::Key(step.to_owned()),
        })
        .collect()
}

/// One row: the path, the value, and what becomes of the text: what is replaced by what.
#[test]
fn only_what_the_path_leads_to_is_changed() {
    let rows = [
        ("current-context", Some(json!("prod")), "'dev'", "\"prod\""),
        (
            "users/=jane/user/auth-provider/config/id-token",
            Some(json!("new")),
            "\"old\"",
            "\"new\"",
        ),
        (
            "users/=jane/user/auth-provider/config/refresh-token",
            Some(json!("next: one")),
            "client-id: &id kube\n",
            "client-id: &id kube\n        refresh-token: \"next: one\"\n",
        ),
        ("users/=john/user/token", Some(json!("x")), "{token: abc}", "{token: \"x\"}"),
        ("users/=john/user/as", Some(json!("x")), "{token: abc}", "{\"as\": \"x\", token: abc}"),
        ("users/=john/user", Some(json!({ "a": 1 })), "{token: abc}", "{\"a\":1}"),
        (
            "contexts/=dev/context",
            Some(json!({ "cluster": "there", "namespace": "shop" })),
            "cluster: here",
            "cluster: there\n      namespace: shop",
        ),
        (
            "contexts/=prod/context",
            Some(json!({ "cluster": "there" })),
            "    name: dev\n",
            "    name: dev\n  - name: prod\n    context:\n      cluster: there\n",
        ),
        (
            "users/=joe/user",
            Some(json!({ "exec": { "args": ["a", "b"], "env": null } })),
            "# in a flow\n",
            "# in a flow\n- name: joe\n  user:\n    exec:\n      args:\n      - a\n      - b\n      env: null\n",
        ),
        (
            "clusters/=here/cluster/server",
            Some(json!("https://x")),
            "[]",
            "[{\"cluster\":{\"server\":\"https://x\"},\"name\":\"here\"}]",
        ),
        ("preferences/colors", Some(json!(true)), "preferences:", "preferences:\n  colors: true"),
        ("extensions", Some(json!([1])), "preferences:\n", "preferences:\nextensions:\n- 1\n"),
        ("current-context", None, "current-context: 'dev'\n", ""),
        ("users/=john", None, "- name: \"john\"\n  user: {token: abc}   # in a flow\n", ""),
        (
            "users/=jane/user/auth-provider/config/id-token",
            None,
            "        id-token: \"old\" # until tomorrow\n",
            "",
        ),
        ("users/=nobody", None, "", ""),
    ];
    for (path, value, before, after) in rows {
        let edited = set(FILE, &steps(path), value.as_ref()).unwrap();
        assert_eq!(edited, FILE.replacen(before, after, 1), "{path}");
    }
}

#[test]
fn what_cannot_be_changed_in_place_is_changed_all_the_same() {
    let rows = [
        (
            "a: &x {b: 1}\nc: *x\n",
            "c/b",
            Some(json!(2)),
            json!({ "a": { "b": 1 }, "c": { "b": 2 } }),
        ),
        ("a: {b: 1, c: 2}", "a/b", None, json!({ "a": { "c": 2 } })),
        ("", "a/=b/c", Some(json!(1)), json!({ "a": [{ "name": "b", "c": 1 }] })),
        ("{}", "a", Some(json!("x")), json!({ "a": "x" })),
        ("# nothing yet\n", "a", Some(json!("x")), json!({ "a": "x" })),
        ("a: |\n  two\n  lines\nb: 1\n", "a", Some(json!("x")), json!({ "a": "x", "b": 1 })),
        ("a: 1", "b", Some(json!("ü \"\n")), json!({ "a": 1, "b": "ü \"\n" })),
        (
            "{\"a\": [{\"name\": \"b\", \"c\": 1}]}",
            "a/=b/c",
            Some(json!(2)),
            json!({ "a": [{ "name": "b", "c": 2 }] }),
        ),
        ("a:\n  b: 1\n", "a/b", None, json!({ "a": {} })),
    ];
    for (text, path, value, expected) in rows {
        let edited = set(text, &steps(path), value.as_ref()).unwrap();
        let meaning = parse(&edited).unwrap();
        assert!(
            meaning == expected || (meaning["a"].is_null() && value.is_none()),
            "{text} {path}: {edited}"
        );
    }
    assert_eq!(set("a: [1]", &steps("a/b"), Some(&json!(1))), Err(Unfit));
    assert_eq!(set("a: [", &steps("a"), Some(&json!(1))), Err(Unfit));
}

proptest! {
    #[test]
    fn any_text_can_be_a_value_and_is_read_back(text in "\\PC{0,20}", name in "[a-z@:./ -]{1,12}") {
        let path = [Step::Key("users".to_owned()), Step::Named(name.clone()), Step::Key("user".to_owned())];
        let value = json!({ "token": text, "other": [text, null, 1] });
        let edited = set(FILE, &path, Some(&value)).unwrap();
        let again = parse(&edited).unwrap();
        let found = again["users"].as_array().unwrap().iter().find(|item| is_named(item, &name)).cloned();
        prop_assert_eq!(&found.unwrap()["user"], &value);
        prop_assert!(edited.starts_with("# the clusters of the shop"));
    }
}
