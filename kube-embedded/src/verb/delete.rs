//! An object removed, or marked for removal: options in, its last or its marked state out.

use super::{ListOptions, Listing, Options, Target, Written, list, meta, view};
use crate::admission::{self, Asked, Operation, Review};
use crate::clock::stamp;
use crate::cluster::Cluster;
use crate::convert;
use crate::schema::FieldError;
use crate::status::{Failure, ResourceName};
use crate::store::{Expect, Stored};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// What happens to the objects that name this one as their owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    Background,
    Foreground,
    Orphan,
}

/// How a deletion is to be done.
#[derive(Clone, Debug, Default)]
pub(crate) struct DeleteOptions {
    pub(crate) grace: Option<i64>,
    pub(crate) policy: Option<Policy>,
    /// Preconditions.
    pub(crate) uid: Option<String>,
    pub(crate) resource_version: Option<String>,
}

impl DeleteOptions {
    /// Reads what was sent; and whether nothing is to be done, really.
    pub(crate) fn read(options: &Value) -> Result<(Self, bool), Failure> {
        let invalid = |error| Failure::invalid("meta.k8s.io", "DeleteOptions", "", &[error]);
        let orphan = options["orphanDependents"].as_bool();
        let policy = match options["propagationPolicy"].as_str() {
            None | Some("") => {
                orphan.map(|orphan| if orphan { Policy::Orphan } else { Policy::Background })
            }
            Some(policy) if orphan.is_some() => {
                let detail = "orphanDependents and deletionPropagation cannot be both set";
                let field = "propagationPolicy";
                return Err(invalid(FieldError::invalid(field, &policy.into(), detail)));
            }
            Some("Background") => Some(Policy::Background),
            Some("Foreground") => Some(Policy::Foreground),
            Some("Orphan") => Some(Policy::Orphan),
            Some(other) => {
                let supported = ["Foreground", "Background", "Orphan", "nil"];
                let field = "propagationPolicy";
                return Err(invalid(FieldError::not_supported(field, &other.into(), supported)));
            }
        };
        let text = |name: &str| options["preconditions"][name].as_str().map(str::to_owned);
        let (uid, resource_version) = (text("uid"), text("resourceVersion"));
        let grace = options["gracePeriodSeconds"].as_i64();
        let dry_run = options["dryRun"].as_array().is_some_and(|list| !list.is_empty());
        Ok((Self { grace, policy, uid, resource_version }, dry_run))
    }

    /// As a webhook is told them.
    fn told(&self, options: &Options) -> Value {
        let mut told = options.told("DeleteOptions");
        if let Some(grace) = self.grace {
            told["gracePeriodSeconds"] = grace.into();
        }
        if let Some(policy) = self.policy {
            told["propagationPolicy"] = format!("{policy:?}").into();
        }
        let preconditions = [("uid", &self.uid), ("resourceVersion", &self.resource_version)];
        for (member, text) in preconditions {
            if let Some(text) = text {
                told["preconditions"][member] = text.as_str().into();
            }
        }
        told
    }
}

const ORPHANED: &str = "child pods are preserved by default when jobs are deleted; set \
    propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this \
    warning";
const ORPHAN: &str = "orphan";
const FOREGROUND: &str = "foregroundDeletion";

/// Deletes an object, or starts its deletion.
pub(crate) async fn delete(
    cluster: &Cluster,
    target: &Target,
    options: &Options,
    deletion: &DeleteOptions,
) -> Result<Written, Failure> {
    delete_as(cluster, target, options, deletion, &target.name).await
}

/// Deletes an object; webhooks are told that the request named it `named`.
async fn delete_as(
    cluster: &Cluster,
    target: &Target,
    options: &Options,
    deletion: &DeleteOptions,
    named: &str,
) -> Result<Written, Failure> {
    let kind = &*target.kind;
    loop {
        let live = super::get(cluster, target).await?;
        let old = view::view_value(kind, &live);
        let review = Review {
            operation: Operation::Delete,
            kind,
            namespace: &target.namespace,
            name: &target.name,
            subresource: None,
            user: &options.user,
            old: Some(&old),
        };
        let warnings = admission::admit(cluster, &review, None)?;
        check_preconditions(target, deletion, &old)?;
        let mut told = deletion.told(options);
        if let Some(grace) = kind.strategy.grace(&old, deletion.grace) {
            told["gracePeriodSeconds"] = grace.into();
        }
        let (dry_run, warned) = (options.dry_run, &options.warned);
        let review = Review { name: named, ..review };
        let asked = Asked { review, shown: None, dry_run, options: &told, warned };
        let attempt = attempt(cluster, target, &asked, deletion, &live);
        if let Some(mut written) = attempt.await? {
            written.warnings.extend(warnings);
            return Ok(written);
        }
    }
}

