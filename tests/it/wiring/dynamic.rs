//! Watches of kinds that no type of the program stands for.

use kube_runtime::core::DynamicObject;
use kube_testing::Cluster;
use serde_json::json;

use super::*;

/// The site that a map names.
fn named(map: &DynamicObject, sites: &Lister<Site>) -> Option<Key> {
    let key = Key::namespaced("default", map.data["data"]["site"].as_str()?);
    sites.find(&key).ok().flatten().map(|_| key)
}

async fn count(_: Object<Site>, count: State<Count>) -> Result<Action> {
    count.add();
    Ok(Action::done())
}

#[kube_testing::test]
async fn a_change_of_a_kind_that_is_known_at_run_time_leads_to_the_reconciles_that_a_function_says(
    cluster: Cluster,
) {
    let counted = Count::default();
    let controller = Controller::<Site>::of("counter", count).wired(|wiring| {
        let resource = <ConfigMap as Resource>::RESOURCE;
        wiring.watches_dynamic(resource, named).predicate(resource_version_changed);
    });
    cluster.run(Operator::new("counter").state(counted.clone()).controller(controller)).await;
    cluster.create(&site("a", "x")).await;
    cluster.create(&site("b", "x")).await;
    cluster.settled().await;
    assert_eq!(counted.take(), 2);

    let mut names_a = map("m");
    names_a.data = Some([("site".to_owned(), "a".to_owned())].into());
    cluster.create(&names_a).await;
    cluster.create(&map("names-nobody")).await;
    cluster.settled().await;
    assert_eq!(counted.take(), 1);
    // The old state and the new one are asked about.
    cluster.patch::<ConfigMap>("m", json!({ "data": { "site": "b" } })).await;
    cluster.settled().await;
    assert_eq!(counted.take(), 2);
    let asked = cluster.journal();
    assert!(asked.iter().all(|entry| entry.status != 403), "the role says so: {asked:?}");
}
