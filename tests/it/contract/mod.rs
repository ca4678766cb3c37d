//! The contract of an informer, checked from outside: our informer keeps it whatever happens, and one that does not is found out.

mod mutants;
mod simulation;

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use kube_core::Api;
use kube_core::Client;
use kube_core::Patch;
use kube_embedded::Server;
use kube_runtime::flow::Cached;
use kube_runtime::flow::Key;
use kube_runtime::informer::InformerHandle;
use kube_runtime::informer::Informers;
use kube_testing::InProcess;
use kube_testing::contract::Broken;
use kube_testing::contract::Journal;
use serde_json::json;

/// Who writes, and writes down what the server made of it.
struct Writer {
    api: Api<ConfigMap>,
    journal: Journal,
    count: usize,
}

impl Writer {
    fn to(server: &Server) -> Self {
        let api = client(server).namespace("default").api();
        Self { api, journal: Journal::default(), count: 0 }
    }

    async fn create(&mut self, name: &str, colour: &str) {
        let labels = json!({ "colour": colour });
        let object =
            json!({ "metadata": { "name": name, "namespace": "default", "labels": labels } });
        let object: ConfigMap = serde_json::from_value(object).unwrap();
        self.journal.wrote(&self.api.create(&object).await.unwrap());
    }

    async fn change(&mut self, name: &str, colour: &str) {
        self.count += 1;
        let change = json!({ "metadata": { "labels": { "colour": colour } }, "data": { "n": self.count.to_string() } });
        self.journal.wrote(&self.api.patch(name, Patch::Merge(change)).await.unwrap());
    }

    async fn delete(&mut self, name: &str) {
        self.api.delete(name).await.unwrap();
        self.journal.deleted(&key(name));
    }
}

fn client(server: &Server) -> Client {
    Client::over(Arc::new(InProcess::new(server, server.admin_token())))
}

fn key(name: &str) -> Key {
    Key::namespaced("default", name)
}

/// What a writer writes, and nothing that the server makes by itself.
fn coloured(informers: &Informers) -> InformerHandle<ConfigMap> {
    informers.clone().namespace("default").labels("colour".parse().unwrap()).of()
}

/// The index that is looked at.
fn by_colour(map: &ConfigMap) -> Option<String> {
    map.metadata.labels.as_ref()?.get("colour").cloned()
}

fn is_red(cached: &Cached) -> bool {
    cached.labels().get("colour").is_some_and(|colour| colour == "red")
}

#[expect(clippy::disallowed_methods, reason = "the clock is paused")]
async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
}

fn show(broken: &[Broken]) -> String {
    broken.iter().map(|broken| format!("\n{broken}")).collect()
}
