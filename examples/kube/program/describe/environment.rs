//! The environment of a container: what is set, and where the rest comes from.

use serde_json::Value;

use super::super::quantity::Quantity;
use super::text::Description;
use super::text::is_set;
use super::text::items;
use super::text::or;
use super::text::text;

/// Of a container, and of a Pod if it is there already.
pub fn describe(container: &Value, pod: Option<&Value>, into: &mut Description) {
    if is_set(&container["envFrom"]) {
        into.line(2, "Environment Variables from:");
        for source in items(&container["envFrom"]) {
            describe_source(source, into);
        }
    }
    let none = if is_set(&container["env"]) { "" } else { "\t<none>" };
    into.line(2, format_args!("Environment:{none}"));
    for variable in items(&container["env"]) {
        describe_variable(variable, container, pod, into);
    }
}

fn describe_source(source: &Value, into: &mut Description) {
    let (from, of) = match (&source["configMapRef"], &source["secretRef"]) {
        (map @ Value::Object(_), _) => ("ConfigMap", map),
        (_, secret @ Value::Object(_)) => ("Secret", secret),
        _ => ("", &Value::Null),
    };
    let prefix = match text(&source["prefix"]).as_str() {
        "" => String::new(),
        prefix => format!(" with prefix '{prefix}'"),
    };
    let optional = of["optional"] == true;
    let name = text(&of["name"]);
    into.line(3, format_args!("{name}\t{from}{prefix}\tOptional: {optional}"));
}

fn describe_variable(
    variable: &Value,
    container: &Value,
    pod: Option<&Value>,
    into: &mut Description,
) {
    let name = text(&variable["name"]);
    let from = &variable["valueFrom"];
    if !from.is_object() {
        let value = text(&variable["value"]);
        let mut lines = value.split('\n');
        into.field(3, &name, lines.next().unwrap_or_default());
        for line in lines {
            into.line(3, format_args!("\t{line}"));
        }
        return;
    }
    let [field, resource, secret, map] =
        ["fieldRef", "resourceFieldRef", "secretKeyRef", "configMapKeyRef"].map(|sort| &from[sort]);
    if field.is_object() {
        let (version, path) = (or(&field["apiVersion"], "v1"), text(&field["fieldPath"]));
        let value = pod.map(|pod| field_of(pod, &path)).unwrap_or_default();
        into.field(3, &name, format_args!("{value} ({version}:{path})"));
    } else if resource.is_object() {
        let of = text(&resource["resource"]);
        let mut value = resource_of(container, resource);
        if value == "0" && matches!(of.as_str(), "limits.cpu" | "limits.memory") {
            "node allocatable".clone_into(&mut value);
        }
        into.field(3, &name, format_args!("{value} ({of})"));
    } else if secret.is_object() {
        let text = key_of(secret, "in secret");
        into.field(3, &name, text);
    } else if map.is_object() {
        into.field(3, &name, key_of(map, "of config map"));
    }
}

fn key_of(reference: &Value, what: &str) -> String {
    let (key, name) = (text(&reference["key"]), text(&reference["name"]));
    let optional = reference["optional"] == true;
    format!("<set to the key '{key}' {what} '{name}'>\tOptional: {optional}")
}

/// As kubectl finds it: of a Pod's fields it knows these two.
fn field_of(pod: &Value, path: &str) -> String {
    match path {
        "metadata.name" => text(&pod["metadata"]["name"]),
        "metadata.namespace" => text(&pod["metadata"]["namespace"]),
        _ => String::new(),
    }
}

/// How much of a resource, in units of the divisor, rounded up; empty if that is not known.
fn resource_of(container: &Value, reference: &Value) -> String {
    let of = text(&reference["resource"]);
    let Some((sort, resource)) = of.split_once('.') else { return String::new() };
    let quantity = Quantity::of(&container["resources"][sort][resource]);
    let divisor = Quantity::of(&reference["divisor"]);
    let divisor = if divisor.is_zero() { Quantity::of(&"1".into()) } else { divisor };
    match resource {
        "cpu" => quantity.milli_in(divisor).to_string(),
        "memory" | "ephemeral-storage" => quantity.whole_in(divisor).to_string(),
        _ => String::new(),
    }
}
