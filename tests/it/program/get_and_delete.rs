//! `kube get` and `kube delete` beside kubectl, on a genuine cluster and on the embedded server.

use std::time::Duration;

use rustix::process::Pid;
use rustix::process::Signal;
use tokio::io::AsyncBufReadExt as _;
use tokio::io::BufReader;

use super::*;

/// Lines that name files of the folder that they are run with.
const WITH_FILES: &[&str] = &[
    "get -f {one}",
    "get -f {one} -o yaml",
    "get -f {one} -o name",
    "get -f {one} -f {things} --show-labels",
    "get -f {one} -A",
    "get -f {folder} -o yaml",
    "get -f {folder} -R -o name",
    "get -f {things} pods",
    "get -f missing.yaml",
    "get -f {lost}",
    "get -f {lost} -o json --ignore-not-found",
    "describe -f {things} pods",
    "delete -f {things} --dry-run=server",
    "delete -f {things} --dry-run=client -o name",
    "delete -f {things} cm --dry-run=server",
    "delete -f {folder} --dry-run=server",
    "delete -f {lost}",
    "delete -f {lost} --ignore-not-found",
];

/// Lines of `delete` that delete nothing.
const DELETES: &[&str] = &[
    "delete",
    "delete cm",
    "delete --all",
    "delete -l app=web",
    "delete cm a -l app=web --dry-run=server",
    "delete cm/a -l app=web --dry-run=server",
    "delete cm/a --all --dry-run=server",
    "delete cm a --all --dry-run=server",
    "delete cm a -A --dry-run=server",
    "delete cm --all -l app=web --dry-run=server",
    "delete cm,deploy --all --dry-run=server",
    "delete cm --all -A --dry-run=server",
    "delete cm -l app=web --dry-run=server",
    "delete cm --field-selector metadata.name=a --dry-run=server -o name",
    "delete cm a --dry-run=client",
    "delete cm nothing a --dry-run=client",
    "delete cm a --dry-run=bad",
    "delete cm a --cascade=bad --dry-run=server",
    "delete cm a --cascade=orphan --dry-run=server",
    "delete cm a --now --grace-period=5 --dry-run=server",
    "delete cm a --force --dry-run=server",
    "delete cm a -o yaml",
    "delete cm nothing",
    "delete cm nothing --ignore-not-found",
    "delete cm -l app=nothing",
    "delete cm -l app=nothing --ignore-not-found",
    "delete cm --all -n nowhere",
    "delete --raw /api/v1/namespaces/default/configmaps/a?dryRun=All",
    "delete --raw /api/v1/namespaces/default/configmaps/a?dryRun=All --force",
    "delete --raw /api/v1/namespaces/default/configmaps/nothing",
    "delete --raw /version",
    "delete --raw version",
    "delete --raw /version -o name",
];

/// Lines of `get` that print the same whoever asks.
const GETS: &[&str] = &[
    "get cm",
    "get configmap a b",
    "get cm/a secret/s",
    "get cm,secrets,deploy",
    "get cm,deploy -o wide",
    "get deploy -o wide",
    "get nodes -o wide",
    "get all",
    "get cm,deploy -A",
    "get ns -A",
    "get cm --show-labels -L tier,app",
    "get cm -l app=web --no-headers",
    "get cm --field-selector metadata.name=b",
    "get cm --chunk-size 1",
    "get cm a -o yaml",
    "get cm a -o json",
    "get cm,secrets -o yaml",
    "get deploy -o json",
    "get deploy web -o yaml --show-managed-fields",
    "get clusterroles -o yaml",
    "get cm,deploy -o name",
    "get cm -o jsonpath={.items[*].metadata.name}",
    "get deploy web -o jsonpath={.spec.template.spec.containers[0].image}",
    "get pods -n nowhere",
    "get pods -n nowhere -o yaml",
    "get pods -n nowhere -o name",
    "get pods -l app=nothing -A",
    "get pod nothing",
    "get pod nothing none",
    "get cm a nothing",
    "get pod nothing -o yaml",
    "get pod nothing --ignore-not-found",
    "get gizmo",
    "get cm/a b",
    "get cm/a/b",
    "get cm/",
    "get cm/a,secret/s",
    "get cm/a -l app=web",
    "get cm a -l app=web",
    "get cm a --field-selector metadata.name=a",
    "get cm a -A",
    "get cm/a -A",
    "get ns default -A",
    "get gizmo.example.com",
    "get pod,cm a",
    "get all -A",
    "get all -o name",
    "get cm --show-kind",
    "get cm,deploy --show-kind=false",
    "get cm -L app -L tier -A",
    "get cm -l app=web -l tier=front",
    "get cm -l tier",
    "get deploy --watch=false",
    "get cm nothing --ignore-not-found -o yaml",
    "get cm a nothing --ignore-not-found -o json",
    "get cm -n nowhere --ignore-not-found",
    "get cm -n nowhere --ignore-not-found -o json",
    "get cm a -o jsonpath-as-json={.data}",
    "get cm -o jsonpath-as-json={.items[*].metadata.name}",
    "get cm -o jsonpath",
    "get --raw /api/v1/namespaces/default/configmaps/a",
    "get --raw /api/v1/namespaces/default/configmaps?limit=1&labelSelector=app%3Dweb",
    "get --raw /api/v1/namespaces/default/pods/nothing",
    "get --raw /version -o yaml",
    "get --raw /version pods",
    "get --raw /version -w",
    "get --raw version",
    "get deploy web --subresource scale",
    "get deploy/web --subresource scale -o name",
    "get deploy web --subresource scale -o wide --show-labels",
    "get deploy web --subresource scale -o yaml",
    "get deploy web web --subresource=scale -o custom-columns=A:.metadata.name,B:.spec.replicas",
    "get deploy web --subresource status -o json",
    "get ns/default deploy/web --subresource status",
    "get ns/default deploy/web --subresource status -o name",
    "get deploy/web cm/a --subresource status",
    "get deploy web --subresource status --sort-by .metadata.name",
    "get deploy --subresource scale",
    "get deploy -l app=web --subresource status",
    "get deploy -A --subresource status",
    "get deploy web --subresource bad",
    "get cm a --subresource status",
    "get deploy nothing --subresource status --ignore-not-found",
    "get cm --sort-by=.metadata.creationTimestamp",
    "get cm --sort-by=metadata.name --no-headers",
    "get cm --sort-by={.data.number}",
    "get cm --sort-by=.metadata.resourceVersion -o yaml",
    "get cm,deploy -A --sort-by=.metadata.uid -o name",
    "get deploy -A --sort-by=.spec.replicas --show-labels -L app",
    "get cm --sort-by=.no.such -o name",
    "get cm a --sort-by=.no.such -o name",
    "get cm -n nowhere --sort-by=.no.such",
    "get cm -o custom-columns=NAME:.metadata.name,NUMBER:.data.number",
    "get cm a -o custom-columns=DATA:.data,APP:.metadata.labels.app",
    "get cm,deploy -A -o custom-columns=KIND:.kind,NAME:metadata.name,REPLICAS:{.spec.replicas} --no-headers",
    "get deploy -o custom-columns=IMAGES:.spec.template.spec.containers[*].image,TEMPLATE:.spec.template",
    "get cm -o custom-columns=NAME:.metadata.name --sort-by=.metadata.uid",
    "get pods -n nowhere -o custom-columns=NAME:.metadata.name",
    "get cm nothing -o custom-columns=NAME:.metadata.name",
    "get cm -o custom-columns=",
    "get cm -o custom-columns",
    "get cm -o custom-columns=NAME",
    "get pods,cm -w",
    "get pods nothing -w",
    "get pods --field-selector no.such=field",
    "get",
];

