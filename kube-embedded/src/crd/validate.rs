//! The rules of a definition itself: the object in, its mistakes out, in the API server's order and words.

use serde_json::Value;
use serde_json::json;

use super::condition::condition;
use crate::label::dns_1035;
use crate::label::dns_subdomain;
use crate::registration::check_client;
use crate::registration::check_review_versions;
use crate::schema::FieldError;
use crate::schema::FieldErrorKind;
use crate::schema::Schema;

const COLUMN_TYPES: [&str; 5] = ["boolean", "date", "integer", "number", "string"];
const COLUMN_FORMATS: [&str; 9] =
    ["byte", "date", "date-time", "double", "float", "int32", "int64", "password", ""];

/// Every mistake of a definition; with `old`, what it may not change as well.
pub(super) fn validate(definition: &Value, old: Option<&Value>) -> Vec<FieldError> {
    let spec = &definition["spec"];
    let mut errors = Vec::new();
    let (group, plural) = (text(&spec["group"]), text(&spec["names"]["plural"]));
    if old.is_none() && text(&definition["metadata"]["name"]) != format!("{plural}.{group}") {
        let why = "must be spec.names.plural+\".\"+spec.group";
        errors.push(FieldError::invalid("metadata.name", &definition["metadata"]["name"], why));
    }
    check_group(spec, group, &mut errors);
    check_scope(spec, &mut errors);
    check_versions(spec, &mut errors);
    check_names(spec, &mut errors);
    check_content(spec, &mut errors);
    check_conversion(spec, &mut errors);
    check_stored(definition, &mut errors);
    check_approval(definition, group, &mut errors);
    if let Some(old) = old {
        check_unchanged(definition, old, &mut errors);
    }
    errors
}

fn check_group(spec: &Value, group: &str, errors: &mut Vec<FieldError>) {
    if group.is_empty() {
        errors.push(FieldError::required("spec.group", ""));
    } else if let Some(why) = dns_subdomain(group) {
        errors.push(FieldError::invalid("spec.group", &spec["group"], why));
    } else if !group.contains('.') {
        let why = "should be a domain with at least one dot";
        errors.push(FieldError::invalid("spec.group", &spec["group"], why));
    }
}

fn check_scope(spec: &Value, errors: &mut Vec<FieldError>) {
    let scopes = ["Cluster", "Namespaced"];
    match text(&spec["scope"]) {
        "" => errors.push(FieldError::required("spec.scope", "")),
        scope if scopes.contains(&scope) => {}
        _ => errors.push(FieldError::not_supported("spec.scope", &spec["scope"], scopes)),
    }
    if spec["preserveUnknownFields"] == true {
        let why = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in \
                   spec.versions[*].schema instead";
        errors.push(FieldError::invalid("spec.preserveUnknownFields", &json!(true), why));
    }
}

fn check_versions(spec: &Value, errors: &mut Vec<FieldError>) {
    let versions = versions(spec);
    let names: Vec<&str> = versions.iter().map(|version| text(&version["name"])).collect();
    for (at, version) in versions.iter().enumerate() {
        if schema(version).is_null() {
            let field = format!("spec.versions[{at}].schema.openAPIV3Schema");
            errors.push(FieldError::required(field, ""));
        }
    }
    for (at, version) in versions.iter().enumerate() {
        if let Some(why) = dns_1035(names[at]) {
            let field = format!("spec.versions[{at}].name");
            errors.push(FieldError::invalid(field, &version["name"], why));
        }
        if versions.len() > 1 {
            check_version(version, &format!("spec.versions[{at}]"), "schema", errors);
        }
    }
    let unique = names.iter().enumerate().all(|(at, name)| !names[..at].contains(name));
    if !unique {
        let why = "must contain unique version names";
        errors.push(versions_error(versions, why));
    }
    if versions.iter().filter(|version| version["storage"] == true).count() != 1 {
        let why = "must have exactly one version marked as storage version";
        errors.push(versions_error(versions, why));
    }
    // The API server has the first version in a field of its own, too.
    if let Some(why) = names.first().and_then(|first| dns_1035(first)) {
        errors.push(FieldError::invalid("spec.version", &json!(names[0]), why));
    }
}

