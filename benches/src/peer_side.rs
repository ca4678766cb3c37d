//! kube-rs doing the work: a reflector for the cache, a Controller for the reconciles.

use std::convert::Infallible;
use std::sync::Arc;

use anyhow::Context as _;
use futures::StreamExt as _;
use k8s_openapi::api::core::v1::Pod;
use peer::Api;
use peer::Client;
use peer::Config;
use peer::runtime::Controller;
use peer::runtime::WatchStreamExt as _;
use peer::runtime::controller::Action;
use peer::runtime::reflector;
use peer::runtime::watcher;

use crate::work;
use crate::work::Reconciles;

fn client(url: &str, token: &str) -> anyhow::Result<Client> {
    let mut config = Config::new(url.parse().context("the server's URL")?);
    config.auth_info.token = Some(token.to_owned().into());
    Client::try_from(config).context("a client")
}

/// All Pods into the cache, then events until the sentinel is there.
pub async fn cache(url: &str, token: &str, pods: usize, sentinel: &str) -> anyhow::Result<()> {
    let (reader, writer) = reflector::store::<Pod>();
    let config = watcher::Config::default();
    let stream =
        watcher(Api::<Pod>::all(client(url, token)?), config).default_backoff().reflect(writer);
    let mut stream = std::pin::pin!(stream);
    let mut findings = None;
    while let Some(event) = stream.next().await {
        match event? {
            watcher::Event::InitDone => {
                anyhow::ensure!(
                    reader.len() >= pods,
                    "{} of {pods} Pods in the cache",
                    reader.len()
                );
                findings = Some(work::synced());
            }
            watcher::Event::Apply(pod) if pod.metadata.name.as_deref() == Some(sentinel) => break,
            _ => {}
        }
    }
    work::finished(findings.context("the watch ended before the sync")?, 0);
    Ok(())
}

async fn reconcile(pod: Arc<Pod>, all: Arc<Reconciles>) -> Result<Action, Infallible> {
    all.look_at(&pod);
    Ok(Action::await_change())
}

/// All Pods reconciled once, then a reconcile for each event until the sentinel was reconciled.
pub async fn reconciles(url: &str, token: &str, pods: usize, sentinel: &str) -> anyhow::Result<()> {
    let all = Arc::new(Reconciles::new(sentinel));
    let api = Api::<Pod>::all(client(url, token)?);
    let controller = Controller::new(api, watcher::Config::default())
        .run(reconcile, |_, _, _| Action::await_change(), all.clone())
        .for_each(|_| std::future::ready(()));
    tokio::select! {
        () = controller => anyhow::bail!("the controller ended by itself"),
        () = all.measure(pods) => Ok(()),
    }
}
