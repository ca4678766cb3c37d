//! `--sort-by`: a path in, objects in the order of what it finds out.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/cmd/get/sorter.go
//! Differs: what cannot be compared, as lists, stays where it is; tables of several kinds are sorted each by itself; that
//! nothing is found is told of tables too. kubectl ends, fails and shows nothing.

use std::cmp::Ordering;

use kube_core::JsonPath;
use serde::Serialize;
use serde_json::Value;

use super::super::failure::Failure;
use super::super::quantity::Quantity;

/// By what objects are sorted.
pub(super) struct Order {
    path: JsonPath,
    text: String,
}

impl Order {
    pub(super) fn by(path: &str) -> Result<Self, Failure> {
        let bare = path.strip_prefix('{').and_then(|it| it.strip_suffix('}')).unwrap_or(path);
        let text = format!("{{.{}}}", bare.strip_prefix('.').unwrap_or(bare));
        Ok(Self { path: JsonPath::relaxed(path)?, text })
    }

    /// Those in which it finds nothing come first, the last of them before the others, as kubectl has it. That it finds nothing at all is a mistake.
    pub(super) fn sort<T, O: Serialize>(
        &self,
        things: &mut Vec<T>,
        object: impl Fn(&T) -> Option<&O>,
    ) -> Result<(), Failure> {
        let (mut keyed, mut keyless) = (Vec::with_capacity(things.len()), Vec::new());
        for thing in things.drain(..) {
            let found = object(&thing).map(|object| self.path.find(object)).transpose()?;
            match found.into_iter().flatten().next() {
                Some(key) => keyed.push((key, thing)),
                None => keyless.push(thing),
            }
        }
        let lost = keyed.is_empty() && !keyless.is_empty();
        keyed.sort_by(|(one, _), (other, _)| compared(one, other));
        things.extend(keyless.into_iter().rev());
        things.extend(keyed.into_iter().map(|(_, thing)| thing));
        match lost {
            true => Err(Failure::said(format!(
                "couldn't find any field with path {:?} in the list of objects",
                self.text
            ))),
            false => Ok(()),
        }
    }
}

fn compared(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::String(one), Value::String(other)) => {
            match (Quantity::parsed(one), Quantity::parsed(other)) {
                (Some(one), Some(other)) => one.amount().cmp(&other.amount()),
                _ => one.cmp(other),
            }
        }
        (Value::Number(one), Value::Number(other)) => match (one.as_i64(), other.as_i64()) {
            (Some(one), Some(other)) => one.cmp(&other),
            _ => one.as_f64().partial_cmp(&other.as_f64()).unwrap_or(Ordering::Equal),
        },
        (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
        _ => Ordering::Equal,
    }
}
