//! The apply types beside a genuine Kubernetes, whose kubeconfig is in $KUBECONFIG: `scripts/real-cluster cargo test -p kube-apply ..`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod generate;
#[cfg(feature = "all")]
mod owned;
#[cfg(feature = "all")]
mod rows;

use kube_core::Client;
use kube_core::Config;
use kube_core::config::LoadingRules;

/// Its administrator.
fn client() -> Client {
    let file = std::env::var_os("KUBECONFIG").expect("$KUBECONFIG names a cluster");
    let config: Config = LoadingRules::new().kubeconfig(file).load().unwrap();
    Client::new(config).unwrap().with_field_manager("kube-apply-test")
}

/// All that the server says of its own kinds.
async fn documents() -> Vec<serde_json::Value> {
    let told = client().open_api();
    let mut documents = Vec::new();
    for version in told.group_versions().await.unwrap() {
        documents.push(told.document(&version).await.unwrap().as_json().clone());
    }
    documents
}
