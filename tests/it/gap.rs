//! What happens while nobody watches: whoever owns it hears of it afterwards, also when two controllers share the cache.

use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::Secret;
use kube_embedded::Ending;
use kube_embedded::Fault;
use kube_runtime::prelude::*;
use kube_testing::Cluster;
use serde_json::json;

/// Keeps a Secret for each ConfigMap that asks for one.
#[controller(owns(Secret))]
async fn keep(map: Object<ConfigMap>, cx: Cx<ConfigMap>) -> Result<Action> {
    if map.labels().contains_key("secret") {
        let metadata = ObjectMeta { name: Some(map.name().to_owned()), ..ObjectMeta::default() };
        cx.apply(Secret { metadata, ..Secret::default() }).await?;
    }
    Ok(Action::done())
}

/// Reads the same cache.
#[controller]
async fn look(_: Object<Secret>) -> Result<Action> {
    Ok(Action::done())
}

#[kube_testing::test]
async fn an_owner_of_a_shared_cache_hears_of_what_was_deleted_in_a_gap(cluster: Cluster) {
    for compacted in [false, true] {
        cluster.run(Operator::new("keeper").controller(keep).controller(look)).await;
        let map = json!({ "metadata": { "name": "map", "labels": { "secret": "yes" } } });
        cluster.apply(serde_json::from_value::<ConfigMap>(map).unwrap()).await;
        cluster.settled().await;
        let first = cluster.get::<Secret>("map").await;
        // Nobody watches for a while; then the history of that while may be gone.
        cluster.faults().inject(Fault::refuse(503).on("watch", "secrets").times(2));
        cluster.server().end_watches(Some("secrets"), Ending::Cut);
        cluster.delete::<Secret>("map").await;
        if compacted {
            cluster.server().compact();
        }
        assert!(cluster.find::<Secret>("map").await.is_none());
        cluster.advance("1m").await;
        let again = cluster.get::<Secret>("map").await;
        assert_ne!(again.uid(), first.uid(), "it was made anew");
        cluster.stop().await;
        cluster.faults().clear();
    }
}
