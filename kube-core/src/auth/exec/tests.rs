//! The promises of credential plugins, each of which is a small script that is really run.

use std::path::Path;

use http::header::AUTHORIZATION;
use http::header::HeaderMap;
use serde_json::json;

use super::*;
use crate::auth::Credentials;
use crate::config::LoadingRules;
use crate::config::PluginPolicy;
use crate::error::Result;

const V1: &str = "client.authentication.k8s.io/v1";
const CANARY: &str = "c4nary";

/// A kubeconfig whose user gets credentials from this script.
struct Place(tempfile::TempDir);

impl Place {
    fn new(script: &str) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.write("plugin.sh", script);
        place.kubeconfig("");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Lines that the script has added to a file of this name.
    fn lines(&self, name: &str) -> usize {
        std::fs::read_to_string(self.path(name)).unwrap_or_default().lines().count()
    }

    /// `more` stands in the `exec` entry, and wins there.
    fn kubeconfig(&self, more: &str) {
        let script = self.path("plugin.sh");
        let mut exec = json!({
            "apiVersion": V1, "command": "sh", "args": [script, "an argument"], "interactiveMode": "Never",
            "env": [{ "name": "FOLDER", "value": self.0.path() }],
        });
        let more: serde_json::Value = serde_saphyr::from_str(more).unwrap_or_default();
        for (key, value) in more.as_object().into_iter().flatten() {
            exec[key] = value.clone();
        }
        let said = json!([
            { "name": "for-others", "extension": { "audience": "others" } },
            { "name": TO_PLUGINS, "extension": { "audience": "x" } },
        ]);
        let cluster = json!({ "server": "https://here:6443", "certificate-authority": "ca.pem", "extensions": said });
        let kubeconfig = json!({
            "current-context": "dev",
            "contexts": [{ "name": "dev", "context": { "cluster": "here", "user": "jane" } }],
            "clusters": [{ "name": "here", "cluster": cluster }],
            "users": [{ "name": "jane", "user": { "exec": exec } }],
        });
        self.write("ca.pem", "authority");
        self.write("config", &kubeconfig.to_string());
    }

    fn config(&self) -> Config {
        LoadingRules::new().kubeconfig(self.path("config")).load().unwrap()
    }

    fn credentials(&self) -> Credentials {
        Credentials::of(&self.config()).unwrap()
    }
}

const TO_PLUGINS: &str = "client.authentication.k8s.io/exec";

/// A script that counts its runs and prints a token with their number.
fn counting(expires: &str) -> String {
    format!(
        "echo run >> $FOLDER/runs; n=$(wc -l < $FOLDER/runs)\n\
         echo '{{\"apiVersion\":\"{V1}\",\"kind\":\"ExecCredential\",\"status\":{{{expires}\"token\":\"t'$((n))'\"}}}}'"
    )
}

