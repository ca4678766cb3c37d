//! The promises of configuration: files in a temporary folder, an environment that is handed in.

mod builder;
mod document;
mod overrides;

use std::error::Error as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret as _;

use super::environment::Environment;
use super::*;

const TOKEN: &str = "t0ps3cret";

fn kubeconfig(server: &str, user: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: dev\n\
         clusters: [{{name: here, cluster: {{server: '{server}'}}}}]\n\
         contexts: [{{name: dev, context: {{cluster: here, user: jane, namespace: shop}}}}]\n\
         users: [{{name: jane, user: {user}}}]\n"
    )
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    path
}

fn rules(variables: &[(&str, &str)], home: &Path) -> LoadingRules {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    LoadingRules::new().environment(Environment {
        variables: variables.iter().map(owned).collect(),
        home: Some(home.to_owned()),
        service_account: home.join("serviceaccount"),
    })
}

fn story(error: &crate::error::Error) -> String {
    let source = error.source().map(ToString::to_string).unwrap_or_default();
    format!("{error}: {source}")
}

#[test]
fn sources_are_asked_in_one_order() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let asked = write(home, "asked", &kubeconfig("https://asked", "{}"));
    let named = write(home, "named", &kubeconfig("https://named", "{}"));
    write(home, ".kube/config", &kubeconfig("https://home", "{}"));
    write(home, "serviceaccount/token", "abc");
    write(home, "serviceaccount/ca.crt", "pem");
    write(home, "serviceaccount/namespace", "pods\n");
    let named = ("KUBECONFIG", named.to_str().unwrap());
    let pod = [("KUBERNETES_SERVICE_HOST", "::1"), ("KUBERNETES_SERVICE_PORT", "443")];
    let all = [named, pod[0], pod[1]];

    let server = |rules: LoadingRules| rules.load().unwrap().server().to_owned();
    assert_eq!(server(rules(&all, home).kubeconfig(&asked)), "https://asked/");
    assert_eq!(server(rules(&all, home)), "https://named/");
    assert_eq!(server(rules(&pod, home)), "https://[::1]/");
    assert_eq!(server(rules(&[], home)), "https://home/");
    for half in pod {
        assert_eq!(server(rules(&[half], home)), "https://home/");
    }
    assert_eq!(rules(&[], home).looked_at().len(), 4);

    let given = Overrides { token: Some(TOKEN.into()), ..Overrides::default() };
    let given = rules(&pod, home).overrides(given).load().unwrap();
    assert!(given.user.token.is_some() && given.user.token_file.is_none());
    assert_ne!(given.user.origin, "the pod's service account");
    let pod = rules(&pod, home).load().unwrap();
    assert_eq!(pod.user.origin, "the pod's service account");
    assert_eq!(pod.tls.authority.as_deref(), Some(&b"pem"[..]));
    assert_eq!(pod.tls.authority_file, Some(home.join("serviceaccount/ca.crt")));
    assert_eq!(pod.default_namespace, "pods");
    assert_eq!(pod.user.token_file, Some(home.join("serviceaccount/token")));
}

#[test]
fn a_source_that_is_named_and_cannot_be_read_is_never_skipped() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    write(home, ".kube/config", &kubeconfig("https://home", "{}"));
    let missing = home.join("missing");
    let path = missing.to_str().unwrap();
    let check = |rules: LoadingRules, part: &str| {
        let error = rules.load().unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    };
    check(rules(&[], home).kubeconfig(path), path);
    check(rules(&[("KUBECONFIG", path)], home), path);
    let good = home.join(".kube/config");
    let both = std::env::join_paths([&good, &missing]).unwrap();
    check(rules(&[("KUBECONFIG", both.to_str().unwrap())], home), path);
    let pod = [("KUBERNETES_SERVICE_HOST", "10.0.0.1"), ("KUBERNETES_SERVICE_PORT", "443")];
    check(rules(&pod, home), "serviceaccount/token");
    write(home, "serviceaccount/token", "abc");
    check(rules(&pod, home), "serviceaccount/ca.crt` of the pod's service account");
    check(rules(&[], home).kubeconfig(home), "no regular file");
}

