//! What is said beside the files, and every mistake in them.

use super::*;

const V1: &str = "client.authentication.k8s.io/v1";

/// What an error says when these overrides are used on this kubeconfig, or what the configuration has become.
fn with(text: &str, change: impl FnOnce(&mut Overrides)) -> Config {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "config", text);
    write(folder.path(), "ca.pem", "other");
    let mut overrides = Overrides::default();
    change(&mut overrides);
    if let Some(path) = &mut overrides.certificate_authority {
        *path = folder.path().join(&path);
    }
    LoadingRules::new().kubeconfig(path).overrides(overrides).load().unwrap()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn an_override_takes_the_place_of_what_the_file_says_and_of_what_belongs_to_that() {
    let text = kubeconfig("https://x", "{tokenFile: /no/such, as: joe, as-groups: [g]}").replace(
        "server: 'https://x'",
        "server: 'https://x', tls-server-name: y, certificate-authority-data: Y2E=, proxy-url: 'http://p'",
    );
    let same = with(&text, |_| {});
    assert_eq!(same.tls.authority.as_deref(), Some(&b"ca"[..]));

    let config = with(&text, |over| over.server = some("https://z"));
    assert_eq!((config.server(), config.tls.server_name.clone()), ("https://z/", None));
    let config = with(&text, |over| {
        over.server = some("https://z");
        over.tls_server_name = some("w");
    });
    assert_eq!(config.tls.server_name.as_deref(), Some("w"));
    let config = with(&text, |over| over.insecure_skip_tls_verify = Some(true));
    assert!(config.tls.insecure && config.tls.authority.is_none());
    let config = with(&text, |over| over.certificate_authority = Some("ca.pem".into()));
    assert_eq!(config.tls.authority.as_deref(), Some(&b"other"[..]));
    let config = with(&text, |over| {
        over.proxy_url = some("socks5://q:1");
        over.disable_compression = Some(true);
        over.timeout = Some(Duration::from_secs(5));
        over.namespace = some("ns");
    });
    assert_eq!(config.proxy.unwrap().as_str(), "socks5://q:1");
    assert!(!config.compression && config.timeout == Duration::from_secs(5));
    assert_eq!(config.default_namespace, "ns");

    // Differs from client-go, where the file of the kubeconfig wins over a token that was given.
    let config = with(&text, |over| over.token = Some(TOKEN.into()));
    assert!(config.user.token_file.is_none() && config.user.token.is_some());
    let other = config.user.impersonate.unwrap();
    assert_eq!((other.user.as_str(), other.groups), ("joe", vec!["g".to_owned()]));
    let config = with(&text, |over| {
        over.username = some("jane");
        over.password = Some("s3cret".into());
    });
    assert_eq!(config.user.basic.unwrap().0, "jane");
    let config = with(&text, |over| {
        over.impersonate = some("ann");
        over.impersonate_uid = some("7");
        over.impersonate_extra =
            vec![("k".to_owned(), "a".to_owned()), ("k".to_owned(), "b".to_owned())];
    });
    let other = config.user.impersonate.unwrap();
    assert_eq!(
        (other.user.as_str(), other.groups, other.uid.as_deref()),
        ("ann", vec![], Some("7"))
    );
    assert_eq!(other.extra, [("k".to_owned(), vec!["a".to_owned(), "b".to_owned()])]);
}

#[test]
fn an_entry_that_is_asked_for_and_missing_is_not_the_mistake_of_a_context() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "config", &kubeconfig("https://x", "{}"));
    for (over, missing) in [
        (Overrides { user: some("nobody"), ..Overrides::default() }, "no user `nobody`"),
        (Overrides { cluster: some("nowhere"), ..Overrides::default() }, "no cluster `nowhere`"),
    ] {
        let error = LoadingRules::new().kubeconfig(&path).overrides(over).load().unwrap_err();
        let line = error.chain();
        assert!(line.contains(missing) && !line.contains("context `dev`"), "{line}");
    }
}

