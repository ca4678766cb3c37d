//! The reviews: questions about users and rights that are answered and not stored.

use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

use super::Attributes;
use super::LiveObjects;
use super::Rbac;
use super::Rule;
use super::Tokens;
use super::User;
use super::rbac::Decision;
use super::rbac::joined;
use super::token::ISSUER;
use crate::schema::FieldError;
use crate::status::Failure;

/// What a review is answered from.
pub(crate) struct Review<'a> {
    pub(crate) tokens: &'a Tokens,
    pub(crate) rbac: &'a Rbac,
    /// Who asks.
    pub(crate) user: &'a User,
    /// Of a LocalSubjectAccessReview.
    pub(crate) namespace: &'a str,
    pub(crate) now: Timestamp,
    pub(crate) live: LiveObjects<'a>,
}

/// Answers the review `kind` in `body`.
pub(crate) fn review(from: &Review<'_>, kind: &str, mut body: Value) -> Result<Value, Failure> {
    let group = match kind {
        "TokenReview" | "SelfSubjectReview" => "authentication.k8s.io",
        _ => "authorization.k8s.io",
    };
    let status = match kind {
        "TokenReview" => token_review(from, &body)?,
        "SelfSubjectReview" => {
            let stamp = from.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
            body["metadata"]["creationTimestamp"] = json!(stamp);
            json!({ "userInfo": from.user.info() })
        }
        "SelfSubjectRulesReview" => {
            let status = rules_review(from, &body)?;
            body["spec"] = json!({});
            status
        }
        "SelfSubjectAccessReview" => {
            let request = asked(&body["spec"], Vec::new())?;
            access(&from.rbac.authorize(from.user, &request))
        }
        _ => access_review(from, kind, &body)?,
    };
    body["kind"] = json!(kind);
    body["apiVersion"] = json!(format!("{group}/v1"));
    if !body["metadata"].is_object() {
        body["metadata"] = json!({});
    }
    body["status"] = status;
    Ok(body)
}

fn token_review(from: &Review<'_>, body: &Value) -> Result<Value, Failure> {
    let token = body.pointer("/spec/token").and_then(Value::as_str).unwrap_or_default();
    if token.is_empty() {
        return Err(Failure::bad_request("token is required for TokenReview in authentication"));
    }
    let Some((user, audiences)) = from.tokens.user(token, from.now, from.live) else {
        return Ok(json!({ "user": {}, "error": "invalid bearer token" }));
    };
    let wanted = body.pointer("/spec/audiences").and_then(Value::as_array);
    let wanted: Vec<String> = match wanted {
        Some(wanted) if !wanted.is_empty() => {
            wanted.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        _ => vec![ISSUER.to_owned()],
    };
    let shared: Vec<&String> = wanted.iter().filter(|one| audiences.contains(one)).collect();
    if shared.is_empty() {
        let error = format!(
            "[invalid bearer token, token audiences {} is invalid for the target audiences {}]",
            super::rule::quoted(&audiences),
            super::rule::quoted(&wanted)
        );
        return Ok(json!({ "user": {}, "error": error }));
    }
    Ok(json!({ "authenticated": true, "user": user.info(), "audiences": shared }))
}

fn access_review(from: &Review<'_>, kind: &str, body: &Value) -> Result<Value, Failure> {
    let spec = &body["spec"];
    let name = spec["user"].as_str().unwrap_or_default();
    let list = |value: &Value| -> Vec<String> {
        let items = value.as_array().into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let groups = list(&spec["groups"]);
    let mut errors = Vec::new();
    if name.is_empty() && groups.is_empty() {
        let why = "at least one of user or group must be specified";
        errors.push(FieldError::invalid("spec.user", &json!(""), why));
    }
    let request = asked(spec, errors)?;
    if kind == "LocalSubjectAccessReview" && request.namespace != from.namespace {
        let field = "spec.resourceAttributes.namespace";
        let bad = json!(request.namespace);
        let error = FieldError::invalid(field, &bad, "must match metadata.namespace");
        return Err(Failure::invalid("authorization.k8s.io", "", "", &[error]));
    }
    let extra = spec["extra"].as_object().into_iter().flatten();
    let user = User {
        name: name.to_owned(),
        uid: spec["uid"].as_str().unwrap_or_default().to_owned(),
        groups,
        extra: extra.map(|(key, values)| (key.clone(), list(values))).collect(),
    };
    Ok(access(&from.rbac.authorize(&user, &request)))
}

fn access(decision: &Decision) -> Value {
    let mut status = json!({ "allowed": decision.allowed });
    if !decision.reason.is_empty() {
        status["reason"] = json!(decision.reason);
    }
    status
}

fn asked(spec: &Value, mut errors: Vec<FieldError>) -> Result<Attributes, Failure> {
    let (resource, path) = (&spec["resourceAttributes"], &spec["nonResourceAttributes"]);
    if resource.is_null() && path.is_null() {
        let why = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
        errors.insert(0, FieldError::invalid("spec.resourceAttributes", &Value::Null, why));
    }
    if !resource.is_null() && !path.is_null() {
        let bad = json!({ "Path": path["path"], "Verb": path["verb"] });
        let why = "cannot be specified in combination with resourceAttributes";
        errors.insert(0, FieldError::invalid("spec.nonResourceAttributes", &bad, why));
    }
    if !errors.is_empty() {
        return Err(Failure::invalid("authorization.k8s.io", "", "", &errors));
    }
    let text = |value: &Value, member: &str| value[member].as_str().unwrap_or_default().to_owned();
    if resource.is_null() {
        return Ok(Attributes::path(&text(path, "verb"), &text(path, "path")));
    }
    let (verb, group) = (text(resource, "verb"), text(resource, "group"));
    Ok(Attributes::resource(&verb, &group, &text(resource, "resource"))
        .subresource(&text(resource, "subresource"))
        .namespace(&text(resource, "namespace"))
        .name(&text(resource, "name")))
}

fn rules_review(from: &Review<'_>, body: &Value) -> Result<Value, Failure> {
    let namespace = body.pointer("/spec/namespace").and_then(Value::as_str).unwrap_or_default();
    if namespace.is_empty() {
        return Err(Failure::bad_request("no namespace on request"));
    }
    let held = from.rbac.held(from.user, namespace);
    let mut rules = held.rules;
    if from.user.is_master() {
        rules.push(Rule::resources(&["*"], &["*"], &["*"]));
        rules.push(Rule::paths(&["*"], &["*"]));
    }
    let (paths, resources): (Vec<Rule>, Vec<Rule>) =
        rules.into_iter().partition(|rule| !rule.non_resource_urls.is_empty());
    let mut status =
        json!({ "resourceRules": resources, "nonResourceRules": paths, "incomplete": false });
    if let Some(error) = joined(&held.missing) {
        status["evaluationError"] = json!(error);
    }
    Ok(status)
}
