//! What `kubectl get` prints: objects in, a table of cells out.
//!
//! Mirrors: kubernetes pkg/printers/internalversion/printers.go, apiextensions-apiserver pkg/registry/customresource/tableconvertor

mod duration;
mod network;
mod path;
mod plain;
mod pods;
mod printer;
mod storage;

use crate::kind::Kind;
use jiff::Timestamp;
use printer::Heading;
use serde_json::{Value, json};

/// What of an object comes with its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Include {
    None,
    Metadata,
    Object,
}

/// How a table was asked for.
#[derive(Clone, Debug)]
pub(crate) struct TableForm {
    /// `v1` or `v1beta1`.
    pub(crate) version: String,
    pub(crate) include: Include,
}

impl TableForm {
    /// The table of some objects; `columns`: say what the columns are.
    pub(crate) fn table(
        &self,
        kind: &Kind,
        objects: &[Value],
        metadata: &Value,
        columns: bool,
        now: Timestamp,
    ) -> Value {
        let version = format!("meta.k8s.io/{}", self.version);
        let rows: Vec<Value> = objects
            .iter()
            .map(|object| {
                json!({"cells": cells(kind, object, now), "object": self.object(object, &version)})
            })
            .collect();
        let headings: Value = if columns {
            headings(kind).iter().map(Heading::to_value).collect()
        } else {
            Value::Null
        };
        json!({"kind": "Table", "apiVersion": version, "metadata": metadata,
            "columnDefinitions": headings, "rows": rows})
    }

    fn object(&self, object: &Value, version: &str) -> Value {
        match self.include {
            Include::None => Value::Null,
            Include::Object => object.clone(),
            Include::Metadata => json!({"kind": "PartialObjectMetadata", "apiVersion": version,
                "metadata": object["metadata"]}),
        }
    }
}

fn headings(kind: &Kind) -> Vec<Heading> {
    if let Some(printer) = printer::of(kind) {
        return printer.headings();
    }
    let mut headings = vec![Heading::name()];
    match &kind.columns {
        None if kind.custom => headings.push(Heading::age()),
        None => headings.push(Heading::new("Created At", "date", 0)),
        Some(columns) => headings.extend(columns.iter().map(Heading::custom)),
    }
    headings
}

fn cells(kind: &Kind, object: &Value, now: Timestamp) -> Vec<Value> {
    // A bookmark has no name, and nothing else to show.
    if let Some(printer) = printer::of(kind) {
        let mut stored = Value::Null;
        let object = match &kind.conversion {
            // Autoscalers are printed as they are stored, whatever version is asked for.
            Some(conversion) if kind.group == "autoscaling" => {
                stored.clone_from(object);
                conversion.to_stored(&mut stored);
                &stored
            }
            _ => object,
        };
        let mut cells = (printer.cells)(object, now);
        if printer.name_first() {
            cells.insert(0, object["metadata"]["name"].as_str().unwrap_or("").into());
        }
        return cells;
    }
    let metadata = &object["metadata"];
    let mut cells = vec![Value::from(metadata["name"].as_str().unwrap_or(""))];
    match &kind.columns {
        None if kind.custom => cells.push(duration::age(&metadata["creationTimestamp"], now)),
        None => cells.push(metadata["creationTimestamp"].clone()),
        Some(columns) => {
            cells.extend(columns.iter().map(|column| path::cell(object, column, now)));
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::{Column, builtin_kinds};

    fn form() -> TableForm {
        TableForm { version: "v1".to_owned(), include: Include::None }
    }

    #[test]
    fn every_row_has_a_cell_for_each_column() {
        let now = Timestamp::UNIX_EPOCH;
        for kind in builtin_kinds() {
            let table = form().table(&kind, &[json!({})], &json!({}), true, now);
            let columns = table["columnDefinitions"].as_array().unwrap().len();
            assert_eq!(
                table["rows"][0]["cells"].as_array().unwrap().len(),
                columns,
                "{}",
                kind.kind
            );
        }
    }

    #[test]
    fn a_deployment_reads_as_kubectl_shows_it() {
        let kinds = builtin_kinds();
        let kind = kinds.iter().find(|kind| kind.kind == "Deployment").unwrap();
        let object = json!({"metadata": {"name": "d", "creationTimestamp": "2026-01-01T00:00:00Z"},
            "spec": {"replicas": 1, "selector": {"matchLabels": {"a": "b"}}, "template": {"spec":
                {"containers": [{"name": "c", "image": "nginx"}]}}},
            "status": {"readyReplicas": 1, "updatedReplicas": 1, "availableReplicas": 1}});
        let now = "2026-01-01T00:00:04Z".parse().unwrap();
        let table = form().table(kind, &[object], &json!({}), true, now);
        let wanted = json!(["d", "1/1", 1, 1, "4s", "c", "nginx", "a=b"]);
        assert_eq!(table["rows"][0]["cells"], wanted);
    }

    #[test]
    fn a_custom_column_is_read_by_its_path() {
        let mut kind = Kind::new("g.ex", "v1", "Thing", "things", true);
        kind.custom = true;
        let column = |name: &str, type_: &str, path: &str| Column {
            name: name.to_owned(),
            type_: type_.to_owned(),
            path: path.to_owned(),
            ..Column::default()
        };
        kind.columns = Some(vec![
            column("N", "integer", ".spec.n"),
            column("L", "string", ".spec.list"),
            column("First", "string", ".spec.list[*]"),
            column("Key", "string", r".metadata.labels.a\.b/c"),
            column("Cond", "string", ".status.conditions[?(@.type==\"Ready\")].status"),
            column("None", "string", ".spec.none"),
        ]);
        let object = json!({"metadata": {"name": "x", "labels": {"a.b/c": "v"}},
            "spec": {"n": 3, "list": ["x", "y"]},
            "status": {"conditions": [{"type": "Ready", "status": "True"}]}});
        let table = form().table(&kind, &[object], &json!({}), true, Timestamp::UNIX_EPOCH);
        let wanted = json!(["x", 3, "[\"x\",\"y\"]", "x", "v", "True", null]);
        assert_eq!(table["rows"][0]["cells"], wanted);
    }
}
