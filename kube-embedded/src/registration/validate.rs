//! The rules of a webhook configuration: the object in, its mistakes out, in the API server's order and words.

use super::conditions::check_conditions;
use super::rules::check_rule;
use super::text;
use super::webhooks;
use crate::admission::check_selector;
use crate::label::dns_1035;
use crate::label::dns_subdomain;
use crate::schema::FieldError;
use kube_rules::Environment;
use serde_json::Value;
use serde_json::json;

/// Every mistake of a configuration.
pub(super) fn validate(object: &Value, old: Option<&Value>, mutating: bool) -> Vec<FieldError> {
    let unchanged = old.is_some_and(|old| same_conditions(object, old));
    let mut errors = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    for (index, webhook) in webhooks(object) {
        let at = format!("webhooks[{index}]");
        check_webhook(webhook, &at, mutating, &mut errors);
        if !unchanged {
            let at = format!("{at}.matchConditions");
            let environment = Environment::new().authorizer();
            check_conditions(&webhook["matchConditions"], &at, &environment, &mut errors);
        }
        let name = text(&webhook["name"]);
        if names.contains(&name) && !name.is_empty() {
            errors.push(FieldError::duplicate(format!("{at}.name"), &webhook["name"]));
        }
        names.push(name);
    }
    errors
}

/// What was let in once is not looked at again, though what a server takes may have changed.
fn same_conditions(object: &Value, old: &Value) -> bool {
    let all = |object| webhooks(object).map(|(_, webhook)| &webhook["matchConditions"]);
    all(object).eq(all(old))
}

fn check_webhook(webhook: &Value, at: &str, mutating: bool, errors: &mut Vec<FieldError>) {
    check_name(&webhook["name"], &format!("{at}.name"), errors);
    let field = format!("{at}.admissionReviewVersions");
    let detail = "must specify one of v1, v1beta1";
    check_review_versions(&webhook["admissionReviewVersions"], &field, detail, errors);
    for (index, rule) in webhook["rules"].as_array().into_iter().flatten().enumerate() {
        check_rule(rule, &format!("{at}.rules[{index}]"), errors);
    }
    one_of(webhook, at, "failurePolicy", &["Fail", "Ignore"], errors);
    one_of(webhook, at, "matchPolicy", &["Equivalent", "Exact"], errors);
    let effects = ["None", "NoneOnDryRun"];
    if webhook["sideEffects"].is_null() {
        let detail = format!("must specify one of {}", effects.join(", "));
        errors.push(FieldError::required(format!("{at}.sideEffects"), detail));
    }
    one_of(webhook, at, "sideEffects", &effects, errors);
    let seconds = &webhook["timeoutSeconds"];
    if seconds.as_i64().is_some_and(|seconds| !(1..=30).contains(&seconds)) {
        let detail = "the timeout value must be between 1 and 30 seconds";
        errors.push(FieldError::invalid(format!("{at}.timeoutSeconds"), seconds, detail));
    }
    for selector in ["namespaceSelector", "objectSelector"] {
        check_selector(&webhook[selector], &format!("{at}.{selector}"), errors);
    }
    check_client(&webhook["clientConfig"], &format!("{at}.clientConfig"), errors);
    if mutating {
        one_of(webhook, at, "reinvocationPolicy", &["IfNeeded", "Never"], errors);
    }
}

fn check_name(name: &Value, field: &str, errors: &mut Vec<FieldError>) {
    let written = text(name);
    if written.is_empty() {
        errors.push(FieldError::required(field, ""));
    } else if let Some(why) = dns_subdomain(written) {
        errors.push(FieldError::invalid(field, name, why));
    } else if written.split('.').count() < 3 {
        let why = "should be a domain with at least three segments separated by dots";
        errors.push(FieldError::invalid(field, name, why));
    }
}

