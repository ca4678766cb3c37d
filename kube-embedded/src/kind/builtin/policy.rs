//! `NetworkPolicies` and `PodDisruptionBudgets`: defaults and what must fit together. Nothing enforces the first here: there is no network.

use super::{Strategy, fill, items};
use crate::schema::FieldError;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::sync::Arc;

#[derive(Debug)]
struct Network;

#[derive(Debug)]
struct Budget;

pub(super) fn network() -> Arc<dyn Strategy> {
    Arc::new(Network)
}

pub(super) fn budget() -> Arc<dyn Strategy> {
    Arc::new(Budget)
}

impl Strategy for Network {
    fn fill_in(&self, object: &mut Value) {
        fill(object, "spec", json!({}));
        let spec = &mut object["spec"];
        for direction in ["ingress", "egress"] {
            for port in items(spec, direction).flat_map(|rule| items(rule, "ports")) {
                fill(port, "protocol", "TCP");
            }
        }
        let egress = spec["egress"].as_array().is_some_and(|rules| !rules.is_empty());
        let types: &[&str] = if egress { &["Ingress", "Egress"] } else { &["Ingress"] };
        fill(spec, "policyTypes", json!(types));
    }

    fn validate(&self, object: &Value, _old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let spec = &object["spec"];
        let types = spec["policyTypes"].as_array().map_or(&[][..], Vec::as_slice);
        if types.len() > 2 {
            let detail = "may not specify more than two policyTypes";
            errors.push(FieldError::invalid("spec.policyTypes", &spec["policyTypes"], detail));
            return errors;
        }
        for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
            for (index, rule) in list(&spec[direction]) {
                let at = format!("spec.{direction}[{index}]");
                for (index, port) in list(&rule["ports"]) {
                    check_port(port, &format!("{at}.ports[{index}]"), &mut errors);
                }
                for (index, peer) in list(&rule[peers]) {
                    check_peer(peer, &format!("{at}.{peers}[{index}]"), &mut errors);
                }
            }
        }
        for (index, type_) in types.iter().enumerate() {
            let supported = ["Ingress", "Egress"];
            if !type_.as_str().is_some_and(|type_| supported.contains(&type_)) {
                let field = format!("spec.policyTypes[{index}]");
                errors.push(FieldError::not_supported(field, type_, supported));
            }
        }
        errors
    }
}

impl Strategy for Budget {
    fn prepare_create(&self, object: &mut Value, _now: &str) {
        object["status"] = json!({"currentHealthy": 0, "desiredHealthy": 0,
            "disruptionsAllowed": 0, "expectedPods": 0});
    }

    fn validate(&self, object: &Value, _old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let spec = &object["spec"];
        if !spec["minAvailable"].is_null() && !spec["maxUnavailable"].is_null() {
            let detail = "minAvailable and maxUnavailable cannot be both set";
            errors.push(FieldError::invalid("spec", spec, detail));
        }
        for member in ["minAvailable", "maxUnavailable"] {
            if let Some(detail) = number_error(&spec[member]) {
                errors.push(FieldError::invalid(format!("spec.{member}"), &spec[member], detail));
            }
        }
        let policy = &spec["unhealthyPodEvictionPolicy"];
        let supported = ["AlwaysAllow", "IfHealthyBudget"];
        if !policy.is_null() && !policy.as_str().is_some_and(|text| supported.contains(&text)) {
            let field = "spec.unhealthyPodEvictionPolicy";
            errors.push(FieldError::not_supported(field, policy, supported));
        }
        errors
    }
}

fn list(value: &Value) -> impl Iterator<Item = (usize, &Value)> {
    value.as_array().into_iter().flatten().enumerate()
}

/// What is wrong with a count of Pods or a share of them.
fn number_error(value: &Value) -> Option<&'static str> {
    if let Some(number) = value.as_i64() {
        return (number < 0).then_some("must be greater than or equal to 0");
    }
    let digits = value.as_str()?.strip_suffix('%').unwrap_or("");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(
            "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
        );
    }
    (digits.parse().unwrap_or(u32::MAX) > 100).then_some("must not be greater than 100%")
}

fn check_port(port: &Value, at: &str, errors: &mut Vec<FieldError>) {
    let protocol = &port["protocol"];
    let supported = ["TCP", "UDP", "SCTP"];
    if !protocol.as_str().is_some_and(|text| supported.contains(&text)) {
        errors.push(FieldError::not_supported(format!("{at}.protocol"), protocol, supported));
    }
    let (number, end) = (&port["port"], &port["endPort"]);
    let is_port = |number: i64| (1..=65535).contains(&number);
    match number.as_i64() {
        Some(first) if !is_port(first) => {
            let detail = "must be between 1 and 65535, inclusive";
            errors.push(FieldError::invalid(format!("{at}.port"), number, detail));
        }
        Some(first) if end.as_i64().is_some_and(|last| last < first) => {
            let detail = "must be greater than or equal to `port`";
            errors.push(FieldError::invalid(format!("{at}.endPort"), number, detail));
        }
        _ => {}
    }
    if number.is_null() && !end.is_null() {
        let detail = "may not be specified when `port` is not specified";
        errors.push(FieldError::invalid(format!("{at}.endPort"), end, detail));
    }
}

