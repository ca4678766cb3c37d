//! Writes that a real API server answered, played again: same objects, same owners, same refusals.
//!
//! `recorded.json` is what kube-apiserver 1.36.3 answered to writers that were drawn at random: creations, updates, patches and
//! applies of a custom kind, a Deployment and a ConfigMap. Another recording is played when `KUBE_EMBEDDED_RECORDING` names it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::{ApplyError, Writer, apply, keep_times, track_update};
use crate::json::{equal, text};
use crate::merge::{merge_patch, strategic};
use crate::schema::{Schema, Types, builtin, invalid_message};

/// The kind that a recording plays with.
struct Kind<'a> {
    api_version: &'a str,
    name: &'a str,
    schema: Option<Schema>,
    types: Arc<Types>,
}

/// One recorded write.
struct Step<'a>(&'a Value);

impl<'a> Step<'a> {
    fn text(&self, name: &str) -> &'a str {
        self.0[name].as_str().unwrap_or_default()
    }

    fn on_status(&self) -> bool {
        self.text("verb").starts_with("status")
    }

    fn body(&self) -> &'a Value {
        &self.0["body"]
    }

    fn succeeded(&self) -> bool {
        self.0["code"].as_u64().is_some_and(|code| code < 300)
    }
}

fn part(object: &Value, pointer: &str) -> Value {
    object.pointer(pointer).cloned().unwrap_or_default()
}

/// Causes in any order: a real server has none.
fn sorted(mut causes: Vec<Value>) -> Vec<Value> {
    causes.sort_by_key(Value::to_string);
    causes
}

/// The time stamps of an object's managers.
fn times(object: &Value) -> Vec<String> {
    let entries = part(object, "/metadata/managedFields");
    let times = entries.as_array().into_iter().flatten().filter_map(|entry| entry["time"].as_str());
    times.map(str::to_owned).collect()
}

fn put_part(object: &mut Value, name: &str, part: Value) {
    match part {
        Value::Null => object.as_object_mut().map(|object| object.remove(name)),
        part => object.as_object_mut().map(|object| object.insert(name.into(), part)),
    };
}

impl Kind<'_> {
    /// What the kind's own code does to a write: the other endpoint's part stays as it was.
    fn keep_other_part(&self, step: &Step<'_>, old: Option<&Value>, new: &mut Value) {
        let old_part =
            |name: &str| old.map(|old| part(old, &format!("/{name}"))).unwrap_or_default();
        if !step.on_status() {
            return put_part(new, "status", old_part("status"));
        }
        put_part(new, "spec", old_part("spec"));
        let labels = old.map(|old| part(old, "/metadata/labels"));
        put_part(&mut new["metadata"], "labels", labels.unwrap_or_default());
        if self.schema.is_some() {
            let managers = part(new, "/metadata/managedFields");
            put_part(new, "metadata", old_part("metadata"));
            put_part(&mut new["metadata"], "managedFields", managers);
        }
    }

    fn decoded(&self, mut object: Value) -> Value {
        match &self.schema {
            Some(schema) => {
                schema.prune(&mut object);
                schema.drop_nulls(&mut object);
                schema.apply_defaults(&mut object);
            }
            None => {
                self.types.drop_nulls(&mut object);
                self.types.apply_defaults(&mut object);
            }
        }
        object
    }

    /// The object that is sent or patched together, before anybody tracks it.
    fn written(&self, step: &Step<'_>, old: Option<&Value>) -> Value {
        let body = text(step.body());
        let object = match (step.text("verb"), old) {
            ("merge" | "status-merge" | "reset", Some(old)) => {
                merge_patch(old, body.as_bytes()).unwrap()
            }
            ("smp", Some(old)) => strategic(old, body.as_bytes(), &self.types).unwrap(),
            _ => {
                let mut object = step.body().clone();
                let uid = old.map(|old| part(old, "/metadata/uid"));
                put_part(&mut object["metadata"], "uid", uid.unwrap_or_default());
                object
            }
        };
        self.decoded(object)
    }

    fn run(&self, step: &Step<'_>, old: Option<&Value>) -> Result<Value, ApplyError> {
        let custom: &[&[&str]] = &[&["spec"], &["metadata"]];
        let resets: &[&[&str]] = match (step.on_status(), self.schema.is_some()) {
            (false, _) => &[&["status"]],
            (true, true) => custom,
            (true, false) => &[&["spec"], &["metadata", "labels"]],
        };
        let now = [Some(&step.0["object"]), old]
            .into_iter()
            .flatten()
            .flat_map(times)
            .max()
            .unwrap_or_default();
        let writer = Writer {
            subresource: if step.on_status() { "status" } else { "" },
            now: &now,
            force: step.0["force"] == true,
            resets,
            ..Writer::new(step.text("manager"), self.api_version, self.name, &self.types)
        };
        let mut new = if step.text("verb").ends_with("apply") {
            let mut new = apply(old, step.body(), &writer)?;
            if let Some(schema) = &self.schema {
                schema.apply_defaults(&mut new);
            }
            new
        } else {
            let mut new = self.written(step, old);
            // A built-in kind's defaults are not ours to know here.
            if self.schema.is_none() && step.succeeded() {
                let sent = part(&new, "/metadata/managedFields");
                new = step.0["object"].clone();
                put_part(&mut new["metadata"], "managedFields", sent);
            }
            track_update(old, &mut new, &writer);
            new
        };
        self.keep_other_part(step, old, &mut new);
        if let Some(old) = old {
            keep_times(old, &mut new);
        }
        Ok(new)
    }

    /// The managers with `new`, `old` or nothing as their time.
    fn managers(object: &Value, old: Option<&Value>) -> Value {
        let before = old.map(|old| part(old, "/metadata/managedFields")).unwrap_or_default();
        let identity = |entry: &Value| {
            (entry["manager"].clone(), entry["operation"].clone(), entry["subresource"].clone())
        };
        let mut entries = part(object, "/metadata/managedFields");
        for entry in entries.as_array_mut().into_iter().flatten() {
            let earlier = before
                .as_array()
                .into_iter()
                .flatten()
                .find(|earlier| identity(earlier) == identity(entry));
            let same = earlier.is_some_and(|earlier| earlier.get("time") == entry.get("time"));
            if entry.get("time").is_some() {
                entry["time"] = if same { "kept" } else { "new" }.into();
            }
        }
        entries
    }

    fn check(&self, step: &Step<'_>, old: Option<&Value>) -> Result<(), String> {
        let outcome = self.run(step, old);
        let recorded = &step.0["object"];
        let new = match outcome {
            Err(error) if step.succeeded() => return Err(format!("refused: {error}")),
            Err(error) => {
                let causes = step.0["causes"].as_array().cloned().unwrap_or_default();
                let found = json!([error.code, error.message, sorted(error.causes)]);
                let expected = json!([step.0["code"], step.0["message"], sorted(causes)]);
                return if found == expected {
                    Ok(())
                } else {
                    Err(format!("{found}\n  instead of {expected}"))
                };
            }
            Ok(new) => new,
        };
        if !step.succeeded() {
            return self.check_refusal(step, &new, old);
        }
        let found = Self::managers(&new, old);
        let expected = Self::managers(recorded, old);
        // Seconds are all that times have: an entry may be new and look kept.
        let same = [found.clone(), expected.clone()]
            .map(|managers| managers.to_string().replace("\"kept\"", "\"new\""));
        if same[0] != same[1] {
            return Err(format!("managers\n  {found}\n  instead of\n  {expected}"));
        }
        for pointer in [
            "/spec",
            "/status",
            "/data",
            "/metadata/labels",
            "/metadata/annotations",
            "/metadata/finalizers",
        ] {
            let (found, expected) = (part(&new, pointer), part(recorded, pointer));
            let fits = if self.schema.is_some() {
                equal(&found, &expected)
            } else {
                within(&found, &expected)
            };
            if !fits {
                return Err(format!("{pointer}\n  {found}\n  instead of\n  {expected}"));
            }
        }
        Ok(())
    }

    fn check_refusal(
        &self,
        step: &Step<'_>,
        new: &Value,
        old: Option<&Value>,
    ) -> Result<(), String> {
        let message = step.text("message");
        let Some(schema) = &self.schema else {
            // What a built-in kind demands of its values is told elsewhere.
            return if step.0["code"] == 422 {
                Ok(())
            } else {
                Err(format!("accepted; {message}"))
            };
        };
        let found = invalid_message(&schema.validate(new, old));
        let expected = message.split_once(" is invalid: ").map_or(message, |(_, rest)| rest);
        let sorted = |text: &str| {
            let mut parts: Vec<&str> = text.trim_matches(['[', ']']).split(", ").collect();
            parts.sort_unstable();
            parts.join(", ")
        };
        if sorted(&found) == sorted(expected) {
            Ok(())
        } else {
            Err(format!("{found}\n  instead of {expected}"))
        }
    }
}

