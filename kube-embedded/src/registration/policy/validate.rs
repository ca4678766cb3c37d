//! The rules of a policy: the object and its state before in, its mistakes out, in the API server's order and words.

use super::resources::check_resources;
use crate::label::check_qualified;
use crate::label::dns_1035;
use crate::label::dns_subdomain;
use crate::registration::conditions::check_conditions;
use crate::registration::conditions::told;
use crate::registration::text;
use crate::schema::FieldError;
use kube_rules::Environment;
use kube_rules::Returns;
use kube_rules::is_identifier;
use serde_json::Value;
use serde_json::json;

const REASONS: [&str; 3] = ["Forbidden", "Invalid", "RequestEntityTooLarge"];
const MOST_ANNOTATIONS: usize = 20;
const LONGEST_ANNOTATION: usize = 5 * 1024;

/// Every mistake of a policy.
pub(super) fn validate(object: &Value, old: Option<&Value>) -> Vec<FieldError> {
    let spec = &object["spec"];
    let mut errors = Vec::new();
    let policy = &spec["failurePolicy"];
    if policy.is_null() {
        errors.push(FieldError::required("spec.failurePolicy", ""));
    } else if !["Fail", "Ignore"].contains(&text(policy)) {
        let field = "spec.failurePolicy";
        errors.push(FieldError::not_supported(field, policy, ["Fail", "Ignore"]));
    }
    let mut environment = Environment::new().authorizer();
    if spec["paramKind"].is_object() {
        check_params(&spec["paramKind"], "spec.paramKind", &mut errors);
        environment = environment.params();
    }
    let (constraints, at) = (&spec["matchConstraints"], "spec.matchConstraints");
    if constraints.is_object() {
        check_resources(constraints, at, &mut errors);
        if list(&constraints["resourceRules"]).is_empty() {
            errors.push(FieldError::required(format!("{at}.resourceRules"), ""));
        }
    } else {
        errors.push(FieldError::required(at, ""));
    }
    let same = |member: &str| old.is_some_and(|old| old["spec"].get(member) == spec.get(member));
    if !(same("paramKind") && same("matchConditions")) {
        // Conditions cannot name variables.
        let at = "spec.matchConditions";
        check_conditions(&spec["matchConditions"], at, &environment, &mut errors);
    }
    check_variables(&spec["variables"], &mut environment, &mut errors);
    let (validations, annotations) = (list(&spec["validations"]), &spec["auditAnnotations"]);
    if validations.is_empty() && list(annotations).is_empty() {
        let why = "validations or auditAnnotations must contain at least one item";
        errors.push(FieldError::required("spec.validations", why));
        errors.push(FieldError::required("spec.auditAnnotations", why));
        return errors;
    }
    for (index, validation) in validations.iter().enumerate() {
        let at = format!("spec.validations[{index}]");
        check_validation(validation, &at, &environment, &mut errors);
    }
    let name = text(&object["metadata"]["name"]);
    check_annotations(annotations, name, &environment, &mut errors);
    errors
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn check_params(kind: &Value, at: &str, errors: &mut Vec<FieldError>) {
    let (version, field) = (text(&kind["apiVersion"]), format!("{at}.apiVersion"));
    let mut invalid = |bad: &str, why: String| {
        errors.push(FieldError::invalid(&field, &json!(bad), why));
    };
    match version.split('/').collect::<Vec<_>>().as_slice() {
        [""] => errors.push(FieldError::required(&field, "")),
        [] | [_, _, _, ..] => {
            invalid(version, format!("unexpected GroupVersion string: {version}"));
        }
        [rest @ .., last] => {
            if let Some(group) = rest.first().filter(|group| !group.is_empty())
                && let Some(why) = dns_subdomain(group)
            {
                invalid(group, why);
            }
            if last.is_empty() {
                invalid(version, "version must be specified".to_owned());
            } else if let Some(why) = dns_1035(last) {
                invalid(last, why);
            }
        }
    }
    let (name, field) = (text(&kind["kind"]), format!("{at}.kind"));
    if name.is_empty() {
        errors.push(FieldError::required(field, ""));
    } else if let Some(why) = dns_1035(&name.to_lowercase()) {
        let why = format!("may have mixed case, but should otherwise match: {why}");
        errors.push(FieldError::invalid(field, &kind["kind"], why));
    }
}

fn check_variables(variables: &Value, environment: &mut Environment, errors: &mut Vec<FieldError>) {
    for (index, variable) in list(variables).iter().enumerate() {
        let at = format!("spec.variables[{index}]");
        let (name, expression) = (text(&variable["name"]), text(&variable["expression"]));
        if name.trim().is_empty() {
            errors.push(FieldError::required(format!("{at}.name"), "name is not specified"));
        } else if !is_identifier(name) {
            let why = "must be a valid CEL identifier";
            errors.push(FieldError::invalid(format!("{at}.name"), &variable["name"], why));
        }
        let field = format!("{at}.expression");
        if expression.trim().is_empty() {
            errors.push(FieldError::required(field, "expression is not specified"));
        } else if let Err(wrong) = environment.variable(name, expression) {
            errors.push(told(field, expression, &wrong));
        }
    }
}

fn check_validation(
    validation: &Value,
    at: &str,
    environment: &Environment,
    errors: &mut Vec<FieldError>,
) {
    let member = |name: &str| (text(&validation[name]), format!("{at}.{name}"));
    let (expression, field) = member("expression");
    if expression.trim().is_empty() {
        errors.push(FieldError::required(field, "expression is not specified"));
    } else if let Err(wrong) = environment.compile(expression, Returns::Bool) {
        errors.push(told(field, expression, &wrong));
    }
    let blank = "must be non-empty if specified";
    let (message, field) = member("messageExpression");
    if !message.is_empty() && message.trim().is_empty() {
        errors.push(FieldError::invalid(field, &json!(message), blank));
    } else if !message.is_empty() {
        let environment = environment.clone().without_authorizer();
        if let Err(wrong) = environment.compile(message, Returns::Text) {
            errors.push(told(field, message, &wrong));
        }
    }
    let (message, field) = member("message");
    if !message.is_empty() && message.trim().is_empty() {
        errors.push(FieldError::invalid(field, &json!(message), blank));
    } else if message.trim().contains(['\n', '\r']) {
        let why = "must not contain line breaks";
        errors.push(FieldError::invalid(field, &json!(message), why));
    }
    let reason = &validation["reason"];
    if !reason.is_null() && !REASONS.contains(&text(reason)) {
        errors.push(FieldError::not_supported(format!("{at}.reason"), reason, REASONS));
    }
}

fn check_annotations(
    annotations: &Value,
    policy: &str,
    environment: &Environment,
    errors: &mut Vec<FieldError>,
) {
    let all = list(annotations);
    let at = "spec.auditAnnotations";
    if all.len() > MOST_ANNOTATIONS {
        let why = format!("must not have more than {MOST_ANNOTATIONS} auditAnnotations");
        errors.push(FieldError::invalid(at, annotations, why));
    }
    for (index, annotation) in all.iter().enumerate() {
        let at = format!("{at}[{index}]");
        let (key, field) = (text(&annotation["key"]), format!("{at}.key"));
        if policy.is_empty() {
            let why = "requires metadata.name be non-empty";
            errors.push(FieldError::invalid(&field, &annotation["key"], why));
        } else {
            check_qualified(&field, &format!("{policy}/{key}"), errors);
        }
        let expression = text(&annotation["valueExpression"]).trim();
        let place = format!("{at}.valueExpression");
        if expression.is_empty() {
            errors.push(FieldError::required(place, "valueExpression is not specified"));
        } else if expression.len() > LONGEST_ANNOTATION {
            let why = format!("must not exceed {LONGEST_ANNOTATION} bytes in length");
            errors.push(FieldError::required(place, why));
        } else if let Err(wrong) = environment.compile(expression, Returns::TextOrNull) {
            errors.push(told(place, text(&annotation["valueExpression"]), &wrong));
        }
        if all[..index].iter().any(|other| other["key"] == annotation["key"]) {
            errors.push(FieldError::duplicate(field, &annotation["key"]));
        }
    }
}
