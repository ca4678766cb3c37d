//! `-o`: how objects are printed.

use kube_core::ApiResource;
use kube_core::JsonPath;
use serde_json::Value;

use super::columns::Columns;
use super::failure::Failure;
use super::printing;
use super::yaml;

/// What `-o` says.
#[derive(Clone, Debug)]
pub enum Output {
    /// A table, with all of its columns where there is room.
    Table {
        wide: bool,
    },
    Json,
    Yaml,
    /// `pod/web`
    Name,
    Path(JsonPath),
    /// All that a path finds, as JSON.
    Found(JsonPath),
    /// A table of one's own.
    Columns(Columns),
}

const FORMATS: &str = "custom-columns, json, jsonpath, jsonpath-as-json, name, wide, yaml";
const COLUMNS: &str = "custom-columns";

impl Output {
    /// As it was given; a table if it was not.
    pub fn of(text: Option<&str>) -> Result<Self, Failure> {
        Ok(match text {
            None | Some("") => Self::Table { wide: false },
            Some("wide") => Self::Table { wide: true },
            Some("json") => Self::Json,
            Some("yaml") => Self::Yaml,
            Some("name") => Self::Name,
            Some("jsonpath" | "jsonpath-as-json") => {
                return Err(Failure::said("template format specified but no template given"));
            }
            Some(COLUMNS) => Self::Columns(Columns::of("")?),
            Some(other) => match other.split_once('=') {
                Some(("jsonpath", template)) => Self::Path(JsonPath::new(template)?),
                Some(("jsonpath-as-json", template)) => Self::Found(JsonPath::new(template)?),
                Some((COLUMNS, columns)) => Self::Columns(Columns::of(columns)?),
                _ => {
                    return Err(Failure::said(format!(
                        "unable to match a printer suitable for the output format {other:?}, allowed formats are: {FORMATS}"
                    )));
                }
            },
        })
    }

    pub fn is_table(&self) -> bool {
        matches!(self, Self::Table { .. })
    }

    /// A value as it is printed; nothing if tables are asked for.
    pub fn text(&self, value: &Value) -> Result<String, Failure> {
        match self {
            Self::Json => printing::json(value),
            Self::Yaml => Ok(yaml::of(value)),
            Self::Path(path) => Ok(path.render(value)?),
            Self::Found(path) => {
                let found = path.find(value)?;
                printing::json(&found.into())
            }
            Self::Columns(columns) => columns.table(value),
            Self::Table { .. } | Self::Name => Ok(String::new()),
        }
    }
}

/// As `-o name` and messages name it: `pod/web`, `deployment.apps/web`.
pub fn named(resource: &ApiResource, name: &str) -> String {
    format!("{}/{name}", sort(resource))
}

/// As messages name a kind: `pod`, `deployment.apps`.
pub fn sort(resource: &ApiResource) -> String {
    let kind = resource.kind.to_lowercase();
    match resource.group.as_ref() {
        "" => kind,
        group => format!("{kind}.{group}"),
    }
}
