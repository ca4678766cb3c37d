//! Ours under faults, as its users write it.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use futures::FutureExt as _;
use k8s_openapi::api::core::v1::ConfigMap;
use ours::clock::Seed;
use ours::controller::Controller;
use ours::core::Client;
use ours::core::ResourceExt as _;
use ours::flow::Action;
use ours::flow::Notice;
use ours::informer::Informers;
use ours::operator::Operator;
use ours::reconcile::Object;
use ours::reconcile::State as Given;
use ours::reflector::Settings;
use ours::shutdown::Shutdown;
use tokio::task::JoinSet;

use super::server::State;
use super::server::World;
use super::side::Life;
use super::side::Seen;
use super::side::Watching;
use super::task::Listening;
use super::task::Task;
use super::task::WORKERS;
use crate::ours_side;

fn client(world: &World) -> anyhow::Result<Client> {
    ours_side::client(&world.url, &world.token)
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
    Ok(followed(Informers::with(client(world)?, Settings::default(), Seed::new(world.seed))))
}

/// The same with the list in pages, as where a server has no streaming lists.
pub fn follow_paged(world: &World) -> anyhow::Result<Watching> {
    let mut settings = Settings::default();
    settings.streaming = false;
    Ok(followed(Informers::with(client(world)?, settings, Seed::new(world.seed))))
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

async fn work(map: Object<ConfigMap>, task: Given<Task>) -> ours::Result<Action> {
    Ok((task.0)(map.name().to_owned()).await.map_or(Action::done(), Action::after))
}

/// A controller of ConfigMaps.
pub fn reconcile(world: &World, task: Task) -> anyhow::Result<Life> {
    let controller = Controller::of("faults", work).wired(|wiring| wiring.workers(WORKERS.into()));
    let operator = Operator::new("faults").namespaces(["default"]).state(task);
    let (operator, client) = (operator.controller(controller), client(world)?);
    let life = async move { operator.start(client, Shutdown::new()).await?.stopped().await };
    Ok(life.boxed_local())
}

/// An informer with so many handlers.
pub fn listen(world: &World, handlers: usize, each: &Listening) -> anyhow::Result<Watching> {
    let informers = Informers::with(client(world)?, Settings::default(), Seed::new(world.seed))
        .namespace("default");
    let maps = informers.of::<ConfigMap>();
    let lister = maps.lister();
    let seen = Seen::new(move || state(lister.list().iter()), Arc::default());
    let mut reading = JoinSet::new();
    for handler in 0..handlers {
        let (mut notices, each) = (maps.listen(), each.clone());
        reading.spawn(async move {
            while let Some(notice) = notices.next().await {
                let version = notice.latest().resource_version().parse().unwrap_or_default();
                (each.0)(handler, notice.key().name().to_owned(), version).await;
            }
        });
    }
    let life = async move {
        let _kept = (maps, reading);
        Ok(informers.run(Shutdown::new()).await?)
    };
    Ok(Watching { seen, life: life.boxed_local() })
}