fn check_peer(peer: &Value, at: &str, errors: &mut Vec<FieldError>) {
    let block = &peer["ipBlock"];
    let others = !peer["podSelector"].is_null() || !peer["namespaceSelector"].is_null();
    if block.is_null() {
        if !others {
            errors.push(FieldError::required(at, "must specify a peer"));
        }
        return;
    }
    let cidr = &block["cidr"];
    if !cidr.as_str().is_some_and(is_cidr) {
        let detail = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
        errors.push(FieldError::invalid(format!("{at}.ipBlock.cidr"), cidr, detail));
    }
    if others {
        errors.push(FieldError::forbidden(at, "may not specify both ipBlock and another peer"));
    }
}

fn is_cidr(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else { return false };
    let longest = match address.parse() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    length.parse::<u8>().is_ok_and(|length| length <= longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(strategy: &dyn Strategy, spec: &Value) -> Vec<String> {
        let errors = strategy.validate(&json!({ "spec": spec }), None);
        errors.iter().map(ToString::to_string).collect()
    }

    /// The texts are those of Kubernetes 1.36.
    #[test]
    fn a_budget_that_cannot_be_is_refused_in_the_words_of_the_real_server() {
        let rows = [
            (
                json!({"minAvailable": -1}),
                "spec.minAvailable: Invalid value: -1: must be greater than or equal to 0",
            ),
            (
                json!({"minAvailable": "x"}),
                "spec.minAvailable: Invalid value: \"x\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
            ),
            (
                json!({"maxUnavailable": "110%"}),
                "spec.maxUnavailable: Invalid value: \"110%\": must not be greater than 100%",
            ),
            (
                json!({"unhealthyPodEvictionPolicy": "x"}),
                "spec.unhealthyPodEvictionPolicy: Unsupported value: \"x\": supported values: \"AlwaysAllow\", \"IfHealthyBudget\"",
            ),
        ];
        for (spec, expected) in rows {
            assert_eq!(said(&Budget, &spec), [expected]);
        }
        let both = said(&Budget, &json!({"minAvailable": 1, "maxUnavailable": 1}));
        assert!(
            both[0].ends_with("minAvailable and maxUnavailable cannot be both set"),
            "{both:?}"
        );
        for right in [json!({}), json!({"minAvailable": "50%"}), json!({"maxUnavailable": 0})] {
            assert_eq!(said(&Budget, &right), [""; 0]);
        }
    }

    #[test]
    fn a_network_policy_that_cannot_be_is_refused_in_the_words_of_the_real_server() {
        let port = |port: Value| json!({"ingress": [{"ports": [port]}]});
        let peer = |peer: Value| json!({"egress": [{"to": [peer]}]});
        let at = "spec.ingress[0].ports[0]";
        let cidr = "spec.egress[0].to[0].ipBlock.cidr: Invalid value: \"x\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
        let rows = [
            (json!({"policyTypes": ["X"]}), "spec.policyTypes[0]: Unsupported value: \"X\": supported values: \"Ingress\", \"Egress\"".to_owned()),
            (json!({"policyTypes": ["Ingress", "Egress", "Ingress"]}), "spec.policyTypes: Invalid value: [\"Ingress\",\"Egress\",\"Ingress\"]: may not specify more than two policyTypes".to_owned()),
            (port(json!({"port": 0, "protocol": "TCP"})), format!("{at}.port: Invalid value: 0: must be between 1 and 65535, inclusive")),
            (port(json!({"port": 80, "protocol": "X"})), format!("{at}.protocol: Unsupported value: \"X\": supported values: \"TCP\", \"UDP\", \"SCTP\"")),
            (port(json!({"port": 80, "endPort": 70, "protocol": "TCP"})), format!("{at}.endPort: Invalid value: 80: must be greater than or equal to `port`")),
            (port(json!({"endPort": 70, "protocol": "TCP"})), format!("{at}.endPort: Invalid value: 70: may not be specified when `port` is not specified")),
            (peer(json!({})), "spec.egress[0].to[0]: Required value: must specify a peer".to_owned()),
            (peer(json!({"ipBlock": {"cidr": "x"}})), cidr.to_owned()),
        ];
        for (spec, expected) in rows {
            assert_eq!(said(&Network, &spec), [expected]);
        }
        let both = said(&Network, &peer(json!({"ipBlock": {"cidr": "::/0"}, "podSelector": {}})));
        assert_eq!(
            both,
            ["spec.egress[0].to[0]: Forbidden: may not specify both ipBlock and another peer"]
        );
    }
}