#[test]
fn a_certificate_that_is_given_takes_the_place_of_data() {
    let text =
        kubeconfig("https://x", "{client-certificate-data: Y2VydA==, client-key-data: a2V5}");
    let folder = tempfile::tempdir().unwrap();
    let config = with(&text, |over| {
        over.client_certificate = Some(write(folder.path(), "a", "new"));
        over.client_key = Some(write(folder.path(), "b", "newer"));
    });
    let client = config.tls.client.unwrap();
    assert_eq!((&*client.certificate, client.key.expose_secret()), (&b"new"[..], "newer"));
    assert!(config.tls.client_files.is_some());
}

#[test]
fn what_is_said_of_the_user_makes_it_the_given_one() {
    let nothing =
        Overrides { namespace: some("prod"), server: some("https://x"), ..Overrides::default() };
    assert!(!nothing.is_of_user());
    let said: [fn(&mut Overrides); 9] = [
        |over| over.token = Some(TOKEN.into()),
        |over| over.username = some("jane"),
        |over| over.password = Some(TOKEN.into()),
        |over| over.client_certificate = Some("a.crt".into()),
        |over| over.client_key = Some("a.key".into()),
        |over| over.impersonate = some("ann"),
        |over| over.impersonate_uid = some("7"),
        |over| over.impersonate_groups = vec!["g".to_owned()],
        |over| over.impersonate_extra = vec![("k".to_owned(), "v".to_owned())],
    ];
    for (index, say) in said.into_iter().enumerate() {
        let mut over = nothing.clone();
        say(&mut over);
        assert!(over.is_of_user(), "{index}");
    }
    let text = kubeconfig("https://x", "{}").replace("user: jane", "user: ''");
    let origin = |over: &Overrides| with(&text, |all| *all = over.clone()).user.origin;
    assert!(origin(&nothing).ends_with("which names no user"), "{}", origin(&nothing));
    let given = Overrides { token: Some(TOKEN.into()), ..nothing };
    assert_eq!(origin(&given), "the given user");
}

#[test]
fn files_are_read_again_only_where_the_certificate_and_its_key_are_in_files() {
    let both = "client-certificate: ca.pem, client-key: ca.pem";
    for (more, again) in [
        ("", true),
        (", client-certificate-data: Yw==", false),
        (", client-key-data: aw==", false),
        (", client-certificate-data: Yw==, client-key-data: aw==", false),
    ] {
        let config = with(&kubeconfig("https://x", &format!("{{{both}{more}}}")), |_| {});
        assert_eq!(config.tls.client_files.is_some(), again, "{more}");
    }
}

#[test]
fn other_entries_can_be_chosen_and_a_server_alone_is_enough() {
    let text = kubeconfig("https://x", "{token: a}")
        .replace("users: [", "users: [{name: ann, user: {token: b}}, ")
        .replace("clusters: [", "clusters: [{name: there, cluster: {server: 'https://there'}}, ");
    let config = with(&text, |over| {
        over.cluster = some("there");
        over.user = some("ann");
    });
    assert_eq!(config.server(), "https://there/");
    assert!(config.user.origin.starts_with("user `ann`"), "{}", config.user.origin);
    let folder = tempfile::tempdir().unwrap();
    let mut over = Overrides::default();
    (over.server, over.token) = (some("https://alone"), Some(TOKEN.into()));
    let config = rules(&[], folder.path()).overrides(over).load().unwrap();
    assert_eq!(config.server(), "https://alone/");
    assert_eq!(config.user.token.unwrap().expose_secret(), TOKEN);
}

#[test]
fn a_pods_own_configuration_keeps_overrides() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    write(home, "serviceaccount/token", "abc");
    write(home, "serviceaccount/ca.crt", "pem");
    write(home, "serviceaccount/namespace", "pods\n");
    let pod = [("KUBERNETES_SERVICE_HOST", "::1"), ("KUBERNETES_SERVICE_PORT", "443")];
    let over =
        Overrides { token: Some(TOKEN.into()), impersonate: some("ann"), ..Overrides::default() };
    let config = rules(&pod, home).overrides(over).load().unwrap();
    assert_eq!(config.user.token.unwrap().expose_secret(), TOKEN);
    assert_eq!(config.user.impersonate.unwrap().user, "ann");
    assert_eq!(config.default_namespace, "pods");
    assert_eq!(config.tls.authority_file, Some(home.join("serviceaccount/ca.crt")));
    let over = Overrides { user: some("ann"), ..Overrides::default() };
    let error = rules(&pod, home).overrides(over).load().unwrap_err().to_string();
    assert!(error.contains("the pod's service account has no user `ann`"), "{error}");
}

