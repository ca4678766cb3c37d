//! An Ingress: which hosts and paths lead to which Services; and the class that it is of.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::Service;
use kube_core::Error;
use kube_core::Resource as _;
use serde_json::Value;

use super::super::Ground;
use super::service;
use super::text::Description;
use super::text::is_set;
use super::text::items;
use super::text::joined;
use super::text::number;
use super::text::or;
use super::text::text;

pub async fn describe(ground: &Ground, object: &Value, into: &mut Description) {
    let (metadata, spec) = (&object["metadata"], &object["spec"]);
    into.names(object, false);
    into.labels("Labels", &metadata["labels"]);
    into.field(0, "Namespace", text(&metadata["namespace"]));
    let places: BTreeSet<String> = items(&object["status"]["loadBalancer"]["ingress"])
        .map(|place| or(&place["ip"], &text(&place["hostname"])))
        .filter(|place| !place.is_empty())
        .collect();
    into.field(0, "Address", places.into_iter().collect::<Vec<_>>().join(","));
    into.field(0, "Ingress Class", or(&spec["ingressClassName"], "<none>"));
    let default = match &spec["defaultBackend"] {
        Value::Null => "<default>".to_owned(),
        named => backend(ground, metadata, named).await,
    };
    into.field(0, "Default backend", &default);
    if is_set(&spec["tls"]) {
        into.line(0, "TLS:");
    }
    for tls in items(&spec["tls"]) {
        let hosts = joined(&tls["hosts"]);
        match is_set(&tls["secretName"]) {
            true => into.line(1, format_args!("{} terminates {hosts}", text(&tls["secretName"]))),
            false => into.line(1, format_args!("SNI routes {hosts}")),
        }
    }
    into.table("Rules", "Host\tPath\tBackends", []);
    let mut described = false;
    for rule in items(&spec["rules"]).filter(|rule| rule["http"].is_object()) {
        described = true;
        into.line(1, format_args!("{}\t", or(&rule["host"], "*")));
        for path in items(&rule["http"]["paths"]) {
            let leads = backend(ground, metadata, &path["backend"]).await;
            into.line(2, format_args!("\t{} \t{leads}", text(&path["path"])));
        }
    }
    if !described {
        into.line(1, format_args!("*\t*\t{default}"));
    }
    into.annotations("Annotations", &metadata["annotations"]);
}

/// Where it leads: a Service with those of its endpoints that are ready, or an object.
async fn backend(ground: &Ground, metadata: &Value, backend: &Value) -> String {
    let (named, object) = (&backend["service"], &backend["resource"]);
    if named.is_object() {
        let (name, port) = (text(&named["name"]), &named["port"]);
        let at = format!("{name}:{}", or(&port["number"], &text(&port["name"])));
        return match endpoints(ground, metadata, &name, port).await {
            Ok(endpoints) => format!("{at} ({endpoints})"),
            Err(error) => {
                let said = error.status().map(|status| status.message.clone());
                format!("{at} (<error: {}>)", said.unwrap_or_else(|| error.to_string()))
            }
        };
    }
    if !object.is_object() {
        return String::new();
    }
    let group = or(&object["apiGroup"], "<none>");
    format!("APIGroup: {group}, Kind: {}, Name: {}", text(&object["kind"]), text(&object["name"]))
}

async fn endpoints(
    ground: &Ground,
    metadata: &Value,
    name: &str,
    port: &Value,
) -> Result<String, Error> {
    let namespace = metadata["namespace"].as_str().unwrap_or_default();
    let slices = service::slices(ground, namespace, name).await?;
    let services = ground.client.api::<Value>(Service::RESOURCE, Some(namespace));
    let found = services.get(name).await?;
    let (wanted, called) = (number(&port["number"]), text(&port["name"]));
    let is_it = |known: &&Value| match wanted {
        0 => !called.is_empty() && text(&known["name"]) == called,
        wanted => number(&known["port"]) == wanted,
    };
    let port = items(&found["spec"]["ports"]).filter(is_it).last().map(|port| text(&port["name"]));
    Ok(service::endpoints(&slices, &port.unwrap_or_default()))
}

pub fn describe_class(object: &Value, into: &mut Description) {
    into.names(object, false);
    into.notes(object);
    into.field(0, "Controller", text(&object["spec"]["controller"]));
    let parameters = &object["spec"]["parameters"];
    if parameters.is_object() {
        into.line(0, "Parameters:");
        into.field_if(1, "APIGroup", &parameters["apiGroup"]);
        into.field(1, "Kind", text(&parameters["kind"]));
        into.field(1, "Name", text(&parameters["name"]));
    }
}
