//! Ours doing the work: an informer for the cache, a controller for the reconciles.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Context as _;
use k8s_openapi::api::core::v1::Pod;
use ours::controller::Controller;
use ours::core::Client;
use ours::core::Config;
use ours::flow::Action;
use ours::informer::Informers;
use ours::operator::Operator;
use ours::reconcile::Object;
use ours::reconcile::State;
use ours::shutdown::Shutdown;
use tokio::sync::Notify;

use crate::work;

fn client(url: &str, token: &str) -> anyhow::Result<Client> {
    Ok(Client::new(Config::new(url)?.token(token))?)
}

/// All Pods into the cache, then events until the sentinel is there.
pub async fn cache(url: &str, token: &str, pods: usize, sentinel: &str) -> anyhow::Result<()> {
    let informers = Informers::new(client(url, token)?);
    let informer = informers.of::<Pod>();
    let mut notices = informer.listen();
    let story = async {
        let mut findings = None;
        let mut seen = 0;
        while let Some(notice) = notices.next().await {
            seen += 1;
            if seen == pods {
                informer.synced().await;
                findings = Some(work::synced());
            }
            if notice.key().name() == sentinel {
                work::finished(findings.context("the sentinel came before the sync")?, 0);
                return Ok(());
            }
        }
        anyhow::bail!("the notices ended")
    };
    tokio::select! { ended = informers.run(Shutdown::new()) => Ok(ended?), told = story => told }
}

struct Count {
    reconciles: AtomicU64,
    images: AtomicU64,
    sentinel: String,
    sentinel_seen: Notify,
}

async fn reconcile(pod: Object<Pod>, count: State<Arc<Count>>) -> ours::Result<Action> {
    let image = pod.spec.as_ref().and_then(|spec| spec.containers.first()?.image.as_ref());
    let owner = pod.metadata.owner_references.as_ref().and_then(|owners| owners.first());
    count.images.fetch_add(u64::from(image.is_some() && owner.is_some()), Ordering::Relaxed);
    count.reconciles.fetch_add(1, Ordering::Relaxed);
    if pod.metadata.name.as_deref() == Some(&count.sentinel) {
        count.sentinel_seen.notify_one();
    }
    Ok(Action::done())
}

/// All Pods reconciled once, then a reconcile for each event until the sentinel was reconciled.
pub async fn reconciles(url: &str, token: &str, pods: usize, sentinel: &str) -> anyhow::Result<()> {
    let count = Arc::new(Count {
        reconciles: AtomicU64::new(0),
        images: AtomicU64::new(0),
        sentinel: sentinel.to_owned(),
        sentinel_seen: Notify::new(),
    });
    let controller = Controller::of("bench", reconcile);
    let operator = Operator::new("bench").state(count.clone()).controller(controller);
    let running = operator.start(client(url, token)?, Shutdown::new()).await?;
    let mut poll = tokio::time::interval(Duration::from_millis(20));
    while count.reconciles.load(Ordering::Relaxed) < pods as u64 {
        poll.tick().await;
    }
    let (findings, before) = (work::synced(), count.reconciles.load(Ordering::Relaxed));
    count.sentinel_seen.notified().await;
    work::finished(findings, count.reconciles.load(Ordering::Relaxed) - before);
    running.stop().await
}
