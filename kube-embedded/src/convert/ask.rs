//! One call of a webhook that converts: objects in; the objects in another version, or why not in the words of the API server, out.

use crate::cluster::Cluster;
use crate::json;
use crate::kind::ConversionHook;
use crate::kind::Kind;
use crate::label;
use crate::outbound;
use crate::outbound::OutboundCall;
use crate::schema;
use crate::status::Failure;
use serde_json::Value;
use serde_json::json;
use std::time::Duration;

/// How long a conversion may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Asks for these objects in the version `desired`; the answer has as many, in their order.
pub(super) async fn ask(
    cluster: &Cluster,
    kind: &Kind,
    hook: &ConversionHook,
    desired: &str,
    objects: Vec<Value>,
) -> Result<Vec<Value>, Failure> {
    let from = objects.first().map_or("", |object| text(&object["apiVersion"])).to_owned();
    let refused = |why: String| {
        let name = &kind.kind;
        Failure::plain(format!("conversion webhook for {from}, Kind={name} {why}"))
    };
    let failed = |why: String| refused(format!("failed: {why}"));
    let version = hook.review_versions.iter().find(|own| matches!(own.as_str(), "v1" | "v1beta1"));
    let version = version.map_or("v1", String::as_str);
    let uid = cluster.uid();
    let review = json!({
        "kind": "ConversionReview",
        "apiVersion": format!("apiextensions.k8s.io/{version}"),
        "request": {
            "uid": uid,
            "desiredAPIVersion": desired,
            "objects": objects.iter().map(unversioned).collect::<Vec<_>>(),
        },
        "response": null,
    });
    let call = OutboundCall::of(&hook.client_config, review).map_err(failed)?.timeout(TIMEOUT);
    let answer = outbound::call(cluster.outbound.as_ref(), call).await.map_err(failed)?;
    let converted = read(answer, (version, &uid)).map_err(failed)?;
    if converted.len() != objects.len() {
        let (got, expected) = (converted.len(), objects.len());
        return Err(refused(format!("returned {got} objects, expected {expected}")));
    }
    let alone = objects.len() == 1;
    let pairs = objects.iter().zip(converted).enumerate();
    let checked = pairs.map(|(index, (before, after))| {
        let place = if alone { String::new() } else { format!(" at index {index}") };
        restored(before, after, desired, index, &place).map_err(refused)
    });
    checked.collect()
}

/// As it is stored: without its revision.
fn unversioned(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.remove("resourceVersion");
    }
    object
}

/// The objects of an answer that keeps the protocol.
fn read(mut answer: Value, (version, uid): (&str, &str)) -> Result<Vec<Value>, String> {
    let group = "apiextensions.k8s.io";
    let (own_version, own_kind) = (text(&answer["apiVersion"]), text(&answer["kind"]));
    let known = matches!(
        (own_version, own_kind),
        ("", "") | ("apiextensions.k8s.io/v1" | "apiextensions.k8s.io/v1beta1", "ConversionReview")
    );
    if !known {
        return Err(format!(
            "no kind \"{own_kind}\" is registered for version \"{own_version}\" in scheme \
             \"pkg/runtime/scheme.go:111\""
        ));
    }
    if own_version != format!("{group}/{version}") {
        let slash = if own_version.contains('/') { "" } else { "/" };
        return Err(format!(
            "expected webhook response of {group}/{version}, Kind=ConversionReview, got \
             {slash}{own_version}, Kind={own_kind}"
        ));
    }
    let response = &mut answer["response"];
    if !response.is_object() {
        return Err("no response provided".to_owned());
    }
    let own = text(&response["uid"]);
    if own != uid {
        let (uid, own) = (json::quoted(uid), json::quoted(own));
        return Err(format!("expected response.uid={uid}, got {own}"));
    }
    let (status, message) =
        (text(&response["result"]["status"]), text(&response["result"]["message"]));
    if status != "Success" {
        return Err(match message {
            "" => format!("response.result.status was '{status}', not 'Success'"),
            message => message.to_owned(),
        });
    }
    Ok(match response["convertedObjects"].take() {
        Value::Array(objects) => objects,
        _ => Vec::new(),
    })
}

/// A converted object with the metadata that it had, but for labels and annotations.
fn restored(
    before: &Value,
    mut after: Value,
    desired: &str,
    index: usize,
    place: &str,
) -> Result<Value, String> {
    let invalid = |why: String| Err(format!("returned invalid object{place}: {why}"));
    let versions = (text(&after["apiVersion"]), text(&after["kind"]));
    if versions.0 != desired {
        return Err(format!(
            "returned invalid object at index {index}: invalid groupVersion (expected {desired}, \
             received {})",
            versions.0
        ));
    }
    if versions.1 != text(&before["kind"]) {
        return Err(format!(
            "returned invalid object at index {index}: invalid kind (expected {}, received {})",
            text(&before["kind"]),
            versions.1
        ));
    }
    for (member, shown) in [("name", "name"), ("namespace", "namespace"), ("uid", "UID")] {
        let (old, new) = (&before["metadata"][member], &after["metadata"][member]);
        if text(old) != text(new) {
            return invalid(format!("must have the same {shown}: {} != {}", text(old), text(new)));
        }
    }
    let mut metadata = before["metadata"].clone();
    let Some(members) = metadata.as_object_mut() else { return Ok(after) };
    for member in ["labels", "annotations"] {
        let given = after["metadata"][member].take();
        let odd = given.as_object().into_iter().flatten().find(|(_, value)| !value.is_string());
        if let Some((key, value)) = odd {
            return Err(format!(
                "returned invalid metadata{place}: metadata.{member}[{key}] must be a string, but \
                 is {} in converted object",
                go_type(value)
            ));
        }
        let mut errors = Vec::new();
        match member {
            "labels" => label::labels(&given, &mut errors),
            _ => label::annotations(&given, &mut errors),
        }
        if !errors.is_empty() {
            let why = schema::invalid_message(&errors);
            return Err(format!("returned invalid metadata{place}: {why}"));
        }
        members.remove(member);
        if given.as_object().is_some_and(|given| !given.is_empty()) {
            members.insert(member.to_owned(), given);
        }
    }
    after["metadata"] = metadata;
    Ok(after)
}

fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
