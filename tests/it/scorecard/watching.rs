//! Every form of 410, connections that die without a word, servers that end every watch: what the informer asks, and when it is well again.

use std::time::Duration;

use kube_embedded::Ending;
use kube_embedded::Fault;
use kube_runtime::flow::Notice;
use kube_runtime::reflector::Settings;
use tokio::time::Instant;

use super::world::WATCHER;
use super::world::World;
use super::world::pass;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);
/// How soon a cache has to be right again.
const SOON: Duration = Duration::from_secs(60);

fn paged() -> Settings {
    let mut settings = Settings::default();
    (settings.streaming, settings.page_size) = (false, 2);
    settings
}

async fn seven(settings: Settings) -> World {
    let world = World::new(7, settings);
    for number in 0..7 {
        world.create(&format!("m{number}")).await;
    }
    world
}

#[tokio::test(start_paused = true)]
async fn each_410_of_a_watch_costs_one_list_at_most_and_deletes_nothing_that_lives() {
    for (in_the_stream, bookmarks, compacted) in
        (0..8).map(|row| (row & 1 > 0, row & 2 > 0, row & 4 > 0))
    {
        let world = seven(paged()).await;
        if !bookmarks {
            world.server.faults().inject(Fault::no_bookmarks().always());
        }
        let story = async {
            world.change("m1", "before").await;
            world.caught_up(SOON).await;
            let before = world.count(&["list"]);
            for round in 1..=5 {
                let ending = if in_the_stream { Ending::Expired } else { Ending::Cut };
                if !in_the_stream {
                    world.server.faults().inject(Fault::refuse(410).on("watch", "configmaps"));
                }
                world.server.end_watches(Some("configmaps"), ending);
                world.change("m2", &round.to_string()).await;
                if compacted {
                    world.server.compact();
                }
                world.caught_up(SOON).await;
                pass(SECOND).await;
                assert!(world.count(&["list"]) - before <= round, "{:?}", world.asked());
                world.change("m3", &round.to_string()).await;
                world.caught_up(SOON).await;
            }
        };
        world.play(story).await;
        assert_eq!(world.told(|notice| matches!(notice, Notice::Deleted(_))), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_410_within_a_list_costs_one_more_and_deletes_nothing_that_lives() {
    // Refused are the first page, the second, and the last; or the second one's token has expired; or the version lies ahead.
    for (refused, fault) in [
        ("page 1", Fault::refuse(410).on("list", "configmaps").by(WATCHER)),
        ("page 2", Fault::refuse(410).on("list", "configmaps").by(WATCHER).after(1)),
        ("page 4", Fault::refuse(410).on("list", "configmaps").by(WATCHER).after(3)),
        ("a version from the future", Fault::refuse(504).on("list", "configmaps").by(WATCHER)),
    ] {
        for again in [false, true] {
            let world = seven(paged()).await;
            if !again {
                world.server.faults().inject(fault.clone());
            }
            let story = async {
                if again {
                    // A list that comes when there is a cache already, and is of the newest state, in pages.
                    world.server.faults().inject(fault.clone());
                    world.server.end_watches(Some("configmaps"), Ending::Expired);
                    world.change("m2", "again").await;
                    world.delete("m3").await;
                }
                world.caught_up(SOON).await;
                pass(SOON).await;
                let lists = world.count(&["list"]);
                assert!(lists <= 2 + usize::from(again), "{refused}: {:?}", world.asked());
            };
            world.play(story).await;
            let deleted = world.told(|notice| matches!(notice, Notice::Deleted(_)));
            assert_eq!(deleted, usize::from(again), "{refused}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_died_without_a_word_is_noticed_by_the_bookmarks_that_do_not_come() {
    for streaming in [false, true] {
        let mut settings = paged();
        settings.streaming = streaming;
        settings.watch_timeout = HOUR;
        let world = seven(settings).await;
        let story = async {
            // Two bookmarks say how far they are apart; it dies just after the second.
            pass(122 * SECOND).await;
            let before = world.count(&["list", "page", "stream"]);
            world.wire.fall_silent();
            let silent = Instant::now();
            world.change("m1", "unheard").await;
            world.delete("m2").await;
            world.caught_up(120 * SECOND).await;
            assert!(silent.elapsed() > 20 * SECOND, "it was not silent at all");
            assert_eq!(world.count(&["list", "page", "stream"]), before, "{:?}", world.asked());
        };
        world.play(story).await;
    }
}

#[tokio::test(start_paused = true)]
async fn without_bookmarks_a_connection_that_died_is_noticed_too_and_one_that_is_quiet_costs_little()
 {
    for streaming in [false, true] {
        let mut settings = paged();
        settings.streaming = streaming;
        settings.watch_timeout = HOUR;
        let world = seven(settings).await;
        world.server.faults().inject(Fault::no_bookmarks().by(WATCHER).always());
        let story = async {
            let before = world.count(&["list", "page", "stream"]);
            let watches = || world.count(&["watch"]);
            let first = watches();
            pass(HOUR).await;
            let hour = watches();
            assert!(hour - first <= 40, "{} watches in a quiet hour", hour - first);
            // It dies when the latest watch has just begun.
            while watches() == hour {
                pass(SECOND).await;
            }
            world.wire.fall_silent();
            let silent = Instant::now();
            world.change("m1", "unheard").await;
            world.delete("m2").await;
            world.caught_up(120 * SECOND).await;
            assert!(silent.elapsed() > 100 * SECOND, "it was not silent at all");
            assert_eq!(world.count(&["list", "page", "stream"]), before, "{:?}", world.asked());
        };
        world.play(story).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_ends_or_refuses_every_watch_for_an_hour_is_not_asked_in_a_hot_loop() {
    let watch = |fault: Fault| fault.on("watch", "configmaps").always();
    let endless = |ending| Fault::end_watch(0, ending).always();
    for streaming in [false, true] {
        for (what, fault) in [
            ("500", watch(Fault::refuse(500))),
            ("410", watch(Fault::refuse(410))),
            ("429", watch(Fault::refuse(429))),
            ("cut", watch(Fault::cut())),
            ("closed at once", endless(Ending::Close)),
            ("cut at once", endless(Ending::Cut)),
            ("cut within an event", endless(Ending::CutInFrame)),
            ("expired at once", endless(Ending::Expired)),
        ] {
            let mut settings = Settings::default();
            settings.streaming = streaming;
            let world = seven(settings).await;
            let story = async {
                world.change("m1", "before").await;
                world.caught_up(SOON).await;
                let before = world.asked().len();
                world.server.faults().inject(fault);
                world.server.end_watches(Some("configmaps"), Ending::Cut);
                for minute in 0..60 {
                    pass(HOUR / 60).await;
                    world.change("m2", &minute.to_string()).await;
                }
                let asked = world.asked().len() - before;
                assert!((10..=200).contains(&asked), "{what}: {asked} requests in an hour");
                world.server.faults().clear();
                world.change("m3", "well again").await;
                world.caught_up(SOON).await;
            };
            world.play(story).await;
        }
    }
}
