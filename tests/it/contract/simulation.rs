//! Random writes under random faults: no promise to any handler is broken, whatever the seed.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use kube_embedded::Ending;
use kube_embedded::Fault;
use kube_embedded::Server;
use kube_runtime::clock::Seed;
use kube_runtime::flow::Notice;
use kube_runtime::handler::EventHandler;
use kube_runtime::informer::InformerHandle;
use kube_runtime::informer::Informers;
use kube_runtime::informer::Notices;
use kube_runtime::reflector::Settings;
use kube_runtime::shutdown::Shutdown;
use kube_testing::contract::ContractChecker;
use kube_testing::contract::Pace;
use kube_testing::contract::Witness;

use super::Writer;
use super::by_colour;
use super::client;
use super::coloured;
use super::is_red;
use super::key;
use super::pass;
use super::show;

const SEEDS: u64 = 12;
const NAMES: [&str; 7] = ["a", "b", "c", "d", "e", "f", "g"];
const COLOURS: [&str; 3] = ["red", "green", "blue"];
/// Seeds that once found something. 1103: a burst after an outage put a handler behind that was quick.
const FOUND: [u64; 1] = [1103];

/// One run: what is the same for all of it.
struct Story {
    server: Server,
    random: fastrand::Rng,
    writer: Writer,
    maps: InformerHandle<ConfigMap>,
    /// Whether versions may be lost by compaction.
    wild: bool,
    witnesses: Vec<(&'static str, Witness)>,
}

impl Story {
    async fn write(&mut self) {
        let random = &mut self.random;
        let (name, colour) = (NAMES[random.usize(..NAMES.len())], COLOURS[random.usize(..3)]);
        let (kind, again) = (random.u8(..10), random.bool());
        if self.writer.journal.is_there(&key(name)) {
            if kind >= 2 {
                return self.writer.change(name, colour).await;
            }
            self.writer.delete(name).await;
            if !again {
                return;
            }
        }
        self.writer.create(name, colour).await;
    }

    fn disturb(&mut self) {
        let random = &mut self.random;
        let verb = if random.bool() { "watch" } else { "list" };
        let (least, times) = (Duration::from_millis(random.u64(..500)), random.usize(1..4));
        let endings = [Ending::Close, Ending::Cut, Ending::CutInFrame, Ending::Expired];
        let ending = endings[random.usize(..if self.wild { 4 } else { 3 })];
        let fault = match random.u8(..if self.wild { 8 } else { 6 }) {
            0 => Fault::refuse([429, 500, 503][random.usize(..3)]).on(verb, "configmaps"),
            1 => Fault::cut().on(verb, "configmaps"),
            2 => Fault::delay_between(least, least * 4).on(verb, "configmaps"),
            3 => Fault::end_watch(random.usize(..5), ending).on("watch", "configmaps"),
            4 => Fault::no_bookmarks(),
            5 => return self.server.end_watches(Some("configmaps"), ending),
            6 => Fault::refuse(410).on(verb, "configmaps"),
            _ => {
                self.server.compact();
                return self.server.end_watches(Some("configmaps"), ending);
            }
        };
        self.server.faults().inject(fault.times(times));
    }

    fn look(&self) {
        let store = self.maps.store();
        let (cached, red) = (store.cached_states(), store.by(by_colour, &"red".to_owned()));
        for (_, witness) in &self.witnesses {
            witness.with(|checker| {
                checker.looked(&cached);
                checker.indexed(&cached, &red, is_red);
            });
        }
    }

    fn join(&mut self, name: &'static str, pace: Pace) -> Witness {
        let checker = ContractChecker::new(pace);
        let witness = Witness::join(&self.maps, checker, &self.writer.journal);
        self.witnesses.push((name, witness.clone()));
        witness
    }

    /// A witness of what somebody else is told.
    fn tell(&mut self, name: &'static str, pace: Pace) -> Witness {
        let witness = Witness::new(&self.maps, ContractChecker::new(pace));
        witness.begins(&self.writer.journal);
        self.witnesses.push((name, witness.clone()));
        witness
    }

