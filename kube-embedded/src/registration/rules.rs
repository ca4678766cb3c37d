//! The rules that say what a webhook is for: one rule in, its mistakes out.

use super::text;
use crate::schema::FieldError;
use serde_json::Value;

const OPERATIONS: [&str; 5] = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
const SCOPES: [&str; 3] = ["*", "Cluster", "Namespaced"];

/// The mistakes of one rule.
pub(super) fn check_rule(rule: &Value, at: &str, errors: &mut Vec<FieldError>) {
    let list = |member: &str| rule[member].as_array().map_or(&[][..], Vec::as_slice);
    let operations = list("operations");
    let field = format!("{at}.operations");
    present(operations, &field, errors);
    alone(&rule["operations"], &field, "operations", errors);
    for (index, operation) in operations.iter().enumerate() {
        if !OPERATIONS.contains(&text(operation)) {
            let field = format!("{field}[{index}]");
            errors.push(FieldError::not_supported(field, operation, OPERATIONS));
        }
    }
    let field = format!("{at}.apiGroups");
    present(list("apiGroups"), &field, errors);
    alone(&rule["apiGroups"], &field, "API groups", errors);
    let field = format!("{at}.apiVersions");
    present(list("apiVersions"), &field, errors);
    alone(&rule["apiVersions"], &field, "API versions", errors);
    named(list("apiVersions"), &field, errors);
    let field = format!("{at}.resources");
    present(list("resources"), &field, errors);
    check_resources(&rule["resources"], &field, errors);
    let scope = &rule["scope"];
    if !scope.is_null() && !SCOPES.contains(&text(scope)) {
        errors.push(FieldError::not_supported(format!("{at}.scope"), scope, SCOPES));
    }
}

fn present(list: &[Value], field: &str, errors: &mut Vec<FieldError>) {
    if list.is_empty() {
        errors.push(FieldError::required(field, ""));
    }
}

fn named(list: &[Value], field: &str, errors: &mut Vec<FieldError>) {
    for (index, name) in list.iter().enumerate() {
        if text(name).is_empty() {
            errors.push(FieldError::required(format!("{field}[{index}]"), ""));
        }
    }
}

/// A `*` stands for all and allows none beside it.
fn alone(list: &Value, field: &str, what: &str, errors: &mut Vec<FieldError>) {
    let items = list.as_array().map_or(&[][..], Vec::as_slice);
    if items.len() > 1 && items.iter().any(|item| item == "*") {
        let why = format!("if '*' is present, must not specify other {what}");
        errors.push(FieldError::invalid(field, list, why));
    }
}

fn check_resources(list: &Value, field: &str, errors: &mut Vec<FieldError>) {
    let items: Vec<&str> = list.as_array().into_iter().flatten().map(text).collect();
    for (index, item) in items.iter().enumerate() {
        let at = format!("{field}[{index}]");
        if item.is_empty() {
            errors.push(FieldError::required(at, ""));
            continue;
        }
        let Some((resource, sub)) = item.split_once('/') else { continue };
        let wider = [format!("{resource}/*"), format!("*/{sub}")];
        let wider = wider.iter().find(|wide| *wide != item && items[..index].contains(&&***wide));
        if let Some(wide) = wider {
            let why = format!("if '{wide}' is present, must not specify {item}");
            errors.push(FieldError::invalid(at, &list[index], why));
        }
    }
    let plain = items.iter().filter(|item| !item.contains('/')).count();
    if items.len() > 1 && items.contains(&"*/*") {
        let why = "if '*/*' is present, must not specify other resources";
        errors.push(FieldError::invalid(field, list, why));
    }
    if plain > 1 && items.contains(&"*") {
        let why = "if '*' is present, must not specify other resources without subresources";
        errors.push(FieldError::invalid(field, list, why));
    }
}
