//! Ours under faults, as its users write it.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use anyhow::Context as _;
use futures::FutureExt as _;
use k8s_openapi::api::core::v1::ConfigMap;
use ours::clock::Seed;
use ours::core::Client;
use ours::core::Config;
use ours::flow::Notice;
use ours::informer::Informers;
use ours::reflector::Settings;
use ours::shutdown::Shutdown;

use super::server::State;
use super::server::World;
use super::side::Seen;
use super::side::Watching;

fn client(world: &World) -> anyhow::Result<Client> {
    Client::new(Config::new(&world.url)?.token(&world.token)).context("a client")
}

fn state<'a>(maps: impl Iterator<Item = &'a Arc<ConfigMap>>) -> State {
    maps.filter_map(|map| {
        let metadata = &map.metadata;
        let version = metadata.resource_version.as_ref()?.parse().ok()?;
        Some((metadata.name.clone()?, (metadata.uid.clone()?, version)))
    })
    .collect()
}

/// An informer of ConfigMaps with a handler.
pub fn follow(world: &World) -> anyhow::Result<Watching> {
    Ok(followed(Informers::new(client(world)?)))
}

/// The same with the list in pages, as where a server has no streaming lists.
pub fn follow_paged(world: &World) -> anyhow::Result<Watching> {
    let mut settings = Settings::default();
    settings.streaming = false;
    Ok(followed(Informers::with(client(world)?, settings, Seed::new(1))))
}

fn followed(informers: Informers) -> Watching {
    let informers = informers.namespace("default");
    let maps = informers.of::<ConfigMap>();
    let deleted = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&deleted);
    maps.on(move |notice: &Notice| {
        count.fetch_add(usize::from(matches!(notice, Notice::Deleted(_))), Ordering::SeqCst);
    });
    let lister = maps.lister();
    let seen = Seen::new(move || state(lister.list().iter()), deleted);
    let life = async move {
        let _kept = maps;
        Ok(informers.run(Shutdown::new()).await?)
    };
    Watching { seen, life: life.boxed_local() }
}
