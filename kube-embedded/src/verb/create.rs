//! A new object: a body in, the stored object out.

use super::{Document, Options, Target, Written, body, books, meta, update, view};
use crate::admission::{self, Asked, Operation, Review};
use crate::cluster::Cluster;
use crate::convert;
use crate::kind::Kind;
use crate::schema::FieldError;
use crate::status::Failure;
use crate::store::{Expect, Stored};
use serde_json::Value;
use std::sync::Arc;

/// How often a generated name is tried.
const TRIES: usize = 8;

/// Creates an object in the target's collection.
pub(crate) async fn create(
    cluster: &Cluster,
    target: &Target,
    options: &Options,
    document: impl Into<Document>,
) -> Result<Written, Failure> {
    let (mut object, warnings) = body::decode(target, options, document.into())?;
    drop_status(&target.kind, &mut object);
    prepare(cluster, target, &mut object)?;
    books::track(cluster, target, options, None, &mut object).await?;
    insert(cluster, target, options, object, warnings).await
}

/// Brings a new object in the shape that ownership is noted of.
pub(super) fn prepare(
    _cluster: &Cluster,
    target: &Target,
    object: &mut Value,
) -> Result<(), Failure> {
    meta::wipe(&target.kind, object);
    meta::fit_namespace(target, object)?;
    target.kind.strategy.default(&target.kind, object);
    Ok(())
}

/// The rest of a creation, after ownership is noted: admission, checks, the write.
pub(super) async fn insert(
    cluster: &Cluster,
    target: &Target,
    options: &Options,
    mut object: Value,
    mut warnings: Vec<String>,
) -> Result<Written, Failure> {
    let kind = &*target.kind;
    let name = meta::text(&object, "name").to_owned();
    if kind.terminating {
        let why = "create not allowed while custom resource definition is terminating";
        return Err(Failure::forbidden(kind.name(), &name, why));
    }
    let review = Review {
        operation: Operation::Create,
        kind,
        namespace: &target.namespace,
        name: &name,
        subresource: None,
        user: &options.user,
        old: None,
    };
    warnings.extend(admission::admit(cluster, &review, Some(&mut object))?);
    let (told, dry_run, warned) = (options.told("CreateOptions"), options.dry_run, &options.warned);
    let asked = Asked { review, shown: None, dry_run, options: &told, warned };
    if admission::mutate(cluster, &asked, Some(&mut object)).await? {
        drop_status(kind, &mut object);
        meta::wipe(kind, &mut object);
        meta::fit_namespace(target, &mut object)?;
    }
    meta::tidy(&mut object, &mut warnings);
    let now = cluster.clock.stamp();
    let metadata = meta::metadata(&mut object);
    metadata.insert("creationTimestamp".to_owned(), now.as_str().into());
    metadata.insert("uid".to_owned(), cluster.uid().into());
    kind.strategy.prepare_create(&mut object, &now);
    let mut written = named(cluster, target, options, &asked, &mut object).await?;
    warnings.extend(kind.strategy.warnings(&object));
    written.warnings = warnings;
    Ok(written)
}

/// Gives the object a name, if it has none, checks and stores it.
async fn named(
    cluster: &Cluster,
    target: &Target,
    options: &Options,
    asked: &Asked<'_>,
    object: &mut Value,
) -> Result<Written, Failure> {
    let kind = &*target.kind;
    let base = meta::text(object, "generateName").to_owned();
    let generated = meta::text(object, "name").is_empty() && !base.is_empty();
    let mut tries = if generated { TRIES } else { 1 };
    loop {
        tries -= 1;
        if generated {
            meta::metadata(object).insert("name".to_owned(), cluster.generated(&base).into());
        }
        check(kind, object, generated)?;
        let review = Review { name: meta::text(object, "name"), ..asked.review };
        admission::validate(cluster, &Asked { review, ..*asked }, Some(object)).await?;
        match store(cluster, target, options, object).await {
            Ok(written) => return Ok(written),
            Err(failure) if !failure.is_already_exists() || tries == 0 => {
                return Err(if generated && failure.is_already_exists() {
                    failure
                        .appending(
                            ", the server was not able to generate a unique name for the object",
                        )
                        .with_retry_after(1)
                } else {
                    failure
                });
            }
            Err(_) => {}
        }
    }
}

/// What a new custom object has no say in, if it has a path of its own.
pub(super) fn drop_status(kind: &Kind, object: &mut Value) {
    if kind.custom
        && kind.has_status()
        && let Some(members) = object.as_object_mut()
    {
        members.remove("status");
    }
}

fn check(kind: &Kind, object: &Value, generated: bool) -> Result<(), Failure> {
    let name = meta::text(object, "name");
    let mut errors = Vec::new();
    if name.is_empty() {
        errors.push(FieldError::required("metadata.name", "name or generateName is required"));
    } else {
        if generated {
            let base = meta::text(object, "generateName");
            errors.extend(admission::validate_name(kind, base, true));
        }
        errors.extend(admission::validate_name(kind, name, false));
    }
    errors.extend(admission::validate_meta(kind, object, None));
    errors.extend(kind.strategy.validate(object, None));
    errors.extend(update::check_scale(kind, object));
    if errors.is_empty() {
        return Ok(());
    }
    Err(Failure::invalid(&kind.group, &kind.kind, name, &errors))
}

async fn store(
    cluster: &Cluster,
    target: &Target,
    options: &Options,
    object: &Value,
) -> Result<Written, Failure> {
    let kind = &*target.kind;
    let name = meta::text(object, "name");
    if !meta::text(object, "resourceVersion").is_empty() {
        return Err(Failure::plain("resourceVersion should not be set on objects to be created"));
    }
    let exists = |deleting| Failure::already_exists(kind.name(), name, deleting);
    let namespace = if kind.namespaced { target.namespace.as_str() } else { "" };
    if options.dry_run
        && let Some(there) = cluster.store.get(&kind.resource, namespace, name)
    {
        return Err(exists(there.facts.deleting));
    }
    let form = convert::to_stored(cluster, kind, object).await?;
    if options.dry_run {
        let stored = Arc::new(view::imagined(kind, &form, 0));
        return Ok(Written { stored, created: true, removed: false, warnings: Vec::new() });
    }
    let (encoded, facts) = view::stored_form(kind, &form);
    let key = (namespace, name);
    match cluster.store.put(&kind.resource, key, Expect::Absent, encoded, facts) {
        Ok(stored) => Ok(Written { stored, created: true, removed: false, warnings: Vec::new() }),
        Err(clash) => Err(exists(clash.0.is_some_and(|there| there.facts.deleting))),
    }
}

/// Stores an object as it is, past everything.
pub(crate) fn seed(cluster: &Cluster, target: &Target, object: &Value) -> Arc<Stored> {
    let kind = &*target.kind;
    let mut object = object.clone();
    if meta::text(&object, "uid").is_empty() {
        meta::metadata(&mut object).insert("uid".to_owned(), cluster.uid().into());
    }
    if meta::text(&object, "creationTimestamp").is_empty() {
        let now = cluster.clock.stamp();
        meta::metadata(&mut object).insert("creationTimestamp".to_owned(), now.into());
    }
    let key = (target.namespace.as_str(), target.name.as_str());
    let mut expect = Expect::Absent;
    loop {
        let (encoded, facts) = view::stored_form(kind, &object);
        match cluster.store.put(&kind.resource, key, expect, encoded, facts) {
            Ok(stored) => return stored,
            Err(clash) => {
                expect = clash.0.map_or(Expect::Absent, |there| Expect::Revision(there.revision));
            }
        }
    }
}
