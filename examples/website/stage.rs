//! Where the story is played: the embedded server, or a namespace of its own on a real cluster.

use std::net::Ipv4Addr;
use std::path::Path;

use anyhow::Context as _;
use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::api::core::v1::ServiceAccount;
use k8s_openapi::api::rbac::v1::ClusterRole;
use k8s_openapi::api::rbac::v1::ClusterRoleBinding;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube_embedded::Listening;
use kube_embedded::Server;
use kube_runtime::core::Config;
use kube_runtime::core::config::LoadingRules;
use kube_runtime::prelude::*;
use kube_testing::Access;
use kube_testing::Grants;
use tracing::info;

/// A server, a namespace on it, and who may do everything there.
#[derive(Debug)]
pub struct Stage {
    config: Config,
    /// The administrator.
    pub admin: Client,
    /// Where the story is played.
    pub namespace: String,
    hint: String,
    embedded: Option<Embedded>,
}

/// What must live as long as the story.
#[derive(Debug)]
struct Embedded {
    listening: Listening,
    server: Server,
    _folder: tempfile::TempDir,
}

impl Stage {
    /// Starts the embedded server on a free loopback port and writes a kubeconfig for whoever wants to look.
    pub async fn on_the_embedded_server() -> anyhow::Result<Self> {
        let server = Server::builder().build();
        let listening = server.listen((Ipv4Addr::LOCALHOST, 0).into()).await?;
        let folder = tempfile::tempdir().context("a folder for the kubeconfig")?;
        let path = folder.path().join("kubeconfig");
        let kubeconfig = server.kubeconfig(&listening.url(), &server.admin_token());
        std::fs::write(&path, &kubeconfig)
            .with_context(|| format!("failed to write `{}`", path.display()))?;
        info!("the embedded API server listens on {}", listening.url());
        let hint = format!("kubectl --kubeconfig {} get websites -A", path.display());
        info!("look beside it: {hint}");
        let config = Config::from_kubeconfig_yaml(&kubeconfig)?;
        let admin = Client::new(config.clone())?;
        let embedded = Some(Embedded { listening, server, _folder: folder });
        Ok(Self { config, admin, namespace: "default".to_owned(), hint, embedded })
    }

    /// Takes a new namespace on the cluster of the kubeconfig.
    pub async fn on_a_cluster(kubeconfig: Option<&Path>) -> anyhow::Result<Self> {
        let rules = LoadingRules::new();
        let rules = if let Some(path) = kubeconfig { rules.kubeconfig(path) } else { rules };
        let config = rules.load()?;
        let admin = Client::new(config.clone())?;
        let namespace = format!("website-story-{}", std::process::id());
        let metadata = ObjectMeta { name: Some(namespace.clone()), ..Default::default() };
        admin.cluster().create(&Namespace { metadata, ..Default::default() }).await?;
        info!("the cluster is {}; the story is played in namespace `{namespace}`", config.server());
        let hint = format!("kubectl get websites -n {namespace}");
        Ok(Self { config, admin, namespace, hint, embedded: None })
    }

    /// Installs the operator's CRD and role, and logs in as its service account.
    pub async fn as_its_service_account(&self, operator: &Operator) -> anyhow::Result<Client> {
        operator.install_crds(&self.admin).await?;
        info!("the CRD that #[derive(Resource)] made is established");
        operator.install_rbac(&self.admin, &self.namespace).await?;
        let accounts = self.admin.namespace(self.namespace.as_str()).api::<ServiceAccount>();
        let token = accounts.create_token(operator.name()).await?;
        Ok(Client::new(self.config.clone().token(token.expose()))?)
    }

    /// What the operator did beside what it may do, where the server writes that down: the embedded one, and one of `scripts/real-cluster`.
    pub fn access(&self, grants: &Grants) -> anyhow::Result<Option<Access>> {
        if let Some(embedded) = &self.embedded {
            return Ok(Some(grants.used_by(&embedded.server.journal())));
        }
        let Ok(folder) = std::env::var("REAL_CLUSTER_FOLDER") else { return Ok(None) };
        let log = std::fs::read_to_string(format!("{folder}/audit.log"))?;
        Ok(Some(grants.used_by_audited(&log)))
    }

    /// How a person sees the objects.
    pub fn hint(&self) -> &str {
        &self.hint
    }

    /// Takes away what the story has brought: the server itself, or what it put into the cluster.
    pub async fn clear(self) -> anyhow::Result<()> {
        if let Some(embedded) = self.embedded {
            embedded.listening.stop().await;
            return Ok(());
        }
        let cluster = self.admin.cluster();
        cluster.delete::<CustomResourceDefinition>("websites.demo.example.com").await?;
        cluster.delete::<ClusterRoleBinding>("website").await?;
        cluster.delete::<ClusterRole>("website").await?;
        cluster.delete::<Namespace>(self.namespace.as_str()).await?;
        Ok(())
    }
}
