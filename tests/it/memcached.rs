//! The tutorial's operator under the kit: what its user sees, and that it comes to the same end wherever its process dies.

#[path = "../../examples/memcached/operator.rs"]
#[expect(
    dead_code,
    unreachable_pub,
    reason = "its own `main` is the entry of the example `memcached-operator`"
)]
mod operator;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::events::v1::Event;
use kube_runtime::prelude::Conditions as _;
use kube_runtime::prelude::Operator;
use kube_testing::Cluster;
use serde_json::json;

use operator::Flags;
use operator::Memcached;
use operator::MemcachedSpec;

fn operator() -> Operator {
    operator::operator().with_args(Flags { image: "memcached:1".to_owned() })
}

fn sessions() -> Memcached {
    Memcached::new("sessions", MemcachedSpec { size: 2, container_port: 11211 })
}

async fn said(cluster: &Cluster) -> Vec<String> {
    let status = cluster.get::<Memcached>("sessions").await.status.unwrap_or_default();
    let shown = status.conditions.iter();
    shown.map(|it| format!("{}={} {}", it.type_, it.status, it.message)).collect()
}

#[kube_testing::test]
async fn a_memcached_is_scaled_to_its_size_and_says_when_it_is_available(cluster: Cluster) {
    cluster.run(operator()).await;
    cluster.create(&sessions()).await;
    cluster.settled().await;
    assert_eq!(said(&cluster).await, ["Available=False 0 of 2 ready"]);
    cluster.advance("1m").await;
    assert_eq!(said(&cluster).await, ["Available=True 2 of 2 ready"]);
    cluster.patch::<Memcached>("sessions", json!({ "spec": { "size": 5 } })).await;
    cluster.advance("1m").await;
    let deployment = cluster.get::<Deployment>("sessions").await;
    let container = &deployment.spec.template.spec.as_ref().unwrap().containers[0];
    assert_eq!(
        (deployment.spec.replicas, container.image.as_deref()),
        (Some(5), Some("memcached:1"))
    );
    assert_eq!(deployment.metadata.owner_references.as_ref().unwrap()[0].kind, "Memcached");
    let status = cluster.get::<Memcached>("sessions").await.status.unwrap();
    assert_eq!((status.ready, status.conditions.is_true("Available")), (5, true));
}

#[kube_testing::test]
async fn a_size_beyond_its_bounds_is_refused(cluster: Cluster) {
    cluster.run(operator()).await;
    for size in [0, 6] {
        let spec = MemcachedSpec { size, container_port: 11211 };
        let created = cluster.api::<Memcached>().create(&Memcached::new("sessions", spec)).await;
        assert!(created.unwrap_err().is_invalid(), "{size}");
    }
}

#[kube_testing::test]
async fn before_it_goes_it_is_said_to_be_degraded_and_an_event_warns(cluster: Cluster) {
    cluster.run(operator()).await;
    let mut made = sessions();
    // Somebody else's, so that what is said last can be read.
    made.metadata.finalizers = Some(vec!["example.com/hold".to_owned()]);
    cluster.create(&made).await;
    cluster.advance("1m").await;
    cluster.delete::<Memcached>("sessions").await;
    cluster.advance("1m").await;
    let said = said(&cluster).await;
    assert_eq!(said[1], "Degraded=True default/sessions is being deleted", "{said:?}");
    let held = cluster.get::<Memcached>("sessions").await;
    assert_eq!(held.metadata.finalizers.unwrap(), ["example.com/hold"]);
    let events = cluster.list::<Event>().await;
    let warned = |event: &Event| event.reason.as_deref() == Some("Deleting");
    assert!(events.iter().any(warned), "{events:?}");
    cluster.patch::<Memcached>("sessions", json!({ "metadata": { "finalizers": null } })).await;
    cluster.advance("1m").await;
    assert!(cluster.find::<Deployment>("sessions").await.is_none());
}

#[test]
fn wherever_its_process_dies_a_memcached_ends_as_if_it_had_not() {
    let one = |name: &str| Memcached::new(name, MemcachedSpec { size: 1, container_port: 11211 });
    let plays = kube_testing::torture(operator, async |cluster: &Cluster| {
        cluster.create(&one("sessions")).await;
        cluster.create(&one("pages")).await;
        cluster.advance("1m").await;
        cluster.delete::<Memcached>("pages").await;
        cluster.patch::<Memcached>("sessions", json!({ "spec": { "size": 2 } })).await;
    });
    assert!(plays.crashes >= 20 && plays.behind >= 20 && plays.missed >= 1, "{plays:?}");
}