/// Whether the real object says all that ours says, in lists of the same length; defaults of its kind may be added.
fn within(ours: &Value, real: &Value) -> bool {
    match (ours, real) {
        (Value::Object(ours), Value::Object(real)) => ours.iter().all(|(key, value)| {
            value.is_null() || real.get(key).is_some_and(|real| within(value, real))
        }),
        (Value::Object(ours), Value::Null) => ours.is_empty(),
        (Value::Array(ours), Value::Array(real)) => {
            ours.len() == real.len() && ours.iter().zip(real).all(|(ours, real)| within(ours, real))
        }
        (Value::Array(ours), Value::Null) => ours.is_empty(),
        (Value::Null, _) => true,
        _ => equal(ours, real),
    }
}

/// Plays a recording; gives what differs.
fn play(recording: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    for play in recording["plays"].as_array().unwrap() {
        let (api_version, name) =
            (play["apiVersion"].as_str().unwrap(), play["kind"].as_str().unwrap());
        let kind = match builtin(api_version, name) {
            Some(types) => Kind { api_version, name, schema: None, types },
            None => {
                let schema = Schema::compile(&recording["schema"], "").unwrap();
                Kind { api_version, name, types: schema.types(), schema: Some(schema) }
            }
        };
        let mut old: Option<&Value> = None;
        for (index, step) in play["steps"].as_array().unwrap().iter().enumerate() {
            let step = Step(step);
            if let Err(difference) = kind.check(&step, old) {
                let (verb, body) = (step.text("verb"), step.body());
                differences.push(format!(
                    "{name} {index} {verb} by {}: {body}\n {difference}",
                    step.text("manager")
                ));
            }
            if step.succeeded() {
                old = Some(&step.0["object"]);
            }
        }
    }
    differences
}

#[test]
fn everything_that_a_real_server_was_asked_comes_out_the_same() {
    let recording: Value = match std::env::var("KUBE_EMBEDDED_RECORDING") {
        Ok(path) => serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap(),
        Err(_) => serde_json::from_str(include_str!("recorded.json")).unwrap(),
    };
    let differences = play(&recording);
    assert!(
        differences.is_empty(),
        "{} differences\n{}",
        differences.len(),
        differences.join("\n")
    );
}
