//! The reference of custom kinds: their definitions in, Markdown for the people who write such objects out.

use std::fmt::Write as _;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinitionVersion;
use serde_json::Value;

use super::Operator;

/// What bounds a value, and how that is said.
const LIMITS: [(&str, &str); 9] = [
    ("minimum", "at least"),
    ("maximum", "at most"),
    ("multipleOf", "a multiple of"),
    ("minLength", "characters at least"),
    ("maxLength", "characters at most"),
    ("minItems", "items at least"),
    ("maxItems", "items at most"),
    ("minProperties", "entries at least"),
    ("maxProperties", "entries at most"),
];

impl<A: Send + Sync + 'static> Operator<A> {
    /// A reference in Markdown of its custom kinds: names, and each field with its type, its default, its limits and what its doc comment says. The
    /// form of the text may change.
    ///
    /// ```
    /// use kube_runtime::prelude::*;
    ///
    /// /// A shop.
    /// #[derive(Resource, Clone, Debug)]
    /// #[resource(group = "demo.example.com", version = "v1", namespaced)]
    /// struct ShopSpec {
    ///     /// How many work there.
    ///     #[resource(default = 1, minimum = 1)]
    ///     staff: i32,
    /// }
    ///
    /// #[controller]
    /// async fn open(shop: Object<Shop>) -> Result<Action> { Ok(Action::done()) }
    ///
    /// let text = Operator::new("mall").controller(open).docs();
    /// assert!(text.contains("| `staff` | integer | no | `1` | How many work there. At least 1. |"));
    /// ```
    #[must_use]
    pub fn docs(&self) -> String {
        let mut text = format!("# Custom kinds of {}\n", self.name);
        for definition in self.crds() {
            for version in definition.spec.versions.iter().filter(|version| version.served) {
                kind(&definition, version, &mut text);
            }
        }
        text
    }
}

fn kind(
    definition: &CustomResourceDefinition,
    version: &CustomResourceDefinitionVersion,
    text: &mut String,
) {
    let (spec, names) = (&definition.spec, &definition.spec.names);
    _ = writeln!(text, "\n## {} ({}/{})\n", names.kind, spec.group, version.name);
    let schema = version.schema.as_ref().and_then(|schema| serde_json::to_value(schema).ok());
    let schema = schema.map(|mut schema| schema["openAPIV3Schema"].take()).unwrap_or_default();
    if let Some(description) = schema["description"].as_str() {
        _ = writeln!(text, "{}\n", prose(description));
    }
    if version.deprecated == Some(true) {
        let why = version.deprecation_warning.as_deref().unwrap_or("use another version");
        _ = writeln!(text, "**Deprecated**: {why}\n");
    }
    let scope = if spec.scope == "Namespaced" { "in a namespace" } else { "of the cluster" };
    let mut facts = vec![format!("{scope}"), format!("`kubectl get {}`", names.plural)];
    facts.extend(names.short_names.iter().flatten().map(|name| format!("in short `{name}`")));
    let below = version.subresources.as_ref();
    if below.is_some_and(|below| below.scale.is_some()) {
        facts.push("`kubectl scale`".to_owned());
    }
    let selectable = version.selectable_fields.iter().flatten();
    facts.extend(
        selectable.map(|field| {
            format!("`--field-selector {}=..`", field.json_path.trim_start_matches('.'))
        }),
    );
    _ = writeln!(text, "{}.", capital(&facts.join(", ")));
    for part in ["spec", "status"] {
        let schema = &schema["properties"][part];
        if !schema.is_null() {
            section(schema, part, text);
        }
    }
    rules(&schema, text);
}

/// One table of an object's fields, and one for each object below it.
fn section(schema: &Value, place: &str, text: &mut String) {
    _ = writeln!(text, "\n### {place}\n");
    if let Some(description) = schema["description"].as_str() {
        _ = writeln!(text, "{}\n", prose(description));
    }
    let fields = schema["properties"].as_object();
    let mut below = Vec::new();
    if let Some(fields) = fields {
        text.push_str("| field | type | required | default | |\n|---|---|---|---|---|\n");
        for (name, field) in fields {
            let required = schema["required"].as_array();
            let required = required.is_some_and(|names| names.iter().any(|it| it == name));
            let required = if required { "yes" } else { "no" };
            let default = match &field["default"] {
                Value::Null => String::new(),
                default => cell(&code(&default.to_string())),
            };
            let kind = type_of(field);
            let said = cell(&said(field));
            _ = writeln!(text, "| `{name}` | {kind} | {required} | {default} | {said} |");
            if let Some((object, step)) = object_in(field) {
                below.push((object, format!("{place}.{name}{step}")));
            }
        }
    }
    rules(schema, text);
    for (object, place) in below {
        section(object, &place, text);
    }
}