#[test]
fn when_nothing_is_found_the_error_lists_what_was_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let text = rules(&[], folder.path()).load().unwrap_err().to_string();
    let places = ["no file was asked for", "$KUBECONFIG", "this is no pod", ".kube/config"];
    let found: Vec<_> = places.iter().map(|place| text.find(place)).collect();
    assert!(found.iter().all(Option::is_some) && found.is_sorted(), "{text}");
}

#[test]
fn a_failure_to_use_what_was_found_says_where_it_was_looked_for_in_which_order() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let pod = [("KUBERNETES_SERVICE_HOST", "10.0.0.1"), ("KUBERNETES_SERVICE_PORT", "443")];
    let no_file = "no file was asked for";
    let check = |rules: LoadingRules, expected: &[&str]| {
        let story = rules.load_and_tell().unwrap_err().chain();
        let found: Vec<_> = expected.iter().map(|place| story.find(place)).collect();
        assert!(found.iter().all(Option::is_some) && found.is_sorted(), "{expected:?}: {story}");
    };
    check(
        rules(&pod, home),
        &[no_file, "$KUBECONFIG is not set", "this is a pod", "serviceaccount"],
    );
    check(
        rules(&[("KUBECONFIG", "/no")], home),
        &[no_file, "$KUBECONFIG is `/no`", "failed to read"],
    );
    check(rules(&[], home).kubeconfig("/no"), &["the file `/no` was asked for", "failed to read"]);
    write(home, ".kube/config", "kind: Other");
    check(rules(&[], home), &[no_file, "this is no pod", "there is `", "v1 Other"]);
}

#[test]
fn what_a_cluster_says_of_the_connection_is_kept() {
    let text = kubeconfig("https://x", "{as: jo, as-groups: [a]}").replace(
        "server: 'https://x'",
        "server: 'https://x', tls-server-name: y, disable-compression: true, proxy-url: 'socks5://p:1', insecure-skip-tls-verify: true",
    );
    let config = Config::from_kubeconfig_yaml(&text).unwrap();
    assert_eq!(config.tls.server_name.as_deref(), Some("y"));
    assert!(config.tls.insecure && !config.compression);
    assert_eq!(config.proxy.unwrap().as_str(), "socks5://p:1");
    let other = config.user.impersonate.unwrap();
    assert_eq!((other.user.as_str(), other.groups.as_slice()), ("jo", &["a".to_owned()][..]));
    let plain = Config::from_kubeconfig_yaml(&kubeconfig("https://x", "{}")).unwrap();
    assert!(plain.compression && !plain.tls.insecure && plain.proxy.is_none());
}

#[test]
fn a_given_token_takes_the_place_of_all_other_credentials() {
    for user in [
        "{tokenFile: /x, as: jo}",
        "{username: a, password: b}",
        "{client-certificate-data: Y2VydA==, client-key-data: a2V5, token: other}",
    ] {
        let config =
            Config::from_kubeconfig_yaml(&kubeconfig("https://x", user)).unwrap().token(TOKEN);
        assert_eq!(config.user.token.unwrap().expose_secret(), TOKEN);
        assert!(config.user.token_file.is_none() && config.user.basic.is_none());
        assert!(config.user.impersonate.is_none() && config.tls.client.is_none());
    }
}

#[test]
fn of_several_files_the_first_that_has_an_entry_wins() {
    let folder = tempfile::tempdir().unwrap();
    let first = kubeconfig("https://first", &format!("{{token: {TOKEN}}}"));
    let first = write(folder.path(), "a", &first.replace("current-context: dev\n", ""));
    let second = write(folder.path(), "b", &kubeconfig("https://second", "{token: other}"));
    let both = std::env::join_paths([&first, &second]).unwrap();
    let config = rules(&[("KUBECONFIG", both.to_str().unwrap())], folder.path()).load().unwrap();
    assert_eq!(config.server(), "https://first/");
    assert_eq!(config.user.token.unwrap().expose_secret(), TOKEN);
    assert_eq!(config.default_namespace, "shop");
}

