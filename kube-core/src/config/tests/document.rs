//! The kubeconfig as a document: merged, cut, filled, without secrets, and written.

use serde_json::json;

use super::*;

/// Two files of `$KUBECONFIG`.
fn two(folder: &Path) -> (LoadingRules, PathBuf, PathBuf) {
    let first = "# ours\nkind: Config\ncurrent-context: ''\nusers:\n- name: jane # she\n  user:\n    client-key: pki/key\n    client-certificate: pki/crt\n";
    let first = write(folder, "one/config", first);
    let text = kubeconfig("https://x", &format!("{{token: {TOKEN}}}"))
        .replace(
            "server: ",
            "certificate-authority: ca, extensions: [{name: a, extension: {b: 1}}], server: ",
        )
        .replace(
            "clusters: [",
            "clusters: [{name: another, cluster: {server: z, proxy-url: 'http://u:s3cret@p'}}, ",
        );
    let second = write(folder, "two/config", &text);
    write(folder, "one/pki/key", "KEY");
    write(folder, "one/pki/crt", "CRT");
    write(folder, "two/ca", "CA");
    let both = std::env::join_paths([&first, &second]).unwrap();
    (rules(&[("KUBECONFIG", both.to_str().unwrap())], folder), first, second)
}

#[test]
fn files_are_merged_and_cut_down_and_filled_with_what_they_name() {
    let folder = tempfile::tempdir().unwrap();
    let (rules, ..) = two(folder.path());
    let view = rules.view().unwrap();
    let at = |name: &str| folder.path().join(name);
    let jane = json!({ "name": "jane", "user": { "client-key": at("one/pki/key"), "client-certificate": at("one/pki/crt") } });
    let dev = json!({ "name": "dev", "context": { "cluster": "here", "user": "jane", "namespace": "shop" } });
    let mut here = json!({ "server": "https://x", "certificate-authority": at("two/ca"), "extensions": [{ "name": "a", "extension": { "b": 1 } }] });
    let another = json!({ "name": "another", "cluster": { "server": "z", "proxy-url": "http://u:s3cret@p" } });
    let mut whole = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "dev", "users": [jane], "contexts": [dev],
        "clusters": [another, { "name": "here", "cluster": here }],
    });
    assert_eq!(view.to_json(), whole);
    whole["clusters"].as_array_mut().unwrap().remove(0);
    assert_eq!(view.clone().minify().unwrap().to_json(), whole);
    here.as_object_mut().unwrap().remove("certificate-authority");
    here["certificate-authority-data"] = "Q0E=".into();
    whole["clusters"][0]["cluster"] = here;
    whole["users"][0]["user"] =
        json!({ "client-key-data": "S0VZ", "client-certificate-data": "Q1JU" });
    let flat = view.minify().unwrap().flatten().unwrap();
    assert_eq!(flat.to_json(), whole);
    // What is written so is a kubeconfig that needs no other file.
    let config = Config::from_kubeconfig_yaml(&flat.to_yaml()).unwrap();
    assert_eq!(config.tls.client.unwrap().key.expose_secret(), "KEY");
    let error = rules.context("prod").view().unwrap().minify().unwrap_err().to_string();
    assert!(error.contains("no context `prod`: it has `dev`"), "{error}");
}

#[test]
fn entries_of_all_files_are_viewed_by_name_and_what_is_no_kubeconfig_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let one = "users: [{name: zoe, user: {exec: {command: ./bin/p}}}, {name: both, user: {token: a}}]\n\
               contexts: [{name: x, context: {cluster: c}}]\nclusters: [{name: c, cluster: {server: 'https://c'}}]\ncurrent-context: x\n";
    write(folder.path(), "one", one);
    write(folder.path(), "empty", "# nothing yet\n");
    write(
        folder.path(),
        "two",
        "users: [{name: both, user: {token: b}}, {name: ann, user: {exec: {command: p}}}]\n",
    );
    let all = std::env::join_paths([at("one"), at("empty"), at("two")]).unwrap();
    let view = rules(&[("KUBECONFIG", all.to_str().unwrap())], folder.path()).view().unwrap();
    let zoe = folder.path().join("./bin/p");
    let users = json!([
        { "name": "ann", "user": { "exec": { "command": "p" } } },
        { "name": "both", "user": { "token": "a" } },
        { "name": "zoe", "user": { "exec": { "command": zoe } } },
    ]);
    let whole = view.to_json();
    assert_eq!(whole["users"], users);
    assert_eq!((&whole["kind"], &whole["apiVersion"]), (&json!("Config"), &json!("v1")));
    let small = view.minify().unwrap().to_json();
    assert_eq!((&small["users"], &small["clusters"]), (&json!([]), &whole["clusters"]));
    let wrong = write(folder.path(), "wrong", "kind: Other");
    let error = LoadingRules::new().kubeconfig(wrong).view().unwrap_err();
    assert!(error.to_string().contains("v1 Other"), "{error}");
}

