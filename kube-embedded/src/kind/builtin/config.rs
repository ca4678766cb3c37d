//! `ConfigMap`s and Secrets: keys, encodings, and what `immutable` forbids.

use super::{Strategy, fill};
use crate::kind::Kind;
use crate::schema::{FieldError, FieldErrorKind};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Debug)]
struct ConfigMap;

#[derive(Debug)]
struct Secret;

pub(super) fn config_map() -> Arc<dyn Strategy> {
    Arc::new(ConfigMap)
}

pub(super) fn secret() -> Arc<dyn Strategy> {
    Arc::new(Secret)
}

const LIMIT: usize = 1 << 20;
const KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' \
                   (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is \
                   '[-._a-zA-Z0-9]+')";

/// Why this cannot be a name that is a key as in a ConfigMap.
pub(crate) fn config_key(name: &str) -> Option<String> {
    match name {
        _ if name.len() > 253 => Some("must be no more than 253 characters".to_owned()),
        _ if !is_key(name) => Some(KEY.to_owned()),
        "." => Some("must not be '.'".to_owned()),
        ".." => Some("must not be '..'".to_owned()),
        _ if name.starts_with("..") => Some("must not start with '..'".to_owned()),
        _ => None,
    }
}

fn is_key(text: &str) -> bool {
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    !text.is_empty() && text.bytes().all(valid)
}

fn members<'a>(object: &'a Value, member: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    object[member].as_object().into_iter().flatten()
}

fn check_keys(object: &Value, member: &str, errors: &mut Vec<FieldError>) {
    for (key, _) in members(object, member) {
        if !is_key(key) {
            errors.push(FieldError::invalid(format!("{member}[{key}]"), &json!(key), KEY));
        }
    }
}

fn check_size(object: &Value, total: usize, errors: &mut Vec<FieldError>) {
    let _ = object;
    if total > LIMIT {
        let detail = format!("may not be more than {LIMIT} bytes");
        errors.push(FieldError::new("[]", FieldErrorKind::TooLong, "", detail));
    }
}

fn check_immutable(
    object: &Value,
    old: Option<&Value>,
    names: &[&str],
    errors: &mut Vec<FieldError>,
) {
    let Some(old) = old.filter(|old| old["immutable"] == true) else { return };
    let text = "field is immutable when `immutable` is set";
    if object["immutable"] != true {
        errors.push(FieldError::forbidden("immutable", text));
    }
    for &name in names {
        if object[name] != old[name] {
            errors.push(FieldError::forbidden(name, text));
        }
    }
}

impl Strategy for ConfigMap {
    fn validate(&self, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check_immutable(object, old, &["data", "binaryData"], &mut errors);
        check_keys(object, "data", &mut errors);
        check_keys(object, "binaryData", &mut errors);
        let plain = members(object, "data").map(|(_, value)| value.as_str().map_or(0, str::len));
        let binary = members(object, "binaryData").map(|(_, value)| decoded_size(value));
        check_size(object, plain.chain(binary).sum(), &mut errors);
        errors
    }
}

fn decoded_size(value: &Value) -> usize {
    value.as_str().map_or(0, |text| text.trim_end_matches('=').len() * 3 / 4)
}

impl Strategy for Secret {
    fn decode(&self, kind: &Kind, object: &mut Value) -> Result<Vec<String>, String> {
        let unknown = match &kind.types {
            Some(types) => {
                if let Some(error) = types.decode_error(object) {
                    return Err(error);
                }
                types.prune(object)
            }
            None => Vec::new(),
        };
        for (_, value) in members(object, "data") {
            let Some(text) = value.as_str() else { continue };
            if let Err(error) = STANDARD.decode(text) {
                return Err(format!("illegal base64 data at input byte {}", position(&error)));
            }
        }
        Ok(unknown)
    }

    fn fill_in(&self, object: &mut Value) {
        fill(object, "type", "Opaque");
        if object["type"] == "" {
            object["type"] = "Opaque".into();
        }
        let texts = object.as_object_mut().and_then(|members| members.remove("stringData"));
        if let Some(Value::Object(texts)) = texts {
            fill(object, "data", json!({}));
            for (key, text) in texts {
                object["data"][key] = STANDARD.encode(text.as_str().unwrap_or("")).into();
            }
        }
    }

    fn validate(&self, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if let Some(old) = old
            && object["type"] != old["type"]
        {
            errors.push(FieldError::invalid("type", &object["type"], "field is immutable"));
        }
        check_immutable(object, old, &["data"], &mut errors);
        check_keys(object, "data", &mut errors);
        let total = members(object, "data").map(|(_, value)| decoded_size(value)).sum();
        check_size(object, total, &mut errors);
        check_type(object, &mut errors);
        errors
    }
}

/// What a Secret of a type of Kubernetes' own must have.
fn check_type(secret: &Value, errors: &mut Vec<FieldError>) {
    let has = |key: &str| secret["data"].get(key).is_some();
    let needed: &[&str] = match secret["type"].as_str().unwrap_or_default() {
        "kubernetes.io/service-account-token" => {
            let name = "kubernetes.io/service-account.name";
            if secret["metadata"]["annotations"][name].as_str().is_none_or(str::is_empty) {
                let field = format!("metadata.annotations[{name}]");
                errors.push(FieldError::required(field, ""));
            }
            return;
        }
        "kubernetes.io/basic-auth" if has("username") || has("password") => return,
        "kubernetes.io/basic-auth" => &["username", "password"],
        "kubernetes.io/dockercfg" => &[".dockercfg"],
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        _ => return,
    };
    for key in needed.iter().filter(|key| !has(key)) {
        errors.push(FieldError::required(format!("data[{key}]"), ""));
    }
}

fn position(error: &base64::DecodeError) -> usize {
    match error {
        base64::DecodeError::InvalidByte(at, _)
        | base64::DecodeError::InvalidLastSymbol { offset: at, .. } => *at,
        _ => 0,
    }
}
