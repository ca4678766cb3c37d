//! Definitions of others, said in structs: what comes of them is equal in meaning to what their authors ship.
//!
//! Their files are not ours to keep. What stands here is a digest of each line of theirs, sorted and without what is no meaning; with
//! `FOREIGN_CRDS=FOLDER`, which has `certificates.yaml` and `httproutes.yaml`, the lines themselves are compared, and `FOREIGN_UPDATE=1` writes the
//! digests anew. Compared are fields, types, limits, enums, formats, list types, rules, what is required, defaults, names, columns,
//! selectable fields and subresources; not descriptions and the messages of rules.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test says what is wrong by failing there"
)]

mod certificate;
mod httproute;

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube_core::CustomResource as _;
use kube_core::definition::problems;
use kube_testing::Cluster;
use serde_json::Value;
use serde_json::json;

use super::served::define;
use crate::real::RealCluster;

/// What is ours on purpose: a kind has a spec. The definition of cert-manager takes an object without one.
const OURS: [(&str, &str); 1] = [("certificates", " required \"spec\"")];

/// Keywords that describe, and mean nothing to a server.
const SAID: [&str; 5] = ["description", "title", "example", "externalDocs", "$schema"];

/// Each keyword of a schema with its place, as a line.
fn lines(schema: &Value, place: &str, found: &mut BTreeSet<String>) {
    for (keyword, value) in schema.as_object().into_iter().flatten() {
        match keyword.as_str() {
            said if SAID.contains(&said) => {}
            "properties" => {
                for (name, field) in value.as_object().into_iter().flatten() {
                    lines(field, &format!("{place}.{name}"), found);
                }
            }
            "items" => lines(value, &format!("{place}[]"), found),
            "additionalProperties" => lines(value, &format!("{place}{{}}"), found),
            "required" | "enum" => {
                for one in value.as_array().into_iter().flatten() {
                    _ = found.insert(format!("{place} {keyword} {one}"));
                }
            }
            "x-kubernetes-validations" => {
                for rule in value.as_array().into_iter().flatten() {
                    _ = found.insert(format!("{place} rule {}", rule["rule"]));
                }
            }
            // Integers of Kubernetes have 64 bits where nothing else is said.
            "format" if value == "int64" => {}
            _ => {
                let number = value.as_f64().map(|number| number.to_string());
                let value = number.unwrap_or_else(|| value.to_string());
                _ = found.insert(format!("{place} {keyword} {value}"));
            }
        }
    }
}

/// What a definition means in its first version, a line each.
fn meaning(definition: &CustomResourceDefinition) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let spec = serde_json::to_value(&definition.spec).unwrap();
    let version = &spec["versions"][0];
    let mut schema = version["schema"]["openAPIV3Schema"].clone();
    // The server's own, which it puts there itself.
    let fields = schema["properties"].as_object_mut().unwrap();
    fields.retain(|name, _| name != "apiVersion" && name != "kind");
    lines(&schema, "", &mut found);
    for member in ["group", "names", "scope"] {
        lines(&json!({ member: spec[member] }), "spec", &mut found);
    }
    for member in ["name", "served", "storage", "subresources", "selectableFields"] {
        lines(&json!({ member: version[member] }), "version", &mut found);
    }
    for column in version["additionalPrinterColumns"].as_array().into_iter().flatten() {
        lines(column, &format!("column {}", column["name"]), &mut found);
    }
    found
}

/// FNV-1a: the same on every machine.
fn digest(line: &str) -> String {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    format!("{:016x}", line.bytes().fold(0xcbf2_9ce4_8422_2325, step))
}

fn is_as_shipped(ours: &CustomResourceDefinition, name: &str) {
    assert_eq!(problems(ours), Vec::<String>::new());
    let mut ours = meaning(ours);
    for (_, line) in OURS.iter().filter(|(whose, _)| *whose == name) {
        assert!(ours.remove(*line), "{line:?} is not ours any more");
    }
    let kept = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("it/macros/foreign")
        .join(format!("{name}.digests"));
    if let Some(folder) = std::env::var_os("FOREIGN_CRDS") {
        let file = PathBuf::from(folder).join(format!("{name}.yaml"));
        let theirs: CustomResourceDefinition =
            serde_saphyr::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let theirs = meaning(&theirs);
        let more: Vec<_> = ours.difference(&theirs).collect();
        let less: Vec<_> = theirs.difference(&ours).collect();
        assert!(more.is_empty() && less.is_empty(), "only ours: {more:#?}\nonly theirs: {less:#?}");
        if std::env::var_os("FOREIGN_UPDATE").is_some() {
            let digests: BTreeSet<_> = theirs.iter().map(|line| digest(line)).collect();
            let digests: Vec<_> = digests.into_iter().collect();
            std::fs::write(&kept, digests.join("\n") + "\n").unwrap();
        }
    }
    let theirs = std::fs::read_to_string(&kept).unwrap();
    let theirs: BTreeSet<_> = theirs.lines().map(str::to_owned).collect();
    let more: Vec<_> = ours.iter().filter(|line| !theirs.contains(&digest(line))).collect();
    assert!(more.is_empty(), "only ours: {more:#?}");
    assert_eq!(ours.len(), theirs.len(), "some lines are only theirs; `FOREIGN_CRDS` says which");
}

#[test]
fn a_certificate_of_cert_manager_is_as_shipped() {
    is_as_shipped(&certificate::Certificate::definition(), "certificates");
}

#[test]
fn a_route_of_the_gateway_api_is_as_shipped() {
    is_as_shipped(&httproute::HTTPRoute::definition(), "httproutes");
}

#[kube_testing::test]
async fn the_embedded_server_takes_what_others_ship(cluster: Cluster) {
    define(cluster.client(), certificate::Certificate::definition()).await;
    define(cluster.client(), approved(httproute::HTTPRoute::definition())).await;
}

#[tokio::test]
async fn a_real_server_takes_what_others_ship() {
    if let Some(cluster) = RealCluster::start() {
        define(&cluster.client(), certificate::Certificate::definition()).await;
        define(&cluster.client(), approved(httproute::HTTPRoute::definition())).await;
    }
}

/// A group of Kubernetes' own is for approved kinds only.
fn approved(mut definition: CustomResourceDefinition) -> CustomResourceDefinition {
    let annotations = definition.metadata.annotations.get_or_insert_default();
    annotations.insert("api-approved.kubernetes.io".to_owned(), "unapproved, a test".to_owned());
    definition
}
