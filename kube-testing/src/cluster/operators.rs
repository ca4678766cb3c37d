//! Operators that a test runs: each with its CRDs installed, as its own service account, and stopped with the test.

use std::sync::Arc;

use kube_core::Client;
use kube_core::DynamicObject;
use kube_core::transport::Transport;
use kube_runtime::error::Error;
use kube_runtime::manager::Running;
use kube_runtime::operator::IntoOperator;
use kube_runtime::operator::Operator;
use kube_runtime::shutdown::Shutdown;
use kube_runtime::webhook::WebhookServer;
use parking_lot::Mutex;
use serde_json::Value;

use crate::transport::InProcess;

use super::Cluster;
use super::NAMESPACE;

/// What runs now.
#[derive(Debug, Default)]
pub(super) struct Operators {
    running: Mutex<Vec<(Shutdown, Running)>>,
}

impl Cluster {
    /// Installs an operator's CRDs and roles, makes the namespaces that it keeps to, starts it as its own service account, and returns when its caches are synced.
    /// Its clock (`cx.now()`) is the server's, unless it has one of its own.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn run(&self, operator: impl IntoOperator) {
        self.run_over(operator, |own| Arc::new(own)).await;
    }

    /// The same over a wire that is made of its own.
    pub(crate) async fn run_over(
        &self,
        operator: impl IntoOperator,
        wire: impl FnOnce(InProcess) -> Arc<dyn Transport>,
    ) {
        let running = self.start(operator, wire).await;
        self.operators.running.lock().push(running);
    }

    /// As [`run_over`](Self::run_over), and whoever called has it.
    pub(crate) async fn start(
        &self,
        operator: impl IntoOperator,
        wire: impl FnOnce(InProcess) -> Arc<dyn Transport>,
    ) -> (Shutdown, Running) {
        let operator = operator.into_operator();
        let name = operator.name().to_owned();
        match self.try_start(operator, wire).await {
            Ok(running) => running,
            Err(error) => panic!("operator `{name}` did not start: {error:#}"),
        }
    }

    async fn try_start(
        &self,
        operator: Operator,
        wire: impl FnOnce(InProcess) -> Arc<dyn Transport>,
    ) -> kube_runtime::Result<(Shutdown, Running)> {
        self.asked.insert(operator.name(), operator.webhooks());
        let operator = operator.default_clock(self.clock);
        operator.install_crds(self.client()).await?;
        operator.create_namespaces(self.client()).await?;
        let operator = operator.webhook_server(WebhookServer::off());
        operator.install_rbac(self.client(), NAMESPACE).await?;
        let name = operator.name().to_owned();
        // A Pod's token is renewed; this one is good for as long as any test lasts.
        let token = self.server().service_account_token(NAMESPACE, operator.name());
        let token = token.ok_or_else(|| Error::msg("the account that was just made is gone"))?;
        let transport = wire(InProcess::new(self.server(), token));
        let client = Client::over(transport).with_default_namespace(NAMESPACE);
        let shutdown = Shutdown::new();
        let told = operator.webhook_configurations(NAMESPACE)?;
        let running = operator.start(client, shutdown.clone()).await?;
        self.asked.insert(&name, running.webhooks());
        self.tell(&told).await?;
        Ok((shutdown, running))
    }

    /// Tells the server of webhooks that are there now.
    async fn tell(&self, configurations: &[Value]) -> kube_runtime::Result<()> {
        for configuration in configurations {
            let object: DynamicObject = serde_json::from_value(configuration.clone())?;
            let api = self.client().dynamic_kind(&object.api_version, &object.kind);
            api.apply(&object).field_manager("test").force(true).await?;
        }
        Ok(())
    }

    /// What the operators that run count, in Prometheus' text format.
    #[must_use]
    pub fn metrics(&self) -> String {
        let running = self.operators.running.lock();
        running.iter().map(|(_, running)| running.metrics()).collect()
    }

    /// Stops all operators in order, as a signal does; the cluster goes on.
    ///
    /// # Panics
    /// When one of them ended with an error.
    pub async fn stop(&self) {
        let all = std::mem::take(&mut *self.operators.running.lock());
        all.iter().for_each(|(shutdown, _)| shutdown.begin());
        self.asked.clear();
        for (_, running) in all {
            if let Err(error) = running.stopped().await {
                panic!("an operator ended with an error: {error:#}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;
    use k8s_openapi::api::core::v1::ConfigMap;
    use kube_runtime::prelude::*;
    use parking_lot::Mutex;

    use crate::cluster::Cluster;
    use crate::run::run;

    /// When objects were made, and when that was seen.
    type Seen = Arc<Mutex<Vec<(Timestamp, Timestamp)>>>;

    #[controller]
    async fn look(map: Object<ConfigMap>, cx: Cx<ConfigMap>, seen: State<Seen>) -> Result<Action> {
        let made = map.metadata.creation_timestamp.as_ref().map(|time| time.0);
        seen.lock().push((made.unwrap_or_default(), cx.now()));
        Ok(Action::done())
    }

    #[test]
    fn an_operator_and_its_server_have_the_same_time() {
        run("time", async |cluster: Cluster| {
            let seen = Seen::default();
            cluster.run(Operator::new("look").state(seen.clone()).controller(look)).await;
            cluster.advance("1h").await;
            let metadata = ObjectMeta { name: Some("a".to_owned()), ..ObjectMeta::default() };
            seen.lock().clear();
            cluster.create(&ConfigMap { metadata, ..ConfigMap::default() }).await;
            cluster.settled().await;
            let seen = seen.lock().clone();
            assert!(!seen.is_empty());
            assert!(seen.iter().all(|(made, seen)| made == seen), "{seen:?}");
        });
    }
}
