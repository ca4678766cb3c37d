//! The rules of a binding: its `spec` in, its mistakes out, in the API server's order and words.

use super::resources::check_resources;
use crate::admission::check_selector;
use crate::label::dns_subdomain;
use crate::label::path_segment;
use crate::registration::text;
use crate::schema::FieldError;
use serde_json::Value;

const ACTIONS: [&str; 3] = ["Audit", "Deny", "Warn"];

/// Every mistake of a binding.
pub(super) fn validate(spec: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let policy = text(&spec["policyName"]);
    if policy.is_empty() {
        errors.push(FieldError::required("spec.policyName", ""));
    } else if let Some(why) = dns_subdomain(policy) {
        errors.push(FieldError::invalid("spec.policyName", &spec["policyName"], why));
    }
    if spec["paramRef"].is_object() {
        check_reference(&spec["paramRef"], "spec.paramRef", &mut errors);
    }
    if spec["matchResources"].is_object() {
        check_resources(&spec["matchResources"], "spec.matchResources", &mut errors);
    }
    check_actions(&spec["validationActions"], "spec.validationActions", &mut errors);
    errors
}

fn check_reference(reference: &Value, at: &str, errors: &mut Vec<FieldError>) {
    let (name, selector) = (text(&reference["name"]), &reference["selector"]);
    let both = "name and selector are mutually exclusive";
    if !name.is_empty() {
        if let Some(why) = path_segment(name) {
            errors.push(FieldError::invalid(format!("{at}.name"), &reference["name"], why));
        }
        if !selector.is_null() {
            errors.push(FieldError::forbidden(format!("{at}.name"), both));
        }
    }
    if !selector.is_null() {
        check_selector(selector, &format!("{at}.selector"), errors);
        if !name.is_empty() {
            errors.push(FieldError::forbidden(format!("{at}.selector"), both));
        }
    }
    if name.is_empty() && selector.is_null() {
        errors.push(FieldError::required(at, "one of name or selector must be specified"));
    }
    let (action, field) =
        (&reference["parameterNotFoundAction"], format!("{at}.parameterNotFoundAction"));
    match text(action) {
        "" => errors.push(FieldError::required(field, "")),
        "Allow" | "Deny" => {}
        _ => errors.push(FieldError::not_supported(field, action, ["Deny", "Allow"])),
    }
}

fn check_actions(actions: &Value, at: &str, errors: &mut Vec<FieldError>) {
    let list = actions.as_array().map_or(&[][..], Vec::as_slice);
    for (index, action) in list.iter().enumerate() {
        let field = format!("{at}[{index}]");
        if !ACTIONS.contains(&text(action)) {
            errors.push(FieldError::not_supported(&field, action, ACTIONS));
        }
        if list[..index].contains(action) {
            errors.push(FieldError::duplicate(field, action));
        }
    }
    let has = |wanted: &str| list.iter().any(|action| action == wanted);
    if has("Deny") && has("Warn") {
        let why = "must not contain both Deny and Warn (repeating the same validation failure \
                   information in the API response and headers serves no purpose)";
        errors.push(FieldError::invalid(at, actions, why));
    }
    if list.is_empty() {
        errors.push(FieldError::required(at, "at least one validation action is required"));
    }
}
