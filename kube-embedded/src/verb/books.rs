//! The books of ownership: a write in; who owns what after it out.
//!
//! Keeping them is plain computing that cannot wait, and may need the object in another version, which a webhook makes. So it
//! is done, says which conversions it lacked, and is done again with them.

use super::{Options, Target, meta};
use crate::apply::{self, Writer};
use crate::cluster::Cluster;
use crate::convert;
use crate::kind::{Kind, Sub};
use crate::schema::Types;
use crate::status::Failure;
use serde_json::Value;
use std::cell::RefCell;
use std::sync::Arc;

/// How often it is done again: each version of a kind adds a few conversions of a few states of the object.
const ROUNDS: usize = 16;

/// An object, a version, and the object in that version.
type Conversion = (Value, String, Value);

/// Runs `write` with the writer that keeps the books of ownership for this target.
///
/// # Errors
/// A webhook that converts failed.
pub(super) async fn with_writer<T>(
    cluster: &Cluster,
    target: &Target,
    options: &Options,
    write: impl Fn(Option<&Writer<'_>>) -> T,
) -> Result<T, Failure> {
    let mut known: Vec<Conversion> = Vec::new();
    for _ in 0..ROUNDS {
        let (outcome, lacking) = attempt(cluster, target, options, &known, &write);
        if lacking.is_empty() {
            return Ok(outcome);
        }
        drop(outcome);
        for (object, version) in lacking {
            let from = version_of(cluster, &target.kind, object["apiVersion"].as_str());
            let to = version_of(cluster, &target.kind, Some(&version));
            let (Some(from), Some(to)) = (from, to) else { continue };
            let converted = convert::between(cluster, &from, &to, object.clone()).await?;
            known.push((object, version, converted));
        }
    }
    Err(Failure::internal("the versions of the object do not convert into each other and back"))
}

/// One run; the conversions that it lacked come out, and make its outcome worthless.
fn attempt<T>(
    cluster: &Cluster,
    target: &Target,
    options: &Options,
    known: &[Conversion],
    write: impl Fn(Option<&Writer<'_>>) -> T,
) -> (T, Vec<(Value, String)>) {
    let kind = &*target.kind;
    let Some(types) = kind.types.as_deref() else { return (write(None), Vec::new()) };
    let (api_version, now) = (kind.api_version(), cluster.clock.stamp());
    let versions = |version: &str| -> Option<Arc<Types>> {
        version_of(cluster, kind, Some(version))?.types.clone()
    };
    let lacking: RefCell<Vec<(Value, String)>> = RefCell::default();
    let convert = |object: &Value, version: &str| -> Value {
        let found = known.iter().find(|(own, to, _)| to == version && own == object);
        if let Some((_, _, converted)) = found {
            return converted.clone();
        }
        let mut lacking = lacking.borrow_mut();
        let told = lacking.iter().any(|(own, to)| to == version && own == object);
        if !told {
            lacking.push((object.clone(), version.to_owned()));
        }
        object.clone()
    };
    let mut writer = Writer::new(&options.manager, &api_version, &kind.kind, types);
    writer.subresource = target.sub_name();
    // Entries of the scale have no time.
    writer.now = if matches!(target.sub, Some(Sub::Scale { .. })) { "" } else { &now };
    writer.force = options.force;
    writer.resets = meta::resets(target);
    writer.versions = &versions;
    if kind.hook.is_some() {
        writer.convert = Some(&convert);
    }
    let outcome = write(Some(&writer));
    (outcome, lacking.take())
}

fn version_of(cluster: &Cluster, kind: &Kind, api_version: Option<&str>) -> Option<Arc<Kind>> {
    let api_version = api_version?;
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    cluster.kinds.find(group, version, &kind.plural)
}

/// Notes who owns what after a write that was no apply.
///
/// # Errors
/// A webhook that converts failed.
pub(super) async fn track(
    cluster: &Cluster,
    target: &Target,
    options: &Options,
    old: Option<&Value>,
    new: &mut Value,
) -> Result<(), Failure> {
    if target.kind.hook.is_none() {
        // What needs no second run needs no copy either.
        let slot = RefCell::new(new);
        attempt(cluster, target, options, &[], |writer| {
            if let Some(writer) = writer {
                apply::track_update(old, &mut slot.borrow_mut(), writer);
            }
        });
        return Ok(());
    }
    let sent = new.clone();
    let tracked = with_writer(cluster, target, options, |writer| {
        let mut tracked = sent.clone();
        if let Some(writer) = writer {
            apply::track_update(old, &mut tracked, writer);
        }
        tracked
    });
    *new = tracked.await?;
    Ok(())
}
