//! Stories of several writers and one object, told to the verbs' entry points.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{ApplyError, Writer, apply, keep_times, track_update};
use crate::json::equal;
use crate::schema::{Schema, Types, builtin};

mod built_in;
mod custom;
mod manager;
mod recorded;

/// What happened to the stored object.
#[derive(Debug, PartialEq)]
enum Outcome {
    Written,
    Nothing,
}

/// One object and who writes it, with a strict minimum of an API server around.
struct Story {
    api_version: &'static str,
    kind: &'static str,
    schema: Option<Schema>,
    types: Arc<Types>,
    stored: Option<Value>,
    /// Versions besides the one that is spoken.
    others: Vec<&'static str>,
    minute: u32,
}

impl Story {
    fn custom() -> Self {
        let schema = Schema::compile(&custom_schema(), "").unwrap();
        let types = schema.types();
        Self {
            api_version: "g/v1",
            kind: "Widget",
            schema: Some(schema),
            types,
            stored: None,
            others: Vec::new(),
            minute: 0,
        }
    }

    fn built_in(api_version: &'static str, kind: &'static str) -> Self {
        let types = builtin(api_version, kind).unwrap();
        Self { api_version, kind, schema: None, types, stored: None, others: Vec::new(), minute: 0 }
    }

    fn object(&self, parts: &Value) -> Value {
        let mut object = json!({"apiVersion": self.api_version, "kind": self.kind, "metadata": {"name": "x", "namespace": "ns"}});
        for (key, part) in parts.as_object().unwrap() {
            match (key.as_str(), part) {
                ("metadata", Value::Object(part)) => {
                    object["metadata"].as_object_mut().unwrap().extend(part.clone())
                }
                _ => object[key] = part.clone(),
            }
        }
        object
    }

    fn write(
        &mut self,
        manager: &str,
        subresource: &str,
        force: bool,
        run: impl FnOnce(Option<&Value>, &Writer<'_>) -> Result<Value, ApplyError>,
    ) -> Result<Outcome, ApplyError> {
        self.minute += 1;
        let now = format!("2026-01-01T00:{:02}:00Z", self.minute);
        let types = Arc::clone(&self.types);
        let others = self.others.clone();
        let versions = move |version: &str| others.contains(&version).then(|| Arc::clone(&types));
        let resets: &[&[&str]] =
            if subresource == "status" { &[&["spec"], &["metadata"]] } else { &[&["status"]] };
        let writer = Writer {
            now: &now,
            subresource,
            force,
            resets,
            versions: &versions,
            ..Writer::new(manager, self.api_version, self.kind, &self.types)
        };
        let mut new = run(self.stored.as_ref(), &writer)?;
        match &self.schema {
            Some(schema) => schema.apply_defaults(&mut new),
            None => self.types.apply_defaults(&mut new),
        }
        new["metadata"]["uid"] = "u1".into();
        let (kept, taken) =
            if subresource == "status" { ("spec", "status") } else { ("status", "spec") };
        let old_part = self.stored.as_ref().and_then(|stored| stored.get(kept)).cloned();
        assert!(
            new.get(taken).is_some() || new.get(kept).is_some() || new.get("metadata").is_some()
        );
        if let Some(map) = new.as_object_mut() {
            match old_part {
                Some(part) => map.insert(kept.into(), part),
                None if self.schema.is_some() => map.remove(kept),
                None => None,
            };
        }
        if let Some(stored) = &self.stored {
            keep_times(stored, &mut new);
            if equal(stored, &new) {
                return Ok(Outcome::Nothing);
            }
        }
        self.stored = Some(new);
        Ok(Outcome::Written)
    }

    fn try_apply(
        &mut self,
        manager: &str,
        parts: &Value,
        force: bool,
    ) -> Result<Outcome, ApplyError> {
        let applied = self.object(parts);
        self.write(manager, "", force, |live, writer| apply(live, &applied, writer))
    }

    fn apply(&mut self, manager: &str, parts: &Value) -> Outcome {
        self.try_apply(manager, parts, false).unwrap()
    }

    fn force(&mut self, manager: &str, parts: &Value) -> Outcome {
        self.try_apply(manager, parts, true).unwrap()
    }

    #[track_caller]
    fn conflicts(&mut self, manager: &str, parts: &Value, message: &str) {
        let before = self.stored.clone();
        let error = self.try_apply(manager, parts, false).unwrap_err();
        assert_eq!((error.code, error.reason, &*error.message), (409, "Conflict", message));
        assert_eq!(self.stored, before);
    }

    #[track_caller]
    fn refuses(&mut self, parts: &Value, code: u16, message: &str) {
        let error = self.try_apply("A", parts, false).unwrap_err();
        assert_eq!((error.code, &*error.message), (code, message));
    }

    /// A PUT, or a POST if there is nothing yet.
    fn put(&mut self, manager: &str, parts: &Value) -> Outcome {
        let mut new = self.object(parts);
        if let Some(schema) = &self.schema {
            schema.drop_nulls(&mut new);
            schema.apply_defaults(&mut new);
        } else {
            self.types.apply_defaults(&mut new);
        }
        if self.stored.is_some() {
            new["metadata"]["uid"] = "u1".into();
        }
        let update = |old: Option<&Value>, writer: &Writer<'_>| {
            track_update(old, &mut new, writer);
            Ok(new)
        };
        self.write(manager, "", false, update).unwrap()
    }

