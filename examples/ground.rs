//! Where an example runs: the embedded API server, or with `-- --cluster` the cluster of the kubeconfig; in a namespace of its own.

use std::net::Ipv4Addr;

use k8s_openapi::api::core::v1::Namespace;
use kube_embedded::Https;
use kube_embedded::Listening;
use kube_embedded::Server;
use kube_runtime::core::Config;
use kube_runtime::prelude::*;
use tracing::info;
use tracing_subscriber::fmt::time::uptime;

/// A client of a server, and a namespace there.
#[derive(Debug)]
pub struct Ground {
    pub client: Client,
    pub namespace: String,
    embedded: Option<(Server, Listening)>,
}

impl Ground {
    /// Connects, and makes the namespace. From here on the log tells what happens.
    pub async fn of(example: &str) -> anyhow::Result<Self> {
        tracing_subscriber::fmt().with_timer(uptime()).with_target(false).compact().init();
        let cluster = std::env::args().any(|argument| argument == "--cluster");
        let (client, embedded) = if cluster {
            (Client::connect().await?, None)
        } else {
            let server = Server::builder().outbound(Https::new()).build();
            let listening = server.listen((Ipv4Addr::LOCALHOST, 0).into()).await?;
            let config = Config::new(&listening.url())?.token(server.admin_token());
            (Client::new(config)?, Some((server, listening)))
        };
        let namespace = format!("{example}-example-{}", std::process::id());
        let metadata = ObjectMeta { name: Some(namespace.clone()), ..ObjectMeta::default() };
        client.cluster().create(&Namespace { metadata, ..Namespace::default() }).await?;
        info!(
            "{} on namespace {namespace}",
            if cluster { "a cluster" } else { "an embedded server" }
        );
        Ok(Self { client, namespace, embedded })
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
