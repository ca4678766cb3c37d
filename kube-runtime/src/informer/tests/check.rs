//! What a comparison of a cache with its server tells, and what it does not take for a difference.

use super::*;
use crate::flow::sample::object;
use crate::informer::check::Difference;

const MINUTE: Duration = Duration::from_secs(60);

fn show_difference(difference: &Difference) -> String {
    let part = |version: &Option<String>| version.clone().unwrap_or_else(|| "none".to_owned());
    let (cached, listed) = (part(&difference.cached), part(&difference.listed));
    format!("{} {cached}, not {listed}", difference.key.name())
}

async fn differences(informer: &Informer) -> Vec<String> {
    let found = informer.differences(MINUTE).await.unwrap();
    found.iter().map(show_difference).collect()
}

fn served() -> (Arc<Server>, Informer) {
    let server = Arc::new(Server::default());
    ["x", "y", "z"].iter().zip(1..).for_each(|(name, version)| server.put(name, version, false));
    let informer = informer(&server);
    (server, informer)
}

#[tokio::test(start_paused = true)]
async fn a_cache_that_has_what_the_server_has_costs_one_list() {
    let (server, informer) = served();
    play(&informer, async {
        server.put("x", 4, true);
        quiet().await;
        server.asked();
        assert!(differences(&informer).await.is_empty());
        assert_eq!(server.asked(), ["list"]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn whatever_the_watch_did_not_bring_is_told_with_both_versions() {
    let (server, informer) = served();
    play(&informer, async {
        // Nobody is told of these three.
        server.put("x", 4, false);
        server.delete("y", 5, false);
        server.put("new", 6, false);
        server.put("z", 7, true);
        quiet().await;
        let found = differences(&informer).await;
        assert_eq!(found, ["new none, not 6", "x 1, not 4", "y 2, not none"]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_a_cache_lags_behind_by_is_no_difference() {
    let (server, informer) = served();
    play(&informer, async {
        server.put("x", 4, false);
        server.delete("y", 5, false);
        let late = async {
            pass(MINUTE / 2).await;
            server.tell(Some(WatchEvent::Modified(object("x", 4))));
            server.tell(Some(WatchEvent::Deleted(object("y", 5))));
        };
        let (found, ()) = futures::join!(differences(&informer), late);
        assert_eq!(found, [""; 0]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_cache_that_does_not_get_there_is_an_error_that_says_so() {
    let (server, informer) = served();
    play(&informer, async {
        server.put("x", 4, false);
        let error = informer.differences(MINUTE).await.unwrap_err();
        assert!(error.is_timeout());
        let told = error.chain();
        assert!(told.starts_with("failed to compare ConfigMap with the server: "), "{told}");
    })
    .await;
}
