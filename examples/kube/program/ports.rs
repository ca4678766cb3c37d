//! Which port here leads to which port of a Pod: `8080:http` of a Pod or a Service in, numbers out.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/cmd/portforward/portforward.go
//! Differs: more than one colon is an error.

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube_core::streaming::PortPair;

use super::failure::Failure;

/// A port with what it is called and spoken.
struct Known<'a> {
    name: Option<&'a str>,
    number: i32,
    protocol: Option<&'a str>,
}

/// The ports of a Pod, as `80`, `8080:80`, `:80`, `http` or `8080:http`.
pub fn of_pod(texts: &[String], pod: &Pod) -> Result<Vec<PortPair>, Failure> {
    let known: Vec<_> = containers_ports(pod).collect();
    let pair = |text: &String| {
        let (local, remote) = split(text)?;
        let number = match is_number(remote) {
            true => remote.to_owned(),
            false => named_port_of(pod, remote)?.to_string(),
        };
        refuse_udp(&known, &number, remote)?;
        let local = if local == remote { &number } else { local };
        parsed(local, &number)
    };
    texts.iter().map(pair).collect()
}

/// The same of a Service's ports, each of which leads to its target port in this Pod.
pub fn of_service(
    texts: &[String],
    service: &Service,
    pod: &Pod,
) -> Result<Vec<PortPair>, Failure> {
    let service_name = service.metadata.name.as_deref().unwrap_or_default();
    let spec = service.spec.clone().unwrap_or_default();
    let ports = spec.ports.unwrap_or_default();
    let known: Vec<_> = ports
        .iter()
        .map(|port| Known {
            name: port.name.as_deref(),
            number: port.port,
            protocol: port.protocol.as_deref(),
        })
        .collect();
    let pair = |text: &String| {
        let (local, remote) = split(text)?;
        let number = match is_number(remote) {
            true => remote.to_owned(),
            false => known
                .iter()
                .find(|port| port.name == Some(remote))
                .map(|port| port.number.to_string())
                .ok_or_else(|| {
                    Failure::said(format!(
                        "Service '{service_name}' does not have a named port '{remote}'"
                    ))
                })?,
        };
        refuse_udp(&known, &number, remote)?;
        let port = ports.iter().find(|port| port.port.to_string() == number);
        let port = port.ok_or_else(|| {
            Failure::said(format!("Service {service_name} does not have a service port {number}"))
        })?;
        let target = match &port.target_port {
            // Nothing stands between its clients and the Pod.
            _ if spec.cluster_ip.as_deref() == Some("None") => port.port,
            None | Some(IntOrString::Int(0)) => port.port,
            Some(IntOrString::Int(target)) => *target,
            Some(IntOrString::String(name)) => named_port_of(pod, name)?,
        };
        let local = if local == remote { &number } else { local };
        parsed(local, &target.to_string())
    };
    texts.iter().map(pair).collect()
}

/// The port here, empty for a free one, and the one there.
fn split(text: &str) -> Result<(&str, &str), Failure> {
    let (local, remote) = text.split_once(':').unwrap_or((text, text));
    match remote {
        "" => Err(Failure::said("remote port cannot be empty")),
        _ if remote.contains(':') => Err(Failure::said(format!("invalid port format '{text}'"))),
        _ => Ok((local, remote)),
    }
}

fn is_number(text: &str) -> bool {
    text.parse::<i64>().is_ok()
}

fn containers_ports(pod: &Pod) -> impl Iterator<Item = Known<'_>> {
    let containers = pod.spec.iter().flat_map(|spec| &spec.containers);
    let ports = containers.flat_map(|container| container.ports.iter().flatten());
    ports.map(|port| Known {
        name: port.name.as_deref(),
        number: port.container_port,
        protocol: port.protocol.as_deref(),
    })
}

fn named_port_of(pod: &Pod, name: &str) -> Result<i32, Failure> {
    let init = pod.spec.iter().flat_map(|spec| spec.init_containers.iter().flatten());
    let init = init.flat_map(|container| container.ports.iter().flatten());
    let init = init.map(|port| (port.name.as_deref(), port.container_port));
    let mut ports = containers_ports(pod).map(|port| (port.name, port.number)).chain(init);
    let found = ports.find(|(known, _)| *known == Some(name)).map(|(_, number)| number);
    found.ok_or_else(|| {
        let pod = pod.metadata.name.as_deref().unwrap_or_default();
        Failure::said(format!("Pod '{pod}' does not have a named port '{name}'"))
    })
}