// kubectl is waited for while the embedded server answers it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_get_prints_is_kubectls_byte_for_byte_on_a_genuine_server_and_on_ours() {
    let Some(cluster) = RealCluster::start() else { return };
    for place in [Place::genuine(&cluster), Place::embedded().await] {
        let file = place.file("things.yaml", THINGS);
        place.done(&format!("apply -f {file}")).await;
        // What the controllers do to it is not to happen between the two.
        place.kubectl(&cluster, "rollout status deploy/web --timeout=60s");
        for line in GETS.iter().chain(DELETES) {
            place.same(&cluster, line).await;
        }
        let folder = place.folder.path().join("several");
        std::fs::create_dir_all(folder.join("deep")).unwrap();
        let one = "{ apiVersion: v1, kind: ConfigMap, metadata: { name: a } }";
        let one = place.file("several/one.yaml", one);
        let lost = "{ apiVersion: v1, kind: ConfigMap, metadata: { name: lost } }";
        let lost = place.file("lost.yaml", lost);
        place.file("several/deep/more.yml", THINGS);
        for line in WITH_FILES {
            let line = line.replace("{one}", &one).replace("{things}", &file);
            let line = line.replace("{lost}", &lost);
            place.same(&cluster, &line.replace("{folder}", &folder.display().to_string())).await;
        }
        place.gone().await;
    }
}

/// A ConfigMap that goes no sooner than somebody lets it.
const HELD: &str =
    "{ apiVersion: v1, kind: ConfigMap, metadata: { name: held, finalizers: [example.com/held] } }";

#[tokio::test]
async fn ctrl_c_ends_what_waits_with_kubectls_exit_code() {
    let Some(cluster) = RealCluster::start() else { return };
    let place = Place::genuine(&cluster);
    let held = place.file("held.yaml", HELD);
    place.done(&format!("apply -f {held}")).await;
    for line in [
        "get ns -w",
        "get ns -o name --watch-only",
        "wait --for=condition=X ns/default",
        "delete cm held",
    ] {
        let mut code = None;
        for _ in 0..ATTEMPTS {
            code = interrupted(&place, &cluster, line).await;
            if code.is_some() {
                break;
            }
        }
        assert_eq!(code, Some(place.parsed(line).unwrap().interrupted()), "{line}");
    }
    let once = place.parsed("get ns").unwrap();
    assert_eq!(once.interrupted(), 130, "it is ended as by the signal");
}

/// How kubectl ends when Ctrl-C is pressed about when it waits; none if that was too soon: the signal itself ends it before it listens for
/// that. On one that is about to listen it is lost, and pressed again.
async fn interrupted(place: &Place, cluster: &RealCluster, line: &str) -> Option<i32> {
    // What it asks the server for is told.
    let kubectl = place.kubectl_command(cluster, &format!("{line} -v=6"));
    let mut kubectl = tokio::process::Command::from(kubectl);
    let kubectl = kubectl.stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = kubectl.spawn().unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap()).lines();
    let waits = async {
        while let Some(line) = told.next_line().await.unwrap() {
            if line.contains("watch=true") {
                return;
            }
        }
        panic!("{line}: kubectl ended: {:?}", child.wait().await);
    };
    tokio::time::timeout(Duration::from_secs(60), waits).await.expect("kubectl watches");
    let process = child.id().and_then(|id| Pid::from_raw(id.cast_signed())).unwrap();
    for _ in 0..60 {
        rustix::process::kill_process(process, Signal::INT).unwrap();
        if let Ok(ended) = tokio::time::timeout(Duration::from_secs(1), child.wait()).await {
            return ended.unwrap().code();
        }
    }
    panic!("{line}: kubectl does not end")
}
