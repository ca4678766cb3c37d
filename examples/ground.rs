//! Where an example runs: the embedded API server, or with `-- --cluster` the cluster of the kubeconfig; in a namespace of its own, its operator
//! as its own service account with its generated role.

use std::net::Ipv4Addr;

use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::api::core::v1::ServiceAccount;
use k8s_openapi::api::rbac::v1::ClusterRole;
use k8s_openapi::api::rbac::v1::ClusterRoleBinding;
use kube_embedded::Https;
use kube_embedded::Listening;
use kube_embedded::Server;
use kube_runtime::core::Config;
use kube_runtime::core::config::LoadingRules;
use kube_runtime::prelude::*;
use kube_testing::Grants;
use tracing::info;
use tracing_subscriber::fmt::time::uptime;

/// A server, its administrator's client, and a namespace there.
#[derive(Debug)]
pub struct Ground {
    pub client: Client,
    pub namespace: String,
    config: Config,
    embedded: Option<(Server, Listening)>,
}

/// As whom an operator runs.
#[derive(Debug)]
#[allow(dead_code, reason = "not every example has an operator")]
pub struct Account {
    pub client: Client,
    operator: String,
    grants: Grants,
}

impl Ground {
    /// Connects, and makes the namespace. From here on the log tells what happens.
    pub async fn of(example: &str) -> anyhow::Result<Self> {
        tracing_subscriber::fmt().with_timer(uptime()).with_target(false).compact().init();
        let cluster = std::env::args().any(|argument| argument == "--cluster");
        let (config, embedded) = if cluster {
            (LoadingRules::new().load()?, None)
        } else {
            let server = Server::builder().outbound(Https::new()).build();
            let listening = server.listen((Ipv4Addr::LOCALHOST, 0).into()).await?;
            let config = Config::new(&listening.url())?.token(server.admin_token());
            (config, Some((server, listening)))
        };
        let client = Client::new(config.clone())?;
        let namespace = format!("{example}-example-{}", std::process::id());
        let metadata = ObjectMeta { name: Some(namespace.clone()), ..ObjectMeta::default() };
        client.cluster().create(&Namespace { metadata, ..Namespace::default() }).await?;
        info!(
            "{} on namespace {namespace}",
            if cluster { "a cluster" } else { "an embedded server" }
        );
        Ok(Self { client, namespace, config, embedded })
    }

    /// Installs the operator's kinds and roles, and logs in as its service account.
    #[allow(dead_code, reason = "not every example has an operator")]
    pub async fn account<A: Send + Sync + 'static>(
        &self,
        operator: &Operator<A>,
    ) -> anyhow::Result<Account> {
        operator.install_crds(&self.client).await?;
        operator.install_rbac(&self.client, &self.namespace).await?;
        let accounts = self.client.namespace(&*self.namespace).api::<ServiceAccount>();
        let token = accounts.create_token(operator.name()).await?;
        let config = self.config.clone().token(token.expose());
        let client = Client::new(config.default_namespace(&*self.namespace))?;
        let grants = Grants::of(operator, &self.namespace);
        Ok(Account { client, operator: operator.name().to_owned(), grants })
    }

    /// Fails unless the roles of the operator, which has stopped, were what it used; takes them away.
    #[allow(dead_code, reason = "not every example has an operator")]
    pub async fn dismiss(&self, account: Account) -> anyhow::Result<()> {
        let access = match &self.embedded {
            Some((server, _)) => Some(account.grants.used_by(&server.journal())),
            // A cluster of `scripts/real-cluster` writes down what it was asked.
            None => std::env::var("REAL_CLUSTER_FOLDER")
                .ok()
                .map(|folder| {
                    let log = std::fs::read_to_string(format!("{folder}/audit.log"))?;
                    anyhow::Ok(account.grants.used_by_audited(&log))
                })
                .transpose()?,
        };
        if self.embedded.is_none() {
            let (cluster, name) = (self.client.cluster(), account.operator.as_str());
            cluster.delete::<ClusterRoleBinding>(name).await?;
            cluster.delete::<ClusterRole>(name).await?;
        }
        if let Some(access) = access {
            access.exact()?;
            for (what, why) in access.seldom() {
                tracing::debug!("not done this time: {what}: {why}");
            }
            info!("the roles of `{}` are what it used", account.operator);
        }
        Ok(())
    }

    /// Takes away what was made, or the whole server.
    pub async fn leave(self) -> anyhow::Result<()> {
        match self.embedded {
            Some((_server, listening)) => listening.stop().await,
            None => {
                self.client.cluster().delete::<Namespace>(self.namespace.as_str()).await?;
            }
        }
        Ok(())
    }
}
