//! What is different between two values: JSON in, the places that changed out.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

/// One place that changed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Changed {
    /// Where, as a JSON Pointer (RFC 6901): `/spec/replicas`.
    pub path: String,
    /// What was there.
    pub before: Option<Value>,
    /// What is there.
    pub now: Option<Value>,
}

impl fmt::Display for Changed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: ", self.path)?;
        match (&self.before, &self.now) {
            (Some(before), Some(now)) => write!(formatter, "{before} is {now}"),
            (None, Some(now)) => write!(formatter, "is {now}"),
            (Some(before), None) => write!(formatter, "{before} is gone"),
            (None, None) => formatter.write_str("nothing"),
        }
    }
}

/// The places where two values differ, each as deep as it can be; a list whose length changed is one place.
pub(crate) fn difference(before: &Value, now: &Value) -> Vec<Changed> {
    let mut changed = Vec::new();
    compare(&mut String::new(), Some(before), Some(now), &mut changed);
    changed
}

fn compare(
    path: &mut String,
    before: Option<&Value>,
    now: Option<&Value>,
    changed: &mut Vec<Changed>,
) {
    match (before, now) {
        (Some(before), Some(now)) if before == now => {}
        (Some(Value::Object(before)), Some(Value::Object(now))) => {
            let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
            for name in names {
                let name_of = name.replace('~', "~0").replace('/', "~1");
                within(path, &name_of, before.get(name), now.get(name), changed);
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(now))) if before.len() == now.len() => {
            for (place, pair) in before.iter().zip(now).enumerate() {
                within(path, &place.to_string(), Some(pair.0), Some(pair.1), changed);
            }
        }
        _ => {
            changed.push(Changed { path: path.clone(), before: before.cloned(), now: now.cloned() })
        }
    }
}

fn within(
    path: &mut String,
    step: &str,
    before: Option<&Value>,
    now: Option<&Value>,
    changed: &mut Vec<Changed>,
) {
    let length = path.len();
    path.push('/');
    path.push_str(step);
    compare(path, before, now, changed);
    path.truncate(length);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_place_that_changed_is_told_as_deep_as_it_is() {
        let before = json!({"spec": {"image": "a", "args": ["x", "y"], "gone": 1, "same": {"deep": true}, "a/b~": 1}});
        let now = json!({"spec": {"image": "b", "args": ["x", "z"], "new": null, "same": {"deep": true}, "a/b~": 2}});
        let told: Vec<String> = difference(&before, &now).iter().map(Changed::to_string).collect();
        let expected = [
            "/spec/a~1b~0: 1 is 2",
            r#"/spec/args/1: "y" is "z""#,
            "/spec/gone: 1 is gone",
            r#"/spec/image: "a" is "b""#,
            "/spec/new: is null",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_list_of_another_length_is_one_place_and_equal_values_are_none() {
        let (before, now) = (json!({"args": [1, 2]}), json!({"args": [1]}));
        let [only] = &difference(&before, &now)[..] else { panic!("one place") };
        assert_eq!((only.path.as_str(), &only.now), ("/args", &Some(json!([1]))));
        assert_eq!(difference(&before, &before), []);
    }
}
