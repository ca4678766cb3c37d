//! The example `kube` in containers: beside kubectl on a genuine cluster, whose nodes are kwok's, and on the embedded server.
//!
//! kwok runs commands on this machine, tells exit codes in words only, and never tells a command that its input has ended: what needs that is tested
//! on the embedded server, of which `kubectl` is the other client.

mod logs;
mod processes;
mod ports;
mod files;

use std::future::Future;
use std::io;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use kube_embedded::Containers;
use kube_embedded::Server;
use kube_embedded::ThisMachine;
use kube_embedded::container::Container;
use kube_embedded::container::Log;
use kube_embedded::container::Process;
use tokio::io::AsyncWriteExt as _;
use tokio::io::DuplexStream;

use crate::program::Console;
use crate::program::Place;
use crate::program::Stream;
use crate::real::RealCluster;

/// Pods with one container, several, a default, a wrong default; what has Pods, and what has none.
const RUNNING: &str = r#"
apiVersion: v1
kind: Pod
metadata: { name: web, labels: { set: x } }
spec:
  containers:
  - { name: web, image: none, ports: [{ name: http, containerPort: 8080 }, { name: dns, containerPort: 53, protocol: UDP }] }
---
apiVersion: v1
kind: Pod
metadata: { name: two, labels: { set: x } }
spec:
  initContainers: [{ name: first, image: none }]
  containers: [{ name: a, image: none }, { name: b, image: none }]
---
apiVersion: v1
kind: Pod
metadata: { name: chosen, annotations: { kubectl.kubernetes.io/default-container: b } }
spec: { containers: [{ name: a, image: none }, { name: b, image: none }] }
---
apiVersion: v1
kind: Pod
metadata: { name: lost, annotations: { kubectl.kubernetes.io/default-container: c } }
spec: { containers: [{ name: a, image: none }, { name: b, image: none }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  replicas: 2
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec: { containers: [{ name: shop, image: none, ports: [{ name: web, containerPort: 8080 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: shop }
spec:
  selector: { app: shop }
  ports:
  - { name: http, port: 80, targetPort: web }
  - { name: raw, port: 81, targetPort: 9090 }
  - { name: lost, port: 83, targetPort: nothing }
---
{ apiVersion: v1, kind: Service, metadata: { name: none }, spec: { ports: [{ port: 80 }] } }
---
apiVersion: batch/v1
kind: Job
metadata: { name: task }
spec: { template: { spec: { restartPolicy: Never, containers: [{ name: task, image: none }] } } }
"#;

/// What a cluster makes of the Deployment above: the embedded server, whose Deployments have no Pods, is given them.
const SHOPS: &str = r#"
apiVersion: v1
kind: Pod
metadata: { name: shop-a, labels: { app: shop } }
spec: { containers: [{ name: shop, image: none, ports: [{ name: web, containerPort: 8080 }] }] }
---
apiVersion: v1
kind: Pod
metadata: { name: shop-b, labels: { app: shop } }
spec: { containers: [{ name: shop, image: none, ports: [{ name: web, containerPort: 8080 }] }] }
"#;

/// Containers as kwok's: their logs have two lines, their commands run on this machine, their ports echo.
#[derive(Debug)]
struct Talking(Log);

impl Containers for Talking {
    fn log(&self, _: &Container) -> Log {
        self.0.clone()
    }

    fn exec(&self, container: &Container, process: Process) -> BoxFuture<'static, io::Result<i32>> {
        ThisMachine.exec(container, process)
    }

    fn connect(
        &self,
        _: &str,
        _: &str,
        _: u16,
        connection: DuplexStream,
    ) -> BoxFuture<'static, io::Result<()>> {
        let (mut read, mut write) = tokio::io::split(connection);
        async move {
            tokio::io::copy(&mut read, &mut write).await?;
            write.shutdown().await
        }
        .boxed()
    }
}

/// The embedded server with such containers.
async fn embedded() -> Place {
    let log = Log::default();
    log.write("2026-01-01T00:00:00.000000001Z".parse().unwrap(), "first line");
    log.write("2026-01-01T00:00:01.000000001Z".parse().unwrap(), "second line");
    Place::serving(Server::builder().containers(Talking(log)).build()).await
}

/// The servers whose nodes run all of them by now; a genuine cluster has kubectl for any.
async fn running() -> Option<(RealCluster, Vec<Place>)> {
    let cluster = RealCluster::start()?;
    let places = vec![Place::genuine(&cluster), embedded().await];
    for place in &places {
        let shops = if place.is_genuine() { "" } else { SHOPS };
        let file = place.file("running.yaml", &format!("{RUNNING}---{shops}"));
        for line in [
            "wait --for=create sa/default --timeout=60s",
            &format!("apply -f {file}"),
            "wait --for=condition=Ready pod/web pod/two pod/chosen pod/lost --timeout=60s",
            "wait --for=condition=Complete job/task --timeout=60s",
            "rollout status deploy/shop --timeout=60s",
            "wait --for=condition=Ready pod -l app=shop --timeout=60s",
        ] {
            let said = place.kubectl(&cluster, line);
            assert_eq!(said.code, 0, "{line}: {said:?}");
        }
    }
    Some((cluster, places))
}

/// Each line prints the same, whoever is asked. The embedded server's Jobs have no Pods.
async fn same(cluster: &RealCluster, place: &Place, lines: &[&str]) {
    for line in lines.iter().filter(|line| place.is_genuine() || !line.contains("job/task")) {
        place.same(cluster, line).await;
    }
}

/// Runs `kube` until this is done.
async fn beside(place: &Place, line: &str, console: &mut Console, what: impl Future<Output = ()>) {
    let program = place.parsed(line).unwrap();
    tokio::select! {
        code = program.run(console) => panic!("{line} ended with {code}"),
        () = what => {}
    }
}

fn streams() -> (Stream, Stream, Console) {
    let (out, err) = (Stream::default(), Stream::default());
    let console = Console::of(out.clone(), err.clone(), Vec::new());
    (out, err, console)
}
