//! The example `kube`: what it prints and how it ends, beside kubectl where there is a genuine cluster, and by itself on the embedded server.

#[path = "../../../examples/kube/program/mod.rs"]
#[expect(unreachable_pub, reason = "its user is the example `kube`")]
mod kube;

mod applying;
mod describe;
mod get_and_delete;
mod scale_and_wait;

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use clap::Parser as _;
use k8s_openapi::api::core::v1::ConfigMap;
use kube_core::Client;
use kube_core::Config;
use kube_core::Patch;
use kube_embedded::Listening;
use kube_embedded::Server;
use serde_json::Value;
use serde_json::json;

use crate::real::RealCluster;
pub(crate) use kube::Console;
pub(crate) use kube::Program;
pub(crate) use kube::Terminal;

/// How often two that print ages may come to lie on both sides of a second.
const ATTEMPTS: usize = 20;

/// What a program printed, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) code: i32,
}

/// A stream that a test reads.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stream(Arc<Mutex<Vec<u8>>>);

impl Stream {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl std::io::Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A server, and the file that leads there.
pub(crate) struct Place {
    kubeconfig: PathBuf,
    pub(crate) folder: tempfile::TempDir,
    embedded: Option<(Server, Listening)>,
}

impl Place {
    pub(crate) async fn embedded() -> Self {
        Self::serving(Server::builder().build()).await
    }

    pub(crate) async fn serving(server: Server) -> Self {
        let listening = server.listen(([127, 0, 0, 1], 0).into()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let kubeconfig = folder.path().join("config");
        // kubectl sends no token to a server without TLS.
        let address = format!("{}/.token/{}", listening.url(), server.admin_token());
        let file = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "here",
            "clusters": [{ "name": "here", "cluster": { "server": address } }],
            "users": [{ "name": "me", "user": { "token": server.admin_token() } }],
            "contexts": [
                { "name": "here", "context": { "cluster": "here", "user": "me" } },
                { "name": "there", "context": { "cluster": "here", "user": "me", "namespace": "shop" } },
            ],
        });
        std::fs::write(&kubeconfig, file.to_string()).unwrap();
        Self { kubeconfig, folder, embedded: Some((server, listening)) }
    }

    pub(crate) fn genuine(cluster: &RealCluster) -> Self {
        let (kubeconfig, folder) = (cluster.kubeconfig().to_owned(), tempfile::tempdir().unwrap());
        Self { kubeconfig, folder, embedded: None }
    }

    pub(crate) fn is_genuine(&self) -> bool {
        self.embedded.is_none()
    }

    pub(crate) async fn gone(self) {
        if let Some((_, listening)) = self.embedded {
            listening.stop().await;
        }
    }

