//! Many schedules of changes and faults, each from its seed: whatever comes, the informer keeps its contract.

use std::time::Duration;

use kube_embedded::Ending;
use kube_embedded::Fault;
use kube_runtime::flow::Deletion;
use kube_runtime::flow::Notice;
use kube_runtime::reflector::Settings;

use super::Blamed;
use super::seeds;
use super::world::WATCHER;
use super::world::World;
use super::world::pass;

/// One change of one of eight objects.
async fn change(world: &World, random: &mut fastrand::Rng, step: usize) {
    let name = format!("m{}", random.u8(0..8));
    let there = world.there().await.contains_key(&name);
    match (there, random.u8(0..4)) {
        (false, _) => world.create(&name).await,
        // Under its name there is another object at once.
        (true, 0) => {
            world.delete(&name).await;
            if random.bool() {
                world.create(&name).await;
            }
        }
        (true, _) => world.change(&name, &(step % 3).to_string()).await,
    }
}

async fn fault(world: &World, random: &mut fastrand::Rng) {
    let inject = |fault: Fault| world.server.faults().inject(fault.by(WATCHER));
    let endings = [Ending::Close, Ending::Cut, Ending::CutInFrame, Ending::Expired];
    let ending = endings[random.usize(0..4)];
    let verb = if random.bool() { "watch" } else { "list" };
    match random.u8(0..24) {
        0..3 => world.server.end_watches(None, ending),
        3 => inject(Fault::refuse(410).on(verb, "configmaps")),
        4 => inject(Fault::end_watch(random.usize(0..4), ending)),
        5 => {
            let busy = Fault::refuse_for(429, Duration::from_secs(2));
            inject(busy.on(verb, "configmaps"));
        }
        6 => inject(Fault::refuse(500).on(verb, "configmaps").times(random.usize(1..8))),
        7 => inject(Fault::cut().on(verb, "configmaps")),
        8 => inject(Fault::lose_answer().on("list", "configmaps")),
        9 => inject(Fault::no_bookmarks()),
        10 => world.server.compact(),
        11 => world.wire.fall_silent(),
        12..15 => pass(Duration::from_millis(random.u64(0..3_000))).await,
        15 => pass(Duration::from_secs(random.u64(0..200))).await,
        _ => {}
    }
}

#[tokio::test(start_paused = true)]
async fn under_any_schedule_of_faults_the_informer_keeps_its_contract() {
    let (mut anew, mut unseen) = (0, 0);
    for seed in seeds(40) {
        let _blamed = Blamed(seed);
        let mut random = fastrand::Rng::with_seed(seed);
        let mut settings = Settings::default();
        settings.streaming = random.bool();
        settings.page_size = 3;
        settings.watch_timeout = Duration::from_secs(60);
        let world = World::new(seed, settings);
        for name in ["m0", "m1", "m2", "m3"] {
            world.create(name).await;
        }
        fault(&world, &mut random).await;
        let story = async {
            let mut version = 0;
            for step in 0..60 {
                change(&world, &mut random, step).await;
                fault(&world, &mut random).await;
                let now = world.maps.store().resource_version().unwrap().parse::<u64>().unwrap();
                assert!(now >= version, "the cache went back from {version} to {now}");
                version = now;
            }
            world.server.faults().clear();
            world.caught_up(Duration::from_secs(300)).await;
        };
        world.play(story).await;
        anew += world.told(|notice| matches!(notice, Notice::Added { initial: false, .. }));
        unseen +=
            world.told(|notice| matches!(notice, Notice::Deleted(Deletion::FinalStateUnknown(_))));
    }
    assert!(anew > 100 && unseen > 10, "{anew}, {unseen}: the schedules themselves are too calm");
}
