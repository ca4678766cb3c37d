//! Label selectors in objects: a selector in, its mistakes out.

use crate::label::check_label_value;
use crate::label::check_qualified;
use crate::schema::FieldError;
use serde_json::Value;

/// The mistakes of a `metav1.LabelSelector`.
pub(crate) fn check_selector(selector: &Value, at: &str, errors: &mut Vec<FieldError>) {
    let field = format!("{at}.matchLabels");
    for (key, value) in selector["matchLabels"].as_object().into_iter().flatten() {
        check_qualified(&field, key, errors);
        check_label_value(&field, value, errors);
    }
    let expressions = selector["matchExpressions"].as_array();
    for (index, expression) in expressions.into_iter().flatten().enumerate() {
        let at = format!("{at}.matchExpressions[{index}]");
        let values = expression["values"].as_array().map_or(&[][..], Vec::as_slice);
        let field = format!("{at}.values");
        match expression["operator"].as_str().unwrap_or_default() {
            "In" | "NotIn" if values.is_empty() => {
                let why = "must be specified when `operator` is 'In' or 'NotIn'";
                errors.push(FieldError::required(field, why));
            }
            "Exists" | "DoesNotExist" if !values.is_empty() => {
                let why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                errors.push(FieldError::forbidden(field, why));
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            _ => errors.push(FieldError::invalid(
                format!("{at}.operator"),
                &expression["operator"],
                "not a valid selector operator",
            )),
        }
        let key = expression["key"].as_str().unwrap_or_default();
        check_qualified(&format!("{at}.key"), key, errors);
        for (index, value) in values.iter().enumerate() {
            check_label_value(&format!("{at}.values[{index}]"), value, errors);
        }
    }
}