async fn sent(credentials: &Credentials) -> Result<String> {
    let mut headers = HeaderMap::new();
    let proof = credentials.proof().await?;
    credentials.authorize(&mut headers, &proof);
    Ok(headers[AUTHORIZATION].to_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_plugin_runs_once_for_many_requests_and_once_more_when_the_server_refuses() {
    let place = Place::new(&counting(""));
    let credentials = place.credentials();
    let many = futures::future::join_all((0..50).map(|_| sent(&credentials))).await;
    assert!(many.into_iter().all(|sent| sent.unwrap() == "Bearer t1"));
    assert_eq!(place.lines("runs"), 1);

    let proof = credentials.proof().await.unwrap();
    assert!((0..50).all(|_| credentials.refused(&proof)));
    let many = futures::future::join_all((0..50).map(|_| sent(&credentials))).await;
    assert!(many.into_iter().all(|sent| sent.unwrap() == "Bearer t2"));
    // What was just brought is refused as well: that is the answer, and no reason to run it for ever.
    assert!(!credentials.refused(&credentials.proof().await.unwrap()));
    assert_eq!(sent(&credentials).await.unwrap(), "Bearer t2");
    assert_eq!(place.lines("runs"), 2);
}

#[tokio::test]
async fn a_credential_is_kept_until_the_time_that_the_plugin_says() {
    for (expires, second) in
        [("2001-01-01T00:00:00Z", "Bearer t2"), ("2999-01-01T00:00:00Z", "Bearer t1")]
    {
        let place = Place::new(&counting(&format!("\"expirationTimestamp\":\"{expires}\",")));
        let credentials = place.credentials();
        assert_eq!(sent(&credentials).await.unwrap(), "Bearer t1");
        assert_eq!(sent(&credentials).await.unwrap(), second, "{expires}");
    }
}

#[tokio::test]
async fn a_request_that_says_who_sends_it_runs_no_plugin_nor_does_a_given_token_or_certificate() {
    let place = Place::new(&counting(""));
    let credentials = Credentials::of(&place.config().token("own")).unwrap();
    assert_eq!(sent(&credentials).await.unwrap(), "Bearer own");
    let mut config = place.config();
    config.tls.client = config.clone().client_certificate("a certificate", "its key").tls.client;
    let credentials = Credentials::of(&config).unwrap();
    assert!(
        credentials.proof().await.unwrap() == crate::auth::Proof::default()
            && !credentials.has_secret()
    );
    assert_eq!(place.lines("runs"), 0);
}

#[tokio::test]
async fn a_plugin_is_told_of_the_cluster_and_gets_its_arguments_and_environment() {
    let place = Place::new(&format!(
        "printf %s \"$KUBERNETES_EXEC_INFO\" > $FOLDER/info; printf %s \"$1 $OWN $HOME\" > $FOLDER/said; {}",
        counting("")
    ));
    let said = |name: &str| std::fs::read_to_string(place.path(name)).unwrap();
    place.kubeconfig(
        "env: [{name: FOLDER, value: a}, {name: OWN, value: b}, {name: HOME, value: c}]",
    );
    let text =
        said("config").replace("\"value\":\"a\"", &format!("\"value\":{:?}", place.0.path()));
    place.write("config", &text);
    sent(&place.credentials()).await.unwrap();
    assert_eq!(said("said"), "an argument b c");
    assert_eq!(
        said("info"),
        format!(
            r#"{{"kind":"ExecCredential","apiVersion":"{V1}","spec":{{"interactive":false}}}}"#
        )
    );
    place.kubeconfig("provideClusterInfo: true");
    sent(&place.credentials()).await.unwrap();
    let cluster = r#"{"server":"https://here:6443","certificate-authority-data":"YXV0aG9yaXR5","config":{"audience":"x"}}"#;
    assert_eq!(
        said("info"),
        format!(
            r#"{{"kind":"ExecCredential","apiVersion":"{V1}","spec":{{"cluster":{cluster},"interactive":false}}}}"#
        )
    );
    // What a plugin that uses this library makes of it.
    let info = ExecInfo::parse(&said("info")).unwrap();
    let config = info.cluster.unwrap().config().unwrap();
    assert_eq!(&*config.tls.authority.unwrap(), b"authority");
    assert_eq!(config.server.as_str(), "https://here:6443/");
}

#[tokio::test]
async fn both_versions_are_spoken_and_yaml_is_understood() {
    let place = Place::new(&counting("").replace("/v1", "/v1beta1"));
    place.kubeconfig(&format!("{{apiVersion: {V1}beta1, interactiveMode: null}}"));
    assert_eq!(sent(&place.credentials()).await.unwrap(), "Bearer t1");
    place.write(
        "plugin.sh",
        &format!("echo 'apiVersion: {V1}beta1\nkind: ExecCredential\nstatus: {{token: y}}'"),
    );
    assert_eq!(sent(&place.credentials()).await.unwrap(), "Bearer y");
}

/// One row: what the script does, what stands in the entry, and what the error says.
#[tokio::test]
async fn every_failure_says_which_user_of_which_file_which_plugin_and_what_to_do() {
    let status = |status: &str| {
        format!("echo '{{\"apiVersion\":\"{V1}\",\"kind\":\"ExecCredential\",{status}}}'")
    };
    let rows = [
        (
            "echo no such account >&2; echo try harder >&2; exit 3".to_owned(),
            "",
            "exit status: 3 and said: no such account; try harder",
        ),
        ("exit 1".to_owned(), "", "said nothing; run it by hand"),
        ("seq 100000 >&2; exit 1".to_owned(), "", "99999; 100000"),
        (String::new(), "", "it printed nothing"),
        (format!("echo {CANARY}"), "", "no ExecCredential in JSON"),
        (format!("echo '{{\"token\": \"{CANARY}\"}}'"), "", "no ExecCredential in JSON"),
        (
            status(&format!("\"status\":{{\"token\":[\"{CANARY}\"]}}")),
            "",
            "no ExecCredential in JSON",
        ),
        (status("\"spec\":{}"), "", "no `status`"),
        (status("\"status\":{}"), "", "neither a token nor"),
        (status(&format!("\"status\":{{\"token\":\"{CANARY}\\\\n\"}}")), "", "line break"),
        (
            status(&format!("\"status\":{{\"clientKeyData\":\"{CANARY}\"}}")),
            "",
            "without `clientCertificateData`",
        ),
        (
            status(&format!("\"status\":{{\"clientCertificateData\":\"{CANARY}\"}}")),
            "",
            "without `clientKeyData`",
        ),
        (
            status(&format!(
                "\"status\":{{\"clientCertificateData\":\"a\",\"clientKeyData\":\"{CANARY}\"}}"
            )),
            "",
            "no PEM certificate",
        ),
        (
            status("\"status\":{\"token\":\"a\"}").replace("/v1", "/v1beta1"),
            "",
            "v1beta1` and `exec.apiVersion` is",
        ),
        (format!("yes {CANARY}"), "", "more than 1048576 bytes"),
        (
            String::new(),
            "{command: there-is-no-such-plugin, installHint: \"get it:\\n  brew install it\"}",
            "get it:; brew install it",
        ),
        (String::new(), "command: ./no/such/plugin", "no such program that may be run"),
    ];
    for (script, more, part) in rows {
        let place = Place::new(&script);
        place.kubeconfig(more);
        let error = sent(&place.credentials()).await.unwrap_err();
        let line = error.chain();
        assert!(line.contains(part), "`{part}` is not in: {line}");
        let from = format!(
            "user `jane` of kubeconfig `{}` from the plugin `",
            place.path("config").display()
        );
        assert!(line.contains(&from) && !line.contains('\n') && line.len() < 2000, "{line}");
        assert!(!format!("{error:?} {line}").contains(CANARY), "{error:?}");
    }
}

#[tokio::test]
async fn a_failure_is_the_answer_for_a_while_and_the_plugin_does_not_run_again_at_once() {
    let place = Place::new("echo run >> $FOLDER/runs; exit 1");
    let credentials = place.credentials();
    for _ in 0..20 {
        assert!(sent(&credentials).await.is_err());
    }
    assert_eq!(place.lines("runs"), 1);
}

#[tokio::test]
async fn a_plugin_that_does_not_end_is_stopped_at_its_limit_of_time() {
    let place = Place::new("echo $$ > $FOLDER/pid; exec sleep 1000");
    let config = place.config().plugin_timeout(Duration::from_millis(500));
    let error = sent(&Credentials::of(&config).unwrap()).await.unwrap_err();
    assert!(error.chain().contains("stopped after 0.5 s: see whether it waits"), "{error:?}");
    let pid = std::fs::read_to_string(place.path("pid")).unwrap();
    let proc = Path::new("/proc").join(pid.trim());
    let gone = async {
        while std::fs::read_to_string(proc.join("stat")).is_ok_and(|stat| !stat.contains(") Z")) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await.expect("it still runs");
}

#[tokio::test]
async fn a_plugin_that_the_policy_does_not_name_is_not_run() {
    let place = Place::new(&counting(""));
    let with = |policy: PluginPolicy| Credentials::of(&place.config().plugins(policy));
    for policy in [PluginPolicy::DenyAll, PluginPolicy::only(["aws"]), PluginPolicy::only([""; 0])]
    {
        let line = with(policy).unwrap_err().chain();
        assert!(line.contains("user `jane`") && line.contains("the plugin `sh`"), "{line}");
    }
    // A text may come from anywhere.
    let text = std::fs::read_to_string(place.path("config")).unwrap();
    let text = text.replace("\"ca.pem\"", &format!("{:?}", place.path("ca.pem")));
    let config = Config::from_kubeconfig_yaml(&text).unwrap();
    let line = Credentials::of(&config).unwrap_err().chain();
    assert!(line.contains("lets no plugin run: allow it with `PluginPolicy`"), "{line}");
    assert_eq!(place.lines("runs"), 0);
    for policy in [PluginPolicy::only(["sh"]), PluginPolicy::AllowAll] {
        assert!(sent(&with(policy).unwrap()).await.is_ok());
    }
    assert!(sent(&Credentials::of(&config.plugins(PluginPolicy::AllowAll)).unwrap()).await.is_ok());
}

#[tokio::test]
async fn a_command_that_is_a_path_starts_at_the_file_that_holds_it() {
    let place = Place::new("");
    std::os::unix::fs::symlink("/bin/sh", place.path("shell")).unwrap();
    place.write("plugin.sh", &counting(""));
    place.kubeconfig("command: ./shell");
    assert_eq!(sent(&place.credentials()).await.unwrap(), "Bearer t1");
}

#[test]
fn standard_input_is_handed_over_where_the_mode_and_the_terminal_allow_it() {
    use Interactive::{Always, IfAvailable, Never};
    let taken = Some("it is read as a file");
    for (mode, terminal, taken, expected) in [
        (Never, true, None, Ok(false)),
        (Never, false, taken, Ok(false)),
        (IfAvailable, true, None, Ok(true)),
        (IfAvailable, false, None, Ok(false)),
        (IfAvailable, true, taken, Ok(false)),
        (Always, true, None, Ok(true)),
        (Always, false, None, Err("is no terminal")),
        (Always, true, taken, Err("is taken: it is read as a file")),
    ] {
        let told = interactive(mode, terminal, taken);
        match (&told, expected) {
            (Ok(told), Ok(expected)) => {
                assert_eq!(*told, expected, "{mode:?} {terminal} {taken:?}")
            }
            (Err(told), Err(part)) => assert!(told.contains(part), "{told}"),
            _ => panic!("{mode:?} {terminal} {taken:?}: {told:?}"),
        }
    }
}

#[test]
fn no_secret_of_a_plugin_is_printed() {
    let place = Place::new("");
    place.kubeconfig(&format!("{{args: [{CANARY}], env: [{{name: A, value: {CANARY}}}]}}"));
    let config = place.config();
    assert!(!format!("{config:?}").contains(CANARY), "{config:?}");
    let printed = format!("{:?}", crate::plugin::ExecCredential::token(CANARY));
    assert!(!printed.contains(CANARY), "{printed}");
}

/// Writes down what came of each run.
#[derive(Default)]
struct Runs(parking_lot::Mutex<Vec<(String, PluginOutcome)>>);

impl crate::config::CredentialObserver for Runs {
    fn plugin(&self, run: &PluginRun<'_>) {
        self.0.lock().push((run.command.to_owned(), run.outcome));
    }
}

#[tokio::test]
async fn who_counts_runs_of_plugins_hears_what_came_of_each() {
    let runs = Arc::new(Runs::default());
    let run = async |script: &str, more: &str| {
        let place = Place::new(script);
        place.kubeconfig(more);
        let config = place.config().observed_by(Arc::<Runs>::clone(&runs));
        let _ = sent(&Credentials::of(&config).unwrap()).await;
    };
    run(&counting(""), "").await;
    run("exit 1", "").await;
    run("echo nonsense", "").await;
    run("", "command: no-such-plugin").await;
    let expected = [
        ("sh", PluginOutcome::Brought),
        ("sh", PluginOutcome::Failed),
        ("sh", PluginOutcome::Failed),
        ("no-such-plugin", PluginOutcome::NotFound),
    ];
    assert_eq!(*runs.0.lock(), expected.map(|(name, outcome)| (name.to_owned(), outcome)));
}