#[test]
fn relative_paths_start_at_the_file_that_holds_them() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "pki/ca.pem", "authority");
    let text = kubeconfig("https://x", "{tokenFile: pki/token}")
        .replace("server: 'https://x'", "server: 'https://x', certificate-authority: pki/ca.pem");
    let path = write(folder.path(), "config", &text);
    let config = LoadingRules::new().kubeconfig(path).load().unwrap();
    let oidc = "{auth-provider: {name: oidc, config: {idp-issuer-url: 'https://i', client-id: c, idp-certificate-authority: pki/ca.pem}}}";
    let issuer = write(folder.path(), "issuer", &kubeconfig("https://x", oidc));
    let issuer = LoadingRules::new().kubeconfig(issuer).load().unwrap().user.oidc.unwrap();
    assert_eq!(issuer.authority.as_deref(), Some(&b"authority"[..]));
    assert_eq!(&*config.tls.authority.unwrap(), b"authority");
    assert_eq!(config.user.token_file, Some(folder.path().join("pki/token")));
    let error = Config::from_kubeconfig_yaml(&text).unwrap_err();
    assert!(story(&error).contains("relative path"), "{error:?}");
}

#[test]
fn data_wins_over_a_file_and_is_decoded() {
    let text =
        kubeconfig("https://x", "{client-certificate-data: Y2VydA==, client-key-data: a2V5}")
            .replace(
                "server: 'https://x'",
                "server: 'https://x', certificate-authority: /no, certificate-authority-data: Y2E=",
            );
    let config = Config::from_kubeconfig_yaml(&text).unwrap();
    assert_eq!(&*config.tls.authority.unwrap(), b"ca");
    let client = config.tls.client.unwrap();
    assert_eq!((&*client.certificate, client.key.expose_secret()), (&b"cert"[..], "key"));
}

/// What the error says of this file.
fn check(text: &str, parts: &[&str]) {
    let error = Config::from_kubeconfig_yaml(text).unwrap_err();
    let line = story(&error);
    for part in parts {
        assert!(line.contains(part), "`{part}` is not in: {line}");
    }
    assert!(!line.contains('\n') && !line.contains("has 1 mistakes"), "{line}");
}

#[test]
fn a_login_in_an_address_an_authority_that_is_none_and_a_cluster_of_no_clusters_are_refused() {
    check(
        "current-context: a\ncontexts: [{name: a, context: {cluster: b}}]",
        &["no cluster `b`", "it has none"],
    );
    for login in ["jane@", "jane:pw@", ":pw@"] {
        check(&kubeconfig(&format!("https://{login}x"), "{}"), &["user name or a password"]);
    }
    let oidc = "{name: oidc, config: {idp-issuer-url: 'https://x', client-id: a, idp-certificate-authority-data: '?'}}";
    check(
        &kubeconfig("https://x", &format!("{{auth-provider: {oidc}}}")),
        &["user `jane`", "`idp-certificate-authority-data` is no base64"],
    );
}