/// The versions of a review that a webhook takes; `missing` is told when there are none.
pub(crate) fn check_review_versions(
    versions: &Value,
    field: &str,
    missing: &str,
    errors: &mut Vec<FieldError>,
) {
    let list = versions.as_array().map_or(&[][..], Vec::as_slice);
    if list.is_empty() {
        errors.push(FieldError::required(field, missing));
        return;
    }
    for (index, version) in list.iter().enumerate() {
        let field = format!("{field}[{index}]");
        if list[..index].contains(version) {
            errors.push(FieldError::invalid(field, version, "duplicate version"));
        } else if let Some(why) = dns_1035(text(version)) {
            errors.push(FieldError::invalid(field, version, why));
        }
    }
    if !list.iter().any(|version| matches!(text(version), "v1" | "v1beta1")) {
        let why = "must include at least one of v1, v1beta1";
        errors.push(FieldError::invalid(field, versions, why));
    }
}

fn one_of(
    webhook: &Value,
    at: &str,
    member: &str,
    supported: &[&str],
    errors: &mut Vec<FieldError>,
) {
    let value = &webhook[member];
    if !value.is_null() && !supported.contains(&text(value)) {
        let (field, supported) = (format!("{at}.{member}"), supported.iter().copied());
        errors.push(FieldError::not_supported(field, value, supported));
    }
}

const FORM: &str = "desired format: https://host[/path]";

/// The rules of a `clientConfig`, which is either a URL or a Service.
pub(crate) fn check_client(client: &Value, at: &str, errors: &mut Vec<FieldError>) {
    match (client["url"].as_str(), &client["service"]) {
        (Some(url), Value::Null) => check_url(url, &format!("{at}.url"), errors),
        (None, service) if !service.is_null() => {
            check_service(service, &format!("{at}.service"), errors);
        }
        _ => errors.push(FieldError::required(at, "exactly one of url or service is required")),
    }
}

fn check_url(url: &str, at: &str, errors: &mut Vec<FieldError>) {
    let mut refuse = |part: &str, why: String| {
        errors.push(FieldError::invalid(at, &json!(part), why));
    };
    let (rest, fragment) = url.split_once('#').unwrap_or((url, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (scheme, rest) = rest.split_once("://").unwrap_or(("", ""));
    let authority = rest.split('/').next().unwrap_or("");
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    if let Some(wrong) = host.chars().find(|c| c.is_whitespace() || c.is_control()) {
        let (url, wrong) = (crate::json::quoted(url), crate::json::quoted(&wrong.to_string()));
        errors.push(FieldError::required(
            at,
            format!(
                "url must be a valid URL: parse {url}: invalid character {wrong} in host name; {FORM}"
            ),
        ));
        return;
    }
    if scheme != "https" {
        refuse(scheme, format!("'https' is the only allowed URL scheme; {FORM}"));
    }
    if host.is_empty() {
        refuse(host, format!("host must be specified; {FORM}"));
    }
    if !user.is_empty() {
        refuse(user, "user information is not permitted in the URL".to_owned());
    }
    if !fragment.is_empty() {
        refuse(fragment, "fragments are not permitted in the URL".to_owned());
    }
    if !query.is_empty() {
        refuse(query, "query parameters are not permitted in the URL".to_owned());
    }
}

fn check_service(service: &Value, at: &str, errors: &mut Vec<FieldError>) {
    for member in ["name", "namespace"] {
        if text(&service[member]).is_empty() {
            errors.push(FieldError::required(format!("{at}.{member}"), ""));
        }
    }
    let port = &service["port"];
    if port.as_i64().is_some_and(|port| !(1..=65535).contains(&port)) {
        let why = "port is not valid: must be between 1 and 65535, inclusive";
        errors.push(FieldError::invalid(format!("{at}.port"), port, why));
    }
    let path = text(&service["path"]);
    if path.is_empty() || path == "/" {
        return;
    }
    let mut refuse = |why: String| {
        errors.push(FieldError::invalid(format!("{at}.path"), &service["path"], why));
    };
    if !path.starts_with('/') {
        refuse("must start with a '/'".to_owned());
    }
    // As the API server counts: what stands before the first slash is no segment.
    let path = path.strip_suffix('/').unwrap_or(path);
    let segments = path.get(1..).unwrap_or("").split('/');
    for (index, segment) in segments.enumerate() {
        if segment.is_empty() {
            refuse(format!("segment[{index}] may not be empty"));
        } else if let Some(why) = dns_subdomain(segment) {
            refuse(format!("segment[{index}]: {why}"));
        }
    }
}
