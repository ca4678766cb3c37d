//! What `#[controller]` says beside the function: which changes matter, what is looked up by an index, when it is done again.

mod again;
mod dynamic;
mod generic;
mod paused;
mod predicates;
mod selectors;
mod state;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;

/// A site that is served from an image.
#[derive(Resource, Clone, Debug)]
#[resource(group = "test.example.com", version = "v1", kind = "Site", namespaced, status = SiteStatus)]
struct SiteSpec {
    image: String,
}

#[derive(Schema, Clone, Debug, Default)]
struct SiteStatus {
    note: String,
}

/// How often something was done outside of the cluster.
#[derive(Clone, Default)]
struct Count(Arc<AtomicUsize>);

impl Count {
    fn add(&self) -> usize {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn take(&self) -> usize {
        self.0.swap(0, Ordering::SeqCst)
    }
}

fn site(name: &str, image: &str) -> Site {
    Site::new(name, SiteSpec { image: image.to_owned() })
}

fn map(name: &str) -> ConfigMap {
    let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
    ConfigMap { metadata, ..ConfigMap::default() }
}
