//! A column of `kubectl get`: a title and a path in, a printer column out, its type read off the schema.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceColumnDefinition;
use serde_json::Value;

/// A column in the making.
#[derive(Clone, Debug)]
#[must_use = "it shows nothing until a definition has it"]
pub struct PrintColumn {
    name: String,
    path: String,
    kind: Option<String>,
    description: Option<String>,
    format: Option<String>,
    priority: Option<i32>,
}

impl PrintColumn {
    /// A column of this title, of what is at this path (`.status.ready`).
    pub fn new(name: impl Into<String>, path: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            path: path.into(),
            kind: None,
            description: None,
            format: None,
            priority: None,
        }
    }

    /// `integer`, `number`, `string`, `boolean` or `date`, where the schema does not say it.
    pub fn of_type(mut self, kind: impl Into<String>) -> Self {
        self.kind = Some(kind.into());
        self
    }

    /// What the column shows, in words.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// How the value is written, as `int32`.
    pub fn format(mut self, format: impl Into<String>) -> Self {
        self.format = Some(format.into());
        self
    }

    /// Above 0 it is shown with `-o wide` only.
    pub fn priority(mut self, priority: i32) -> Self {
        self.priority = Some(priority);
        self
    }

    /// The column as a definition has it.
    pub(super) fn definition(&self, schema: &Value) -> CustomResourceColumnDefinition {
        let inferred = || kind_of(at(schema, &self.path)).to_owned();
        CustomResourceColumnDefinition {
            description: self.description.clone(),
            format: self.format.clone(),
            json_path: self.path.clone(),
            name: self.name.clone(),
            priority: self.priority,
            type_: self.kind.clone().unwrap_or_else(inferred),
        }
    }
}

/// The schema at a path, through fields, items and the values of maps. `metadata` is the server's own.
pub(super) fn at<'a>(schema: &'a Value, path: &str) -> Option<&'a Value> {
    steps(path).into_iter().try_fold(schema, |schema, step| match step {
        Step::Item => schema.get("items"),
        Step::Field(name) => schema
            .get("properties")
            .and_then(|properties| properties.get(name))
            .or_else(|| schema.get("additionalProperties")),
    })
}

enum Step<'a> {
    Field(&'a str),
    Item,
}

/// `.status.conditions[?(@.type=="Ready")].status` as steps: what is in brackets chooses an item.
fn steps(path: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let mut rest = path;
    while let Some(start) = rest.chars().next() {
        if start == '[' {
            let end = rest.find(']').map_or(rest.len(), |end| end + 1);
            steps.push(Step::Item);
            rest = &rest[end..];
        } else {
            let name = rest.trim_start_matches('.');
            let end = name.find(['.', '[']).unwrap_or(name.len());
            steps.push(Step::Field(&name[..end]));
            rest = &name[end..];
        }
    }
    steps
}

fn kind_of(schema: Option<&Value>) -> &'static str {
    let text = |name: &str| schema.and_then(|schema| schema.get(name)).and_then(Value::as_str);
    match (text("type"), text("format")) {
        (Some("integer"), _) => "integer",
        (Some("number"), _) => "number",
        (Some("boolean"), _) => "boolean",
        (Some("string"), Some("date-time")) => "date",
        _ => "string",
    }
}
