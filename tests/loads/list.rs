//! A list of many objects over real HTTP, and the same list again: what is in memory meanwhile and afterwards.

use std::net::Ipv4Addr;
use std::process::Stdio;
use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use kube_core::Config;
use kube_embedded::Behaviours;
use kube_embedded::Ending;
use kube_embedded::Server;
use kube_runtime::clock::Seed;
use kube_runtime::indexer::Cache;
use kube_runtime::informer::InformerHandle;
use kube_runtime::informer::Informers;
use kube_runtime::prelude::*;
use kube_runtime::reflector::Settings;
use serde_json::json;
use tokio::io::AsyncBufReadExt as _;
use tokio::io::BufReader;
use tokio::runtime::Runtime;

use crate::ALLOCATOR;
use crate::alone;
use crate::times;

const SERVER: &str = "LOADS_SERVER";
const BYTES: &str = "LOADS_BYTES";
/// What the process says that wants the server to forget its history and to end its watches.
const AGAIN: &str = "again";
/// The most that a list, or the same list again, may take on this machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Objects of 2 KB.
#[derive(Clone, Copy)]
enum Objects {
    /// No two are alike: nothing is saved by keeping them packed, and they are as large as can be.
    Unlike,
    /// Three quarters are the same in all: what is kept is small beside a list that is held as a whole.
    Alike,
}

