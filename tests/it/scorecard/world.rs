//! A server, an informer of its ConfigMaps over a wire that may fall silent, and witnesses of what that promises.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::FutureExt as _;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream;
use k8s_openapi::api::core::v1::ConfigMap;
use kube_core::Client;
use kube_core::ObjectMeta;
use kube_core::Request;
use kube_core::transport::Body;
use kube_core::transport::Response;
use kube_core::transport::Transport;
use kube_embedded::Server;
use kube_runtime::clock::Seed;
use kube_runtime::flow::Key;
use kube_runtime::flow::Notice;
use kube_runtime::informer::InformerHandle;
use kube_runtime::informer::Informers;
use kube_runtime::reflector::Settings;
use kube_runtime::shutdown::Shutdown;
use kube_testing::InProcess;
use kube_testing::contract::ContractChecker;
use kube_testing::contract::Journal;
use kube_testing::contract::Pace;
use kube_testing::contract::Witness;

/// Whose requests the informer's are: what faults are for.
pub(super) const WATCHER: &str = "watcher";

/// Uids and versions by name.
type State = BTreeMap<String, (String, u64)>;

/// A wire on which what is under way can fall silent without an end, as behind a switch that forgot the connection.
#[derive(Clone)]
pub(super) struct Wire {
    server: InProcess,
    silences: Arc<AtomicU64>,
}

impl Wire {
    /// Nothing more comes of any answer that has begun; new requests are answered.
    pub(super) fn fall_silent(&self) {
        self.silences.fetch_add(1, Ordering::SeqCst);
    }
}

impl Transport for Wire {
    fn send(&self, request: Request) -> BoxFuture<'static, kube_core::Result<Response>> {
        let (silences, answer) = (Arc::clone(&self.silences), self.server.send(request));
        let begun = silences.load(Ordering::SeqCst);
        async move {
            let answer = answer.await?;
            let pieces =
                stream::unfold((answer.body, silences), move |(mut body, silences)| async move {
                    let piece = body.next().await;
                    if silences.load(Ordering::SeqCst) != begun {
                        std::future::pending::<()>().await;
                    }
                    piece.map(|piece| (piece, (body, silences)))
                });
            Ok(Response::new(answer.status, answer.headers, Body::from_stream(pieces.boxed())))
        }
        .boxed()
    }
}

pub(super) struct World {
    pub(super) server: Server,
    pub(super) client: Client,
    pub(super) wire: Wire,
    pub(super) maps: InformerHandle<ConfigMap>,
    informers: Informers,
    /// What the server did.
    journal: Mutex<Journal>,
    told: Arc<Mutex<Vec<Notice>>>,
}

/// By what the index finds them.
pub(super) fn by_value(map: &ConfigMap) -> Option<String> {
    map.data.as_ref()?.get("value").cloned()
}

impl World {
    pub(super) fn new(seed: u64, settings: Settings) -> Self {
        let server = Server::builder().seed(seed).build();
        let direct = InProcess::new(&server, server.admin_token());
        let watching = InProcess::new(&server, server.user_token(WATCHER, &["system:masters"]));
        let wire = Wire { server: watching, silences: Arc::default() };
        let client = Client::over(Arc::new(direct));
        let watched = Client::over(Arc::new(wire.clone()));
        let informers = Informers::with(watched, settings, Seed::new(seed)).namespace("default");
        let maps = informers.of::<ConfigMap>().index(by_value);
        let told = Arc::<Mutex<Vec<Notice>>>::default();
        let writer = Arc::clone(&told);
        maps.on(move |notice: &Notice| writer.lock().unwrap().push(notice.clone()));
        let journal = Mutex::default();
        Self { server, client, wire, maps, informers, journal, told }
    }

    pub(super) async fn create(&self, name: &str) {
        let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
        let map = ConfigMap { metadata, ..ConfigMap::default() };
        let made = self.client.namespace("default").create(&map).await.unwrap();
        self.journal.lock().unwrap().wrote(&made);
    }

    pub(super) async fn change(&self, name: &str, value: &str) {
        let objects = self.client.namespace("default");
        let mut map: ConfigMap = objects.get(name).await.unwrap();
        map.data = Some(BTreeMap::from([("value".to_owned(), value.to_owned())]));
        let written = objects.replace(&map).await.unwrap();
        self.journal.lock().unwrap().wrote(&written);
    }

