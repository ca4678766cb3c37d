//! One write and who makes it: what the verbs call.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::last_applied;
use super::managers::{Identity, Managers, Operation, Owned, remove_from};
use super::path::shown;
use super::set::Set;
use super::typed::{mistakes_text, validate};
use super::update::{Conflict, Refusal, Updater};
use crate::schema::Types;

/// Turns an object into one of another version.
pub type Convert<'a> = &'a dyn Fn(&Value, &str) -> Value;

/// One write and who makes it.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Writer<'a> {
    /// The field manager; empty is `unknown`.
    pub manager: &'a str,
    /// The version of the endpoint.
    pub api_version: &'a str,
    /// The kind of the endpoint.
    pub kind: &'a str,
    /// The subresource that is written, or nothing.
    pub subresource: &'a str,
    /// Now, as `2026-01-02T03:04:05Z`; empty: the entry gets no time.
    pub now: &'a str,
    /// Take over what others own (apply only).
    pub force: bool,
    /// Fields that this endpoint does not write: `&[&["status"]]` on the object itself.
    pub resets: &'a [&'a [&'a str]],
    /// The kind's types in this version.
    pub types: &'a Types,
    /// Its types in other versions; none: such a version is not served.
    pub versions: &'a dyn Fn(&str) -> Option<Arc<Types>>,
    /// Turns an object into one of another version; none: versions differ by their name only.
    pub convert: Option<Convert<'a>>,
}

impl fmt::Debug for Writer<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("Writer");
        debug
            .field("manager", &self.manager)
            .field("api_version", &self.api_version)
            .field("kind", &self.kind);
        debug
            .field("subresource", &self.subresource)
            .field("force", &self.force)
            .finish_non_exhaustive()
    }
}

impl<'a> Writer<'a> {
    /// A write of a kind that has one version; set the other fields as needed.
    #[must_use]
    pub fn new(manager: &'a str, api_version: &'a str, kind: &'a str, types: &'a Types) -> Self {
        let (subresource, now, resets) = ("", "", &[]);
        Self {
            manager,
            api_version,
            kind,
            subresource,
            now,
            force: false,
            resets,
            types,
            versions: &|_| None,
            convert: None,
        }
    }

    fn updater(&self) -> Updater<'a> {
        Updater {
            api_version: self.api_version,
            types: self.types,
            versions: self.versions,
            convert: self.convert,
            ignored: Set::of_fields(self.resets),
        }
    }

    fn time(&self) -> Option<String> {
        (!self.now.is_empty()).then(|| self.now.to_owned())
    }

    fn empty_object(&self) -> Value {
        let mut object = self.types.empty();
        object["apiVersion"] = self.api_version.into();
        object["kind"] = self.kind.into();
        object
    }
}

/// Why an apply was refused.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ApplyError {
    /// The HTTP status.
    pub code: u16,
    /// The reason in the `Status`; empty: none.
    pub reason: &'static str,
    /// The message in the `Status`.
    pub message: String,
    /// `details.causes` in the `Status`.
    pub causes: Vec<Value>,
}

impl ApplyError {
    fn bad_request(message: impl Into<String>) -> Self {
        Self { code: 400, reason: "BadRequest", message: message.into(), causes: Vec::new() }
    }

    fn internal(message: impl Into<String>) -> Self {
        Self { code: 500, reason: "", message: message.into(), causes: Vec::new() }
    }

    fn conflicts(conflicts: &[Conflict]) -> Self {
        let causes = conflicts.iter().map(|conflict| {
            json!({
                "reason": "FieldManagerConflict",
                "message": format!("conflict with {}", conflict.owner.shown()),
                "field": shown(&conflict.path),
            })
        });
        Self {
            code: 409,
            reason: "Conflict",
            message: conflict_message(conflicts),
            causes: causes.collect(),
        }
    }
}

impl fmt::Display for ApplyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for ApplyError {}

fn conflict_message(conflicts: &[Conflict]) -> String {
    if let [conflict] = conflicts {
        let owner = conflict.owner.shown();
        return format!(
            "Apply failed with 1 conflict: conflict with {owner}: {}",
            shown(&conflict.path)
        );
    }
    let mut lines: Vec<String> = Vec::new();
    let mut owner: Option<&Identity> = None;
    for conflict in conflicts {
        if owner != Some(&conflict.owner) {
            lines.push(format!("conflicts with {}:", conflict.owner.shown()));
            owner = Some(&conflict.owner);
        }
        lines.push(format!("- {}", shown(&conflict.path)));
    }
    format!("Apply failed with {} conflicts: {}", conflicts.len(), lines.join("\n"))
}

