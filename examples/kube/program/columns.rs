//! `-o custom-columns=`: titles and paths in, a table of what the paths find out.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/cmd/get/customcolumn.go

use kube_core::JsonPath;
use serde_json::Value;

use super::failure::Failure;
use super::printing::plain;
use super::tab::Tabs;

/// The columns.
#[derive(Clone, Debug)]
pub struct Columns {
    columns: Vec<(String, JsonPath)>,
    /// With a line of titles.
    pub titled: bool,
}

impl Columns {
    /// As they were given: `NAME:.metadata.name,NODE:.spec.nodeName`.
    pub fn of(text: &str) -> Result<Self, Failure> {
        if text.is_empty() {
            let why = "custom-columns format specified but no custom columns given";
            return Err(Failure::said(why));
        }
        let column = |part: &str| match part.split_once(':') {
            Some((title, path)) => Ok((title.to_owned(), JsonPath::relaxed(path)?)),
            None => Err(Failure::said(format!(
                "unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>"
            ))),
        };
        let columns = text.split(',').map(column).collect::<Result<_, _>>()?;
        Ok(Self { columns, titled: true })
    }

    /// An object, or those of a list.
    pub fn table(&self, value: &Value) -> Result<String, Failure> {
        let mut lines = if self.titled { self.titles() } else { String::new() };
        match value["items"].as_array().filter(|_| value["kind"] == "List") {
            Some(items) => {
                for item in items {
                    lines.push_str(&self.row(item)?);
                }
            }
            None => lines.push_str(&self.row(value)?),
        }
        Ok(Tabs::of_tables().align(&lines))
    }

    /// Their line, with tabs between them.
    pub fn titles(&self) -> String {
        let titles: Vec<&str> = self.columns.iter().map(|(title, _)| title.as_str()).collect();
        format!("{}\n", titles.join("\t"))
    }

    /// The line of an object, the same way.
    pub fn row(&self, object: &Value) -> Result<String, Failure> {
        let mut cells = Vec::new();
        for (_, path) in &self.columns {
            let found: Vec<String> = path.find(object)?.iter().map(plain).collect();
            let cell = if found.is_empty() { "<none>".to_owned() } else { found.join(",") };
            cells.push(cell.replace('\x1b', "^[").replace('\r', "\\r"));
        }
        Ok(format!("{}\n", cells.join("\t")))
    }
}
