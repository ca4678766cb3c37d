//! Ours doing the work: an informer for the cache, a controller for the reconciles.

use std::sync::Arc;

use anyhow::Context as _;
use k8s_openapi::api::core::v1::Pod;
use ours::controller::Controller;
use ours::core::Client;
use ours::core::Config;
use ours::flow::Action;
use ours::handler::predicate;
use ours::handler::predicate::Predicate as _;
use ours::informer::Informers;
use ours::operator::Operator;
use ours::reconcile::Object;
use ours::reconcile::State;
use ours::shutdown::Shutdown;

use crate::work;
use crate::work::Reconciles;

/// A client of a server; without a token if that is empty.
pub fn client(url: &str, token: &str) -> anyhow::Result<Client> {
    let config = Config::new(url)?;
    Ok(Client::new(if token.is_empty() { config } else { config.token(token) })?)
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

/// The same with an index and a predicate.
pub async fn indexed(url: &str, token: &str, pods: usize, sentinel: &str) -> anyhow::Result<()> {
    let informers = Informers::new(client(url, token)?);
    let informer = informers.of::<Pod>().index(work::tenth);
    let predicate = predicate::Object::new(informer.store().clone(), work::has_an_image);
    let mut notices = informer.listen();
    let story = async {
        let mut findings = None;
        let (mut seen, mut admitted) = (0, 0);
        while let Some(notice) = notices.next().await {
            seen += 1;
            admitted += u64::from(predicate.admits(&notice));
            if seen == pods {
                informer.synced().await;
                findings = Some(work::synced());
                admitted = 0;
            }
            if notice.key().name() == sentinel {
                let findings = findings.context("the sentinel came before the sync")?;
                let lister = informer.lister();
                let list = || lister.by(work::tenth, &work::SEVENTH);
                work::finished_with_lists(findings, admitted, list);
                return Ok(());
            }
        }
        anyhow::bail!("the notices ended")
    };
    tokio::select! { ended = informers.run(Shutdown::new()) => Ok(ended?), told = story => told }
}

async fn reconcile(pod: Object<Pod>, all: State<Arc<Reconciles>>) -> ours::Result<Action> {
    all.look_at(&pod);
    Ok(Action::done())
}

/// All Pods reconciled once, then a reconcile for each event until the sentinel was reconciled.
pub async fn reconciles(url: &str, token: &str, pods: usize, sentinel: &str) -> anyhow::Result<()> {
    let all = Arc::new(Reconciles::new(sentinel));
    let controller = Controller::of("bench", reconcile);
    let operator = Operator::new("bench").state(all.clone()).controller(controller);
    let running = operator.start(client(url, token)?, Shutdown::new()).await?;
    all.measure(pods).await;
    running.stop().await
}
