//! The types of what expressions of admission may name: `request`, `namespaceObject`, and the metadata of a typed object.
//!
//! Mirrors: apiserver pkg/admission/plugin/cel/compile.go

use serde_json::Value;
use serde_json::json;

use crate::builtin::metadata_schema;
use crate::schema::Declared;
use crate::schema::Objects;
use crate::types::Type;

fn object(objects: &mut Objects, name: &str, fields: &[(&str, Type)]) -> Type {
    let fields = fields.iter().map(|(name, of)| ((*name).to_owned(), Declared::plain(of.clone())));
    objects.add(&format!("kubernetes.{name}"), fields.collect())
}

/// Declares the type of `request`.
pub(super) fn request(objects: &mut Objects) -> Type {
    let text = || Type::String;
    let named = |last: &'static str| [("group", text()), ("version", text()), (last, text())];
    let kind = object(objects, "GroupVersionKind", &named("kind"));
    let resource = object(objects, "GroupVersionResource", &named("resource"));
    let user = [
        ("username", text()),
        ("uid", text()),
        ("groups", Type::list(text())),
        ("extra", Type::map(text(), Type::list(text()))),
    ];
    let user = object(objects, "UserInfo", &user);
    let fields = [
        ("kind", kind.clone()),
        ("resource", resource.clone()),
        ("subResource", text()),
        ("requestKind", kind),
        ("requestResource", resource),
        ("requestSubResource", text()),
        ("name", text()),
        ("namespace", text()),
        ("operation", text()),
        ("userInfo", user),
        ("dryRun", Type::Bool),
        ("options", Type::Dyn),
    ];
    object(objects, "AdmissionRequest", &fields)
}

/// Declares the type of `namespaceObject`.
pub(super) fn namespace(objects: &mut Objects) -> Type {
    let text = || Type::String;
    let texts = || Type::map(text(), text());
    let spec = object(objects, "NamespaceSpec", &[("finalizers", Type::list(text()))]);
    let condition = [
        ("status", text()),
        ("type", text()),
        ("lastTransitionTime", Type::Timestamp),
        ("message", text()),
        ("reason", text()),
    ];
    let condition = object(objects, "NamespaceCondition", &condition);
    let status = [("conditions", Type::list(condition)), ("phase", text())];
    let status = object(objects, "NamespaceStatus", &status);
    let metadata = [
        ("name", text()),
        ("generateName", text()),
        ("namespace", text()),
        ("labels", texts()),
        ("annotations", texts()),
        ("UID", text()),
        ("creationTimestamp", Type::Timestamp),
        ("deletionGracePeriodSeconds", Type::Int),
        ("deletionTimestamp", Type::Timestamp),
        ("generation", Type::Int),
        ("resourceVersion", text()),
        ("finalizers", Type::list(text())),
    ];
    let metadata = object(objects, "NamespaceMetadata", &metadata);
    object(objects, "Namespace", &[("metadata", metadata), ("spec", spec), ("status", status)])
}

/// A structural schema whose metadata are those of any object.
pub(super) fn with_metadata(schema: &Value) -> Value {
    let mut schema = schema.clone();
    let text = json!({"type": "string"});
    if let Some(members) = schema.as_object_mut() {
        let properties = members.entry("properties").or_insert_with(|| json!({}));
        properties["metadata"] = metadata_schema();
        properties["apiVersion"] = text.clone();
        properties["kind"] = text;
    }
    schema
}
