//! Ingresses and `IngressClasses`: defaults and what must fit together. Nothing is routed here.

use super::check::{each, immutable, required};
use super::{Strategy, fill};
use crate::label::dns_subdomain;
use crate::schema::FieldError;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Debug)]
struct Ingress;

#[derive(Debug)]
struct Class;

pub(super) fn ingress() -> Arc<dyn Strategy> {
    Arc::new(Ingress)
}

pub(super) fn class() -> Arc<dyn Strategy> {
    Arc::new(Class)
}

impl Strategy for Ingress {
    fn prepare_create(&self, object: &mut Value, _now: &str) {
        object["status"] = json!({ "loadBalancer": {} });
    }

    fn validate(&self, object: &Value, _old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let spec = &object["spec"];
        let has_rules = spec["rules"].as_array().is_some_and(|rules| !rules.is_empty());
        if !has_rules && spec["defaultBackend"].is_null() {
            let detail = "either `defaultBackend` or `rules` must be specified";
            errors.push(FieldError::invalid("spec", &Value::Null, detail));
        }
        check_backend(&spec["defaultBackend"], "spec.defaultBackend", &mut errors);
        for (at, rule) in each(object, "spec.rules") {
            if let Some(host) = rule["host"].as_str().filter(|host| !host.is_empty())
                && let Some(detail) = dns_subdomain(host.strip_prefix("*.").unwrap_or(host))
            {
                errors.push(FieldError::invalid(format!("{at}.host"), &rule["host"], detail));
            }
            if rule["http"].is_object() && each(rule, "http.paths").next().is_none() {
                errors.push(FieldError::required(format!("{at}.http.paths"), ""));
            }
            for (path_at, path) in each(rule, "http.paths") {
                check_path(path, &format!("{at}.{path_at}"), &mut errors);
            }
        }
        errors
    }
}

fn check_path(path: &Value, at: &str, errors: &mut Vec<FieldError>) {
    match path["pathType"].as_str() {
        None => {
            let detail = "pathType must be specified";
            errors.push(FieldError::required(format!("{at}.pathType"), detail));
        }
        Some("Exact" | "Prefix") => {
            if !path["path"].as_str().is_some_and(|path| path.starts_with('/')) {
                let found = if path["path"].is_null() { &json!("") } else { &path["path"] };
                let detail = "must be an absolute path";
                errors.push(FieldError::invalid(format!("{at}.path"), found, detail));
            }
        }
        Some("ImplementationSpecific") => {
            let text = path["path"].as_str().unwrap_or("");
            if !text.is_empty() && !text.starts_with('/') {
                let detail = "must be an absolute path";
                errors.push(FieldError::invalid(format!("{at}.path"), &path["path"], detail));
            }
        }
        Some(_) => {
            let supported = ["Exact", "ImplementationSpecific", "Prefix"];
            let field = format!("{at}.pathType");
            errors.push(FieldError::not_supported(field, &path["pathType"], supported));
        }
    }
    check_backend(&path["backend"], &format!("{at}.backend"), errors);
}

fn check_backend(backend: &Value, at: &str, errors: &mut Vec<FieldError>) {
    if backend.is_null() {
        return;
    }
    let (service, resource) = (&backend["service"], &backend["resource"]);
    match (service.is_null(), resource.is_null()) {
        (false, false) => {
            let detail = "cannot set both resource and service backends";
            errors.push(FieldError::invalid(at, &json!(""), detail));
        }
        (true, true) => {
            let detail = "resource or service backend is required";
            errors.push(FieldError::required(at, detail));
        }
        (true, false) => {}
        (false, true) => {
            if service["name"].as_str().is_none_or(str::is_empty) {
                errors.push(FieldError::required(format!("{at}.service.name"), ""));
            }
            let port = &service["port"];
            let named = port["name"].as_str().is_some_and(|name| !name.is_empty());
            let numbered = port["number"].as_i64().is_some_and(|number| number != 0);
            if named && numbered {
                let detail = "cannot set both port name & port number";
                errors.push(FieldError::invalid(at, &json!(""), detail));
            } else if !named && !numbered {
                errors.push(FieldError::required(at, "port name or number is required"));
            }
        }
    }
}

impl Strategy for Class {
    fn fill_in(&self, object: &mut Value) {
        if let Some(parameters) = object.pointer_mut("/spec/parameters") {
            fill(parameters, "scope", "Cluster");
        }
    }

    fn validate(&self, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        immutable(object, old, &["spec.controller"], &mut errors);
        required(object, "spec.controller", &mut errors);
        errors
    }
}