/// Applies a configuration to the live object, or to nothing, and gives the object that results. Of a built-in kind, nulls
/// are gone from it; defaults are the caller's.
///
/// # Errors
/// A conflict (409), a configuration that is not of its type (500, as the API server has it), or one of another kind (400).
pub fn apply(
    live: Option<&Value>,
    applied: &Value,
    writer: &Writer<'_>,
) -> Result<Value, ApplyError> {
    check_kind(applied, writer)?;
    if applied.pointer("/metadata/managedFields").is_some_and(|fields| !fields.is_null()) {
        return Err(ApplyError::bad_request("metadata.managedFields must be nil"));
    }
    let mut config = applied.clone();
    remove_from(&mut config);
    let types = writer.types;
    let mistakes = validate(types, &config, false);
    if !mistakes.is_empty() {
        let text = mistakes_text(&mistakes);
        return Err(ApplyError::internal(format!(
            "failed to create typed patch object ({}): {text}",
            named(applied, writer)
        )));
    }
    let mut managers = match live {
        Some(live) => Managers::of(live).map_err(|text| {
            ApplyError::internal(format!("failed to decode managed fields: {text}"))
        })?,
        None => Managers::default(),
    };
    let mut start = live.map_or_else(|| writer.empty_object(), |live| types.as_go_prints(live));
    remove_from(&mut start);
    let mistakes = validate(types, &start, true);
    if !mistakes.is_empty() {
        let text = mistakes_text(&mistakes);
        return Err(ApplyError::internal(format!(
            "failed to create typed live object ({}): {text}",
            named(&start, writer)
        )));
    }
    if live.is_some() && managers.0.is_empty() {
        let before = Writer { manager: "before-first-apply", resets: writer.resets, ..*writer };
        record_update(&before, &writer.empty_object(), &start, &mut managers).map_err(refused)?;
    }
    let mut object = apply_or_force(&start, &config, writer, &mut managers)?;
    if writer.manager == last_applied::KUBECTL {
        last_applied::refresh(&mut object, applied);
    }
    types.drop_nulls(&mut object);
    managers.write_to(&mut object);
    Ok(object)
}

/// Applies; conflicts of `kubectl` with what its client-side apply left behind are forced.
fn apply_or_force(
    start: &Value,
    config: &Value,
    writer: &Writer<'_>,
    managers: &mut Managers,
) -> Result<Value, ApplyError> {
    let own =
        Identity::new(writer.manager, Operation::Apply, writer.api_version, writer.subresource);
    let updater = writer.updater();
    let before = managers.clone();
    let mut outcome = updater.apply(start, config, managers, &own, writer.force);
    if let Err(Refusal::Conflicts(conflicts)) = &outcome
        && writer.manager == last_applied::KUBECTL
        && let Some(untouched) = last_applied::untouched(writer.types, writer.api_version, start)
    {
        let rest: Vec<Conflict> =
            conflicts.iter().filter(|conflict| !untouched.has(&conflict.path)).cloned().collect();
        if !rest.is_empty() {
            return Err(ApplyError::conflicts(&rest));
        }
        *managers = before;
        outcome = updater.apply(start, config, managers, &own, true);
    }
    let new = outcome.map_err(refused)?;
    strip(managers, &own);
    if let Some(owned) = managers.0.get_mut(&own)
        && new.is_some()
    {
        owned.time = writer.time();
    }
    Ok(new.unwrap_or_else(|| start.clone()))
}

fn refused(refusal: Refusal) -> ApplyError {
    match refusal {
        Refusal::Conflicts(conflicts) => ApplyError::conflicts(&conflicts),
        Refusal::Text(text) => ApplyError::internal(text),
    }
}

fn check_kind(applied: &Value, writer: &Writer<'_>) -> Result<(), ApplyError> {
    let text = |name: &str| applied.get(name).and_then(Value::as_str).unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    if (api_version, kind) == (writer.api_version, writer.kind) {
        return Ok(());
    }
    Err(ApplyError::bad_request(format!(
        "invalid object type: {}",
        group_version_kind(api_version, kind)
    )))
}

/// As Go prints it: `apps/v1, Kind=Deployment`, `/v1, Kind=Pod`.
fn group_version_kind(api_version: &str, kind: &str) -> String {
    let slash = if api_version.contains('/') { "" } else { "/" };
    format!("{slash}{api_version}, Kind={kind}")
}

/// An object as messages name it: `prod/web; apps/v1, Kind=Deployment`.
fn named(object: &Value, writer: &Writer<'_>) -> String {
    let text = |name: &str| {
        object.pointer(&format!("/metadata/{name}")).and_then(Value::as_str).unwrap_or_default()
    };
    format!(
        "{}/{}; {}",
        text("namespace"),
        text("name"),
        group_version_kind(writer.api_version, writer.kind)
    )
}

