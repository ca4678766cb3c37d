//! Services: types, ports and addresses.

use super::{Strategy, fill, items};
use crate::schema::FieldError;
use serde_json::{Value, json};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

#[derive(Debug)]
struct Service;

pub(super) fn service() -> Arc<dyn Strategy> {
    Arc::new(Service)
}

/// An address or port that follows from the uid: the same run gives the same ones.
fn number(object: &Value, salt: usize) -> u64 {
    let mut hasher = DefaultHasher::new();
    object["metadata"]["uid"].as_str().unwrap_or("").hash(&mut hasher);
    salt.hash(&mut hasher);
    hasher.finish()
}

impl Strategy for Service {
    fn fill_in(&self, object: &mut Value) {
        fill(object, "spec", json!({}));
        let spec = &mut object["spec"];
        fill(spec, "sessionAffinity", "None");
        fill(spec, "type", "ClusterIP");
        let kind = spec["type"].as_str().unwrap_or("").to_owned();
        if spec["sessionAffinity"] == "ClientIP" {
            fill(spec, "sessionAffinityConfig", json!({"clientIP": {"timeoutSeconds": 10800}}));
        }
        for port in items(spec, "ports") {
            fill(port, "protocol", "TCP");
            let number = port["port"].clone();
            fill(port, "targetPort", number);
        }
        if matches!(kind.as_str(), "NodePort" | "LoadBalancer") {
            fill(spec, "externalTrafficPolicy", "Cluster");
        }
        if kind == "LoadBalancer" {
            fill(spec, "allocateLoadBalancerNodePorts", true);
        }
        if kind != "ExternalName" {
            fill(spec, "internalTrafficPolicy", "Cluster");
        }
    }

    fn prepare_create(&self, object: &mut Value, _now: &str) {
        object["status"] = json!({"loadBalancer": {}});
        allocate(object);
    }

    fn prepare_update(&self, object: &mut Value, old: &Value) {
        if object["spec"]["type"] == "ExternalName" {
            return;
        }
        for member in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
            if let Some(value) = old["spec"].get(member).cloned() {
                fill(&mut object["spec"], member, value);
            }
        }
        let old_ports = old["spec"]["ports"].as_array().cloned().unwrap_or_default();
        for port in items(&mut object["spec"], "ports") {
            let twin = old_ports.iter().find(|own| own["port"] == port["port"]);
            if let Some(number) = twin.and_then(|own| own.get("nodePort")).cloned() {
                fill(port, "nodePort", number);
            }
        }
        allocate(object);
    }

    fn validate(&self, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let spec = &object["spec"];
        let ports = spec["ports"].as_array();
        let headless = spec["clusterIP"] == "None";
        if ports.is_none_or(Vec::is_empty) && !headless && spec["type"] != "ExternalName" {
            errors.push(FieldError::required("spec.ports", ""));
        }
        let several = ports.is_some_and(|ports| ports.len() > 1);
        for (index, port) in ports.into_iter().flatten().enumerate() {
            let at = format!("spec.ports[{index}]");
            if several && port["name"].as_str().is_none_or(str::is_empty) {
                errors.push(FieldError::required(format!("{at}.name"), ""));
            }
            for member in ["port", "targetPort"] {
                if port[member].as_i64().is_some_and(|port| !(1..=65535).contains(&port)) {
                    let detail = "must be between 1 and 65535, inclusive";
                    let error =
                        FieldError::invalid(format!("{at}.{member}"), &port[member], detail);
                    errors.push(error);
                }
            }
        }
        let kind = spec["type"].as_str().unwrap_or("");
        let supported = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
        if !supported.contains(&kind) {
            errors.push(FieldError::not_supported("spec.type", &json!(kind), supported));
        }
        if let Some(old) = old.map(|old| &old["spec"])
            && old["clusterIP"].is_string()
            && spec["clusterIP"] != old["clusterIP"]
            && spec["type"] != "ExternalName"
        {
            let value = json!([spec["clusterIP"]]);
            let detail = "may not change once set";
            errors.push(FieldError::invalid("spec.clusterIPs[0]", &value, detail));
        }
        errors
    }
}

fn allocate(object: &mut Value) {
    let kind = object["spec"]["type"].as_str().unwrap_or("").to_owned();
    if kind == "ExternalName" {
        return;
    }
    let number_of = |salt| number(object, salt);
    let address = number_of(0);
    let node_ports: Vec<u64> = (1..=64).map(|salt| 30_000 + number_of(salt) % 2768).collect();
    let spec = &mut object["spec"];
    let address = format!("10.96.{}.{}", (address >> 8) & 0xff, 1 + (address & 0xff) % 254);
    fill(spec, "clusterIP", address);
    if spec["clusterIP"] == "" {
        let address = format!("10.96.0.{}", 2 + node_ports[0] % 250);
        spec["clusterIP"] = address.into();
    }
    let address = spec["clusterIP"].clone();
    fill(spec, "clusterIPs", json!([address]));
    fill(spec, "ipFamilies", json!(["IPv4"]));
    fill(spec, "ipFamilyPolicy", "SingleStack");
    if matches!(kind.as_str(), "NodePort" | "LoadBalancer") {
        for (port, number) in items(spec, "ports").zip(node_ports) {
            fill(port, "nodePort", number);
        }
    }
}