    async fn play(&mut self, seed: u64, hurry: &AtomicBool) {
        // In a storm more notices come than wait for a handler before they are merged; in every other one requests fail as often as ever.
        let (storm, rough) = (seed % 12 == 11, seed % 24 != 11);
        let steps = match (storm, rough) {
            (true, true) => 1500,
            (true, false) => 2000,
            (false, _) => 120,
        };
        for step in 0..steps {
            self.write().await;
            if self.random.u8(..if rough { 10 } else { 100 }) == 0 {
                self.disturb();
            }
            if self.random.u8(..10) < if storm { 1 } else { 4 } {
                pass(Duration::from_millis(self.random.u64(..3000))).await;
                self.look();
            }
            if step == steps / 2 {
                self.join("late", Pace::KeepsUp);
            }
        }
        self.server.faults().clear();
        hurry.store(true, Ordering::Relaxed);
        pass(Duration::from_secs(600)).await;
    }
}

/// What happened in the runs: a simulation in which nothing happens proves nothing.
#[derive(Debug, Default)]
struct Met {
    relists: u64,
    unknown_ends: u64,
    merged: u64,
}

/// A reader that takes its time; how many notices it read.
async fn read_slowly(mut notices: Notices, witness: Witness, seed: u64, hurry: &AtomicBool) -> u64 {
    let (mut random, mut read) = (Seed::new(seed).stream("reader"), 0);
    while let Some(notice) = notices.next().await {
        read += 1;
        if notices.is_synced() {
            witness.with(ContractChecker::synced);
        }
        witness.on_notice(&notice);
        if !hurry.load(Ordering::Relaxed) {
            pass(Duration::from_millis(random.u64(..60_000))).await;
        }
    }
    if notices.is_synced() {
        witness.with(ContractChecker::synced);
    }
    read
}

/// Plays one seed; what was broken comes out as text.
async fn play(seed: u64, met: &mut Met) -> String {
    let mut random = Seed::new(seed).stream("story");
    let (wild, hurry) = (random.bool(), AtomicBool::new(false));
    let server = Server::builder().seed(seed).build();
    let mut settings = Settings::default();
    settings.streaming = random.bool();
    let informers = Informers::with(client(&server), settings, Seed::new(seed));
    let maps = coloured(&informers).index(by_colour);
    let (writer, witnesses) = (Writer::to(&server), Vec::new());
    let mut story = Story { server, random, writer, maps, wild, witnesses };
    for _ in 0..10 {
        story.write().await;
    }
    story.join("fast", Pace::KeepsUp);
    let repeated = story.tell("resync", Pace::KeepsUp);
    let period = Duration::from_secs(7);
    repeated.registered(story.maps.on_with_resync(repeated.clone(), period));
    let (told, unknown) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let counters = (Arc::clone(&told), Arc::clone(&unknown));
    story.maps.on(move |notice: &Notice| {
        counters.0.fetch_add(1, Ordering::Relaxed);
        let is_unknown = matches!(notice, Notice::Deleted(end) if end.is_final_state_unknown());
        counters.1.fetch_add(u64::from(is_unknown), Ordering::Relaxed);
    });
    let slow = story.tell("slow", Pace::MayBeBehind);
    let notices = story.maps.listen();
    let shutdown = Shutdown::new();
    let reading = read_slowly(notices, slow, seed, &hurry);
    let playing = async {
        story.play(seed, &hurry).await;
        shutdown.begin();
    };
    let (ended, read, ()) = tokio::join!(informers.run(shutdown.clone()), reading, playing);
    ended.unwrap();
    met.relists += story.maps.health().borrow().lists - 1;
    met.unknown_ends += unknown.load(Ordering::Relaxed);
    met.merged += told.load(Ordering::Relaxed) - read;
    let mut said = String::new();
    story.look();
    for (name, witness) in &story.witnesses {
        let broken = show(&witness.finish(&story.writer.journal));
        if !broken.is_empty() {
            said += &format!("\nseed {seed} (wild: {wild}), handler `{name}`:{broken}");
        }
    }
    said
}

/// `CONTRACT_SEEDS` says how many seeds; `CONTRACT_SEED` at which one to begin.
#[tokio::test(start_paused = true)]
async fn an_informer_keeps_its_contract_under_writes_cuts_compactions_and_slow_handlers() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("CONTRACT_SEED").unwrap_or(0);
    let (mut said, mut met) = (String::new(), Met::default());
    for seed in (first..first + number("CONTRACT_SEEDS").unwrap_or(SEEDS)).chain(FOUND) {
        said += &play(seed, &mut met).await;
    }
    assert!(said.is_empty(), "{said}");
    let everything = met.relists > 0 && met.unknown_ends > 0 && met.merged > 0;
    assert!(everything || std::env::var_os("CONTRACT_SEEDS").is_some(), "{met:?}");
}
