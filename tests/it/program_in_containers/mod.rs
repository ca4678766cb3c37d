//! The example `kube` in containers: beside kubectl on a genuine cluster, whose nodes are kwok's.
//!
//! kwok runs commands on this machine and tells exit codes in words only; it never tells a command that its input has ended, so that copying to a
//! container is tested in kube-core, and exit codes against a node of our own.

mod logs;
mod processes;
mod ports;
mod files;

use std::future::Future;

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

/// The servers whose nodes run all of them by now; a genuine cluster has kubectl for any.
async fn running() -> Option<(RealCluster, Vec<Place>)> {
    let cluster = RealCluster::start()?;
    let places = vec![Place::genuine(&cluster)];
    for place in &places {
        let file = place.file("running.yaml", RUNNING);
        for line in [
            "wait --for=create sa/default --timeout=60s",
            &format!("apply -f {file}"),
            "wait --for=condition=Ready pod/web pod/two pod/chosen pod/lost --timeout=60s",
            "wait --for=condition=Complete job/task --timeout=60s",
            "rollout status deploy/shop --timeout=60s",
        ] {
            let said = place.kubectl(&cluster, line);
            assert_eq!(said.code, 0, "{line}: {said:?}");
        }
    }
    Some((cluster, places))
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
