//! When an object is reconciled again though nothing changed, and what is looked up by an index.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use kube_runtime::prelude::*;
use kube_runtime::workqueue::RateLimiter;
use kube_runtime::workqueue::limiter::FastSlow;
use kube_testing::Cluster;

use super::Count;
use super::Site;
use super::site;

#[kube_testing::test]
async fn an_index_answers_by_its_function_and_asks_each_object_once(cluster: Cluster) {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    fn by_image(site: &Site) -> [String; 1] {
        ASKED.fetch_add(1, Ordering::SeqCst);
        [site.spec.image.clone()]
    }
    type Found = Arc<Mutex<Vec<usize>>>;
    #[controller(index(Site, by_image))]
    async fn look(site: Object<Site>, sites: Lister<Site>, found: State<Found>) -> Result<Action> {
        found.lock().unwrap().push(sites.by(by_image, &site.spec.image).len());
        Ok(Action::done())
    }
    let found = Found::default();
    let operator = Operator::new("look").state(Arc::clone(&found)).controller(look);
    operator.install_crds(cluster.client()).await.unwrap();
    for (name, image) in [("a", "nginx"), ("b", "nginx"), ("c", "caddy")] {
        cluster.create(&site(name, image)).await;
    }
    cluster.run(operator).await;
    cluster.settled().await;
    let mut found = found.lock().unwrap().clone();
    found.sort_unstable();
    assert_eq!(found, [1, 2, 2]);
    assert_eq!(ASKED.load(Ordering::SeqCst), 3, "a lookup asks no object");
}

#[kube_testing::test]
async fn a_resync_reconciles_everything_again_also_under_a_predicate(cluster: Cluster) {
    #[controller(resync = "10m", predicate = generation_changed)]
    async fn look(_: Object<Site>, count: State<Count>) -> Result<Action> {
        count.add();
        Ok(Action::done())
    }
    let count = Count::default();
    cluster.run(Operator::new("look").state(count.clone()).controller(look)).await;
    cluster.create(&site("a", "nginx")).await;
    cluster.create(&site("b", "nginx")).await;
    cluster.settled().await;
    assert_eq!(count.take(), 2);
    let asked = cluster.journal().len();
    cluster.advance("9m").await;
    assert_eq!(count.take(), 0);
    cluster.advance("2m").await;
    assert_eq!(count.take(), 2);
    cluster.advance("10m").await;
    assert_eq!(count.take(), 2);
    let lists =
        cluster.journal().split_off(asked).iter().filter(|entry| entry.verb == "list").count();
    assert_eq!(lists, 0, "the server is not asked");
}

#[kube_testing::test]
async fn a_failure_waits_as_long_as_the_limiter_says(cluster: Cluster) {
    fn gentle() -> impl RateLimiter<Key> {
        let minute = std::time::Duration::from_secs(60);
        FastSlow::new(minute, minute * 10, 1)
    }
    async fn fail(_: Object<Site>, count: State<Count>) -> Result<Action> {
        count.add();
        Err(Error::msg("not yet"))
    }
    #[controller(rate_limit = exponential("1m", "10m"))]
    async fn ours(site: Object<Site>, count: State<Count>) -> Result<Action> {
        fail(site, count).await
    }
    #[controller(rate_limit = gentle)]
    async fn own(site: Object<Site>, count: State<Count>) -> Result<Action> {
        fail(site, count).await
    }
    for (controller, expected) in
        [(ours as fn() -> Controller<Site>, [1, 0, 1, 0, 1]), (own, [1, 0, 1, 0, 0])]
    {
        let count = Count::default();
        let operator = Operator::new("look").state(count.clone()).controller(controller);
        cluster.run(operator).await;
        cluster.create(&site("a", "nginx")).await;
        cluster.settled().await;
        let mut told = vec![count.take()];
        for time in ["50s", "20s", "80s", "1m"] {
            cluster.advance(time).await;
            told.push(count.take());
        }
        assert_eq!(told, expected);
        cluster.stop().await;
        cluster.delete::<Site>("a").await;
    }
}