/// One attempt; `None`: somebody was faster.
async fn attempt(
    cluster: &Cluster,
    target: &Target,
    asked: &Asked<'_>,
    deletion: &DeleteOptions,
    live: &Arc<Stored>,
) -> Result<Option<Written>, Failure> {
    let (kind, dry_run) = (&*target.kind, asked.dry_run);
    let old = asked.review.old.unwrap_or(&Value::Null);
    let mut new = old.clone();
    let policy = deletion.policy.or_else(|| {
        let own = finalizers(old).iter().any(|own| *own == ORPHAN || *own == FOREGROUND);
        (!own && kind.strategy.orphans_by_default()).then_some(Policy::Orphan)
    });
    set_policy(&mut new, policy);
    let unasked = deletion.policy.is_none() && policy == Some(Policy::Orphan);
    let warnings: Vec<String> = unasked.then(|| ORPHANED.to_owned()).into_iter().collect();
    let done = |stored, removed| Ok(Some(Written { stored, created: false, removed, warnings }));
    let held = !finalizers(&new).is_empty();
    let grace = kind.strategy.grace(old, deletion.grace);
    let deleting = live.facts.deleting;
    let must_store = if deleting {
        !kind.strategy.finalized(&new)
    } else {
        kind.strategy.prepare_delete(&mut new, &cluster.clock.stamp())
    };
    let waits = grace.is_some_and(|seconds| seconds > 0);
    let mut idle = false;
    if deleting {
        let pending = old["metadata"]["deletionGracePeriodSeconds"].as_i64().unwrap_or(0);
        let shorter = grace.is_some_and(|seconds| seconds < pending);
        if shorter {
            mark(cluster, target, &mut new, grace, false);
        }
        let stays = held || must_store || (waits && !shorter) || (grace.is_none() && pending > 0);
        idle = (stays || waits) && new == *old;
    } else {
        mark(cluster, target, &mut new, grace, true);
    }
    // What ends gracefully, and goes on doing so, is not reviewed again.
    if !idle || grace.is_none() {
        admission::mutate(cluster, asked, None).await?;
        admission::validate(cluster, asked, None).await?;
    }
    if idle {
        return done(Arc::clone(live), false);
    }
    let expect = Expect::Revision(live.revision);
    let key = (target.namespace.as_str(), target.name.as_str());
    if held || must_store || waits {
        if dry_run {
            return done(Arc::new(view::imagined(kind, &new, live.revision)), false);
        }
        let stored = convert::to_stored(cluster, kind, &new).await?;
        let (encoded, facts) = view::stored_form(kind, &stored);
        return match cluster.store.put(&kind.resource, key, expect, encoded, facts) {
            Ok(stored) => done(stored, false),
            Err(_) => Ok(None),
        };
    }
    // A kind that ends gracefully answers with the mark that was never stored.
    let answer = match grace {
        Some(_) => Arc::new(view::imagined(kind, &new, live.revision)),
        None => Arc::clone(live),
    };
    if dry_run {
        return done(answer, true);
    }
    match cluster.store.remove(&kind.resource, key, expect) {
        Ok(_) => done(answer, true),
        Err(_) => Ok(None),
    }
}

fn finalizers(object: &Value) -> Vec<&str> {
    let list = object["metadata"]["finalizers"].as_array();
    list.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Puts the collector's finalizers as the policy wants them.
fn set_policy(object: &mut Value, policy: Option<Policy>) {
    let Some(policy) = policy else { return };
    let mut list: Vec<String> = finalizers(object)
        .into_iter()
        .filter(|own| *own != ORPHAN && *own != FOREGROUND)
        .map(str::to_owned)
        .collect();
    match policy {
        Policy::Orphan => list.push(ORPHAN.to_owned()),
        Policy::Foreground => list.push(FOREGROUND.to_owned()),
        Policy::Background => {}
    }
    let metadata = meta::metadata(object);
    if list.is_empty() {
        metadata.remove("finalizers");
    } else {
        metadata.insert("finalizers".to_owned(), list.into());
    }
}

fn mark(cluster: &Cluster, target: &Target, object: &mut Value, grace: Option<i64>, first: bool) {
    let seconds = grace.unwrap_or(0);
    let wait = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    let now = cluster.clock.now();
    let end = stamp(now.checked_add(wait).unwrap_or(now));
    let metadata = meta::metadata(object);
    metadata.insert("deletionTimestamp".to_owned(), end.into());
    // Namespaces and definitions end without a grace period to speak of.
    if !matches!(target.kind.kind.as_str(), "Namespace" | "CustomResourceDefinition") {
        metadata.insert("deletionGracePeriodSeconds".to_owned(), seconds.into());
        let generation = metadata.get("generation").and_then(Value::as_i64).unwrap_or(0);
        if first && generation > 0 {
            metadata.insert("generation".to_owned(), (generation + 1).into());
        }
    }
}

fn check_preconditions(
    target: &Target,
    deletion: &DeleteOptions,
    object: &Value,
) -> Result<(), Failure> {
    let kind = &*target.kind;
    let named = ResourceName { group: "", plural: &kind.kind };
    let conflict = |why: &str| Failure::conflict(named, &target.name, why);
    let there = meta::text(object, "uid");
    if let Some(uid) = deletion.uid.as_deref().filter(|uid| *uid != there) {
        if kind.kind == "Namespace" {
            let why = format!(
                "Precondition failed: UID in precondition: {uid}, UID in object meta: {there}"
            );
            return Err(Failure::conflict(kind.name(), &target.name, &why));
        }
        return Err(conflict(&format!(
            "the UID in the precondition ({uid}) does not match the UID in record ({there}). The \
             object might have been deleted and then recreated"
        )));
    }
    let there = meta::text(object, "resourceVersion");
    if let Some(revision) = deletion.resource_version.as_deref().filter(|asked| *asked != there) {
        return Err(conflict(&format!(
            "the ResourceVersion in the precondition ({revision}) does not match the \
             ResourceVersion in record ({there}). The object might have been modified"
        )));
    }
    Ok(())
}

/// Deletes every object that is selected; answers with what was there before.
pub(crate) async fn delete_collection(
    cluster: &Cluster,
    target: &Target,
    options: &Options,
    deletion: &DeleteOptions,
    selected: &ListOptions,
) -> Result<Listing, Failure> {
    let listing = list(cluster, target, selected).await?;
    for stored in &listing.items {
        let one = Target { name: stored.name.to_string(), ..target.clone() };
        // The request names none of them.
        match delete_as(cluster, &one, options, deletion, "").await {
            Err(failure) if !failure.is_not_found() => return Err(failure),
            _ => {}
        }
    }
    Ok(listing)
}