    /// A PUT of what is stored, with a change.
    fn change(&mut self, manager: &str, change: impl FnOnce(&mut Value)) -> Outcome {
        let mut new = self.stored.clone().unwrap();
        change(&mut new);
        let update = |old: Option<&Value>, writer: &Writer<'_>| {
            track_update(old, &mut new, writer);
            Ok(new)
        };
        self.write(manager, "", false, update).unwrap()
    }

    fn status(&mut self, manager: &str, parts: &Value) -> Outcome {
        let applied = self.object(parts);
        self.write(manager, "status", false, |live, writer| apply(live, &applied, writer)).unwrap()
    }

    fn at(&self, pointer: &str) -> Value {
        self.stored.as_ref().unwrap().pointer(pointer).cloned().unwrap_or_default()
    }

    fn spec(&self) -> Value {
        self.at("/spec")
    }

    /// Every entry as `manager/operation/subresource`, in order.
    fn managers(&self) -> Vec<String> {
        let text = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        let entries = self.at("/metadata/managedFields");
        let entries = entries.as_array().cloned().unwrap_or_default();
        let shown = entries.iter().map(|entry| {
            let subresource = text(entry, "subresource");
            let slash = if subresource.is_empty() { "" } else { "/" };
            format!("{}/{}{slash}{subresource}", text(entry, "manager"), text(entry, "operation"))
        });
        shown.collect()
    }

    fn entry(&self, manager: &str) -> Value {
        let entries = self.at("/metadata/managedFields");
        entries
            .as_array()
            .into_iter()
            .flatten()
            .find(|entry| entry["manager"] == manager)
            .cloned()
            .unwrap_or_default()
    }

    /// What a manager owns; null if it has no entry.
    fn owned(&self, manager: &str) -> Value {
        self.entry(manager)["fieldsV1"].clone()
    }
}

fn custom_schema() -> Value {
    let text = || json!({"type": "string"});
    let env = json!({"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"], "items": {
        "type": "object", "required": ["name"], "properties": {"name": text(), "value": text()}}});
    json!({"type": "object", "properties": {
        "spec": {"type": "object", "properties": {
            "replicas": {"type": "integer"},
            "image": text(),
            "args": {"type": "array", "items": text()},
            "hosts": {"type": "array", "x-kubernetes-list-type": "set", "items": text()},
            "ports": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["port", "protocol"], "items": {
                "type": "object", "required": ["port"],
                "properties": {"port": {"type": "integer"}, "protocol": {"type": "string", "default": "TCP"}, "name": text(), "targetPort": {"type": "integer"}}}},
            "containers": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"], "items": {
                "type": "object", "required": ["name"], "properties": {"name": text(), "image": text(), "env": env}}},
            "labels": {"type": "object", "additionalProperties": text()},
            "sel": {"type": "object", "x-kubernetes-map-type": "atomic", "additionalProperties": {"type": "integer"}},
            "tmpl": {"type": "object", "properties": {"a": text(), "b": text(), "inner": {"type": "object", "properties": {"c": text()}}}},
            "raw": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
        }},
        "status": {"type": "object", "properties": {"phase": text()}},
    }})
}
