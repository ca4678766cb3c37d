//! Operators that a test runs: each with its CRDs installed, as its own service account, and stopped with the test.

use std::sync::Arc;

use k8s_openapi::api::core::v1::ServiceAccount;
use kube_core::Client;
use kube_runtime::manager::Running;
use kube_runtime::operator::IntoOperator;
use kube_runtime::shutdown::Shutdown;
use parking_lot::Mutex;

use crate::transport::InProcess;

use super::Cluster;
use super::NAMESPACE;

/// What runs now.
#[derive(Debug, Default)]
pub(super) struct Operators {
    running: Mutex<Vec<(Shutdown, Running)>>,
}

impl Cluster {
    /// Installs an operator's CRDs and role, starts it as its own service account, and returns when its caches are synced.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn run(&self, operator: impl IntoOperator) {
        let operator = operator.into_operator();
        let name = operator.name().to_owned();
        let started = async {
            operator.install_crds(self.client()).await?;
            operator.install_rbac(self.client(), NAMESPACE).await?;
            let token = self.client().namespace(NAMESPACE).api::<ServiceAccount>().create_token(&*name).await?;
            let client = Client::over(Arc::new(InProcess::new(self.server(), token.expose())));
            let shutdown = Shutdown::new();
            let running = operator.start(client.with_default_namespace(NAMESPACE), shutdown.clone()).await?;
            kube_runtime::Result::Ok((shutdown, running))
        };
        match started.await {
            Ok(running) => self.operators.running.lock().push(running),
            Err(error) => panic!("operator `{name}` did not start: {error:#}"),
        }
    }

    /// Stops all operators in order, as a signal does; the cluster goes on.
    ///
    /// # Panics
    /// When one of them ended with an error.
    pub async fn stop(&self) {
        let all = std::mem::take(&mut *self.operators.running.lock());
        all.iter().for_each(|(shutdown, _)| shutdown.begin());
        for (_, running) in all {
            if let Err(error) = running.stopped().await {
                panic!("an operator ended with an error: {error:#}");
            }
        }
    }
}
