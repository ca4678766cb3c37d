//! kube-rs doing the work: a reflector for the cache, a Controller for the reconciles.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

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
use tokio::sync::Notify;

use crate::work;

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

struct Count {
    reconciles: AtomicU64,
    images: AtomicU64,
    sentinel: String,
    sentinel_seen: Notify,
}

async fn reconcile(pod: Arc<Pod>, count: Arc<Count>) -> Result<Action, std::convert::Infallible> {
    let image = pod.spec.as_ref().and_then(|spec| spec.containers.first()?.image.as_ref());
    let owner = pod.metadata.owner_references.as_ref().and_then(|owners| owners.first());
    count.images.fetch_add(u64::from(image.is_some() && owner.is_some()), Ordering::Relaxed);
    count.reconciles.fetch_add(1, Ordering::Relaxed);
    if pod.metadata.name.as_deref() == Some(&count.sentinel) {
        count.sentinel_seen.notify_one();
    }
    Ok(Action::await_change())
}

/// All Pods reconciled once, then a reconcile for each event until the sentinel was reconciled.
pub async fn reconciles(url: &str, token: &str, pods: usize, sentinel: &str) -> anyhow::Result<()> {
    let count = Arc::new(Count {
        reconciles: AtomicU64::new(0),
        images: AtomicU64::new(0),
        sentinel: sentinel.to_owned(),
        sentinel_seen: Notify::new(),
    });
    let controller =
        Controller::new(Api::<Pod>::all(client(url, token)?), watcher::Config::default())
            .run(reconcile, |_, _, _| Action::await_change(), count.clone())
            .for_each(|_| std::future::ready(()));
    let story = async {
        let mut poll = tokio::time::interval(Duration::from_millis(20));
        while count.reconciles.load(Ordering::Relaxed) < pods as u64 {
            poll.tick().await;
        }
        let (findings, before) = (work::synced(), count.reconciles.load(Ordering::Relaxed));
        count.sentinel_seen.notified().await;
        work::finished(findings, count.reconciles.load(Ordering::Relaxed) - before);
    };
    tokio::select! { () = controller => anyhow::bail!("the controller ended by itself"), () = story => Ok(()) }
}