    pub(crate) fn client(&self) -> Client {
        let rules = kube_core::config::LoadingRules::new().kubeconfig(&self.kubeconfig);
        let config: Config = rules.load().unwrap();
        Client::new(config).unwrap()
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    pub(crate) fn parsed(&self, line: &str) -> Result<Program, clap::Error> {
        let kubeconfig = self.kubeconfig.display().to_string();
        let cache = self.folder.path().join("cache").display().to_string();
        let words = ["kube", "--kubeconfig", &kubeconfig, "--cache-dir", &cache];
        Program::try_parse_from(words.into_iter().chain(line.split_whitespace()))
    }

    pub(crate) async fn kube(&self, line: &str) -> Said {
        self.kube_with(line, "").await
    }

    pub(crate) async fn kube_with(&self, line: &str, input: &str) -> Said {
        let program = match self.parsed(line) {
            Ok(program) => program,
            Err(error) => panic!("{line}: {error}"),
        };
        let (out, err) = (Stream::default(), Stream::default());
        let mut console = Console::of(out.clone(), err.clone(), input.as_bytes().to_vec());
        let code = program.run(&mut console).await;
        Said { out: out.text(), err: err.text(), code }
    }

    /// What it says while it goes well.
    pub(crate) async fn done(&self, line: &str) -> String {
        let said = self.kube(line).await;
        assert_eq!((said.err.as_str(), said.code), ("", 0), "{line}: {said:?}");
        said.out
    }

    /// kubectl, about to be run.
    pub(crate) fn kubectl_command(&self, cluster: &RealCluster, line: &str) -> Command {
        let mut command = cluster.kubectl();
        command.arg("--kubeconfig").arg(&self.kubeconfig).stdin(Stdio::null());
        command.arg("--cache-dir").arg(self.folder.path().join("cache"));
        command.args(line.split_whitespace());
        command
    }

    pub(crate) fn kubectl(&self, cluster: &RealCluster, line: &str) -> Said {
        let output = self.kubectl_command(cluster, line).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        // What the server warns of is the log's, and not these streams'.
        let err: String = text(&output.stderr)
            .lines()
            .filter(|line| !line.starts_with("Warning: v1 "))
            .map(|line| format!("{line}\n"))
            .collect();
        Said { out: text(&output.stdout), err, code: output.status.code().unwrap() }
    }

    /// Both say the same, within the same second; what they say.
    pub(crate) async fn same(&self, cluster: &RealCluster, line: &str) -> Said {
        let mut attempt = 1;
        loop {
            let (kubectl, kube) = (self.kubectl(cluster, line), self.kube(line).await);
            if kubectl == kube {
                return kube;
            }
            assert!(attempt < ATTEMPTS, "{line}\n{kubectl:#?}\n{kube:#?}");
            attempt += 1;
        }
    }
}

const THINGS: &str = r#"
apiVersion: v1
kind: ConfigMap
metadata: { name: a, labels: { app: web, tier: front } }
data:
  lines: "one\ntwo\n"
  long: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb ccccccccccccccccccccccc dddddddd"
  number: "1"
  ten10: "010"
  ten9: ".5"
  quoted: "it's: so"
  edge: " <a> & b"
  tab: "\ta"
  deep: "  two\nthree"
  time: "2026-01-01T00:00:00Z"
  nothing: ""
  mark: "\ufeffx"
---
apiVersion: v1
kind: List
items:
- { apiVersion: v1, kind: ConfigMap, metadata: { name: b }, data: { k: v } }
- { apiVersion: v1, kind: Secret, metadata: { name: s }, stringData: { password: x } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 1
  selector: { matchLabels: { app: web } }
  template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: "nginx:1" }] } }
"#;

// kubectl is waited for while the embedded server answers it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_be_done_is_told_as_kubectl_tells_it() {
    let Some(cluster) = RealCluster::start() else { return };
    let place = Place::genuine(&cluster);
    {
        for line in [
            "api-resources",
            "api-resources -o wide",
            "api-resources -o name",
            "api-resources --api-group=apps --no-headers",
            "api-resources --namespaced=false --verbs=list,get",
            "api-resources --categories=all",
            "auth whoami",
            "auth whoami -o yaml",
            "auth can-i get pods",
            "auth can-i get pods --as bob",
            "auth can-i get pods --as bob -q",
            "auth can-i get gizmos.example.com",
            "auth can-i get nodes",
            "auth can-i get /healthz",
            "auth can-i list deployments.apps -A --as bob",
            "auth can-i --list",
            "get pods --as bob",
            "get pods nothing --as bob",
            "get pods --token=bad",
            "config view",
            "config view --minify -o json",
            "config view --raw",
            "config get-contexts",
            "config get-contexts -o name",
            "config get-contexts nothing",
            "config current-context",
            "config use-context nothing",
        ] {
            place.same(&cluster, line).await;
        }
        place.gone().await;
    }
}