#[test]
fn every_mistake_is_listed_with_its_file_and_entry() {
    let folder = tempfile::tempdir().unwrap();
    let first = format!(
        "clusters:\n- {{name: a, cluster: {{server: 'ftp://a', proxy-url: 'ftp://p', insecure-skip-tls-verify: true, certificate-authority: /no}}}}\n\
         - {{name: b, cluster: {{}}}}\n\
         users:\n- {{name: c, user: {{token: {TOKEN}, username: u, client-certificate: /no, as-uid: x}}}}\n\
         - {{name: d, user: {{exec: {{apiVersion: {V1}}}}}}}\n\
         contexts:\n- {{name: e, context: {{cluster: a, user: c, namespace: Bad_NS}}}}\n"
    );
    let first = write(folder.path(), "first", &first);
    let second = "current-context: g\nusers:\n- {name: i, user: {auth-provider: {name: gcp}, exec: {}}}\n\
        contexts:\n- {name: f, context: {cluster: z, user: y}}\n";
    let second = write(folder.path(), "second", second);
    let broken = write(folder.path(), "broken", "clusters: [");
    let missing = folder.path().join("missing");
    let all = std::env::join_paths([&first, &second, &broken, &missing]).unwrap();
    let rules = rules(&[("KUBECONFIG", all.to_str().unwrap())], folder.path());
    let problems: Vec<_> = rules.problems().iter().map(|problem| problem.chain()).collect();
    let told = problems.join("\n");
    for (file, parts) in [
        (&first, ["cluster `a`", "its server address `ftp://a`"]),
        (&first, ["cluster `a`", "`proxy-url` must be"]),
        (&first, ["cluster `a`", "exclude each other"]),
        (&first, ["`certificate-authority` of cluster `a`", "`/no`"]),
        (&first, ["cluster `b`", "no `server`"]),
        (&first, ["user `c`", "keep one of them"]),
        (&first, ["`client-certificate` of user `c`", "`/no`"]),
        (&first, ["user `c`", "without `as`"]),
        (&first, ["user `d`", "no `command`"]),
        (&first, ["user `d`", "no `interactiveMode`"]),
        (&first, ["context `e`", "`Bad_NS` cannot be a namespace"]),
        (&second, ["user `i`", "keep one of them"]),
        (&second, ["user `i`", "`gke-gcloud-auth-plugin`"]),
        (&second, ["no cluster `z`, which context `f` names", "it has `a`, `b`"]),
        (&second, ["no user `y`, which context `f` names", "it has `c`, `d`, `i`"]),
        (&second, ["no context `g`", "it has `e`, `f`"]),
        (&broken, ["no valid YAML", "line"]),
        (&missing, ["failed to read", "check that it exists"]),
    ] {
        let file = file.display().to_string();
        let found = problems
            .iter()
            .any(|line| line.contains(&file) && parts.iter().all(|part| line.contains(part)));
        assert!(found, "{file} {parts:?} is not in:\n{told}");
    }
    assert!(!told.contains(TOKEN), "{told}");
    // What would be used is told whole when it is used.
    let error = LoadingRules::new().kubeconfig(&first).context("e").load().unwrap_err().chain();
    for part in ["mistakes", "proxy-url", "exclude each other", "without `as`", "`Bad_NS`"] {
        assert!(error.contains(part) && !error.contains('\n'), "{error}");
    }
    let good = write(folder.path(), "good", &kubeconfig("https://x", "{token: a}"));
    assert!(LoadingRules::new().kubeconfig(good).problems().is_empty());
}
