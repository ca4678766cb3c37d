//! Match conditions as they are registered: a list and its state before in, its mistakes out.

use super::text;
use crate::label::check_qualified;
use crate::schema::FieldError;
use crate::schema::FieldErrorKind;
use kube_rules::Environment;
use kube_rules::Returns;
use kube_rules::Wrong;
use serde_json::Value;
use serde_json::json;

const MOST: usize = 64;

/// The mistakes of a list of match conditions.
pub(super) fn check_conditions(
    conditions: &Value,
    at: &str,
    environment: &Environment,
    errors: &mut Vec<FieldError>,
) {
    let list = conditions.as_array().map_or(&[][..], Vec::as_slice);
    if list.len() > MOST {
        let why = format!("must have at most {MOST} items");
        let bad = list.len().to_string();
        errors.push(FieldError::new(at, FieldErrorKind::TooMany, bad, why));
    }
    let mut names: Vec<&str> = Vec::new();
    for (index, condition) in list.iter().enumerate() {
        let at = format!("{at}[{index}]");
        let (name, field) = (text(&condition["name"]), format!("{at}.name"));
        let expression = text(&condition["expression"]).trim();
        let place = format!("{at}.expression");
        if expression.is_empty() {
            errors.push(FieldError::required(place, ""));
        } else if let Err(wrong) = environment.compile(expression, Returns::Bool) {
            errors.push(told(place, expression, &wrong));
        }
        if name.is_empty() {
            errors.push(FieldError::required(&field, ""));
        } else {
            check_qualified(&field, name, errors);
        }
        if names.contains(&name) && !name.is_empty() {
            errors.push(FieldError::duplicate(field, &condition["name"]));
        }
        names.push(name);
    }
}

/// What is wrong with an expression, as the mistake of its field.
pub(super) fn told(field: String, expression: &str, wrong: &Wrong) -> FieldError {
    if wrong.internal {
        FieldError::new(field, FieldErrorKind::Internal, "", &wrong.detail)
    } else {
        FieldError::invalid(field, &json!(expression), &wrong.detail)
    }
}
