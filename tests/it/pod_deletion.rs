//! A Pod's deletion seen at every stage, from the wire to a reconcile that finds nothing.

use k8s_openapi::api::core::v1::Pod;
use kube_core::Api;
use kube_core::wire::WatchEvent;
use kube_runtime::flow::Deletion;
use kube_runtime::flow::Key;
use kube_runtime::flow::Notice;
use kube_runtime::handler::Itself;
use kube_runtime::handler::to_queue;
use kube_runtime::informer::Informers;
use kube_runtime::shutdown::Shutdown;
use kube_runtime::workqueue::WorkQueue;
use kube_testing::Cluster;
use serde_json::json;
use tokio::task::JoinSet;

fn by_node(pod: &Pod) -> [String; 1] {
    [pod.spec.as_ref().and_then(|spec| spec.node_name.clone()).unwrap_or_default()]
}

fn running_pod() -> Pod {
    let container = json!({ "name": "web", "image": "nginx" });
    serde_json::from_value(json!({ "metadata": { "name": "web" }, "spec": { "nodeName": "node-1", "containers": [container] } })).unwrap()
}

/// What the server says of objects on the wire until it is silent.
async fn heard(cluster: &Cluster, watch: &mut kube_core::api::RawWatch) -> Vec<WatchEvent> {
    let mut events = Vec::new();
    loop {
        tokio::select! {
            biased;
            event = watch.next() => match event.unwrap().expect("the watch goes on") {
                WatchEvent::Bookmark { .. } => {}
                event => events.push(event),
            },
            () = cluster.settled() => return events,
        }
    }
}

async fn drained(cluster: &Cluster, queue: &WorkQueue<Key>) -> Vec<Key> {
    cluster.settled().await;
    let mut keys = Vec::new();
    while !queue.is_empty() {
        let key = queue.get().await.unwrap();
        queue.forget(&key);
        queue.done(&key);
        keys.push(key);
    }
    keys
}

#[kube_testing::test]
async fn a_pods_deletion_walks_through_all_stages(cluster: Cluster) {
    let informers = Informers::new(cluster.client().clone());
    let pods = informers.of::<Pod>().index(by_node);
    let queue = WorkQueue::<Key>::new();
    let added = queue.clone();
    pods.on(to_queue(Itself, move |key, priority| added.add_with_priority(key, priority)));
    let mut notices = pods.listen();
    let shutdown = Shutdown::new();
    let mut tasks = JoinSet::new();
    tasks.spawn(informers.run(shutdown.clone()));
    pods.synced().await;
    let api: Api<Pod> = cluster.api();
    let mut watch = api.watch().raw().await.unwrap();

    // A running Pod that the cache knows, by its name and by its node.
    let key = Key::namespaced("default", "web");
    cluster.create(&running_pod()).await;
    cluster.advance("1m").await;
    assert_eq!(cluster.get::<Pod>("web").await.status.unwrap().phase.as_deref(), Some("Running"));
    heard(&cluster, &mut watch).await;
    assert!(!drained(&cluster, &queue).await.is_empty());
    while !notices.is_empty() {
        notices.next().await;
    }
    let on_the_node = pods.lister().by(by_node, &"node-1".to_owned());
    assert_eq!(on_the_node.len(), 1);
    let uid = on_the_node[0].metadata.uid.clone().unwrap();

    // `kubectl delete pod`: first it is only marked, and everybody still sees it.
    cluster.delete::<Pod>("web").await;
    let events = heard(&cluster, &mut watch).await;
    assert!(
        matches!(&events[..], [WatchEvent::Modified(marked)] if marked.meta.deletion),
        "{events:?}"
    );
    let Some(Notice::Updated { old, new }) = notices.next().await else {
        panic!("a marked Pod is an update")
    };
    assert!(!old.is_being_deleted() && new.is_being_deleted());
    assert_eq!(drained(&cluster, &queue).await, std::slice::from_ref(&key));
    let marked = pods.lister().find(&key).unwrap().expect("it is still there");
    assert!(marked.metadata.deletion_timestamp.is_some());

    // Then its node lets it go: DELETED event → deletion with the last state → out of store and index → handler → key → nothing.
    cluster.advance("1m").await;
    let events = heard(&cluster, &mut watch).await;
    let Some(WatchEvent::Deleted(last)) = events.last() else {
        panic!("no DELETED on the wire: {events:?}")
    };
    let deletion = loop {
        match notices.next().await.expect("the informer runs") {
            Notice::Deleted(deletion) => break deletion,
            other => assert_eq!(other.key(), &key),
        }
    };
    let Deletion::Seen(known) = deletion else {
        panic!("the watch has seen it: the final state is known")
    };
    assert_eq!(
        (known.uid(), known.resource_version()),
        (uid.as_str(), &*last.meta.resource_version)
    );
    assert!(pods.lister().by(by_node, &"node-1".to_owned()).is_empty());
    assert_eq!(drained(&cluster, &queue).await, std::slice::from_ref(&key));
    assert!(pods.lister().find(&key).unwrap().is_none(), "the reconcile finds nothing");

    shutdown.begin();
    tasks.join_next().await.unwrap().unwrap().unwrap();
}