/// One row: what is done to a good file, and what the error says.
#[test]
fn every_mistake_is_one_line_that_says_where_and_what_to_do() {
    let good = kubeconfig("https://x", "{token: abc}");
    check(&good.replace("v1", "v2"), &["`v2 Config`"]);
    check(&good.replace("current-context: dev\n", ""), &["no current context", "`dev`"]);
    check(
        &good.replace("current-context: dev", "current-context: prod"),
        &["context `prod`", "`dev`"],
    );
    check(
        &good.replace("name: here", "name: there"),
        &["cluster `here`", "context `dev` names", "`there`"],
    );
    check(&good.replace("name: jane", "name: john"), &["user `jane`", "`john`"]);
    check(&good.replace("https://x", "ftp://x"), &["`ftp://x`", "`https://`"]);
    check(&good.replace("https://x", ""), &["cluster `here`", "no `server`"]);
    check(&good.replace("https://x", "https://x?a=b"), &["query"]);
    check(&format!("{good}users: []\n"), &["no valid YAML", "line"]);
    check("clusters: [{name: a}, {name: a}]", &["cluster `a`", "twice"]);
    check("", &["no current context", "no contexts at all", "add one"]);
    let user = |user: &str| kubeconfig("https://x", user);
    let v1 = "client.authentication.k8s.io/v1";
    for (exec, part) in [
        (format!("{{apiVersion: {v1}, interactiveMode: Never}}"), "no `command`"),
        ("{command: a, interactiveMode: Never}".to_owned(), "no `apiVersion`"),
        (format!("{{command: a, apiVersion: {v1}alpha1}}"), "v1alpha1`, which is not served"),
        (format!("{{command: a, apiVersion: {v1}}}"), "no `interactiveMode`"),
        (format!("{{command: a, apiVersion: {v1}, interactiveMode: Often}}"), "`Often`: use Never"),
        (format!("{{command: a, apiVersion: {v1}beta1, env: [{{value: b}}]}}"), "`exec.env`"),
    ] {
        check(&user(&format!("{{exec: {exec}}}")), &["user `jane`", part]);
    }
    for (provider, part) in [
        ("{name: oidc}", "no `idp-issuer-url`"),
        ("{name: oidc, config: {idp-issuer-url: 'ftp://x', client-id: a}}", "`https` URL"),
        ("{name: oidc, config: {idp-issuer-url: 'https://x'}}", "no `client-id`"),
        (
            "{name: oidc, config: {idp-issuer-url: 'https://x', client-id: a, idp-certificate-authority: /no}}",
            "`/no` cannot be read",
        ),
        ("{name: gcp}", "`gke-gcloud-auth-plugin`"),
        ("{name: azure, config: {}}", "`kubelogin`"),
        ("{name: openstack}", "`client-keystone-auth`"),
        ("{name: other}", "`other` exists no more: replace it by `exec`"),
    ] {
        check(&user(&format!("{{auth-provider: {provider}}}")), &["user `jane`", part]);
    }
    check(&user("{auth-provider: {name: oidc}, exec: {}}"), &["user `jane`", "keep one"]);
    check(&user("{token: a, username: b, password: c}"), &["user `jane`", "keep one"]);
    check(&user("{client-certificate-data: YQ==}"), &["user `jane`", "client-key"]);
    check(&user("{client-key-data: YQ==}"), &["user `jane`", "client-certificate"]);
    check(
        &user("{client-key-data: '?', client-certificate-data: YQ==}"),
        &["client-key-data", "base64"],
    );
    check(&user("{as-groups: [a]}"), &["`as`"]);
    check(&user("{token: [a]}"), &["user `jane`", "wrong type"]);
    check(&user("{password: 0123}"), &["user `jane`", "is quoted"]);
    let tls = |field: &str| good.replace("server: ", &format!("{field}, server: "));
    check(
        &tls("insecure-skip-tls-verify: true, certificate-authority-data: YQ=="),
        &["cluster `here`", "remove one"],
    );
    check(
        &tls("certificate-authority: /no/such"),
        &["certificate-authority", "cluster `here`", "/no/such"],
    );
    check(&tls("proxy-url: 'ftp://x'"), &["proxy-url"]);
    check(&tls("insecure-skip-tls-verify: 'true'"), &["cluster `here`", "wrong type"]);
}

#[test]
fn no_secret_is_printed() {
    let config =
        Config::from_kubeconfig_yaml(&kubeconfig("https://x", &format!("{{token: {TOKEN}}}")));
    assert!(!format!("{:?}", config.unwrap()).contains(TOKEN));
    // Broken files of which the parser would quote the token.
    for user in [
        format!("{{token: {TOKEN}, token: {TOKEN}}}"),
        format!("{{token: [{TOKEN}]}}"),
        TOKEN.to_owned(),
        format!("{{token: {TOKEN}"),
        format!("{{client-key-data: {TOKEN}!, client-certificate-data: YQ==}}"),
        format!("{{exec: {{command: x, env: [{{name: A, value: {TOKEN}}}]}}}}"),
        format!("{{auth-provider: {{name: x, config: {{id-token: {TOKEN}}}}}}}"),
    ] {
        let error = Config::from_kubeconfig_yaml(&kubeconfig("https://x", &user)).unwrap_err();
        let printed = format!("{error} {error:?} {}", error.chain());
        assert!(!printed.contains(TOKEN), "{printed}");
    }
    let text = kubeconfig(&format!("https://jane:{TOKEN}@x"), "{}");
    let error = Config::from_kubeconfig_yaml(&text).unwrap_err();
    assert!(!format!("{error:?}").contains(TOKEN), "{error:?}");
}

