//! The cells of what leads to Pods.

use super::plain::own_age;
use jiff::Timestamp;
use serde_json::Value;

/// So many are shown of a list.
const SHOWN: usize = 3;

/// `a,b,c + 2 more...`
fn shortened(texts: &[String]) -> String {
    let shown = texts[..texts.len().min(SHOWN)].join(",");
    match texts.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} + {more} more..."),
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn or(text: String, without: &str) -> Value {
    if text.is_empty() { without.into() } else { text.into() }
}

pub(super) fn ingress(object: &Value, now: Timestamp) -> Vec<Value> {
    let spec = &object["spec"];
    let hosts: Vec<String> = list(&spec["rules"])
        .filter_map(|rule| rule["host"].as_str().filter(|host| !host.is_empty()))
        .map(str::to_owned)
        .collect();
    let addresses = list(&object["status"]["loadBalancer"]["ingress"])
        .filter_map(|one| one["ip"].as_str().or(one["hostname"].as_str()))
        .collect::<Vec<_>>();
    let tls = list(&spec["tls"]).next().is_some();
    vec![
        spec["ingressClassName"].as_str().unwrap_or("<none>").into(),
        or(shortened(&hosts), "*"),
        addresses.join(",").into(),
        if tls { "80, 443" } else { "80" }.into(),
        own_age(object, now),
    ]
}

pub(super) fn ingress_class(object: &Value, now: Timestamp) -> Vec<Value> {
    let (spec, parameters) = (&object["spec"], &object["spec"]["parameters"]);
    let text = |member: &str| parameters[member].as_str().unwrap_or("").to_owned();
    let parameters = match (parameters.is_null(), text("apiGroup")) {
        (true, _) => "<none>".to_owned(),
        (false, group) if group.is_empty() => format!("{}/{}", text("kind"), text("name")),
        (false, group) => format!("{}.{group}/{}", text("kind"), text("name")),
    };
    let controller = spec["controller"].as_str().unwrap_or("");
    vec![controller.into(), parameters.into(), own_age(object, now)]
}

pub(super) fn endpoints(object: &Value, now: Timestamp) -> Vec<Value> {
    let mut all = Vec::new();
    for subset in list(&object["subsets"]) {
        for address in list(&subset["addresses"]).filter_map(|address| address["ip"].as_str()) {
            let ports: Vec<String> =
                list(&subset["ports"]).map(|port| format!("{address}:{}", port["port"])).collect();
            if ports.is_empty() {
                all.push(address.to_owned());
            }
            all.extend(ports);
        }
    }
    vec![or(shortened(&all), "<none>"), own_age(object, now)]
}

pub(super) fn slice(object: &Value, now: Timestamp) -> Vec<Value> {
    let ports: Vec<String> = list(&object["ports"])
        .map(|port| port["port"].as_i64().map_or_else(|| "*".to_owned(), |port| port.to_string()))
        .collect();
    let addresses: Vec<String> = list(&object["endpoints"])
        .flat_map(|endpoint| list(&endpoint["addresses"]))
        .filter_map(|address| address.as_str().map(str::to_owned))
        .collect();
    let form = object["addressType"].as_str().unwrap_or("");
    let (ports, addresses) = (shortened(&ports), shortened(&addresses));
    vec![form.into(), or(ports, "<unset>"), or(addresses, "<unset>"), own_age(object, now)]
}