fn check_names(spec: &Value, errors: &mut Vec<FieldError>) {
    let names = &spec["names"];
    let field = |member: &str| format!("spec.names.{member}");
    for member in ["plural", "singular", "kind", "listKind"] {
        if text(&names[member]).is_empty() {
            errors.push(FieldError::required(field(member), ""));
        }
    }
    let mut check = |member: String, value: &Value, prefix: &str, name: &str| {
        if let Some(why) = dns_1035(name).filter(|_| !name.is_empty()) {
            errors.push(FieldError::invalid(field(&member), value, format!("{prefix}{why}")));
        }
    };
    for member in ["plural", "singular"] {
        check(member.to_owned(), &names[member], "", text(&names[member]));
    }
    for member in ["kind", "listKind"] {
        let prefix = "may have mixed case, but should otherwise match: ";
        let lower = text(&names[member]).to_lowercase();
        check(member.to_owned(), &names[member], prefix, &lower);
    }
    for list in ["shortNames", "categories"] {
        for (at, name) in names[list].as_array().into_iter().flatten().enumerate() {
            check(format!("{list}[{at}]"), name, "", text(name));
        }
    }
    let (kind, list_kind) = (text(&names["kind"]), text(&names["listKind"]));
    if !kind.is_empty() && kind == list_kind {
        let why = "kind and listKind may not be the same";
        errors.push(FieldError::invalid(field("listKind"), &names["listKind"], why));
    }
}

/// The API server moves the content of a single version to the top; its errors name that place.
fn check_content(spec: &Value, errors: &mut Vec<FieldError>) {
    if let [version] = versions(spec) {
        check_version(version, "spec", "validation", errors);
    }
}

fn check_version(version: &Value, at: &str, schema_member: &str, errors: &mut Vec<FieldError>) {
    let (status, schema) = (&version["subresources"]["status"], schema(version));
    let field = format!("{at}.{schema_member}.openAPIV3Schema");
    if !schema.is_null() {
        if !status.is_null() && schema["type"] != "object" {
            let why = "only \"object\" is allowed as the type at the root of the schema if the \
                       status subresource is enabled";
            let field = format!("{field}.type");
            errors.push(FieldError::invalid(field, &schema["type"], why));
        }
        errors.extend(Schema::compile(schema, &field).err().into_iter().flatten());
    }
    check_scale(&version["subresources"]["scale"], &format!("{at}.subresources.scale"), errors);
    let columns = version["additionalPrinterColumns"].as_array();
    for (index, column) in columns.into_iter().flatten().enumerate() {
        check_column(column, &format!("{at}.additionalPrinterColumns[{index}]"), errors);
    }
}

fn check_scale(scale: &Value, at: &str, errors: &mut Vec<FieldError>) {
    if scale.is_null() {
        return;
    }
    let rows: [(&str, &[&str], &str); 3] = [
        ("specReplicasPath", &[".spec."], "should be a json path under .spec"),
        ("statusReplicasPath", &[".status."], "should be a json path under .status"),
        (
            "labelSelectorPath",
            &[".spec.", ".status."],
            "should be a json path under either .status or .spec",
        ),
    ];
    for (member, roots, why) in rows {
        let (field, path) = (format!("{at}.{member}"), text(&scale[member]));
        if path.is_empty() {
            if member != "labelSelectorPath" {
                errors.push(FieldError::required(field, ""));
            }
        } else if !path.starts_with('.') {
            let why = "must be a simple json path starting with .";
            errors.push(FieldError::invalid(field, &scale[member], why));
        } else if !roots.iter().any(|root| path.starts_with(root)) {
            errors.push(FieldError::invalid(field, &scale[member], why));
        }
    }
}

fn check_column(column: &Value, at: &str, errors: &mut Vec<FieldError>) {
    if text(&column["name"]).is_empty() {
        errors.push(FieldError::required(format!("{at}.name"), ""));
    }
    let types = format!("must be one of {}", COLUMN_TYPES.join(","));
    match text(&column["type"]) {
        "" => errors.push(FieldError::required(format!("{at}.type"), types)),
        one if COLUMN_TYPES.contains(&one) => {}
        _ => errors.push(FieldError::invalid(format!("{at}.type"), &column["type"], types)),
    }
    if !COLUMN_FORMATS.contains(&text(&column["format"])) {
        let why = format!("must be one of {}", COLUMN_FORMATS[..8].join(","));
        errors.push(FieldError::invalid(format!("{at}.format"), &column["format"], why));
    }
    match text(&column["jsonPath"]) {
        "" => errors.push(FieldError::required(format!("{at}.JSONPath"), "")),
        path if path.starts_with('.') => {}
        _ => {
            let why = "must be a simple json path starting with .";
            errors.push(FieldError::invalid(format!("{at}.JSONPath"), &column["jsonPath"], why));
        }
    }
}

