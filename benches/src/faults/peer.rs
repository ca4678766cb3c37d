//! kube-rs under faults, as its documentation says: the defaults of `watcher::Config`, `default_backoff`, errors passed over.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::fmt::Debug;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Context as _;
use futures::FutureExt as _;
use futures::StreamExt as _;
use k8s_openapi::api::core::v1::ConfigMap;
use peer::Api;
use peer::Client;
use peer::Resource;
use peer::ResourceExt as _;
use peer::core::DeserializeGuard;
use peer::core::NamespaceResourceScope;
use peer::runtime::Controller;
use peer::runtime::WatchStreamExt as _;
use peer::runtime::controller;
use peer::runtime::controller::Action;
use peer::runtime::reflector;
use peer::runtime::watcher;
use serde::de::DeserializeOwned;
use tokio::task::JoinSet;

use super::server::State;
use super::server::World;
use super::side::Life;
use super::side::Seen;
use super::side::Watching;
use super::task::Listening;
use super::task::Task;
use super::task::WORKERS;
use crate::peer_side;

fn client(world: &World) -> anyhow::Result<Client> {
    peer_side::client(&world.url, &world.token)
}

fn state<'a, K: Resource + 'a>(maps: impl Iterator<Item = &'a Arc<K>>) -> State {
    maps.filter_map(|map| {
        let metadata = map.meta();
        let version = metadata.resource_version.as_ref()?.parse().ok()?;
        Some((metadata.name.clone()?, (metadata.uid.clone()?, version)))
    })
    .collect()
}

fn followed<K>(world: &World) -> anyhow::Result<Watching>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
        + Clone
        + Debug
        + DeserializeOwned
        + Send
        + Sync
        + 'static,
{
    let api = Api::<K>::namespaced(client(world)?, "default");
    let (reader, writer) = reflector::store::<K>();
    let stream = watcher(api, watcher::Config::default()).default_backoff().reflect(writer);
    let deleted = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&deleted);
    let seen = Seen::new(move || state(reader.state().iter()), deleted);
    let life = stream.for_each(move |event| {
        count.fetch_add(
            usize::from(matches!(event, Ok(watcher::Event::Delete(_)))),
            Ordering::SeqCst,
        );
        std::future::ready(())
    });
    Ok(Watching { seen, life: life.map(Ok).boxed_local() })
}

/// A reflector of ConfigMaps whose events are read.
pub fn follow(world: &World) -> anyhow::Result<Watching> {
    followed::<ConfigMap>(world)
}

/// The same with what kube-rs offers against objects that cannot be read.
pub fn follow_guarded(world: &World) -> anyhow::Result<Watching> {
    followed::<DeserializeGuard<ConfigMap>>(world)
}

async fn work(map: Arc<ConfigMap>, task: Arc<Task>) -> Result<Action, Infallible> {
    Ok((task.0)(map.name_any()).await.map_or(Action::await_change(), Action::requeue))
}

/// A panic, as an error.
#[derive(Debug)]
struct Panicked;

impl fmt::Display for Panicked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the reconcile panicked")
    }
}

impl Error for Panicked {}

async fn careful_work(map: Arc<ConfigMap>, task: Arc<Task>) -> Result<Action, Panicked> {
    let done = AssertUnwindSafe(work(map, task)).catch_unwind().await;
    done.map_err(|_| Panicked).map(|Ok(action)| action)
}

fn controller(world: &World) -> anyhow::Result<Controller<ConfigMap>> {
    let api = Api::<ConfigMap>::namespaced(client(world)?, "default");
    let config = controller::Config::default().concurrency(WORKERS);
    Ok(Controller::new(api, watcher::Config::default()).with_config(config))
}

/// What the documentation does after an error.
const AFTER_ERROR: Duration = Duration::from_secs(60);

/// A controller of ConfigMaps.
pub fn reconcile(world: &World, task: Task) -> anyhow::Result<Life> {
    let running =
        controller(world)?.run(work, |_, _, _| Action::requeue(AFTER_ERROR), Arc::new(task));
    Ok(running.for_each(|_| std::future::ready(())).map(Ok).boxed_local())
}

/// The same where the user catches panics.
pub fn reconcile_carefully(world: &World, task: Task) -> anyhow::Result<Life> {
    let running = controller(world)?.run(
        careful_work,
        |_, _, _| Action::requeue(AFTER_ERROR),
        Arc::new(task),
    );
    Ok(running.for_each(|_| std::future::ready(())).map(Ok).boxed_local())
}

/// A shared stream with so many subscribers, each read by itself.
pub fn listen(world: &World, handlers: usize, each: &Listening) -> anyhow::Result<Watching> {
    let api = Api::<ConfigMap>::namespaced(client(world)?, "default");
    let (reader, writer) = reflector::store_shared(128);
    let mut reading = JoinSet::new();
    for handler in 0..handlers {
        let stream = writer.subscribe().context("a shared store can be subscribed to")?;
        let each = each.clone();
        reading.spawn(stream.for_each(move |map: Arc<ConfigMap>| {
            let version = map.resource_version().and_then(|version| version.parse().ok());
            (each.0)(handler, map.name_any(), version.unwrap_or_default())
        }));
    }
    let stream = watcher(api, watcher::Config::default()).default_backoff().reflect_shared(writer);
    let seen = Seen::new(move || state(reader.state().iter()), Arc::default());
    let life = async move {
        let _kept = reading;
        stream.for_each(|_| std::future::ready(())).await;
        Ok(())
    };
    Ok(Watching { seen, life: life.boxed_local() })
}
