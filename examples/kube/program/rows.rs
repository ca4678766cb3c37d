//! Tables of the server in, lines of text out.
//!
//! Mirrors: kubernetes staging/src/k8s.io/cli-runtime/pkg/printers/tableprinter.go

use kube_core::api::Table;
use kube_core::api::TableColumn;
use kube_core::api::TableRow;
use serde_json::Value;

/// How rows are shown.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    pub wide: bool,
    pub headers: bool,
    /// With the namespace in front.
    pub namespaces: bool,
    /// In front of names, as `pod`.
    pub sort: Option<String>,
    /// Labels with a column of their own.
    pub label_columns: Vec<String>,
    /// All labels, behind all else.
    pub labels: bool,
}

impl Rows {
    /// The title line, with tabs between its cells.
    pub fn titles(&self, columns: &[TableColumn]) -> String {
        let mut cells = Vec::new();
        if self.namespaces {
            cells.push("NAMESPACE".to_owned());
        }
        let shown = columns.iter().filter(|column| self.wide || column.priority == 0);
        cells.extend(shown.map(|column| column.name.to_uppercase()));
        cells.extend(self.label_columns.iter().map(|label| {
            label.rsplit_once('/').map_or(label.as_str(), |(_, name)| name).to_uppercase()
        }));
        if self.labels {
            cells.push("LABELS".to_owned());
        }
        line(&cells)
    }

    /// A line a row.
    pub fn lines(&self, columns: &[TableColumn], table: &Table) -> String {
        table.rows.iter().map(|row| self.row(columns, row)).collect()
    }

    fn row(&self, columns: &[TableColumn], row: &TableRow) -> String {
        let metadata = row.object.as_ref().map(|object| &object.metadata);
        let mut cells = Vec::new();
        if self.namespaces {
            let namespace = metadata.and_then(|metadata| metadata.namespace.clone());
            cells.push(namespace.unwrap_or_default());
        }
        for (column, cell) in columns.iter().zip(&row.cells) {
            if !self.wide && column.priority != 0 {
                continue;
            }
            let is_name = column.format == "name" && column.type_ == "string";
            match (&self.sort, is_name) {
                (Some(sort), true) => cells.push(format!("{sort}/{}", text(cell))),
                _ => cells.push(text(cell)),
            }
        }
        let labels = metadata.and_then(|metadata| metadata.labels.as_ref());
        for name in &self.label_columns {
            cells.push(labels.and_then(|labels| labels.get(name)).cloned().unwrap_or_default());
        }
        if self.labels {
            let pairs = labels.into_iter().flatten();
            let pairs: Vec<String> = pairs.map(|(key, value)| format!("{key}={value}")).collect();
            cells.push(if pairs.is_empty() { "<none>".to_owned() } else { pairs.join(",") });
        }
        line(&cells)
    }
}

fn line(cells: &[String]) -> String {
    format!("{}\n", cells.join("\t"))
}

/// A cell: its first line only, and nothing that a terminal would obey.
fn text(cell: &Value) -> String {
    let whole = match cell {
        Value::Null => return String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let first = whole.split(['\n', '\r', '\x0c']).next().unwrap_or_default();
    let mut text = first.replace('\x1b', "^[");
    if first.len() < whole.len() {
        text.push_str("...");
    }
    text
}
