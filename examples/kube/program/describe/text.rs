//! A description as it grows: lines at levels in, aligned text out; and values as Go prints them.

use std::fmt::Display;

use serde_json::Value;

use super::super::tab::Tabs;

/// How long an annotation may be that stands in one line.
const LONGEST: usize = 140;
/// What kubectl keeps for itself.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// A value as it is printed: nothing if it is not there.
pub fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A value, or this.
pub fn or(value: &Value, none: &str) -> String {
    Some(text(value)).filter(|text| !text.is_empty()).unwrap_or_else(|| none.to_owned())
}

/// A number; 0 if it is not there.
pub fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}

/// Whether it is there and has something in it.
pub fn is_set(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => true,
    }
}

pub fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Members in the order of their keys.
pub fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// Texts of a list, with commas between them.
pub fn joined(value: &Value) -> String {
    joined_by(value, ",")
}

/// Texts of a list, with this between them.
pub fn joined_by(value: &Value, between: &str) -> String {
    items(value).map(text).collect::<Vec<_>>().join(between)
}

/// As Go prints a list.
pub fn listed(texts: &[String]) -> String {
    format!("[{}]", texts.join(" "))
}

/// Members with their values in one line.
pub fn pairs(value: &Value) -> String {
    let pairs: Vec<String> =
        members(value).map(|(key, value)| format!("{key}={}", text(value))).collect();
    if pairs.is_empty() { "<none>".to_owned() } else { pairs.join(",") }
}

/// Whether it is so, if that is said.
pub fn truth(value: &Value) -> &'static str {
    match value.as_bool() {
        None => "<unset>",
        Some(true) => "True",
        Some(false) => "False",
    }
}

/// What is described, line by line.
#[derive(Debug, Default)]
pub struct Description(String);

impl Description {
    /// A line; tabs in it become columns.
    pub fn line(&mut self, level: usize, line: impl Display) {
        let indent = "  ".repeat(level);
        self.0.push_str(&format!("{indent}{line}\n"));
    }

    /// A title and what it is of.
    pub fn field(&mut self, level: usize, title: &str, value: impl Display) {
        self.line(level, format_args!("{title}:\t{value}"));
    }

    /// The same if there is something.
    pub fn field_if(&mut self, level: usize, title: &str, value: &Value) {
        if is_set(value) {
            self.field(level, title, text(value));
        }
    }

    /// A title with several lines, or `<none>`.
    pub fn lines(&mut self, title: &str, lines: impl IntoIterator<Item = String>) {
        let mut first = Some(title);
        for line in lines {
            match first.take() {
                Some(title) => self.field(0, title, line),
                None => self.line(0, format_args!("\t{line}")),
            }
        }
        if let Some(title) = first {
            self.field(0, title, "<none>");
        }
    }

    pub fn labels(&mut self, title: &str, labels: &Value) {
        self.lines(title, members(labels).map(|(key, value)| format!("{key}={}", text(value))));
    }

    pub fn annotations(&mut self, title: &str, annotations: &Value) {
        let shown = members(annotations).filter(|(key, _)| *key != LAST_APPLIED);
        self.lines(title, shown.map(|(key, value)| annotation(key, &text(value))));
    }

    /// Name, and namespace if there can be one.
    pub fn names(&mut self, object: &Value, namespaced: bool) {
        self.field(0, "Name", text(&object["metadata"]["name"]));
        if namespaced {
            self.field(0, "Namespace", text(&object["metadata"]["namespace"]));
        }
    }

    /// Labels and annotations.
    pub fn notes(&mut self, object: &Value) {
        self.labels("Labels", &object["metadata"]["labels"]);
        self.annotations("Annotations", &object["metadata"]["annotations"]);
    }

    /// Who owns it, if somebody does.
    pub fn controller(&mut self, object: &Value) {
        if let Some(owner) = controller(object) {
            let (kind, name) = (text(&owner["kind"]), text(&owner["name"]));
            self.field(0, "Controlled By", format_args!("{kind}/{name}"));
        }
    }

    /// A table below a title: its line of columns, then rows.
    pub fn table(&mut self, title: &str, columns: &str, rows: impl IntoIterator<Item = String>) {
        self.line(0, format_args!("{title}:"));
        self.line(1, columns);
        let dashes = columns.split('\t').map(|column| "-".repeat(column.len()));
        self.line(1, dashes.collect::<Vec<_>>().join("\t"));
        for row in rows {
            self.line(1, row);
        }
    }

    /// All of it, with nothing that a terminal would obey.
    pub fn aligned(self) -> String {
        let safe = self.0.replace('\x1b', "^[").replace('\r', "\\r");
        Tabs::of_descriptions().align(&safe)
    }
}

/// Who owns it.
pub fn controller(object: &Value) -> Option<&Value> {
    items(&object["metadata"]["ownerReferences"]).find(|owner| owner["controller"] == true)
}

/// In one line if it is short.
fn annotation(key: &str, value: &str) -> String {
    let value = value.strip_suffix('\n').unwrap_or(value);
    if key.len() + value.len() + 2 <= LONGEST && !value.contains('\n') {
        return format!("{key}: {value}");
    }
    let mut text = format!("{key}:");
    for line in value.split('\n') {
        text.push_str(&format!("\n\t  {}", shortened(line)));
    }
    text
}

fn shortened(line: &str) -> String {
    let most = LONGEST - 2;
    match line.len() > most {
        true => format!("{}...", &line[..line.floor_char_boundary(most)]),
        false => line.to_owned(),
    }
}
