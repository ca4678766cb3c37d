//! kube-rs doing the work: a reflector for the cache, a Controller for the reconciles.

use std::collections::HashMap;
use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::Arc;

use anyhow::Context as _;
use futures::Stream;
use futures::StreamExt as _;
use k8s_openapi::api::core::v1::Pod;
use peer::Api;
use peer::Client;
use peer::Config;
use peer::runtime::Controller;
use peer::runtime::WatchStreamExt as _;
use peer::runtime::controller::Action;
use peer::runtime::reflector;
use peer::runtime::reflector::ObjectRef;
use peer::runtime::reflector::Store;
use peer::runtime::watcher;

use crate::work;
use crate::work::Reconciles;

/// A client of a server; without a token if that is empty.
pub fn client(url: &str, token: &str) -> anyhow::Result<Client> {
    let mut config = Config::new(url.parse().context("the server's URL")?);
    if !token.is_empty() {
        config.auth_info.token = Some(token.to_owned().into());
    }
    Client::try_from(config).context("a client")
}

/// The cache of all Pods, and the events that fill it.
fn reflected(
    url: &str,
    token: &str,
) -> anyhow::Result<(Store<Pod>, impl Stream<Item = watcher::Result<watcher::Event<Pod>>>)> {
    let (reader, writer) = reflector::store::<Pod>();
    let pods = watcher(Api::<Pod>::all(client(url, token)?), watcher::Config::default());
    Ok((reader, pods.default_backoff().reflect(writer)))
}

/// All Pods into the cache, then events until the sentinel is there.
pub async fn cache(url: &str, token: &str, pods: usize, sentinel: &str) -> anyhow::Result<()> {
    let (reader, stream) = reflected(url, token)?;
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

/// What kube-rs leaves to its users: which Pods have a value.
#[derive(Default)]
struct Index {
    pods: HashMap<u8, HashSet<ObjectRef<Pod>>>,
    values: HashMap<ObjectRef<Pod>, u8>,
}

impl Index {
    fn put(&mut self, pod: &Pod) {
        let (Some(value), key) = (work::tenth(pod), ObjectRef::from_obj(pod)) else { return };
        match self.values.insert(key.clone(), value) {
            Some(before) if before == value => return,
            Some(before) => {
                self.pods.entry(before).or_default().remove(&key);
            }
            None => {}
        }
        self.pods.entry(value).or_default().insert(key);
    }
}

/// The same with an index and a predicate.
pub async fn indexed(url: &str, token: &str, pods: usize, sentinel: &str) -> anyhow::Result<()> {
    let (reader, stream) = reflected(url, token)?;
    let mut stream = std::pin::pin!(stream);
    let mut findings = None;
    let (mut index, mut admitted) = (Index::default(), 0);
    while let Some(event) = stream.next().await {
        match event? {
            watcher::Event::InitDone => {
                anyhow::ensure!(reader.len() >= pods, "{} of {pods} Pods", reader.len());
                findings = Some(work::synced());
                admitted = 0;
            }
            watcher::Event::Apply(pod) | watcher::Event::InitApply(pod) => {
                index.put(&pod);
                admitted += u64::from(work::has_an_image(&pod));
                if pod.metadata.name.as_deref() == Some(sentinel) {
                    break;
                }
            }
            _ => {}
        }
    }
    let list = || {
        let keys = index.pods.get(&work::SEVENTH).into_iter().flatten();
        keys.filter_map(|key| reader.get(key)).collect()
    };
    let findings = findings.context("the watch ended before the sync")?;
    work::finished_with_lists::<Pod>(findings, admitted, list);
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
