//! One of five handlers stands still for an hour under changes: what the others wait, what it costs, and what it knows in the end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;
use std::time::Instant;

use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::clock::Seed;
use kube_runtime::informer::InformerHandle;
use kube_runtime::informer::Informers;
use kube_runtime::prelude::*;
use kube_runtime::reflector::Settings;
use kube_testing::__private::run;
use kube_testing::Cluster;
use serde_json::Value;
use serde_json::json;
use tokio::task::JoinSet;

use crate::ALLOCATOR;
use crate::alone;
use crate::alone::alone;
use crate::times;

const HOUR: usize = 3_600;
const HANDLERS: usize = 5;
/// What the others may wait for, by the machine's clock: the paused one does not move while there is work.
const SOON: Duration = Duration::from_millis(100);

/// What standing still may cost, in bytes.
const COST: usize = 64 << 20;
/// So many notices wait for a handler before they are merged.
const UNREAD: usize = 1_024;
/// What a notice that waits may cost, in bytes: the state before, and itself.
const EACH: usize = 2 << 10;

/// Versions by name, of what is there.
type Versions = BTreeMap<String, String>;

/// What the quick handlers heard.
#[derive(Default)]
struct Quick {
    /// When what they are to hear of was written.
    written: Option<Instant>,
    heard: usize,
    late: usize,
}

/// What the slow handler knows.
#[derive(Default)]
struct Slow {
    last: Versions,
    heard: usize,
    until: Option<tokio::time::Instant>,
}

#[derive(Clone, Default)]
struct Ears {
    quick: Arc<Mutex<Quick>>,
    slow: Arc<Mutex<Slow>>,
}

impl Ears {
    fn listen(&self, maps: &InformerHandle<ConfigMap>, tasks: &mut JoinSet<()>) {
        for _ in 1..HANDLERS {
            let quick = Arc::clone(&self.quick);
            maps.on(move |_: &Notice| quick.lock().unwrap().hear());
        }
        let (slow, mut notices) = (Arc::clone(&self.slow), maps.listen());
        tasks.spawn(async move {
            while let Some(notice) = notices.next().await {
                let until = slow.lock().unwrap().hear(&notice);
                if let Some(until) = until {
                    tokio::time::sleep_until(until).await;
                }
            }
        });
    }
}

impl Quick {
    fn hear(&mut self) {
        self.heard += 1;
        self.late += usize::from(self.written.is_some_and(|written| written.elapsed() > SOON));
    }
}

impl Slow {
    fn stand_still(&mut self, until: tokio::time::Instant) {
        (self.heard, self.until) = (0, Some(until));
    }

    fn hear(&mut self, notice: &Notice) -> Option<tokio::time::Instant> {
        self.heard += 1;
        let name = notice.key().name().to_owned();
        match notice {
            Notice::Added { new, .. } | Notice::Updated { new, .. } => {
                self.last.insert(name, new.resource_version().to_owned());
            }
            _ => _ = self.last.remove(&name),
        }
        self.until
    }
}

/// Texts of which no two are alike, so that nothing is saved where the one is kept beside the other.
fn texts(random: &mut fastrand::Rng) -> Vec<String> {
    let text = |_| std::iter::repeat_with(|| random.alphanumeric()).take(900).collect();
    (0..256).map(text).collect()
}

/// An object of a kilobyte.
fn map(number: usize, turn: usize, text: &str) -> Value {
    let name = format!("map-{number}");
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "name": name, "namespace": "default", "uid": format!("uid-{number}") },
        "data": { "turn": turn.to_string(), "text": text },
    })
}

async fn there(cluster: &Cluster) -> Versions {
    let version =
        |map: ConfigMap| (map.name().to_owned(), map.metadata.resource_version.unwrap_or_default());
    cluster.list::<ConfigMap>().await.into_iter().map(version).collect()
}

