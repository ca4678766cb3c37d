//! The pipeline against the embedded server: streaming and paged lists, watches that end in every way, lost answers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use kube_core::Client;
use kube_core::ObjectMeta;
use kube_embedded::Ending;
use kube_embedded::Fault;
use kube_embedded::Server;
use kube_runtime::clock::Seed;
use kube_runtime::flow::Key;
use kube_runtime::flow::Notice;
use kube_runtime::informer::InformerHandle;
use kube_runtime::informer::Informers;
use kube_runtime::reflector::Settings;
use kube_runtime::shutdown::Shutdown;
use kube_testing::InProcess;

/// A server, a client of it, informers of another client, and what a handler was told.
struct World {
    server: Server,
    client: Client,
    informers: Informers,
    maps: InformerHandle<ConfigMap>,
    told: Arc<Mutex<Vec<Notice>>>,
}

impl World {
    fn new(settings: Settings) -> Self {
        let server = Server::builder().seed(7).build();
        let transport = Arc::new(InProcess::new(&server, server.admin_token()));
        let client = Client::over(transport);
        let informers =
            Informers::with(client.clone(), settings, Seed::new(7)).namespace("default");
        let maps = informers.of::<ConfigMap>();
        let told = Arc::new(Mutex::new(Vec::new()));
        let writer = Arc::clone(&told);
        maps.on(move |notice: &Notice| writer.lock().expect("no panic").push(notice.clone()));
        Self { server, client, informers, maps, told }
    }

    fn streaming() -> Self {
        Self::new(Settings::default())
    }

    async fn create(&self, name: &str) {
        let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
        let map = ConfigMap { metadata, ..ConfigMap::default() };
        self.client.namespace("default").create(&map).await.expect("it can be created");
    }

    async fn change(&self, name: &str, value: &str) {
        let objects = self.client.namespace("default");
        let mut map: ConfigMap = objects.get(name).await.expect("it is there");
        map.data = Some(BTreeMap::from([("value".to_owned(), value.to_owned())]));
        objects.replace(&map).await.expect("it can be replaced");
    }

    async fn delete(&self, name: &str) {
        self.client
            .namespace("default")
            .delete::<ConfigMap>(name)
            .await
            .expect("it can be deleted");
    }

    /// Plays a story while the informers run.
    async fn play(&self, story: impl Future<Output = ()>) {
        let shutdown = Shutdown::new();
        let running = self.informers.run(shutdown.clone());
        let story = async {
            let synced = tokio::time::timeout(Duration::from_secs(120), self.maps.synced());
            synced.await.expect("it syncs");
            story.await;
            shutdown.begin();
        };
        let (ended, ()) = tokio::join!(running, story);
        ended.expect("it ends in order");
    }

    /// Names and versions, as the cache has them.
    fn cached(&self) -> BTreeMap<String, String> {
        self.maps.lister().list().iter().map(|map| version(map)).collect()
    }

    /// Names and versions, as the server has them.
    async fn there(&self) -> BTreeMap<String, String> {
        let list =
            self.client.namespace("default").list::<ConfigMap>().await.expect("it can be listed");
        list.items.iter().map(version).collect()
    }

    /// Waits until the cache has what the server has.
    async fn caught_up(&self) {
        for _ in 0..600 {
            if self.cached() == self.there().await {
                return;
            }
            pass(Duration::from_millis(100)).await;
        }
        assert_eq!(self.cached(), self.there().await);
    }

    fn requests(&self) -> Vec<String> {
        let journal = self.server.journal().into_iter();
        let maps = journal.filter(|entry| entry.path.contains("/configmaps"));
        maps.filter(|entry| matches!(entry.verb.as_str(), "list" | "watch"))
            .map(|entry| format!("{} {}", entry.verb, entry.status))
            .collect()
    }

    /// Plays the notices and compares the outcome with the cache: nothing told twice, nothing left out.
    fn check_notices(&self) {
        let mut known: BTreeMap<String, String> = BTreeMap::new();
        for notice in self.told.lock().expect("no panic").iter() {
            let (name, version) =
                (notice.key().name().to_owned(), notice.latest().resource_version().to_owned());
            match notice {
                Notice::Added { .. } => assert_eq!(known.insert(name, version), None, "{notice:?}"),
                Notice::Updated { old, .. } => {
                    let before = known.insert(name, version);
                    assert_eq!(before.as_deref(), Some(old.resource_version()), "{notice:?}");
                }
                Notice::Deleted(_) => assert!(known.remove(&name).is_some(), "{notice:?}"),
                _ => {}
            }
        }
        assert_eq!(known, self.cached());
    }
}

#[expect(clippy::disallowed_methods, reason = "the clock is paused")]
async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
}

fn version(map: &ConfigMap) -> (String, String) {
    (
        map.metadata.name.clone().unwrap_or_default(),
        map.metadata.resource_version.clone().unwrap_or_default(),
    )
}

#[tokio::test(start_paused = true)]
async fn a_streaming_list_is_one_request_and_goes_on_as_the_watch() {
    let world = World::streaming();
    world.create("a").await;
    world.create("b").await;
    world
        .play(async {
            world.change("a", "1").await;
            world.create("c").await;
            world.delete("b").await;
            world.caught_up().await;
            let mine: Vec<_> = world
                .requests()
                .into_iter()
                .filter(|request| request.starts_with("watch"))
                .collect();
            assert_eq!(mine, ["watch 200"]);
        })
        .await;
    world.check_notices();
}

