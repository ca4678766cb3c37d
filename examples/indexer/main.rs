//! The cache alone, with neither server nor informer: whoever brings deltas has indices and listers, at a tenth of the bytes.

use k8s_openapi::api::core::v1::Pod;
use kube_runtime::core::LabelSelector;
use kube_runtime::core::RawObject;
use kube_runtime::core::Resource as _;
use kube_runtime::flow::Deletion;
use kube_runtime::flow::Delta;
use kube_runtime::flow::Notice;
use kube_runtime::indexer::Cache;
use kube_runtime::indexer::Store;
use serde_json::json;

fn node(pod: &Pod) -> Option<String> {
    pod.spec.as_ref()?.node_name.clone()
}

/// What a server would send of one of many Pods of a ReplicaSet.
fn pod(number: u32) -> anyhow::Result<RawObject> {
    let environment: Vec<_> = (0..40)
        .map(|at| json!({ "name": format!("SETTING_{at}"), "value": format!("value-{at}") }))
        .collect();
    let pod = json!({
        "metadata": {
            "namespace": "prod", "name": format!("web-{number}"), "uid": format!("uid-{number}"),
            "resourceVersion": number.to_string(), "labels": { "app": "web" },
            "ownerReferences": [{ "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "rs-1", "controller": true }],
        },
        "spec": {
            "nodeName": format!("node-{}", number % 10),
            "containers": [{ "name": "web", "image": "nginx", "env": environment }],
        },
    });
    Ok(RawObject::parse(pod.to_string().into(), false)?)
}

fn main() -> anyhow::Result<()> {
    let store = Store::new(Pod::RESOURCE, None, LabelSelector::everything(), Cache::Packed);
    store.add_index(node);
    store.add_label_index("app");
    let mut notices = Vec::new();
    let mut bytes = 0;
    store.apply(Delta::ListBegun { new_history: false }, &mut notices);
    for number in 1..=1000 {
        let pod = pod(number)?;
        bytes += pod.bytes.len();
        store.apply(Delta::Listed(pod), &mut notices);
    }
    store.apply(Delta::ListEnded { resource_version: "1000".to_owned() }, &mut notices);
    println!("{} Pods, {bytes} bytes of JSON, {} bytes kept", store.len(), store.kept());

    let pods = store.lister::<Pod>();
    println!("on node-7, by the index: {}", pods.by(node, &"node-7".to_owned()).len());
    println!("of the ReplicaSet: {}", pods.owned_by("rs-1").len());
    println!("app=web, by the index of that label: {}", pods.labels("app=web").list()?.len());
    let one = pods.namespace("prod").get("web-7")?;
    println!("prod/web-7 runs on {:?}", one.as_deref().and_then(node));

    // A relist that does not name an object says that it is gone.
    notices.clear();
    store.apply(Delta::ListBegun { new_history: false }, &mut notices);
    for number in 2..=1000 {
        store.apply(Delta::Listed(pod(number)?), &mut notices);
    }
    store.apply(Delta::ListEnded { resource_version: "1001".to_owned() }, &mut notices);
    for notice in &notices {
        if let Notice::Deleted(Deletion::FinalStateUnknown(last)) = notice {
            println!(
                "gone since the first list: {}, last seen at version {}",
                last.key(),
                last.resource_version()
            );
        }
    }
    anyhow::ensure!(notices.len() == 1, "999 Pods did not change");
    anyhow::ensure!(store.kept() * 10 < bytes, "{} of {bytes} bytes are kept", store.kept());
    Ok(())
}