/// The object that a field has, itself or in its items or values, however deep.
fn object_in(field: &Value) -> Option<(&Value, String)> {
    if field["properties"].is_object() {
        return Some((field, String::new()));
    }
    let (below, step) = match (&field["items"], &field["additionalProperties"]) {
        (items @ Value::Object(_), _) => (items, "[]"),
        (_, values @ Value::Object(_)) => (values, "{}"),
        _ => return None,
    };
    object_in(below).map(|(object, steps)| (object, format!("{step}{steps}")))
}

fn type_of(schema: &Value) -> String {
    let kind = schema["type"].as_str().unwrap_or("anything");
    match kind {
        _ if schema["x-kubernetes-int-or-string"] == true => "integer or string".to_owned(),
        "array" => format!("list of {}", type_of(&schema["items"])),
        "object" if schema["additionalProperties"].is_object() => {
            format!("map of {}", type_of(&schema["additionalProperties"]))
        }
        kind => kind.to_owned(),
    }
}

/// What a doc comment says of a field, and what the server refuses.
fn said(schema: &Value) -> String {
    let mut said: Vec<String> = Vec::new();
    if let Some(description) = schema["description"].as_str() {
        said.push(ended(&within_line(description)));
    }
    if schema["nullable"] == true {
        said.push("May be null.".to_owned());
    }
    limits(schema, &mut said);
    for (member, each) in [("items", "Each item"), ("additionalProperties", "Each value")] {
        let below = &schema[member];
        if below.is_object() && !below["properties"].is_object() {
            let mut of_each = Vec::new();
            limits(below, &mut of_each);
            if !of_each.is_empty() {
                said.push(format!("{each}: {}", of_each.join(" ")));
            }
        }
    }
    said.join(" ")
}

fn limits(schema: &Value, said: &mut Vec<String>) {
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<_> = values.iter().map(|value| code(&value.to_string())).collect();
        said.push(format!("One of {}.", values.join(", ")));
    }
    for (keyword, words) in LIMITS {
        let Some(bound) = schema[keyword].as_f64() else { continue };
        let strict = match keyword {
            "minimum" if schema["exclusiveMinimum"] == true => Some("above"),
            "maximum" if schema["exclusiveMaximum"] == true => Some("below"),
            _ => None,
        };
        said.push(match strict {
            Some(words) => format!("{} {bound}.", capital(words)),
            None if words.starts_with("a") => format!("{} {bound}.", capital(words)),
            None => format!("{bound} {words}."),
        });
    }
    for (keyword, words) in [("pattern", "Matches"), ("format", "In the form")] {
        let numeric = matches!(schema["type"].as_str(), Some("integer" | "number"));
        if let Some(value) = schema[keyword].as_str().filter(|_| !numeric) {
            said.push(format!("{words} {}.", code(value)));
        }
    }
    if !schema["properties"].is_object() {
        for rule in schema["x-kubernetes-validations"].as_array().into_iter().flatten() {
            said.push(told(rule));
        }
    }
}

/// The rules of an object, below its table.
fn rules(schema: &Value, text: &mut String) {
    let all = schema["x-kubernetes-validations"].as_array();
    for (position, rule) in all.into_iter().flatten().enumerate() {
        if position == 0 {
            text.push('\n');
        }
        _ = writeln!(text, "- {}", told(rule));
    }
}

fn told(rule: &Value) -> String {
    let cel = code(rule["rule"].as_str().unwrap_or_default());
    match rule["message"].as_str() {
        Some(message) => {
            let message = within_line(message);
            format!("{} ({cel}).", capital(message.trim_end_matches('.')))
        }
        None => format!("{cel}."),
    }
}

