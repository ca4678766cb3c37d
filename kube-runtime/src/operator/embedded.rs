//! `run --embedded`: an API server in this process, for a first try. The operator runs against it as it would anywhere: with its own
//! service account and its generated role.

use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::path::PathBuf;

use k8s_openapi::api::core::v1::ServiceAccount;
use kube_core::Client;
use kube_core::Config;
use kube_embedded::Behaviours;
use kube_embedded::Https;
use kube_embedded::Server;

use super::Operator;
use super::command::serve;
use super::webhooks::service;
use crate::error::Error;
use crate::error::Result;
use crate::leader::LeaderElection;
use crate::shutdown::Shutdown;

/// Starts the server, installs what the operator needs, runs it, and stops the server when it has ended.
pub(super) async fn run(
    operator: Operator,
    namespace: Option<&str>,
    shutdown: Shutdown,
) -> Result<()> {
    let namespace = namespace.unwrap_or("default");
    let mut operator = operator;
    let mut outbound = Https::new();
    if !operator.hooks.is_empty() && !operator.hooks.server.is_off() {
        let address = free_address(&operator.hooks.server.address)?;
        operator.hooks.server.address = address.to_string();
        outbound = outbound.service(namespace, &service(operator.name()), address);
    }
    let elects = operator.leader_election.as_ref().is_some_and(LeaderElection::is_coordinated);
    let behaviours = Behaviours::cluster_like().coordinated_elections(elects);
    let server = Server::builder().behaviours(behaviours).outbound(outbound).build();
    let listening = server
        .listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .map_err(|error| Error::from(error).context("failed to listen on the loopback address"))?;
    let url = listening.url();
    let token = server.admin_token();
    let kubeconfig = Kubeconfig::write(operator.name(), &server.kubeconfig(&url, &token))?;
    tracing::info!(kubeconfig = %kubeconfig.path.display(), "the embedded API server listens on {url}");
    let admin = Client::new(Config::new(&url)?.token(token).default_namespace(namespace))?;
    operator.install_crds(&admin).await?;
    operator.create_namespaces(&admin).await?;
    operator.install_rbac(&admin, namespace).await?;
    operator.install_webhooks(&admin, namespace).await?;
    let accounts = admin.namespace(namespace).api::<ServiceAccount>();
    let token = accounts.create_token(operator.name()).await?;
    let config = Config::new(&url)?.token(token.expose()).default_namespace(namespace);
    let ended = serve(operator, Client::new(config)?, shutdown).await;
    listening.stop().await;
    ended
}

/// Where webhooks of this process are reached: the port that is asked for, or one that is free.
fn free_address(asked: &str) -> Result<SocketAddr> {
    let port = asked.trim().rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or(0);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let free = || std::net::TcpListener::bind(address)?.local_addr();
    free().map_err(|error| {
        let told = format!(
            "failed to find a port for webhooks at `{address}`: give one that is free with `--webhook-bind-address`"
        );
        Error::from(error).context(told)
    })
}

/// The file with the administrator's token; it goes with the server.
struct Kubeconfig {
    path: PathBuf,
}

impl Kubeconfig {
    fn write(name: &str, yaml: &str) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("{name}-{}.kubeconfig", std::process::id()));
        create(&path, yaml).map_err(|error| {
            Error::from(error).context(format!("failed to write `{}`", path.display()))
        })?;
        Ok(Self { path })
    }
}

impl Drop for Kubeconfig {
    fn drop(&mut self) {
        _ = std::fs::remove_file(&self.path);
    }
}

/// Nobody else may read it, and a file that somebody put there before is not ours to overwrite.
fn create(path: &std::path::Path, yaml: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(yaml.as_bytes())
}