impl Objects {
    fn fill(self, server: &Server, count: usize) -> usize {
        let mut random = fastrand::Rng::with_seed(1);
        let mut text = |length| -> String {
            std::iter::repeat_with(|| random.alphanumeric()).take(length).collect()
        };
        let (same, mut bytes) = (text(1_350), 0);
        for number in 0..count {
            let text = match self {
                Self::Unlike => text(1_800),
                Self::Alike => format!("{same}{}", text(450)),
            };
            let map = json!({
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": { "name": format!("map-{number}"), "namespace": "default" },
                "data": { "text": text },
            });
            bytes += map.to_string().len();
            server.seed(&map).unwrap();
        }
        bytes
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Runs a body in a process of its own, beside a server of this process that has such objects.
fn beside_a_server<F: FnOnce()>(objects: Objects, body: F) {
    if alone::is_alone::<F>() {
        return body();
    }
    runtime().block_on(async {
        let server = Server::builder().behaviours(Behaviours::bare()).build();
        let bytes = objects.fill(&server, 4_000 * times());
        server.compact();
        let listening = server.listen((Ipv4Addr::LOCALHOST, 0).into()).await.unwrap();
        let kubeconfig = server.kubeconfig(&listening.url(), &server.admin_token());
        let mut client = tokio::process::Command::from(alone::again::<F>());
        client.env(SERVER, kubeconfig).env(BYTES, bytes.to_string()).stdout(Stdio::piped());
        let mut client = client.kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(client.stdout.take().unwrap()).lines();
        while let Some(line) = lines.next_line().await.unwrap() {
            if line == AGAIN {
                server.compact();
                watched(&server).await;
                server.end_watches(None, Ending::Expired);
            }
        }
        let ended = client.wait().await.unwrap();
        assert!(ended.success(), "the client's process: {ended}");
        listening.stop().await;
    });
}

#[expect(clippy::disallowed_methods, reason = "another process is waited for")]
async fn watched(server: &Server) {
    while server.watches() == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// What is allocated and what is resident, both in bytes.
#[derive(Clone, Copy, Debug)]
struct Memory {
    allocated: usize,
    resident: usize,
}

impl Memory {
    fn now() -> Self {
        Self { allocated: ALLOCATOR.current_usage(), resident: alone::resident() }
    }

    /// The most that there was since the last [`forget_peak`](Self::forget_peak).
    fn peak() -> Self {
        Self { allocated: ALLOCATOR.peak_usage(), resident: alone::peak() }
    }

    fn forget_peak() {
        ALLOCATOR.reset_peak_usage();
        alone::forget_peak();
    }

    fn since(self, before: Self) -> Self {
        let allocated = self.allocated.saturating_sub(before.allocated);
        Self { allocated, resident: self.resident.saturating_sub(before.resident) }
    }

    /// Whether both are at most so many tenths of the other's.
    fn within(self, tenths: usize, other: Self) -> bool {
        self.allocated * 10 <= other.allocated * tenths
            && self.resident * 10 <= other.resident * tenths
    }
}

/// What is in memory beyond what was there before the first list.
#[derive(Debug)]
struct Findings {
    /// While it came, at most.
    peak: Memory,
    steady: Memory,
    /// While it came again, at most.
    again: Memory,
    after: Memory,
}

async fn listed(maps: &InformerHandle<ConfigMap>, count: u64) {
    let mut health = maps.health();
    let listed = health.wait_for(|health| health.lists == count);
    _ = tokio::time::timeout(PATIENCE, listed).await.expect("it is listed in time").unwrap();
}

/// Says so to the process with the server.
#[expect(clippy::print_stdout, reason = "the parent reads it")]
fn ask_for_it_again() {
    println!("{AGAIN}");
}

/// Lists, reads everything once where that is kept, and lists again.
async fn list(cache: Cache, streaming: bool) -> Findings {
    let kubeconfig = std::env::var(SERVER).unwrap();
    let client = Client::new(Config::from_kubeconfig_yaml(&kubeconfig).unwrap()).unwrap();
    client.namespace("default").list::<ConfigMap>().limit(1).await.unwrap();
    let mut settings = Settings::default();
    settings.streaming = streaming;
    let informers = Informers::with(client, settings, Seed::new(1)).namespace("default");
    let maps = informers.cache(cache).of::<ConfigMap>();
    let (before, shutdown) = (Memory::now(), Shutdown::new());
    Memory::forget_peak();
    let story = async {
        listed(&maps, 1).await;
        let peak = Memory::peak().since(before);
        if cache == Cache::Typed {
            assert!(maps.lister().list().iter().all(|map| map.data.is_some()));
        }
        let steady = Memory::now().since(before);
        Memory::forget_peak();
        ask_for_it_again();
        listed(&maps, 2).await;
        let again = Memory::peak().since(before);
        let after = Memory::now().since(before);
        shutdown.begin();
        Findings { peak, steady, again, after }
    };
    let ((), findings) = futures::join!(maps.run(&shutdown), story);
    findings
}

fn check(cache: Cache, streaming: bool) {
    let bytes: usize = std::env::var(BYTES).unwrap().parse().unwrap();
    let found = runtime().block_on(list(cache, streaming));
    // Of a few objects the connection and its buffers are no small part.
    let beside = if bytes < 100 << 20 { 1 << 20 } else { 0 };
    let objects = Memory { allocated: bytes + beside, resident: bytes + 4 * beside };
    if cache != Cache::Typed {
        assert!(found.peak.within(15, found.steady), "{found:?}");
        assert!(found.steady.within(13, objects), "{bytes} bytes: {found:?}");
    }
    assert!(found.again.within(15, found.steady), "{found:?}");
    // What is resident then is what was at most: that is asked above.
    let left = found.after.allocated * 20 <= found.steady.allocated * 21;
    assert!(left, "more is left over than a twentieth: {found:?}");
}

#[test]
fn of_a_streamed_list_little_more_is_held_than_is_kept_and_of_the_same_again_no_second_copy() {
    beside_a_server(Objects::Alike, || check(Cache::Packed, true));
}

#[test]
fn of_a_list_in_pages_little_more_is_held_than_is_kept_and_of_the_same_again_no_second_copy() {
    beside_a_server(Objects::Unlike, || check(Cache::Packed, false));
}

#[test]
fn where_objects_are_kept_as_they_were_read_a_list_again_makes_no_second_copy() {
    beside_a_server(Objects::Alike, || check(Cache::Typed, true));
}