fn check_conversion(spec: &Value, errors: &mut Vec<FieldError>) {
    let conversion = &spec["conversion"];
    let client = "spec.conversion.webhookClientConfig";
    let versions = "spec.conversion.conversionReviewVersions";
    match text(&conversion["strategy"]) {
        "None" => {
            for (member, field) in
                [("clientConfig", client), ("conversionReviewVersions", versions)]
            {
                if !conversion["webhook"][member].is_null() {
                    let why = "should not be set when strategy is not set to Webhook";
                    errors.push(FieldError::forbidden(field, why));
                }
            }
        }
        "Webhook" => {
            let webhook = &conversion["webhook"];
            if webhook["clientConfig"].is_null() {
                let why = "required when strategy is set to Webhook";
                errors.push(FieldError::required(client, why));
            } else {
                check_client(&webhook["clientConfig"], client, errors);
            }
            check_review_versions(&webhook["conversionReviewVersions"], versions, "", errors);
        }
        "" => errors.push(FieldError::required("spec.conversion.strategy", "")),
        _ => errors.push(FieldError::not_supported(
            "spec.conversion.strategy",
            &conversion["strategy"],
            ["None", "Webhook"],
        )),
    }
}

fn check_stored(definition: &Value, errors: &mut Vec<FieldError>) {
    let stored = &definition["status"]["storedVersions"];
    let field = "status.storedVersions";
    let Some(names) = stored.as_array().filter(|names| !names.is_empty()) else {
        let why = "must have at least one stored version";
        errors.push(FieldError::invalid(field, &Value::Null, why));
        return;
    };
    let versions = versions(&definition["spec"]);
    for (at, name) in names.iter().enumerate() {
        if !versions.iter().any(|version| version["name"] == *name) {
            let name_text = text(name);
            let why = format!(
                "missing from spec.versions; {name_text} was previously a storage version, and must \
                 remain in spec.versions until a storage migration ensures no data remains persisted \
                 in {name_text} and removes {name_text} from status.storedVersions"
            );
            errors.push(FieldError::invalid(format!("{field}[{at}]"), name, why));
        }
    }
}

fn check_approval(definition: &Value, group: &str, errors: &mut Vec<FieldError>) {
    let protected = ["k8s.io", "kubernetes.io"]
        .iter()
        .any(|domain| group == *domain || group.ends_with(&format!(".{domain}")));
    let key = "api-approved.kubernetes.io";
    if protected && text(&definition["metadata"]["annotations"][key]).is_empty() {
        let why = format!(
            "protected groups must have approval annotation \"{key}\", see \
             https://github.com/kubernetes/enhancements/pull/1111"
        );
        errors.push(FieldError::required(format!("metadata.annotations[{key}]"), why));
    }
}

fn check_unchanged(definition: &Value, old: &Value, errors: &mut Vec<FieldError>) {
    let established = condition(&old["status"], "Established");
    let established = established.is_some_and(|one| one["status"] == "True");
    let rows: [(&str, &str, bool); 4] = [
        ("/spec/scope", "spec.scope", established),
        ("/spec/names/kind", "spec.names.kind", established),
        ("/spec/group", "spec.group", true),
        ("/spec/names/plural", "spec.names.plural", true),
    ];
    for (pointer, field, fixed) in rows {
        let value = definition.pointer(pointer).unwrap_or(&Value::Null);
        if fixed && Some(value) != old.pointer(pointer) {
            errors.push(FieldError::invalid(field, value, "field is immutable"));
        }
    }
}

/// A mistake of the whole list, which is printed as Go prints its internal form.
fn versions_error(versions: &[Value], why: &str) -> FieldError {
    let each = |version: &Value| {
        format!(
            "{{\"Name\":{},\"Served\":{},\"Storage\":{},\"Deprecated\":{},\"DeprecationWarning\":{},\
             \"Schema\":null,\"Subresources\":null,\"AdditionalPrinterColumns\":null,\
             \"SelectableFields\":null}}",
            version["name"],
            version["served"] == true,
            version["storage"] == true,
            version["deprecated"] == true,
            version["deprecationWarning"],
        )
    };
    let printed = match versions {
        [] => "null".to_owned(),
        versions => format!("[{}]", versions.iter().map(each).collect::<Vec<_>>().join(",")),
    };
    FieldError::new("spec.versions", FieldErrorKind::Invalid, printed, why)
}

fn versions(spec: &Value) -> &[Value] {
    spec["versions"].as_array().map_or(&[], Vec::as_slice)
}

pub(super) fn schema(version: &Value) -> &Value {
    &version["schema"]["openAPIV3Schema"]
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