    pub(super) async fn delete(&self, name: &str) {
        self.client.namespace("default").delete::<ConfigMap>(name).await.unwrap();
        self.journal.lock().unwrap().deleted(&Key::namespaced("default", name));
    }

    /// Plays a story while the informer runs and is synced; then no promise to a handler may be broken.
    pub(super) async fn play(&self, story: impl Future<Output = ()>) {
        let before = self.there().await;
        let witnesses = [(); 2].map(|()| {
            let checker = ContractChecker::new(Pace::KeepsUp).among_others();
            Witness::join(&self.maps, checker, &self.journal.lock().unwrap())
        });
        let shutdown = Shutdown::new();
        let running = self.informers.run(shutdown.clone());
        let story = async {
            within(Duration::from_secs(300), self.maps.synced(), "it syncs").await;
            let cached = self.cached();
            for name in before.keys() {
                assert!(cached.contains_key(name), "synced without {name}");
            }
            story.await;
            shutdown.begin();
        };
        let (ended, ()) = futures::join!(running, story);
        ended.unwrap();
        for witness in witnesses {
            witness.look();
            let broken = witness.finish(&self.journal.lock().unwrap());
            assert!(broken.is_empty(), "{broken:#?}");
        }
        self.check_index();
    }

    fn check_index(&self) {
        let lister = self.maps.lister();
        let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for map in lister.list() {
            let name = map.metadata.name.clone().unwrap();
            by_value(&map).into_iter().for_each(|value| {
                values.entry(value).or_default().push(name.clone());
            });
        }
        for (value, mut names) in values {
            let mut found: Vec<_> = lister
                .by(by_value, &value)
                .iter()
                .filter_map(|map| map.metadata.name.clone())
                .collect();
            names.sort();
            found.sort();
            assert_eq!(found, names, "under the value {value}");
        }
    }

    /// How many notices there were of what `which` says.
    pub(super) fn told(&self, which: impl Fn(&Notice) -> bool) -> usize {
        self.told.lock().unwrap().iter().filter(|notice| which(notice)).count()
    }

    pub(super) fn cached(&self) -> State {
        self.maps.lister().list().iter().map(|map| state(map)).collect()
    }

    pub(super) async fn there(&self) -> State {
        let list = self.client.namespace("default").list::<ConfigMap>().await.unwrap();
        list.items.iter().map(state).collect()
    }

    /// Waits until the cache has what the server has; how long that took.
    pub(super) async fn caught_up(&self, at_most: Duration) -> Duration {
        let begun = tokio::time::Instant::now();
        while self.cached() != self.there().await {
            assert!(begun.elapsed() <= at_most, "not within {at_most:?}");
            // A tenth more each time: long waits are not looked at ten times a second. The last look is at the end.
            let left = at_most.saturating_sub(begun.elapsed()) + Duration::from_millis(1);
            pass((begun.elapsed() / 10).max(Duration::from_millis(100)).min(left)).await;
        }
        begun.elapsed()
    }

    /// What the informer asked for: the verbs, and where a list goes on, `page`.
    pub(super) fn asked(&self) -> Vec<String> {
        let journal = self.server.journal().into_iter();
        let ours =
            journal.filter(|entry| entry.user == WATCHER && entry.path.contains("/configmaps"));
        ours.map(|entry| match entry.path.contains("continue=") {
            true => "page".to_owned(),
            false if entry.path.contains("sendInitialEvents=true") => "stream".to_owned(),
            false => entry.verb,
        })
        .collect()
    }

    /// How many of these it asked for.
    pub(super) fn count(&self, what: &[&str]) -> usize {
        self.asked().iter().filter(|asked| what.contains(&asked.as_str())).count()
    }
}

pub(super) async fn within<T>(time: Duration, future: impl Future<Output = T>, what: &str) -> T {
    let ended = tokio::time::timeout(time, future).await;
    ended.unwrap_or_else(|_| panic!("not within {time:?}: {what}"))
}

#[expect(clippy::disallowed_methods, reason = "the clock is paused")]
pub(super) async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
}

fn state(map: &ConfigMap) -> (String, (String, u64)) {
    let metadata = &map.metadata;
    let version = metadata.resource_version.as_ref().unwrap().parse().unwrap();
    (metadata.name.clone().unwrap(), (metadata.uid.clone().unwrap(), version))
}
