//! Endpoints and `EndpointSlices`: where the Pods of a Service are.

use super::check::{each, immutable};
use super::{Strategy, fill, items};
use crate::label::dns_subdomain;
use crate::schema::FieldError;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::sync::Arc;

#[derive(Debug)]
struct Endpoints;

#[derive(Debug)]
struct Slice;

pub(super) fn endpoints() -> Arc<dyn Strategy> {
    Arc::new(Endpoints)
}

pub(super) fn slice() -> Arc<dyn Strategy> {
    Arc::new(Slice)
}

const ADDRESS: &str = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";

fn is_address(text: &Value) -> bool {
    text.as_str().is_some_and(|text| text.parse::<IpAddr>().is_ok())
}

impl Strategy for Endpoints {
    fn fill_in(&self, object: &mut Value) {
        for subset in items(object, "subsets") {
            for port in items(subset, "ports") {
                fill(port, "protocol", "TCP");
            }
        }
        if object["subsets"].as_array().is_some_and(Vec::is_empty) {
            object["subsets"].take();
        }
    }

    fn validate(&self, object: &Value, _old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        for (at, subset) in each(object, "subsets") {
            let mut some = false;
            for list in ["addresses", "notReadyAddresses"] {
                for (address_at, address) in each(subset, list) {
                    some = true;
                    let ip = &address["ip"];
                    if !is_address(ip) {
                        let field = format!("{at}.{address_at}.ip");
                        errors.push(FieldError::invalid(&*field, ip, ADDRESS));
                        errors.push(FieldError::invalid(field, ip, "must be a valid IP address"));
                    }
                }
            }
            if !some {
                let detail = "must specify `addresses` or `notReadyAddresses`";
                errors.push(FieldError::required(at, detail));
            }
        }
        errors
    }

    fn warnings(&self, _object: &Value) -> Vec<String> {
        vec![
            "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"
                .to_owned(),
        ]
    }
}

impl Strategy for Slice {
    fn fill_in(&self, object: &mut Value) {
        for port in items(object, "ports") {
            fill(port, "name", "");
            fill(port, "protocol", "TCP");
        }
    }

    fn new_generation(&self, object: &Value, old: &Value) -> bool {
        ["endpoints", "ports", "addressType"].iter().any(|member| object[member] != old[member])
    }

    fn validate(&self, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        immutable(object, old, &["addressType"], &mut errors);
        if !errors.is_empty() {
            return errors;
        }
        let supported = ["FQDN", "IPv4", "IPv6"];
        let form = object["addressType"].as_str().unwrap_or("");
        if form.is_empty() {
            errors.push(FieldError::required("addressType", ""));
        } else if !supported.contains(&form) {
            errors.push(FieldError::not_supported("addressType", &json!(form), supported));
        }
        for (at, endpoint) in each(object, "endpoints") {
            let mut some = false;
            for (address_at, address) in each(endpoint, "addresses") {
                some = true;
                let wrong = match form {
                    "FQDN" => address.as_str().and_then(dns_subdomain),
                    "IPv4" | "IPv6" => (!is_address(address)).then(|| ADDRESS.to_owned()),
                    _ => None,
                };
                if let Some(detail) = wrong {
                    errors.push(FieldError::invalid(format!("{at}.{address_at}"), address, detail));
                }
            }
            if !some {
                let detail = "must contain at least 1 address";
                errors.push(FieldError::required(format!("{at}.addresses"), detail));
            }
        }
        errors
    }
}