/// A Pod and a Deployment that a node runs.
const RUNNING: &str = r#"
{ apiVersion: v1, kind: Pod, metadata: { name: web }, spec: { containers: [{ name: web, image: none }] } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  replicas: 1
  selector: { matchLabels: { app: shop } }
  template: { metadata: { labels: { app: shop } }, spec: { containers: [{ name: shop, image: none }] } }
"#;

#[tokio::test]
async fn what_runs_is_scaled_waited_for_and_read_in_kubectls_words() {
    let Some(cluster) = RealCluster::start() else { return };
    let place = Place::genuine(&cluster);
    place.kubectl(&cluster, "wait --for=create sa/default --timeout=60s");
    let running = place.file("running.yaml", RUNNING);
    place.done(&format!("apply -f {running}")).await;
    let met = place.done("wait --for=jsonpath={.status.phase}=Running pod/web --timeout=60s").await;
    assert_eq!(met, "pod/web condition met\n");
    for line in [
        "scale deploy/shop --replicas=2",
        "scale deploy shop --replicas=3 --current-replicas=9",
        "scale deploy/shop deploy/nothing --replicas=1",
        "scale pod/web --replicas=1",
        "wait --for=condition=PodScheduled pod/web",
        "wait --for=condition=Nonsense pod/web --timeout=1s",
        "wait --for=condition=Ready pod/nothing",
        "wait --for=delete pod/nothing",
        "wait --for=delete pod/web --timeout=1s",
        "wait --for=create pod/nothing --timeout=1s",
        "wait --for=nonsense pod/web",
        "wait pod -l app=nothing --for=condition=Ready",
        "logs web",
        "logs web --tail=1 --timestamps",
        "logs nothing",
    ] {
        place.same(&cluster, line).await;
    }
}

/// Waits until a program that goes on has printed this.
pub(crate) async fn until(stream: &Stream, wanted: &str) {
    let seen = async {
        while !stream.text().contains(wanted) {
            tokio::task::yield_now().await;
        }
    };
    let within = tokio::time::timeout(Duration::from_secs(20), seen).await;
    assert!(within.is_ok(), "no {wanted:?} in {:?}", stream.text());
}

#[tokio::test]
async fn a_watch_goes_on_with_what_changes_in_the_columns_of_before() {
    let place = Place::embedded().await;
    let maps = place.client().namespace("default").api::<ConfigMap>();
    let map = |name: &str| -> ConfigMap {
        serde_json::from_value(json!({ "metadata": { "name": name } })).unwrap()
    };
    maps.create(&map("a-long-name")).await.unwrap();
    let program = place.parsed("get cm -w").unwrap();
    let (out, err) = (Stream::default(), Stream::default());
    let mut console = Console::of(out.clone(), err.clone(), Vec::new());
    let changes = async {
        until(&out, "a-long-name").await;
        maps.create(&map("b")).await.unwrap();
        until(&out, "b                  0").await;
        maps.patch("b", Patch::Merge(json!({ "data": { "k": "v" } }))).await.unwrap();
        until(&out, "b                  1").await;
    };
    tokio::select! {
        code = program.run(&mut console) => panic!("it ended with {code}: {}", err.text()),
        () = changes => {}
    }
    let lines: Vec<String> = out
        .text()
        .lines()
        .map(|line| line.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
        .collect();
    let lines: Vec<&str> =
        lines.iter().map(String::as_str).filter(|line| !line.starts_with("kube-root")).collect();
    assert_eq!(lines, ["NAME DATA", "a-long-name 0", "b 0", "b 1"], "{}", out.text());
    place.gone().await;
}

#[tokio::test]
async fn commands_do_what_they_say_without_kubectl_beside_them() {
    let place = Place::embedded().await;
    assert_eq!(place.kube("get pods").await.err, "No resources found in default namespace.\n");
    let said = place.kube_with("apply -f -", THINGS).await;
    assert_eq!(said.out.lines().count(), 4, "{said:?}");
    assert!(said.out.ends_with("deployment.apps/web serverside-applied\n"), "{said:?}");
    let table = place.done("get cm -l app=web").await;
    assert!(table.starts_with("NAME   DATA   AGE\na      12     "), "{table}");
    let numbered = place.kube("get cm,deploy --sort-by=.no.such").await;
    let lost = "couldn't find any field with path \"{.no.such}\" in the list of objects\n";
    assert_eq!((numbered.err.as_str(), numbered.code), (lost.repeat(2).as_str(), 1));
    let yaml: Value = serde_saphyr::from_str(&place.done("get cm a -o yaml").await).unwrap();
    let there = place.client().namespace("default").get::<ConfigMap>("a").await.unwrap();
    assert_eq!(yaml["data"], json!(there.data), "what is printed is what is there");
    assert_eq!(
        place.done("get cm,deploy -o name").await.lines().last(),
        Some("deployment.apps/web")
    );
    assert_eq!(place.done("config current-context").await, "here\n");
    assert_eq!(place.done("config use-context there").await, "Switched to context \"there\".\n");
    assert_eq!(place.kube("get cm").await.err, "No resources found in shop namespace.\n");
    assert_eq!(place.done("config use-context here").await, "Switched to context \"here\".\n");
    assert_eq!(place.done("auth can-i delete pods").await, "yes\n");
    assert!(place.done("api-resources").await.contains("\ndeployments "));
    assert_eq!(
        place.done("delete cm a b").await,
        "configmap \"a\" deleted from default namespace\nconfigmap \"b\" deleted from default namespace\n"
    );
    let gone = place.kube("get cm a").await;
    assert_eq!(
        (gone.err.as_str(), gone.code),
        ("Error from server (NotFound): configmaps \"a\" not found\n", 1)
    );
    let nobody = place.kube("get cm --server http://127.0.0.1:1").await;
    assert_eq!(
        nobody.err,
        "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?\n"
    );
    assert!(Path::new(&place.kubeconfig).exists());
    place.gone().await;
}