/// The changes of an hour, one in a hundred of which is a deletion; how many there were, and what was resident at most.
#[expect(clippy::disallowed_methods, reason = "what is asked is how long it takes on this machine")]
async fn an_hour(cluster: &Cluster, ears: &Ears, objects: usize, changes: usize) -> (usize, usize) {
    let mut random = fastrand::Rng::with_seed(1);
    let (texts, maps) = (texts(&mut random), cluster.api::<ConfigMap>());
    let (mut done, mut resident) = (0, 0);
    for second in 0..HOUR {
        for change in changes * second / HOUR..changes * (second + 1) / HOUR {
            let number = random.usize(0..objects);
            ears.quick.lock().unwrap().written = Some(Instant::now());
            if change % 100 == 99 {
                let deleted = maps.delete(&*format!("map-{number}")).await;
                done += usize::from(deleted.is_ok());
            } else {
                let text = &texts[random.usize(0..texts.len())];
                cluster.server().seed(&map(number, change, text)).unwrap();
                done += 1;
            }
            // Each is told by itself.
            cluster.settled().await;
        }
        // What the server remembers of the past is not asked about.
        cluster.server().compact();
        cluster.server().clear_journal();
        cluster.advance("1s").await;
        resident = resident.max(alone::resident());
    }
    (done, resident)
}

async fn slow(cluster: &Cluster, objects: usize, changes: usize) {
    // What the server makes by itself is there, too.
    cluster.advance("1s").await;
    let texts = texts(&mut fastrand::Rng::with_seed(2));
    for number in 0..objects {
        let text = &texts[number % texts.len()];
        cluster.server().seed(&map(number, 0, text)).unwrap();
    }
    let informers = Informers::with(cluster.client().clone(), Settings::default(), Seed::new(1));
    let maps = informers.namespace("default").of::<ConfigMap>();
    let (ears, mut tasks) = (Ears::default(), JoinSet::new());
    ears.listen(&maps, &mut tasks);
    let running = maps.clone();
    tasks.spawn(async move { running.run(&Shutdown::new()).await });
    maps.synced().await;
    cluster.server().compact();
    cluster.settled().await;
    ears.quick.lock().unwrap().heard = 0;
    let hour = Duration::from_secs(HOUR as u64);
    ears.slow.lock().unwrap().stand_still(tokio::time::Instant::now() + hour);
    let (allocated, resident) = (ALLOCATOR.current_usage(), alone::resident());
    ALLOCATOR.reset_peak_usage();
    let (done, most) = an_hour(cluster, &ears, objects, changes).await;
    let most = (ALLOCATOR.peak_usage() - allocated, most.saturating_sub(resident));
    let quick = std::mem::take(&mut *ears.quick.lock().unwrap());
    assert_eq!(quick.heard, done * (HANDLERS - 1), "what the others were told");
    assert!(quick.late * 100 <= quick.heard, "{} of {} were told late", quick.late, quick.heard);
    let bound = (objects + UNREAD) * EACH;
    assert!(most.0 <= bound && bound <= COST, "{} bytes of {bound} are allocated", most.0);
    assert!(most.1 <= COST, "{} bytes more are resident", most.1);
    cluster.advance("1s").await;
    let heard = ears.slow.lock().unwrap().heard;
    assert!(heard <= 2 * objects + UNREAD, "it was told {heard} times of {objects} objects");
    let there = there(cluster).await;
    let knows = &ears.slow.lock().unwrap().last;
    let wrong = there.iter().filter(|(name, version)| knows.get(*name) != Some(version)).count();
    assert_eq!((wrong, knows.len()), (0, there.len()), "its last states, and how many it knows");
}

#[test]
fn a_handler_that_stands_still_for_an_hour_costs_little_delays_nobody_and_ends_on_the_last_states()
{
    alone(|| {
        let (objects, changes) = ((500 * times()).min(10_000), 5_000 * times());
        run("slow", async move |cluster: Cluster| slow(&cluster, objects, changes).await);
    });
}