/// A port over which only datagrams go cannot be forwarded.
fn refuse_udp(known: &[Known<'_>], number: &str, told: &str) -> Result<(), Failure> {
    let speaks = |protocol| {
        let mut ports = known.iter().filter(|port| port.number.to_string() == number);
        ports.any(|port| port.protocol == Some(protocol))
    };
    match speaks("UDP") && !speaks("TCP") {
        true => Err(Failure::said(format!("UDP protocol is not supported for {told}"))),
        false => Ok(()),
    }
}

fn parsed(local: &str, remote: &str) -> Result<PortPair, Failure> {
    let local = if local.is_empty() { "0" } else { local };
    match (number("local", local)?, number("remote", remote)?) {
        (_, 0) => Err(Failure::said("remote port must be > 0")),
        (local, remote) => Ok(PortPair::new(local, remote)),
    }
}

/// In the words of Go's own library, as kubectl says them.
fn number(side: &str, text: &str) -> Result<u16, Failure> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits).ok_or_else(|| {
        let why = if digits { "value out of range" } else { "invalid syntax" };
        Failure::said(format!(
            "error parsing {side} port '{text}': strconv.ParseUint: parsing {text:?}: {why}"
        ))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod() -> Pod {
        serde_json::from_value(json!({
            "metadata": { "name": "web" },
            "spec": {
                "containers": [{ "name": "web", "ports": [
                    { "name": "http", "containerPort": 8080, "protocol": "TCP" },
                    { "name": "dns", "containerPort": 53, "protocol": "UDP" },
                    { "name": "both", "containerPort": 54, "protocol": "UDP" },
                    { "containerPort": 54, "protocol": "TCP" },
                ]}],
                "initContainers": [{ "name": "beside", "ports": [{ "name": "admin", "containerPort": 9000 }] }],
            },
        }))
        .unwrap()
    }

    fn service(cluster_ip: &str) -> Service {
        serde_json::from_value(json!({
            "metadata": { "name": "shop" },
            "spec": { "clusterIP": cluster_ip, "ports": [
                { "name": "http", "port": 80, "targetPort": "http", "protocol": "TCP" },
                { "name": "raw", "port": 81, "targetPort": 9090, "protocol": "TCP" },
                { "name": "plain", "port": 82, "protocol": "TCP" },
                { "name": "lost", "port": 83, "targetPort": "nothing", "protocol": "TCP" },
                { "name": "dns", "port": 53, "targetPort": "dns", "protocol": "UDP" },
            ]},
        }))
        .unwrap()
    }

    /// As `8080:80`, or why not.
    fn told(pairs: Result<Vec<PortPair>, Failure>) -> String {
        match pairs {
            Ok(pairs) => format!("{}:{}", pairs[0].local, pairs[0].remote),
            Err(failure) => failure.lines().remove(0).replace("error: ", ""),
        }
    }

    #[test]
    fn ports_of_a_pod_are_numbers_or_names_of_its_containers_ports() {
        for (text, expected) in [
            ("80", "80:80"),
            ("5000:80", "5000:80"),
            (":80", "0:80"),
            ("0:80", "0:80"),
            ("http", "8080:8080"),
            ("80:http", "80:8080"),
            (":http", "0:8080"),
            ("admin", "9000:9000"),
            ("54", "54:54"),
            ("both", "54:54"),
            ("nothing", "Pod 'web' does not have a named port 'nothing'"),
            ("53", "UDP protocol is not supported for 53"),
            ("1:dns", "UDP protocol is not supported for dns"),
            ("80:", "remote port cannot be empty"),
            ("80:0", "remote port must be > 0"),
            ("1:2:3", "invalid port format '1:2:3'"),
            (
                "x:80",
                "error parsing local port 'x': strconv.ParseUint: parsing \"x\": invalid syntax",
            ),
            (
                "+1:80",
                "error parsing local port '+1': strconv.ParseUint: parsing \"+1\": invalid syntax",
            ),
            (
                "70000",
                "error parsing local port '70000': strconv.ParseUint: parsing \"70000\": value out of range",
            ),
            (
                "1:70000",
                "error parsing remote port '70000': strconv.ParseUint: parsing \"70000\": value out of range",
            ),
            (
                "1:-1",
                "error parsing remote port '-1': strconv.ParseUint: parsing \"-1\": invalid syntax",
            ),
        ] {
            assert_eq!(told(of_pod(&[text.to_owned()], &pod())), expected, "{text}");
        }
    }

    #[test]
    fn a_port_of_a_service_leads_to_its_target_port() {
        for (text, expected, headless) in [
            ("80", "80:8080", "80:80"),
            ("http", "80:8080", "80:80"),
            ("5000:http", "5000:8080", "5000:80"),
            (":81", "0:9090", "0:81"),
            ("raw", "81:9090", "81:81"),
            ("82", "82:82", "82:82"),
            ("83", "Pod 'web' does not have a named port 'nothing'", "83:83"),
            (
                "dns",
                "UDP protocol is not supported for dns",
                "UDP protocol is not supported for dns",
            ),
            (
                "99",
                "Service shop does not have a service port 99",
                "Service shop does not have a service port 99",
            ),
            (
                "none",
                "Service 'shop' does not have a named port 'none'",
                "Service 'shop' does not have a named port 'none'",
            ),
        ] {
            for (address, expected) in [("10.0.0.1", expected), ("None", headless)] {
                let pairs = of_service(&[text.to_owned()], &service(address), &pod());
                assert_eq!(told(pairs), expected, "{text} of {address}");
            }
        }
    }
}