/// Records who owns what after a create, an update or a patch other than apply: sets `metadata.managedFields` of `new`.
///
/// `new` may carry `managedFields` of its own, which count, as they do at the API server; an empty list forgets all.
pub fn track_update(old: Option<&Value>, new: &mut Value, writer: &Writer<'_>) {
    let managers = managers_of_write(old, new, writer);
    remove_from(new);
    let Some(mut managers) = managers else { return };
    let exists = old.is_some_and(|old| old.pointer("/metadata/uid").is_some_and(|uid| uid != ""));
    if managers.0.is_empty() && exists {
        return;
    }
    let mut before =
        old.map_or_else(|| writer.empty_object(), |old| writer.types.as_go_prints(old));
    remove_from(&mut before);
    let after = writer.types.as_go_prints(new);
    if record_update(writer, &before, &after, &mut managers).is_ok() {
        managers.cap();
        managers.write_to(new);
    }
}

/// The managers that a write starts from; none: a version of theirs is gone, and with it all of them.
fn managers_of_write(old: Option<&Value>, new: &Value, writer: &Writer<'_>) -> Option<Managers> {
    let live = || old.and_then(|old| Managers::of(old).ok()).unwrap_or_default();
    let sent = new.pointer("/metadata/managedFields");
    let reset = match sent.and_then(Value::as_array).map(Vec::as_slice) {
        Some([]) => true,
        Some([only]) => only.as_object().is_some_and(Map::is_empty),
        _ => false,
    };
    let managers = if !writer.subresource.is_empty() {
        live()
    } else if reset {
        Managers::default()
    } else {
        Managers::of(new).ok().filter(|managers| !managers.0.is_empty()).unwrap_or_else(live)
    };
    let served =
        |version: &str| version == writer.api_version || (writer.versions)(version).is_some();
    managers.0.values().all(|owned| served(&owned.api_version)).then_some(managers)
}

/// Adds what a write takes to its manager's entry, and the time to it if it takes anything.
fn record_update(
    writer: &Writer<'_>,
    before: &Value,
    after: &Value,
    managers: &mut Managers,
) -> Result<(), Refusal> {
    let taken = writer.updater().update(before, after, managers)?;
    let Some(taken) = taken else { return Ok(()) };
    let taken = taken.difference(&never_owned());
    if taken.is_empty() {
        return Ok(());
    }
    let identity =
        Identity::new(writer.manager, Operation::Update, writer.api_version, writer.subresource);
    let set =
        managers.0.get(&identity).map_or_else(|| taken.clone(), |owned| owned.set.union(&taken));
    managers.0.insert(
        identity,
        Owned { set, api_version: writer.api_version.into(), time: writer.time() },
    );
    Ok(())
}

fn never_owned() -> Set {
    Set::of_fields(&[
        &["apiVersion"],
        &["kind"],
        &["metadata"],
        &["metadata", "name"],
        &["metadata", "namespace"],
        &["metadata", "creationTimestamp"],
        &["metadata", "selfLink"],
        &["metadata", "uid"],
        &["metadata", "clusterName"],
        &["metadata", "generation"],
        &["metadata", "managedFields"],
        &["metadata", "resourceVersion"],
    ])
}

/// Takes from a manager what nobody owns.
fn strip(managers: &mut Managers, own: &Identity) {
    if let Some(owned) = managers.0.get_mut(own) {
        owned.set = owned.set.difference(&never_owned());
        if owned.set.is_empty() {
            managers.0.remove(own);
        }
    }
}

/// Gives back the old time stamps to an object that differs from the old one in nothing but them.
pub fn keep_times(old: &Value, new: &mut Value) {
    const FIELDS: &str = "/metadata/managedFields";
    let without_times = |object: &Value| {
        let mut entries = object.pointer(FIELDS).cloned().unwrap_or_default();
        for entry in entries.as_array_mut().into_iter().flatten() {
            if let Some(entry) = entry.as_object_mut() {
                entry.remove("time");
            }
        }
        entries
    };
    if old.pointer(FIELDS) == new.pointer(FIELDS) || without_times(old) != without_times(new) {
        return;
    }
    let bare = |object: &Value| {
        let mut object = object.clone();
        remove_from(&mut object);
        object
    };
    if bare(old) == bare(new)
        && let (Some(old), Some(new)) = (old.pointer(FIELDS), new.pointer_mut(FIELDS))
    {
        *new = old.clone();
    }
}
