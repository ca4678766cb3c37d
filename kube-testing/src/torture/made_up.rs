//! What is stored after two plays with other random numbers in; an end without what is made up anew in each play out.

use serde_json::Value;

use super::End;

/// Stands for a value that is another in each play.
const HIDDEN: &str = "made up";

/// Where values stand that nobody can foresee: addresses and ports that the server gives, passwords that the operator thinks of.
#[derive(Debug, Default)]
pub(super) struct MadeUp(Vec<Place>);

/// A value of an object, and the JSON pointer to it.
#[derive(Debug)]
struct Place {
    object: Name,
    pointer: String,
}

/// The resource, the namespace and the name of an object.
type Name = (String, Value, Value);

impl MadeUp {
    /// What is different between two ends that nothing disturbed. An object that is there in one of them only is nobody's random number.
    pub(super) fn between(one: &End, other: &End) -> Self {
        let mut places = Vec::new();
        for object in one {
            // Of several with a generated name nobody knows which is which.
            let mut others = other.iter().filter(|other| name(other) == name(object));
            let (Some(other), None) = (others.next(), others.next()) else { continue };
            let mut pointers = Vec::new();
            differing(&object.1, &other.1, String::new(), &mut pointers);
            let name = name(object);
            places.extend(
                pointers.into_iter().map(|pointer| Place { object: name.clone(), pointer }),
            );
        }
        Self(places)
    }

    /// An end without it.
    pub(super) fn hidden(&self, mut end: End) -> End {
        for object in &mut end {
            let name = name(object);
            for place in self.0.iter().filter(|place| place.object == name) {
                if let Some(value) = object.1.pointer_mut(&place.pointer) {
                    *value = HIDDEN.into();
                }
            }
        }
        end
    }
}

fn name((resource, object): &(String, Value)) -> Name {
    let metadata = &object["metadata"];
    (resource.clone(), metadata["namespace"].clone(), metadata["name"].clone())
}

/// The smallest parts of two values that are not the same.
fn differing(one: &Value, other: &Value, at: String, pointers: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(ones), Value::Object(others)) if ones.keys().eq(others.keys()) => {
            for (name, one) in ones {
                let step = name.replace('~', "~0").replace('/', "~1");
                differing(one, &others[name], format!("{at}/{step}"), pointers);
            }
        }
        (Value::Array(ones), Value::Array(others)) if ones.len() == others.len() => {
            for (index, (one, other)) in ones.iter().zip(others).enumerate() {
                differing(one, other, format!("{at}/{index}"), pointers);
            }
        }
        _ if one != other => pointers.push(at),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn end(objects: Vec<Value>) -> End {
        objects.into_iter().map(|object| ("services".to_owned(), object)).collect()
    }

    fn service(name: &str, spec: &Value) -> Value {
        json!({ "metadata": { "name": name, "namespace": "default" }, "spec": spec })
    }

    #[test]
    fn only_what_differs_without_a_disturbance_is_hidden_and_only_there() {
        let one = end(vec![
            service("a", &json!({ "clusterIP": "10.0.0.1", "ports": [{ "port": 80, "a/b": 1 }] })),
            service("b", &json!({ "clusterIP": "None" })),
            service("gen-*", &json!({ "clusterIP": "10.0.0.2" })),
            service("gen-*", &json!({ "clusterIP": "10.0.0.3" })),
        ]);
        let other = end(vec![
            service("a", &json!({ "clusterIP": "10.0.0.9", "ports": [{ "port": 80, "a/b": 2 }] })),
            service("b", &json!({ "clusterIP": "None" })),
            service("gen-*", &json!({ "clusterIP": "10.0.0.8" })),
            service("gen-*", &json!({ "clusterIP": "10.0.0.7" })),
        ]);
        let made_up = MadeUp::between(&one, &other);
        let third = end(vec![
            service("a", &json!({ "clusterIP": "10.0.0.5", "ports": [{ "port": 81, "a/b": 3 }] })),
            service("b", &json!({ "clusterIP": "10.0.0.6" })),
        ]);
        let hidden = end(vec![
            service("a", &json!({ "clusterIP": HIDDEN, "ports": [{ "port": 81, "a/b": HIDDEN }] })),
            service("b", &json!({ "clusterIP": "10.0.0.6" })),
        ]);
        assert_eq!(made_up.hidden(third), hidden);
        assert_eq!(made_up.hidden(one.clone())[2..], one[2..]);
    }
}