/// A doc comment as it stands; a heading in it is bold text, for it is no heading of this document.
fn prose(text: &str) -> String {
    let mut fenced = false;
    let lines = text.trim().lines().map(|line| {
        fenced ^= line.trim_start().starts_with("```");
        let title = line.trim_start_matches('#');
        match title.strip_prefix(' ') {
            Some(title) if title.len() + 1 < line.len() && !fenced => {
                format!("**{}**", title.trim())
            }
            _ => line.to_owned(),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A doc comment in one line: paragraphs and items of lists are kept apart.
fn within_line(text: &str) -> String {
    let mut line = String::new();
    let mut paragraph = false;
    for part in prose(text).lines().map(str::trim) {
        let is_item = part.starts_with("- ") || part.starts_with("* ");
        match (line.is_empty(), part.is_empty()) {
            (true, _) => {}
            (false, true) => paragraph = true,
            (false, false) if paragraph => line.push_str("<br><br>"),
            (false, false) if is_item => line.push_str("<br>"),
            (false, false) => line.push(' '),
        }
        paragraph &= part.is_empty();
        line.push_str(part);
    }
    line
}

/// Code in one line, whatever stands in it.
fn code(text: &str) -> String {
    let text = text.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    match longest {
        0 => format!("`{text}`"),
        longest => {
            let fence = "`".repeat(longest + 1);
            format!("{fence} {text} {fence}")
        }
    }
}

/// Text that stays within its cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn ended(text: &str) -> String {
    if text.ends_with(['.', '!', '?', ':']) { text.to_owned() } else { format!("{text}.") }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The row of a field.
    fn row(field: &Value) -> String {
        let mut text = String::new();
        section(&json!({ "properties": { "it": field } }), "spec", &mut text);
        text.lines().find(|line| line.starts_with("| `it`")).expect("a field has a row").to_owned()
    }

    #[test]
    fn a_row_stays_a_row_whatever_is_said_in_it() {
        let rows = [
            (
                json!({ "type": "string", "description": "First\nline\n\n# Why\n\nOnce:\n- a | b\n- c" }),
                "| `it` | string | no |  | First line<br><br>**Why**<br><br>Once:<br>- a \\| b<br>- c. |",
            ),
            (
                json!({ "type": "string", "default": "a  `b`|c", "pattern": "^a|  b$" }),
                "| `it` | string | no | `` \"a  `b`\\|c\" `` | Matches `^a\\|  b$`. |",
            ),
            (
                json!({ "type": "integer", "x-kubernetes-validations": [
                    { "rule": "self > 1 ||\n  self < 0", "message": "Not one.\n" },
                    { "rule": "true" },
                ] }),
                "| `it` | integer | no |  | Not one (`self > 1 \\|\\| self < 0`). `true`. |",
            ),
        ];
        for (field, expected) in rows {
            assert_eq!(row(&field), expected);
        }
    }

    #[test]
    fn what_each_item_and_each_value_is_to_be_is_said() {
        let list = json!({ "type": "array", "maxItems": 2, "items": { "type": "string", "enum": ["a", "b"] } });
        let map = json!({ "type": "object", "nullable": true, "additionalProperties": { "type": "integer", "minimum": 1 } });
        assert!(row(&list).ends_with("| 2 items at most. Each item: One of `\"a\"`, `\"b\"`. |"));
        assert!(row(&map).ends_with("| May be null. Each value: At least 1. |"));
    }

    #[test]
    fn an_object_has_a_table_however_deep_it_is() {
        let object = json!({ "type": "object", "properties": { "deep": { "type": "string" } } });
        let list = json!({ "type": "array", "items": { "type": "array", "items": object } });
        let map = json!({ "type": "object", "additionalProperties": list });
        let mut text = String::new();
        section(&json!({ "properties": { "it": map } }), "spec", &mut text);
        assert!(text.contains("### spec.it{}[][]\n"), "{text}");
        assert!(text.contains("| `deep` | string |"), "{text}");
    }

    #[test]
    fn a_heading_of_a_doc_comment_is_none_of_the_document() {
        let said = prose("One.\n\n## Example\n\n```yaml\n# a comment\n```\n#tag\n");
        assert_eq!(said, "One.\n\n**Example**\n\n```yaml\n# a comment\n```\n#tag");
    }
}
