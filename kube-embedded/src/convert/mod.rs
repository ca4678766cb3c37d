//! Between the versions of a kind: objects of one version in, the same objects in another out.
//!
//! Promises:
//! - What is shown of an object is of the version that was asked for, whatever version it is stored in.
//! - A webhook that converts can change labels, annotations and what the kind itself defines, and nothing else.
//! - A list is converted by one call.
//!
//! Mirrors: kubernetes apiextensions-apiserver pkg/apiserver/conversion

mod ask;
#[cfg(test)]
mod tests;

use crate::cluster::Cluster;
use crate::kind::Kind;
use crate::status::Failure;
use crate::store::Stored;
use serde_json::Value;
use std::borrow::Cow;
use std::sync::Arc;

/// What is stored, in the version of `kind`; other kinds than those with a webhook convert while they are written out.
///
/// # Errors
/// The webhook failed.
pub(crate) async fn fit(
    cluster: &Cluster,
    kind: &Kind,
    stored: Arc<Stored>,
) -> Result<Arc<Stored>, Failure> {
    if kind.hook.is_none() {
        return Ok(stored);
    }
    let mut fitted = fit_all(cluster, kind, vec![stored]).await?;
    fitted.pop().ok_or_else(|| Failure::internal("a converted object got lost"))
}

/// The same for many, in their order.
///
/// # Errors
/// The webhook failed.
pub(crate) async fn fit_all(
    cluster: &Cluster,
    kind: &Kind,
    mut items: Vec<Arc<Stored>>,
) -> Result<Vec<Arc<Stored>>, Failure> {
    let Some(hook) = &kind.hook else { return Ok(items) };
    let own = kind.api_version();
    let (mut places, mut foreign) = (Vec::new(), Vec::new());
    for (place, stored) in items.iter_mut().enumerate() {
        let version = stored.api_version();
        if version == own {
            // It may have been written in another version, whose selectable fields are others.
            if hook.changed || !kind.fields.is_empty() {
                let mut value = stored.value();
                complete(kind, &mut value);
                *stored = Arc::new(stored.converted(&value, kind.selectable(&value)));
            }
            continue;
        }
        let mut value = stored.value();
        if hook.changed && version == hook.stored_version {
            hook.stored.default(kind, &mut value);
        }
        places.push(place);
        foreign.push(value);
    }
    if foreign.is_empty() {
        return Ok(items);
    }
    let converted = ask::ask(cluster, kind, hook, &own, foreign).await?;
    for (place, mut value) in places.into_iter().zip(converted) {
        drop(kind.strategy.decode(kind, &mut value));
        items[place] = Arc::new(items[place].converted(&value, kind.selectable(&value)));
    }
    Ok(items)
}

/// An object of `kind` in the version that is stored, where a webhook converts; others convert while they are encoded.
///
/// # Errors
/// The webhook failed.
pub(crate) async fn to_stored<'a>(
    cluster: &Cluster,
    kind: &Kind,
    object: &'a Value,
) -> Result<Cow<'a, Value>, Failure> {
    let Some(hook) = &kind.hook else { return Ok(Cow::Borrowed(object)) };
    if object["apiVersion"] == hook.stored_version.as_str() {
        let mut value = object.clone();
        // What came of a webhook may lack defaults.
        hook.stored.default(kind, &mut value);
        return Ok(Cow::Owned(value));
    }
    let converted = ask::ask(cluster, kind, hook, &hook.stored_version, vec![object.clone()]);
    let mut value = converted.await?.pop().unwrap_or_default();
    drop(hook.stored.decode(kind, &mut value));
    hook.stored.default(kind, &mut value);
    Ok(Cow::Owned(value))
}

/// An object of `from` as one of `to`; both are versions of one kind.
///
/// # Errors
/// The webhook failed.
pub(crate) async fn between(
    cluster: &Cluster,
    from: &Kind,
    to: &Kind,
    mut object: Value,
) -> Result<Value, Failure> {
    if from.version == to.version && from.group == to.group {
        return Ok(object);
    }
    if let Some(hook) = &from.hook {
        let converted = ask::ask(cluster, from, hook, &to.api_version(), vec![object]).await?;
        let mut value = converted.into_iter().next().unwrap_or_default();
        drop(to.strategy.decode(to, &mut value));
        return Ok(value);
    }
    if let Some(conversion) = &from.conversion {
        conversion.to_stored(&mut object);
    }
    if let Some(conversion) = &to.conversion {
        conversion.from_stored(&mut object);
    }
    Ok(object)
}

/// What the schema of today makes of an object that an older one let in.
fn complete(kind: &Kind, value: &mut Value) {
    drop(kind.strategy.decode(kind, value));
    kind.strategy.default(kind, value);
}
