//! Whom a proxied request is for: the name in its path in; a Pod and its port, or the server's words for why there is none, out.
//!
//! Mirrors: kubernetes pkg/registry/core/pod/strategy.go, pkg/registry/core/service/storage/storage.go (ResourceLocation)
//! Differs: a Service leads to the first ready Pod that it selects, by no EndpointSlice, as nobody writes these here.

use crate::cluster::Cluster;
use crate::status::Failure;
use crate::subresource::is_ready;
use crate::verb::Target;
use serde_json::Value;

/// A port of a Pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Backend {
    pub(crate) namespace: String,
    pub(crate) pod: String,
    /// The address of the Pod.
    pub(crate) address: String,
    pub(crate) port: u16,
}

/// `NAME`, `NAME:PORT` or `SCHEME:NAME:PORT`.
fn parts(text: &str) -> Option<(&str, &str)> {
    let parts: Vec<&str> = text.split(':').collect();
    match parts[..] {
        [name] => Some((name, "")),
        [name, port] => Some((name, port)),
        ["" | "http" | "https", name, port] => Some((name, port)),
        _ => None,
    }
}

/// The Pod, or one of the Pods of the Service, that a target names.
pub(crate) fn backend(cluster: &Cluster, target: &Target) -> Result<Backend, Failure> {
    let what = target.kind.singular.as_str();
    let Some((name, port)) = parts(&target.name).filter(|(name, _)| !name.is_empty()) else {
        let text = crate::json::quoted(&target.name);
        return Err(Failure::bad_request(format!("invalid {what} request {text}")));
    };
    let stored = cluster.store.get(&target.kind.resource, &target.namespace, name);
    let stored = stored.ok_or_else(|| Failure::not_found(target.kind.name(), name))?;
    let object = stored.value();
    if target.kind.kind == "Service" {
        return service(cluster, target, &object, name, port);
    }
    let port = match port {
        "" => first_port(&object).unwrap_or(80),
        port => port.parse().map_err(|_| unreachable(&format!("unknown port {port:?}")))?,
    };
    of(&object, port).ok_or_else(|| Failure::bad_request("address not allowed"))
}

/// Why a request did not arrive.
pub(crate) fn unreachable(why: &str) -> Failure {
    unavailable(format!("error trying to reach service: {why}"))
}

fn unavailable(text: String) -> Failure {
    Failure::new(503, "ServiceUnavailable", text)
}

fn of(pod: &Value, port: u16) -> Option<Backend> {
    let text = |part: &str, member: &str| pod[part][member].as_str().unwrap_or_default().to_owned();
    let address = text("status", "podIP");
    let (namespace, pod) = (text("metadata", "namespace"), text("metadata", "name"));
    (!address.is_empty()).then_some(Backend { namespace, pod, address, port })
}

fn ports(pod: &Value) -> impl Iterator<Item = &Value> {
    let containers = pod["spec"]["containers"].as_array().into_iter().flatten();
    containers.flat_map(|container| container["ports"].as_array().into_iter().flatten())
}

fn number(value: &Value) -> Option<u16> {
    value.as_u64().and_then(|port| u16::try_from(port).ok())
}

fn first_port(pod: &Value) -> Option<u16> {
    ports(pod).next().and_then(|port| number(&port["containerPort"]))
}

fn service(
    cluster: &Cluster,
    target: &Target,
    service: &Value,
    name: &str,
    port: &str,
) -> Result<Backend, Failure> {
    let all = service["spec"]["ports"].as_array().map_or(&[][..], Vec::as_slice);
    let meant = all.iter().find(|own| {
        port.is_empty()
            || own["name"] == port
            || number(&own["port"]).is_some_and(|own| own.to_string() == port)
    });
    let none = || {
        let asked = crate::json::quoted(&target.name);
        unavailable(format!("no endpoints available for service {asked}"))
    };
    let Some(meant) = meant else {
        return Err(match port.parse::<u16>() {
            Ok(port) => unavailable(format!("no service port {port} found for service {name:?}")),
            Err(_) => none(),
        });
    };
    let selector = service["spec"]["selector"].as_object().ok_or_else(none)?;
    let pods = cluster.store.list(&"/pods".into(), Some(&target.namespace));
    let selected = |pod: &Value| {
        let labels = &pod["metadata"]["labels"];
        selector.iter().all(|(key, value)| labels[key] == *value) && is_ready(pod)
    };
    let mut pods = pods.iter().map(|stored| stored.value()).filter(selected);
    let found = pods.find_map(|pod| {
        let port = match &meant["targetPort"] {
            Value::String(name) => {
                let named = ports(&pod).find(|own| own["name"] == name.as_str())?;
                number(&named["containerPort"])
            }
            Value::Null => number(&meant["port"]),
            port => number(port).filter(|port| *port > 0).or_else(|| number(&meant["port"])),
        };
        of(&pod, port?)
    });
    found.ok_or_else(none)
}
