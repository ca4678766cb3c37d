//! kube-rs under faults, as its documentation says: the defaults of `watcher::Config`, `default_backoff`, errors passed over.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use anyhow::Context as _;
use futures::FutureExt as _;
use futures::StreamExt as _;
use k8s_openapi::api::core::v1::ConfigMap;
use peer::Api;
use peer::Client;
use peer::Config;
use peer::Resource;
use peer::core::DeserializeGuard;
use peer::core::NamespaceResourceScope;
use peer::runtime::WatchStreamExt as _;
use peer::runtime::reflector;
use peer::runtime::watcher;
use serde::de::DeserializeOwned;

use super::server::State;
use super::server::World;
use super::side::Seen;
use super::side::Watching;

fn client(world: &World) -> anyhow::Result<Client> {
    let mut config = Config::new(world.url.parse().context("the server's URL")?);
    config.auth_info.token = Some(world.token.clone().into());
    Client::try_from(config).context("a client")
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
