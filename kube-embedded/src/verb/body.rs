//! The body of a write: a document in; an object of the kind out, and what was wrong with it.

use super::{Options, Target, Validation};
use crate::json;
use crate::kind::Kind;
use crate::schema::{self, FieldError};
use crate::status::Failure;
use serde_json::{Map, Value};

/// A parsed body and the members that stood in it twice.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) value: Value,
    pub(crate) duplicates: Vec<String>,
}

impl From<Value> for Document {
    fn from(value: Value) -> Self {
        Self { value, duplicates: Vec::new() }
    }
}

/// An object of the target's kind, with the warnings that it earned.
pub(super) fn decode(
    target: &Target,
    options: &Options,
    document: Document,
) -> Result<(Value, Vec<String>), Failure> {
    let kind = &*target.kind;
    let mut object = match document.value {
        Value::Object(members) => Value::Object(members),
        Value::Null if !kind.custom => Value::Object(Map::new()),
        other => {
            let text = json::text(&other);
            return Err(unrecognized(kind, "cannot unmarshal into an object", &text));
        }
    };
    check_types(kind, &mut object)?;
    let cannot = |error: String| {
        let (version, kind) = (&kind.version, &kind.kind);
        Failure::bad_request(format!(
            "{kind} in version \"{version}\" cannot be handled as a {kind}: {error}"
        ))
    };
    let unknown = kind.shape(&mut object).map_err(cannot)?;
    let mut mistakes: Vec<String> =
        document.duplicates.iter().map(|path| format!("duplicate field \"{path}\"")).collect();
    mistakes.extend(unknown.iter().map(|path| format!("unknown field \"{path}\"")));
    match options.validation {
        Validation::Strict if !mistakes.is_empty() => {
            Err(cannot(format!("strict decoding error: {}", mistakes.join(", "))))
        }
        Validation::Warn => Ok((object, mistakes)),
        Validation::Strict | Validation::Ignore => Ok((object, Vec::new())),
    }
}

fn unrecognized(kind: &Kind, error: &str, body: &str) -> Failure {
    let kind = &kind.kind;
    Failure::bad_request(format!(
        "the object provided is unrecognized (must be of type {kind}): couldn't get version/kind; \
         json parse error: {error} ({body})"
    ))
}

/// Kind and apiVersion: built-in kinds may leave them out.
fn check_types(kind: &Kind, object: &mut Value) -> Result<(), Failure> {
    let given = |member: &str| object[member].as_str().unwrap_or("").to_owned();
    let (own_version, own_kind) = (kind.api_version(), kind.kind.as_str());
    let (version, name) = (given("apiVersion"), given("kind"));
    if kind.custom {
        if name.is_empty() {
            let body = json::text(object);
            let text = format!("Object 'Kind' is missing in '{body}'");
            return Err(Failure::bad_request(format!(
                "the object provided is unrecognized (must be of type {own_kind}): {text} ({body})"
            )));
        }
        if version != own_version {
            return Err(Failure::bad_request(format!(
                "the API version in the data ({version}) does not match the expected API version \
                 ({own_version})"
            )));
        }
        if name != own_kind {
            let error =
                FieldError::invalid("kind", &name.clone().into(), format!("must be {own_kind}"));
            let object_name = object["metadata"]["name"].as_str().unwrap_or("");
            return Err(Failure::invalid(&kind.group, &name, object_name, &[error]));
        }
        return Ok(());
    }
    let fits =
        (version.is_empty() || version == own_version) && (name.is_empty() || name == own_kind);
    if !fits {
        let version = if version.is_empty() { own_version } else { version };
        let name = if name.is_empty() { own_kind.to_owned() } else { name };
        let short = version.rsplit('/').next().unwrap_or(&version).to_owned();
        return Err(Failure::bad_request(match schema::builtin(&version, &name) {
            Some(_) => format!(
                "{name} in version \"{short}\" cannot be handled as a {own_kind}: converting \
                 ({short}.{name}) to (core.{own_kind}): unknown conversion"
            ),
            None => format!(
                "{name} in version \"{short}\" cannot be handled as a {own_kind}: no kind \
                 \"{name}\" is registered for version \"{version}\" in scheme \
                 \"pkg/runtime/scheme.go:111\""
            ),
        }));
    }
    object["apiVersion"] = own_version.into();
    object["kind"] = own_kind.into();
    Ok(())
}
