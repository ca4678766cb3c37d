//! What a field says of its kind (a column, that it can be selected by), written beside its schema in; taken out of the schema, with
//! the field's path, out.

use serde_json::Map;
use serde_json::Value;

use super::column::PrintColumn;

/// A column that shows the field: a map with `name`, and perhaps `type`, `description`, `format` and `priority`.
pub(super) const COLUMN: &str = "x-kube-column";
/// The field can be selected by.
pub(super) const SELECTABLE: &str = "x-kube-selectable";

/// What was said, in the order of the schema.
#[derive(Debug, Default)]
pub(super) struct Marks {
    pub(super) columns: Vec<PrintColumn>,
    pub(super) selectable: Vec<String>,
}

impl Marks {
    /// Takes all marks out of the schema of an object.
    pub(super) fn take(schema: &mut Value) -> Self {
        let mut marks = Self::default();
        marks.below(schema, "");
        marks
    }

    fn below(&mut self, schema: &mut Value, path: &str) {
        let Value::Object(schema) = schema else { return };
        if let Some(Value::Object(said)) = schema.remove(COLUMN) {
            self.columns.push(column(&said, path));
        }
        if schema.remove(SELECTABLE).is_some() {
            self.selectable.push(path.to_owned());
        }
        if let Some(Value::Object(properties)) = schema.get_mut("properties") {
            for (name, property) in properties {
                self.below(property, &format!("{path}.{name}"));
            }
        }
        for (keyword, step) in [("items", "[*]"), ("additionalProperties", ".*")] {
            if let Some(inner) = schema.get_mut(keyword) {
                self.below(inner, &format!("{path}{step}"));
            }
        }
    }
}

fn column(said: &Map<String, Value>, path: &str) -> PrintColumn {
    let text = |name: &str| said.get(name).and_then(Value::as_str);
    let mut column = PrintColumn::new(text("name").unwrap_or_default(), path);
    if let Some(kind) = text("type") {
        column = column.of_type(kind);
    }
    if let Some(description) = text("description") {
        column = column.description(description);
    }
    if let Some(format) = text("format") {
        column = column.format(format);
    }
    if let Some(priority) = said.get("priority").and_then(Value::as_i64) {
        column = column.priority(i32::try_from(priority).unwrap_or(i32::MAX));
    }
    column
}
