//! An object changed by a patch: the patch in, what is stored out.

use super::update::Change;
use super::{Options, Target, Validation, Written, books, create, meta, view};
use crate::apply::{self, ApplyError};
use crate::cluster::Cluster;
use crate::convert;
use crate::json;
use crate::merge::{self, PatchError};
use crate::schema::{FieldError, FieldErrorKind};
use crate::status::Failure;
use bytes::Bytes;
use serde_json::Value;
use std::sync::Arc;

/// A patch, by its kind.
#[derive(Clone, Debug)]
pub(crate) enum PatchBody {
    Json(Bytes),
    Merge(Bytes),
    Strategic(Bytes),
    /// A configuration to apply, parsed.
    Apply(Value),
}

/// Changes an object, or creates it when it is applied and missing.
pub(crate) async fn patch(
    cluster: &Cluster,
    target: &Target,
    options: &Options,
    patch: &PatchBody,
) -> Result<Written, Failure> {
    let kind = &*target.kind;
    loop {
        let Some(live) = cluster.store.get(&kind.resource, &target.namespace, &target.name) else {
            return missing(cluster, target, options, patch).await;
        };
        let fitted = convert::fit(cluster, kind, Arc::clone(&live)).await?;
        let old = view::view_value(kind, &fitted);
        let (new, warnings) = match patch {
            PatchBody::Apply(applied) => {
                (applied_object(cluster, target, options, Some(&old), applied).await?, Vec::new())
            }
            other => patched_object(target, options, &old, other)?,
        };
        let tracked = matches!(patch, PatchBody::Apply(_));
        let change = Change { live: &live, old: &old, tracked, put: false, part: None };
        if let Some(mut written) = change.commit(cluster, target, options, new).await? {
            written.warnings.extend(warnings);
            return Ok(written);
        }
    }
}

async fn missing(
    cluster: &Cluster,
    target: &Target,
    options: &Options,
    patch: &PatchBody,
) -> Result<Written, Failure> {
    let PatchBody::Apply(applied) = patch else { return Err(target.not_found()) };
    if target.sub.is_some() {
        return Err(target.not_found());
    }
    let uid = meta::text(applied, "uid");
    if !uid.is_empty() {
        let why = format!(
            "uid mismatch: the provided object specified uid {uid}, and no existing object was found"
        );
        return Err(Failure::conflict(target.kind.name(), &target.name, &why));
    }
    if let Some(refused) = &options.create_refused {
        return Err(refused.clone());
    }
    let mut object = applied_object(cluster, target, options, None, applied).await?;
    create::drop_status(&target.kind, &mut object);
    create::prepare(cluster, target, &mut object)?;
    create::insert(cluster, target, options, object, Vec::new()).await
}

/// The live object with the configuration in it, defaulted, its managers noted.
async fn applied_object(
    cluster: &Cluster,
    target: &Target,
    options: &Options,
    live: Option<&Value>,
    applied: &Value,
) -> Result<Value, Failure> {
    let mut applied = applied.clone();
    if meta::text(&applied, "name").is_empty() && applied["metadata"].is_object() {
        meta::metadata(&mut applied).insert("name".to_owned(), target.name.as_str().into());
    }
    let outcome = books::with_writer(cluster, target, options, |writer| match writer {
        Some(writer) => apply::apply(live, &applied, writer).map_err(|error| refused(&error)),
        None => Err(Failure::unsupported_media_type("the kind cannot be applied")),
    });
    let mut object = outcome.await??;
    meta::fit_name(target, &applied)?;
    meta::fit_namespace(target, &mut object)?;
    let kind = &*target.kind;
    // A null that is applied to a custom object stays, and its schema has to allow it: only bodies lose theirs.
    if !kind.custom {
        kind.shape(&mut object).map_err(Failure::bad_request)?;
    }
    // What a webhook converted has no defaults of this version, and an apply that changes nothing adds none.
    if kind.hook.is_none() || live.is_none_or(|live| differ(live, &object)) {
        kind.strategy.default(kind, &mut object);
    }
    Ok(object)
}

/// Whether more than the books of ownership differs.
fn differ(live: &Value, object: &Value) -> bool {
    let bare = |object: &Value| {
        let mut object = object.clone();
        meta::metadata(&mut object).remove("managedFields");
        object
    };
    !json::equal(&bare(live), &bare(object))
}

fn refused(error: &ApplyError) -> Failure {
    Failure::new(error.code, error.reason, error.message.clone()).with_causes(error.causes.clone())
}

/// The object after a patch that is no apply, checked as a body is, with warnings.
fn patched_object(
    target: &Target,
    options: &Options,
    old: &Value,
    patch: &PatchBody,
) -> Result<(Value, Vec<String>), Failure> {
    let kind = &*target.kind;
    let patched = match patch {
        PatchBody::Json(body) => merge::json_patch(old, body),
        PatchBody::Merge(body) => merge::merge_patch(old, body),
        PatchBody::Strategic(body) => match kind.types.as_deref() {
            Some(types) if !kind.custom => merge::strategic(old, body, types),
            _ => return Err(Failure::unsupported_media_type(UNSTRATEGIC)),
        },
        PatchBody::Apply(_) => return Err(Failure::internal("an apply is no patch of this sort")),
    };
    let mut new = patched.map_err(|error| broken(&error))?;
    meta::fit_name(target, &new)?;
    check_types(target, &new)?;
    let strict = options.validation == Validation::Strict;
    // What is dropped below must be shown, but only the strict are told of it.
    let before = strict.then(|| json::text(&new));
    let unknown = match kind.shape(&mut new) {
        Ok(unknown) => unknown,
        Err(text) => return Err(invalid(&before.unwrap_or_else(|| json::text(&new)), text)),
    };
    let mistakes: Vec<String> =
        unknown.iter().map(|path| format!("unknown field \"{path}\"")).collect();
    if let Some(before) = before.filter(|_| !mistakes.is_empty()) {
        return Err(invalid(&before, format!("strict decoding error: {}", mistakes.join(", "))));
    }
    let warnings = if options.validation == Validation::Warn { mistakes } else { Vec::new() };
    meta::fit_namespace(target, &mut new)?;
    kind.strategy.default(kind, &mut new);
    Ok((new, warnings))
}

fn invalid(shown: &str, text: String) -> Failure {
    let value = json::quoted(shown);
    let error = FieldError::new("patch", FieldErrorKind::Invalid, value, text);
    Failure::invalid("", "", "", &[error])
}

const UNSTRATEGIC: &str = "the body of the request was in an unknown format - accepted media types \
    include: application/json-patch+json, application/merge-patch+json, \
    application/apply-patch+yaml";

fn broken(error: &PatchError) -> Failure {
    let failure = Failure::new(error.code, error.reason, error.message.clone());
    if error.code == 422 { failure.bare() } else { failure }
}

fn check_types(target: &Target, new: &Value) -> Result<(), Failure> {
    let kind = &*target.kind;
    let mut errors = Vec::new();
    for (member, own) in [("apiVersion", kind.api_version()), ("kind", kind.kind.clone())] {
        if new[member] != own.as_str() {
            errors.push(FieldError::invalid(member, &new[member], format!("must be {own}")));
        }
    }
    if errors.is_empty() {
        return Ok(());
    }
    // The server names the object by what the patch made of it.
    let text = |member: &str| new[member].as_str().unwrap_or("");
    let group = text("apiVersion").split_once('/').map_or("", |(group, _)| group);
    Err(Failure::invalid(group, text("kind"), &target.name, &errors))
}
