//! A Service: its addresses and ports, and where they lead.

use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube_core::Resource as _;
use serde_json::Value;

use super::super::Ground;
use super::text::Description;
use super::text::is_set;
use super::text::items;
use super::text::joined;
use super::text::number;
use super::text::or;
use super::text::pairs;
use super::text::text;

/// How many endpoints are shown.
const MOST: usize = 3;

pub async fn describe(ground: &Ground, object: &Value, into: &mut Description) {
    into.names(object, true);
    into.notes(object);
    let spec = &object["spec"];
    into.field(0, "Selector", pairs(&spec["selector"]));
    into.field(0, "Type", text(&spec["type"]));
    into.field_if(0, "IP Family Policy", &spec["ipFamilyPolicy"]);
    into.field(0, "IP Families", or(&joined(&spec["ipFamilies"]).into(), "<none>"));
    into.field(0, "IP", text(&spec["clusterIP"]));
    into.field(0, "IPs", or(&joined(&spec["clusterIPs"]).into(), "<none>"));
    into.field_if(0, "External IPs", &joined(&spec["externalIPs"]).into());
    into.field_if(0, "Desired LoadBalancer IP", &spec["loadBalancerIP"]);
    into.field_if(0, "External Name", &spec["externalName"]);
    let ingress = &object["status"]["loadBalancer"]["ingress"];
    if is_set(ingress) {
        let places: Vec<String> = items(ingress).map(place).collect();
        into.field(0, "LoadBalancer Ingress", places.join(", "));
    }
    let (namespace, name) = (&object["metadata"]["namespace"], &object["metadata"]["name"]);
    // Who may not read them sees that there are none.
    let slices = slices(ground, &text(namespace), &text(name)).await.unwrap_or_default();
    for port in items(&spec["ports"]) {
        describe_port(port, &slices, into);
    }
    into.field(0, "Session Affinity", text(&spec["sessionAffinity"]));
    into.field_if(0, "External Traffic Policy", &spec["externalTrafficPolicy"]);
    into.field_if(0, "Internal Traffic Policy", &spec["internalTrafficPolicy"]);
    if number(&spec["healthCheckNodePort"]) != 0 {
        into.field(0, "HealthCheck NodePort", number(&spec["healthCheckNodePort"]));
    }
    into.field_if(
        0,
        "LoadBalancer Source Ranges",
        &joined(&spec["loadBalancerSourceRanges"]).into(),
    );
    into.field_if(0, "Traffic Distribution", &spec["trafficDistribution"]);
}

fn place(ingress: &Value) -> String {
    match (is_set(&ingress["ip"]), &ingress["ipMode"]) {
        (false, _) => text(&ingress["hostname"]),
        (true, Value::String(mode)) => format!("{} ({mode})", text(&ingress["ip"])),
        (true, _) => text(&ingress["ip"]),
    }
}

/// All addresses behind a Service.
pub async fn slices(ground: &Ground, namespace: &str, name: &str) -> kube_core::Result<Vec<Value>> {
    let slices = ground.client.api::<Value>(EndpointSlice::RESOURCE, Some(namespace));
    let labels = format!("kubernetes.io/service-name={name}");
    slices.list().labels(labels.as_str()).await.map(|list| list.items)
}

fn describe_port(port: &Value, slices: &[Value], into: &mut Description) {
    let (name, protocol) = (or(&port["name"], "<unset>"), text(&port["protocol"]));
    into.field(0, "Port", format_args!("{name}\t{}/{protocol}", number(&port["port"])));
    into.field(0, "TargetPort", format_args!("{}/{protocol}", or(&port["targetPort"], "0")));
    into.field_if(0, "AppProtocol", &port["appProtocol"]);
    let node = number(&port["nodePort"]);
    if node != 0 {
        into.field(0, "NodePort", format_args!("{name}\t{node}/{protocol}"));
    }
    into.field(0, "Endpoints", endpoints(slices, &text(&port["name"])));
}

/// Those that are ready, the first of them by address.
pub fn endpoints(slices: &[Value], port: &str) -> String {
    if slices.is_empty() {
        return "<none>".to_owned();
    }
    let mut ready = Vec::new();
    for slice in slices {
        let ports: Vec<Option<i64>> = match is_set(&slice["ports"]) {
            false => vec![None],
            true => items(&slice["ports"])
                .filter(|known| text(&known["name"]) == port)
                .map(|known| Some(number(&known["port"])))
                .collect(),
        };
        for port in ports {
            let endpoints = items(&slice["endpoints"]);
            for endpoint in endpoints.filter(|it| it["conditions"]["ready"] != false) {
                let address = text(&endpoint["addresses"][0]);
                ready.push(match port {
                    None => address,
                    Some(port) if address.contains(':') => format!("[{address}]:{port}"),
                    Some(port) => format!("{address}:{port}"),
                });
            }
        }
    }
    let shown = ready[..ready.len().min(MOST)].join(",");
    match ready.len() {
        ..=MOST => shown,
        all => format!("{shown} + {} more...", all - MOST),
    }
}
