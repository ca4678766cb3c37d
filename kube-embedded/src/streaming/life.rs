//! How long there is somebody to talk to: a Pod in; nothing out, once it has gone or ended.

use crate::cluster::Cluster;
use crate::store::ResourceId;
use serde_json::Value;

/// Waits until the Pod is deleted, replaced by another of its name, or will never run again.
pub(crate) async fn over(cluster: Cluster, pod: Value) {
    let resource = ResourceId::from("/pods");
    let text = |member: &str| pod["metadata"][member].as_str().unwrap_or_default();
    let (namespace, name, uid) = (text("namespace"), text("name"), text("uid"));
    let mut news = cluster.store.news(&resource);
    loop {
        news.borrow_and_update();
        let stored = cluster.store.get(&resource, namespace, name);
        let there = stored.filter(|stored| &*stored.facts.uid == uid).is_some_and(|stored| {
            let phase = &stored.value()["status"]["phase"];
            phase != "Succeeded" && phase != "Failed"
        });
        if !there || news.changed().await.is_err() {
            return;
        }
    }
}
