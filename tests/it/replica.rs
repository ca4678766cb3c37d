//! One process that runs an operator of many replicas, and the wire between it and the server: its name and how it is elected in, a running one out.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::ServiceAccount;
use kube_core::Error as CoreError;
use kube_core::ErrorKind;
use kube_core::Request;
use kube_core::transport::Response;
use kube_core::transport::Transport;
use kube_embedded::JournalEntry;
use kube_runtime::manager::Running;
use kube_runtime::prelude::*;
use kube_testing::Cluster;
use kube_testing::InProcess;
use serde_json::json;

/// Copies a ConfigMap's `text` to an annotation of it, with the name of the replica that did it.
#[controller(permissions(ConfigMap: patch))]
async fn copy(map: Object<ConfigMap>, client: Client, replica: State<Replica>) -> Result<Action> {
    let text = map.data.as_ref().and_then(|data| data.get("text")).cloned().unwrap_or_default();
    let done = map.annotations().get("copied").is_some_and(|copied| copied.starts_with(&text));
    if !done {
        let copied = format!("{text} by {}", replica.name);
        let change = json!({ "metadata": { "annotations": { "copied": copied } } });
        let maps = client.namespace("default").api::<ConfigMap>();
        maps.patch(map.name(), kube_core::Patch::Merge(change)).await?;
    }
    if replica.slow.load(Ordering::SeqCst) {
        std::future::pending::<()>().await;
    }
    Ok(Action::done())
}

/// One process that runs the operator, and the wire between it and the server.
#[derive(Clone)]
pub(crate) struct Replica {
    pub(crate) name: &'static str,
    election: LeaderElection,
    /// Nothing goes through any more, as after `kill -9`, or behind a broken switch.
    pub(crate) cut: Arc<AtomicBool>,
    /// Its reconciles do not end by themselves.
    pub(crate) slow: Arc<AtomicBool>,
}

struct Wire(InProcess, Arc<AtomicBool>);

impl Transport for Wire {
    fn send(&self, request: Request) -> BoxFuture<'static, kube_core::Result<Response>> {
        if self.1.load(Ordering::SeqCst) {
            return async { Err(CoreError::new(ErrorKind::Connect, "the wire is cut")) }.boxed();
        }
        self.0.send(request)
    }
}

impl Replica {
    /// One that is elected so, under its name.
    pub(crate) fn new(name: &'static str, election: LeaderElection) -> Self {
        let election = election.identity(name);
        Self { name, election, cut: Arc::default(), slow: Arc::default() }
    }

    pub(crate) fn operator(&self) -> Operator {
        Operator::new("copier")
            .state(self.clone())
            .controller(copy)
            .leader_election(self.election.clone())
    }

    /// Starts it as the operator's service account, with the generated roles.
    pub(crate) async fn start(&self, cluster: &Cluster) -> Running {
        self.run(cluster, self.operator()).await
    }

    /// The same with an operator that has more than this one's.
    pub(crate) async fn run(&self, cluster: &Cluster, operator: Operator) -> Running {
        operator.install_rbac(cluster.client(), "default").await.unwrap();
        let token = cluster.api::<ServiceAccount>().create_token("copier").await.unwrap();
        let wire = Wire(InProcess::new(cluster.server(), token.expose()), self.cut.clone());
        let client = Client::over(Arc::new(wire)).user_agent(self.name);
        operator.start(client, Shutdown::new()).await.unwrap()
    }
}

pub(crate) async fn say(cluster: &Cluster, text: &str) {
    let map = json!({ "metadata": { "name": "map" }, "data": { "text": text } });
    cluster.apply(serde_json::from_value::<ConfigMap>(map).unwrap()).await;
    cluster.settled().await;
}

pub(crate) async fn copied(cluster: &Cluster) -> String {
    let map = cluster.get::<ConfigMap>("map").await;
    map.annotations().get("copied").cloned().unwrap_or_default()
}

/// Who wrote what his controllers write, in order, each once in a row.
pub(crate) fn writers(cluster: &Cluster) -> Vec<String> {
    let ours = |entry: &&JournalEntry| {
        entry.user == "system:serviceaccount:default:copier"
            && entry.verb == "patch"
            && entry.path.contains("/configmaps/")
    };
    let mut agents: Vec<String> =
        cluster.journal().iter().filter(ours).map(|entry| entry.agent.clone()).collect();
    agents.dedup();
    agents
}