#[tokio::test(start_paused = true)]
async fn a_list_is_read_in_pages_where_a_stream_is_refused() {
    let mut settings = Settings::default();
    settings.page_size = 2;
    let world = World::new(settings);
    for number in 0..7 {
        world.create(&format!("m{number}")).await;
    }
    world.server.faults().inject(Fault::refuse(422).on("watch", "configmaps"));
    world
        .play(async {
            // The server's own map of its CA makes eight.
            let expected = world.there().await.len().div_ceil(2);
            let lists = world.requests().iter().filter(|request| *request == "list 200").count();
            assert_eq!(lists, expected + 1, "pages, and the one that this test asked for");
            world.change("m3", "1").await;
            world.caught_up().await;
        })
        .await;
    world.check_notices();
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_ends_in_any_way_loses_nothing_and_only_410_lists_again() {
    for (ending, lists) in
        [(Ending::Close, 1), (Ending::Cut, 1), (Ending::CutInFrame, 1), (Ending::Expired, 2)]
    {
        let world = World::new({
            let mut settings = Settings::default();
            settings.streaming = false;
            settings
        });
        world.create("a").await;
        world.create("b").await;
        world
            .play(async {
                world.change("a", "1").await;
                world.caught_up().await;
                world.server.clear_journal();
                world.server.end_watches(Some("configmaps"), ending);
                // While nobody watches.
                world.change("a", "2").await;
                world.delete("b").await;
                world.create("c").await;
                pass(Duration::from_secs(5)).await;
                let asked =
                    world.requests().iter().filter(|request| request.starts_with("list")).count();
                assert_eq!(asked, lists - 1, "{ending:?}");
                world.caught_up().await;
            })
            .await;
        world.check_notices();
    }
}

#[tokio::test(start_paused = true)]
async fn history_that_is_compacted_away_costs_one_list_and_loses_nothing() {
    let world = World::streaming();
    world.create("a").await;
    world
        .play(async {
            world.create("b").await;
            world.caught_up().await;
            world.server.faults().inject(Fault::refuse(503).on("watch", "configmaps"));
            world.server.end_watches(Some("configmaps"), Ending::Cut);
            world.delete("a").await;
            world.create("c").await;
            world.server.compact();
            world.caught_up().await;
        })
        .await;
    world.check_notices();
}

#[tokio::test(start_paused = true)]
async fn a_reader_sees_what_this_process_wrote_before_the_watch_brings_it() {
    let world = World::streaming();
    let client = world.client.clone().observed_by(world.informers.observer());
    let mine = World {
        client,
        told: Arc::clone(&world.told),
        maps: world.maps.clone(),
        informers: world.informers.clone(),
        server: world.server.clone(),
    };
    world
        .play(async {
            mine.create("a").await;
            assert!(mine.maps.lister().get("default", "a").expect("it decodes").is_some());
            mine.change("a", "mine").await;
            let read =
                mine.maps.lister().get("default", "a").expect("it decodes").expect("it is there");
            assert_eq!(read.data.as_ref().map(|data| data["value"].as_str()), Some("mine"));
            mine.delete("a").await;
            assert!(mine.maps.lister().get("default", "a").expect("it decodes").is_none());
            world.caught_up().await;
        })
        .await;
    world.check_notices();
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_lost_is_asked_for_before_the_next_read() {
    let world = World::streaming();
    let client = world.client.clone().observed_by(world.informers.observer());
    world
        .play(async {
            world.server.faults().inject(Fault::lose_answer().on("create", "configmaps"));
            let metadata = ObjectMeta { name: Some("lost".to_owned()), ..ObjectMeta::default() };
            let map = ConfigMap { metadata, ..ConfigMap::default() };
            let error =
                client.namespace("default").create(&map).await.expect_err("the answer was lost");
            assert!(error.is_outcome_unknown(), "{}", error.chain());
            let fresh = world
                .maps
                .fresh(&Key::namespaced("default", "lost"))
                .await
                .expect("it can be asked for");
            assert!(fresh.is_some(), "the write was done");
        })
        .await;
    world.check_notices();
}

#[tokio::test(start_paused = true)]
async fn whatever_happens_to_its_connections_the_cache_ends_as_the_server() {
    for seed in 0..40 {
        let mut random = fastrand::Rng::with_seed(seed);
        let world = World::new({
            let mut settings = Settings::default();
            settings.streaming = random.bool();
            settings.page_size = 3;
            settings
        });
        for name in ["m0", "m1", "m2", "m3"] {
            world.create(name).await;
        }
        world
            .play(async {
                for step in 0..60 {
                    let name = format!("m{}", random.u8(0..8));
                    let there = world.there().await.contains_key(&name);
                    match (there, random.u8(0..4)) {
                        (false, _) => world.create(&name).await,
                        (true, 0) => world.delete(&name).await,
                        (true, _) => world.change(&name, &step.to_string()).await,
                    }
                    let faults = world.server.faults();
                    let endings = [Ending::Close, Ending::Cut, Ending::CutInFrame, Ending::Expired];
                    match random.u8(0..14) {
                        at @ 0..4 => world.server.end_watches(None, endings[usize::from(at)]),
                        4 => faults.inject(Fault::refuse(410).on("watch", "configmaps")),
                        5 => faults.inject(
                            Fault::end_watch(1, Ending::CutInFrame).on("watch", "configmaps"),
                        ),
                        6 => faults.inject(
                            Fault::refuse_for(429, Duration::from_secs(2))
                                .on("watch", "configmaps"),
                        ),
                        7 => faults.inject(Fault::cut().on("watch", "configmaps")),
                        8 => world.server.compact(),
                        9 => pass(Duration::from_millis(random.u64(0..3000))).await,
                        _ => {}
                    }
                }
                world.server.faults().clear();
                world.caught_up().await;
                let differences = world.maps.differences(Duration::from_secs(120)).await;
                assert!(differences.unwrap().is_empty(), "seed {seed}");
            })
            .await;
        world.check_notices();
    }
}
