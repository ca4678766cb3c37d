//! A value in; a YAML document of it, as kubectl writes and takes it, out.

use serde::Serialize;
use serde_json::Value;

use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;

/// The largest whole number up to which each has a float of its own.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Writes a YAML document. A number without a fraction is written without a point, as the API server and kubectl do: the `minimum` of an
/// integer in a definition is a float in Rust's types and in Go's.
///
/// ```
/// # use serde_json::json;
/// let schema = json!({ "maximum": 10.0, "minimum": 0.5 });
/// assert_eq!(kube_core::object::to_yaml(&schema).unwrap(), "maximum: 10\nminimum: 0.5\n");
/// ```
///
/// # Errors
/// The value cannot be written as JSON, as a map whose keys are no texts.
pub fn to_yaml<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    // As JSON first, too, so that YAML's serializer is compiled for that alone, and not for each type again.
    let mut value = serde_json::to_value(value).map_err(unwritable)?;
    whole(&mut value);
    serde_saphyr::to_string(&value).map_err(unwritable)
}

fn unwritable(why: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Input, format!("the value cannot be written as YAML: {why}"))
}

#[expect(clippy::cast_possible_truncation, reason = "a float of this size holds it exactly")]
fn whole(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() => {
            let float = number.as_f64().filter(|float| float.fract() == 0.0);
            if let Some(float) = float.filter(|float| float.abs() <= EXACT) {
                *number = (float as i64).into();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(whole),
        Value::Object(members) => members.values_mut().for_each(whole),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whole_numbers_are_written_as_the_server_writes_them() {
        for (number, written) in [
            (json!(1.0), "1"),
            (json!(-0.0), "0"),
            (json!(0.5), "0.5"),
            (json!(-2e15), "-2000000000000000"),
            (json!(i64::MAX), "9223372036854775807"),
            (json!(u64::MAX), "18446744073709551615"),
            (json!(9_007_199_254_740_993_i64), "9007199254740993"),
        ] {
            let value = json!({ "a": [{ "b": number }] });
            assert_eq!(to_yaml(&value).unwrap(), format!("a:\n- b: {written}\n"));
        }
        let huge: Value = serde_saphyr::from_str(&to_yaml(&json!([1e300])).unwrap()).unwrap();
        assert_eq!(huge, json!([1e300]));
    }

    #[test]
    fn what_is_no_json_is_an_error() {
        let odd = std::collections::BTreeMap::from([(vec![1], 2)]);
        let error = to_yaml(&odd).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Input);
        assert!(error.chain().contains("cannot be written as YAML"), "{}", error.chain());
    }
}
