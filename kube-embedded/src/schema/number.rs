//! Numbers against a schema: ranges, bounds, multiples.

use serde_json::{Number, Value};

use super::error::{FieldError, nowhere, said};
use super::node::{Kind, Node};
use crate::json;

/// Checks a number.
pub(super) fn check_number(node: &Node, number: &Number, path: &str, errors: &mut Vec<FieldError>) {
    check_range(node, number, path, errors);
    let Some(value) = number.as_f64() else { return };
    let bad = Value::Number(number.clone());
    let checks = &node.checks;
    let shown = |limit: f64| json::text(&Value::from(limit));
    // Limits of an integer are integers, whatever the schema says.
    let whole = |limit: f64| if number.is_f64() { limit } else { limit.trunc() };
    if let Some(factor) = checks.multiple_of.map(whole) {
        let quotient = value / factor;
        if (quotient - quotient.round()).abs() > f64::EPSILON * quotient.abs().max(1.0) {
            errors.push(said(path, &bad, &format!("should be a multiple of {}", shown(factor))));
        }
    }
    if let Some(least) = checks.minimum.map(whole) {
        if checks.exclusive_minimum && value <= least {
            errors.push(said(path, &bad, &format!("should be greater than {}", shown(least))));
        } else if !checks.exclusive_minimum && value < least {
            errors.push(said(
                path,
                &bad,
                &format!("should be greater than or equal to {}", shown(least)),
            ));
        }
    }
    if let Some(most) = checks.maximum.map(whole) {
        if checks.exclusive_maximum && value >= most {
            errors.push(said(path, &bad, &format!("should be less than {}", shown(most))));
        } else if !checks.exclusive_maximum && value > most {
            errors.push(said(
                path,
                &bad,
                &format!("should be less than or equal to {}", shown(most)),
            ));
        }
    }
}

/// Whether the number can be what the type and the format say.
fn check_range(node: &Node, number: &Number, path: &str, errors: &mut Vec<FieldError>) {
    let whole = number.as_i64().or_else(|| {
        let value = number.as_f64()?;
        (value.fract() == 0.0 && value.abs() < 9.2e18).then_some(value as i64)
    });
    let format = node.format_name.as_str();
    let fits = match (node.kind, format) {
        _ if node.int_or_string => true,
        (Some(Kind::Integer), "int32") => whole.is_some_and(|value| i32::try_from(value).is_ok()),
        (Some(Kind::Integer), _) => whole.is_some(),
        (Some(Kind::Number), "float") => {
            number.as_f64().is_some_and(|value| value.abs() <= f64::from(f32::MAX))
        }
        _ => true,
    };
    if !fits {
        let kind = node.kind.map_or("", Kind::name);
        let format = match (node.kind, format) {
            (Some(Kind::Integer), "int32" | "int64") | (Some(Kind::Number), "float" | "double") => {
                format!("with format {format}")
            }
            _ => "(default format)".to_owned(),
        };
        errors.push(nowhere(format!("Checked value must be of type {kind} {format} in {path}")));
    }
}