#[test]
fn an_alias_bomb_and_a_huge_file_are_refused() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    assert!(Config::from_kubeconfig_yaml(&bomb).is_err());
    let folder = tempfile::tempdir().unwrap();
    let good = kubeconfig("https://x", "{}");
    let padding = (16 << 20) - good.len();
    let padded = |padding: usize| format!("{good}{}", " ".repeat(padding));
    for (text, fits) in
        [(padded(padding), true), (padded(padding + 1), false), (padded(32 << 20), false)]
    {
        let path = write(folder.path(), "config", &text);
        let read = LoadingRules::new().kubeconfig(path).load().map(drop);
        for read in [read, Config::from_kubeconfig_yaml(&text).map(drop)] {
            let larger = |error: crate::error::Error| error.to_string().contains("larger");
            assert_eq!(read.map_err(larger), if fits { Ok(()) } else { Err(true) });
        }
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_or_a_device_in_the_place_of_a_file_is_refused_and_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let with = |path: &Path| {
        let text = kubeconfig(
            "https://x",
            &format!("{{client-key: {}, client-certificate: a}}", path.display()),
        );
        write(folder.path(), "config", &text)
    };
    for path in [pipe.clone(), with(&pipe), with(Path::new("/dev/zero"))] {
        let (said, heard) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            said.send(LoadingRules::new().kubeconfig(path).load().unwrap_err().chain())
        });
        let told = heard.recv_timeout(Duration::from_secs(20)).expect("it waits");
        assert!(told.contains("it is no regular file"), "{told}");
    }
}

#[test]
fn thousands_of_clusters_and_a_text_in_utf_16_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let good = kubeconfig("https://x", "{}");
    let authority = STANDARD.encode("-----BEGIN CERTIFICATE-----\n".repeat(50));
    let more: String = (0..3_000)
        .map(|place| {
            let cluster =
                format!("server: 'https://c{place}', certificate-authority-data: {authority}");
            format!("{{name: c{place}, cluster: {{{cluster}, extensions: [{{name: e}}]}}}}, ")
        })
        .collect();
    let many = good.replacen("clusters: [", &format!("clusters: [{more}"), 1);
    assert!(many.len() > 4 << 20 && many != good);
    let wide = |mark: &[u8], bytes: fn(u16) -> [u8; 2]| {
        [mark, &good.encode_utf16().flat_map(bytes).collect::<Vec<u8>>()].concat()
    };
    for text in [
        many.into_bytes(),
        wide(&[0xff, 0xfe], u16::to_le_bytes),
        wide(&[0xfe, 0xff], u16::to_be_bytes),
    ] {
        let path = folder.path().join("config");
        std::fs::write(&path, text).unwrap();
        let rules = LoadingRules::new().kubeconfig(&path);
        assert_eq!(rules.load().unwrap().server(), "https://x/");
        assert_eq!(rules.view().unwrap().to_json()["current-context"], "dev");
    }
    std::fs::write(folder.path().join("config"), b"\xff\xfea").unwrap();
    let odd = LoadingRules::new().kubeconfig(folder.path().join("config")).load().unwrap_err();
    assert!(odd.to_string().contains("not UTF-8 or"), "{odd}");
}

#[test]
fn the_rules_say_which_plugins_may_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "config", &kubeconfig("https://x", "{}"));
    let rules = LoadingRules::new().kubeconfig(path);
    assert_eq!(rules.load().unwrap().plugins.policy, PluginPolicy::AllowAll);
    let config = rules.plugins(PluginPolicy::DenyAll).load().unwrap();
    assert_eq!(config.plugins.policy, PluginPolicy::DenyAll);
}

#[test]
fn a_namespace_that_cannot_be_is_refused_when_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let good = write(home, "good", &kubeconfig("https://here", "{}"));
    let text = kubeconfig("https://here", "{}").replace("namespace: shop", "namespace: Bad_NS");
    let bad = write(home, "bad", &text);
    let rows = [
        (rules(&[], home).kubeconfig(&good).namespace("Bad_NS"), "these rules"),
        (rules(&[], home).kubeconfig(&bad), "context `dev`"),
    ];
    for (rules, place) in rows {
        let story = story(&rules.load().unwrap_err());
        for words in [place, "`Bad_NS` cannot be a namespace", "use at most 63 of a-z"] {
            assert!(story.contains(words), "`{words}` is missing in: {story}");
        }
    }
    write(home, "serviceaccount/token", "abc");
    write(home, "serviceaccount/ca.crt", "pem");
    let pod = [("KUBERNETES_SERVICE_HOST", "::1"), ("KUBERNETES_SERVICE_PORT", "443")];
    let bad_pod = [pod[0], pod[1], ("POD_NAMESPACE", "Bad_NS")];
    assert!(story(&rules(&bad_pod, home).load().unwrap_err()).contains("the pod"));
}
