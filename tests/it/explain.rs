//! What `explain` prints: the wiring of operators in, the golden text out.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::Node;
use k8s_openapi::api::core::v1::Secret;
use kube_runtime::endpoint::Endpoint;
use kube_runtime::prelude::*;

use crate::website::operator::Website;
use crate::website::operator::operator;

/// What nobody gives.
struct Missing;

fn all_of_them(_: &ConfigMap, websites: &Lister<Website>) -> Vec<Key> {
    websites.list().iter().map(|site| Key::of(site.as_ref())).collect()
}

fn by_image(site: &Website) -> [String; 1] {
    [site.spec.image.clone()]
}

#[controller(
    owns(Deployment, predicate = generation_changed),
    predicate = generation_changed.or(labels_changed),
    index(Website, by_image, "app"),
    resync = "10m",
    rate_limit = exponential("5ms", "1000s"),
    watches(ConfigMap, by = all_of_them),
    permissions(Secret: get, Deployment/scale: patch),
    workers = 1,
    timeout = "90s"
)]
async fn everything(
    _: Object<Website>,
    _maps: Lister<ConfigMap>,
    _nodes: Lister<Node>,
    _missing: State<Missing>,
) -> Result<Action> {
    Ok(Action::done())
}

#[test]
fn the_wiring_of_an_operator() {
    insta::assert_snapshot!("of_a_small_one", operator().explain());
    let election = LeaderElection::default().namespace("locks").lease("sites");
    let large = operator()
        .controller(everything)
        .leader_election(election)
        .serve(Endpoint::default().metrics(":8080").probes("127.0.0.1:8081"));
    insta::assert_snapshot!("of_one_with_everything", large.explain());
}

#[test]
fn what_cannot_be_started_says_so() {
    let wrong = everything().wired(|wiring| wiring.workers(0));
    let text = Operator::new("wrong").controller(wrong).explain();
    assert!(text.contains("CANNOT BE STARTED: `workers = 0`"), "{text}");
    assert!(text.contains("Missing  MISSING: add `.state(..)`"), "{text}");
}