#[test]
fn what_is_filled_in_is_what_a_client_would_use_of_data_and_files() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "ca", "CA");
    let filled = |cluster: &str| {
        let text = format!("clusters: [{{name: c, cluster: {{{cluster}}}}}]");
        let path = write(folder.path(), "config", &text);
        let view = LoadingRules::new().kubeconfig(path).view().unwrap().flatten();
        view.map(|view| view.to_json()["clusters"][0]["cluster"].clone())
    };
    let file = "certificate-authority: ca";
    let data = json!({ "certificate-authority-data": "Q0E=" });
    assert_eq!(filled(file).unwrap(), data);
    assert_eq!(filled(&format!("{file}, certificate-authority-data: null")).unwrap(), data);
    assert_eq!(
        filled("certificate-authority: nowhere, certificate-authority-data: Q0E=").unwrap(),
        data
    );
    assert_eq!(filled("certificate-authority: ''").unwrap(), json!({}));
    let line = filled("certificate-authority: nowhere").unwrap_err().chain();
    assert!(line.contains("nowhere"), "{line}");
}

#[test]
fn what_is_redacted_holds_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let user = format!(
        "{{token: {TOKEN}, password: {TOKEN}, client-key-data: {TOKEN}, exec: {{command: x, env: [{{name: A, value: {TOKEN}}}]}}, \
         auth-provider: {{name: oidc, config: {{id-token: {TOKEN}, refresh-token: {TOKEN}, client-secret: {TOKEN}, client-id: kube}}}}}}"
    );
    let text = kubeconfig("https://x", &user).replace(
        "server: ",
        &format!("proxy-url: 'http://u:{TOKEN}@p', certificate-authority-data: Q0E=, server: "),
    );
    let path = write(folder.path(), "config", &text);
    let view = LoadingRules::new().kubeconfig(path).view().unwrap();
    assert!(!format!("{view:?}").contains(TOKEN));
    let yaml = view.redact().to_yaml();
    assert!(!yaml.contains(TOKEN), "{yaml}");
    for kept in [
        "command: x",
        "client-id: kube",
        "token: REDACTED",
        "client-key-data: DATA+OMITTED",
        "u:REDACTED@p",
    ] {
        assert!(yaml.contains(kept), "`{kept}` is not in {yaml}");
    }
}

#[test]
fn a_change_goes_to_the_file_that_has_what_it_is_about_and_leaves_the_rest_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (rules, first, second) = two(folder.path());
    let text = |path: &Path| std::fs::read_to_string(path).unwrap();
    let before = (text(&first), text(&second));
    rules
        .modify(&[
            Change::current_context("prod"),
            Change::field(Entry::Context, "dev", "namespace", "new"),
            Change::field(
                Entry::User,
                "jane",
                "client-key",
                folder.path().join("one/pki/other").to_str().unwrap(),
            ),
            Change::entry(Entry::Context, "prod", json!({ "cluster": "here" })),
            Change::without(Entry::Cluster, "nowhere"),
        ])
        .unwrap();
    // The second has a current context, the first an empty one.
    let written = before.0.replace("pki/key", "\"pki/other\"")
        + "contexts:\n- name: prod\n  context:\n    cluster: here\n";
    assert_eq!(text(&first), written);
    let written = before.1.replace("current-context: dev", "current-context: \"prod\"");
    assert_eq!(text(&second), written.replace("namespace: shop", "namespace: \"new\""));
    assert!(rules.clone().load().unwrap().server().contains("//x"));
    rules
        .modify(&[
            Change::without(Entry::User, "jane"),
            Change::without_field(Entry::Context, "prod", "cluster"),
        ])
        .unwrap();
    assert!(!text(&first).contains("jane") && text(&second).contains("jane"));
}

#[test]
fn what_is_new_goes_to_the_file_that_was_asked_for_or_the_first_that_is_there_or_the_last() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let at = |name: &str| home.join(name);
    let new = [Change::entry(Entry::Cluster, "new", json!({ "server": "https://new" }))];
    rules(&[], home).modify(&new).unwrap();
    assert!(at(".kube/config").exists());
    rules(&[], home).kubeconfig(at("asked")).modify(&new).unwrap();
    let text = std::fs::read_to_string(at("asked")).unwrap();
    assert_eq!(
        text,
        "apiVersion: v1\nkind: Config\nclusters:\n- name: new\n  cluster:\n    server: \"https://new\"\n"
    );
    let both = std::env::join_paths([at("a"), at("b")]).unwrap();
    let both = rules(&[("KUBECONFIG", both.to_str().unwrap())], home);
    both.modify(&new).unwrap();
    assert!(at("b").exists() && !at("a").exists());
    let other = [Change::entry(Entry::Cluster, "other", json!({}))];
    both.modify(&other).unwrap();
    assert!(std::fs::read_to_string(at("b")).unwrap().contains("other") && !at("a").exists());
}
