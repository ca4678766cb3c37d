//! The error of a reconcile is a `std::error::Error`, so that a log can say it and its sources.

use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;

#[derive(Debug)]
struct Broken;

#[controller]
async fn keep(_: Object<ConfigMap>) -> Result<Action, Broken> {
    Err(Broken)
}

fn main() {}
