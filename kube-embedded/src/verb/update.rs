//! An object replaced: the new state in, what is stored of it out.

use super::{Document, Options, Target, Written, body, books, meta, view};
use crate::admission::{self, Asked, Operation, Review};
use crate::apply;
use crate::cluster::Cluster;
use crate::convert;
use crate::kind::{Kind, Sub};
use crate::schema::FieldError;
use crate::status::{Failure, ResourceName};
use crate::store::{Expect, Stored};
use serde_json::Value;
use std::sync::Arc;

/// Replaces an object, or the part of it that the target names.
pub(crate) async fn update(
    cluster: &Cluster,
    target: &Target,
    options: &Options,
    document: impl Into<Document>,
) -> Result<Written, Failure> {
    let (mut object, warnings) = body::decode(target, options, document.into())?;
    let kind = &*target.kind;
    meta::fit_name(target, &object)?;
    meta::fit_namespace(target, &mut object)?;
    loop {
        let Some(live) = cluster.store.get(&kind.resource, &target.namespace, &target.name) else {
            return missing(cluster, target, options, object).await;
        };
        let fitted = convert::fit(cluster, kind, Arc::clone(&live)).await?;
        let old = view::view_value(kind, &fitted);
        check_uid(target, &object, &old)?;
        let mut new = object.clone();
        kind.strategy.default(kind, &mut new);
        let change = Change { live: &live, old: &old, tracked: false, put: true, part: None };
        if let Some(mut written) = change.commit(cluster, target, options, new).await? {
            written.warnings.extend(warnings);
            return Ok(written);
        }
    }
}

/// A part of an object that is shown as an object of its own kind: a Scale.
pub(crate) trait Part: Send + Sync {
    /// Group, version and kind of what is shown.
    fn kind(&self) -> [&'static str; 3];

    /// What is shown of an object.
    ///
    /// # Errors
    /// The object has not what is to be shown.
    fn read(&self, object: &Value) -> Result<Value, Failure>;

    /// Puts what was shown, and is changed since, into the object.
    fn write(&self, object: &mut Value, part: &Value);
}

/// Changes an object by a function of its present state, which is asked again if somebody is faster.
pub(crate) async fn modify(
    cluster: &Cluster,
    target: &Target,
    options: &Options,
    part: &dyn Part,
    change: &(dyn Fn(&Value) -> Result<Value, Failure> + Sync),
) -> Result<Written, Failure> {
    loop {
        let live = super::get(cluster, target).await?;
        let old = view::view_value(&target.kind, &live);
        let new = change(&old)?;
        let part = Some(part);
        let attempt = Change { live: &live, old: &old, tracked: false, put: false, part };
        if let Some(written) = attempt.commit(cluster, target, options, new).await? {
            return Ok(written);
        }
    }
}

async fn missing(
    cluster: &Cluster,
    target: &Target,
    options: &Options,
    object: Value,
) -> Result<Written, Failure> {
    if target.sub.is_some() || !target.kind.create_on_update {
        return Err(target.not_found());
    }
    if let Some(refused) = &options.create_refused {
        return Err(refused.clone());
    }
    let mut object = object;
    if !meta::text(&object, "uid").is_empty() {
        return Err(target.not_found());
    }
    meta::metadata(&mut object).remove("resourceVersion");
    super::create(cluster, target, options, object).await
}

/// A replacement that names another object's uid is for an object that is gone.
fn check_uid(target: &Target, new: &Value, old: &Value) -> Result<(), Failure> {
    let (asked, there) = (meta::text(new, "uid"), meta::text(old, "uid"));
    if asked.is_empty() || asked == there {
        return Ok(());
    }
    let Target { kind, namespace, name, .. } = target;
    let key = crate::store::key(namespace, name);
    let why = format!(
        "StorageError: invalid object, Code: 4, Key: /registry{}{}/{key}, ResourceVersion: 0, \
         AdditionalErrorMsg: Precondition failed: UID in precondition: {asked}, UID in object \
         meta: {there}",
        if kind.group.is_empty() { "" } else { "/" },
        kind.resource
    );
    Err(Failure::conflict(kind.name(), name, &why))
}

/// One attempt to bring an object from one state to another.
pub(super) struct Change<'a> {
    pub(super) live: &'a Arc<Stored>,
    pub(super) old: &'a Value,
    /// Ownership is noted already (an apply).
    pub(super) tracked: bool,
    /// The whole object came from the client, with the resourceVersion it knows, if any.
    pub(super) put: bool,
    /// What webhooks are shown of it, if not the whole.
    pub(super) part: Option<&'a dyn Part>,
}

impl Change<'_> {
    /// Checks and writes `new`; `None`: somebody was faster, and the caller did not say that it
    /// minds.
    pub(super) async fn commit(
        &self,
        cluster: &Cluster,
        target: &Target,
        options: &Options,
        mut new: Value,
    ) -> Result<Option<Written>, Failure> {
        let kind = &*target.kind;
        let old = self.old;
        let conditional = self.check_revision(target, &new)?;
        self.confine(target, &mut new);
        if target.sub == Some(Sub::Finalize) {
            copy(&mut new["metadata"], &old["metadata"], "managedFields");
        } else if !self.tracked {
            books::track(cluster, target, options, Some(old), &mut new).await?;
        }
        let mut warnings = self.reviewed(cluster, target, options, &mut new).await?;
        warnings.extend(kind.strategy.forgiven(&new, old));
        if target.sub.is_none() {
            warnings.extend(kind.strategy.warnings(&new));
        }
        let expect = Expect::Revision(self.live.revision);
        let done = |stored, removed| Some(Written { stored, created: false, removed, warnings });
        if gone(kind, &new) {
            let stored = Arc::new(view::imagined(kind, &new, self.live.revision));
            if options.dry_run {
                return Ok(done(stored, false));
            }
            let key = (target.namespace.as_str(), target.name.as_str());
            return match cluster.store.remove(&kind.resource, key, expect) {
                Ok(_) => Ok(done(stored, true)),
                Err(_) if conditional => Err(Failure::modified(kind.name(), &target.name)),
                Err(_) => Ok(None),
            };
        }
        let form = convert::to_stored(cluster, kind, &new).await?;
        if options.dry_run {
            let stored = Arc::new(view::imagined(kind, &form, self.live.revision));
            return Ok(done(stored, false));
        }
        let (encoded, facts) = view::stored_form(kind, &form);
        let key = (target.namespace.as_str(), target.name.as_str());
        match cluster.store.put(&kind.resource, key, expect, encoded, facts) {
            Ok(stored) => Ok(done(stored, false)),
            Err(_) if conditional => Err(Failure::modified(kind.name(), &target.name)),
            Err(_) => Ok(None),
        }
    }

    /// Takes back what this target does not write, and counts the generation.
    fn confine(&self, target: &Target, new: &mut Value) {
        restrict(target, new, self.old);
        self.keep_metadata(new);
        if !matches!(target.sub, Some(Sub::Status | Sub::Approval)) {
            let finalizers = new["spec"]["finalizers"].clone();
            target.kind.strategy.prepare_update(new, self.old);
            if target.sub == Some(Sub::Finalize) {
                finalize(new, finalizers);
            }
            self.count_generation(target, new);
        }
    }

    /// Whether the writer names the state that it knows; refused if that is not the present one.
    fn check_revision(&self, target: &Target, new: &Value) -> Result<bool, Failure> {
        let kind = &*target.kind;
        let asked = meta::text(new, "resourceVersion");
        let unconditional = asked.is_empty() || asked == "0";
        if unconditional {
            if self.put && !kind.unconditional_update && target.sub != Some(Sub::Finalize) {
                let detail = "must be specified for an update";
                let error = FieldError::invalid("metadata.resourceVersion", &0.into(), detail);
                let ResourceName { group, plural } = kind.name();
                return Err(Failure::invalid(group, plural, &target.name, &[error]));
            }
            return Ok(false);
        }
        let number: u64 = asked.parse().map_err(|_| {
            let text = crate::json::quoted(asked);
            Failure::plain(format!("strconv.ParseUint: parsing {text}: invalid syntax"))
        })?;
        if number != self.live.revision {
            return Err(Failure::modified(kind.name(), &target.name));
        }
        // A patch carries the live revision by itself; that is no condition of its writer.
        Ok(self.put)
    }

    fn keep_metadata(&self, new: &mut Value) {
        let old = &self.old["metadata"];
        let metadata = meta::metadata(new);
        metadata.remove("selfLink");
        for member in ["creationTimestamp", "generation", "name", "namespace"] {
            match old.get(member) {
                Some(value) => drop(metadata.insert(member.to_owned(), value.clone())),
                None => drop(metadata.remove(member)),
            }
        }
        if metadata.get("uid").and_then(Value::as_str).is_none_or(str::is_empty) {
            metadata.insert("uid".to_owned(), old["uid"].clone());
        }
        for member in ["deletionTimestamp", "deletionGracePeriodSeconds"] {
            match old.get(member) {
                Some(value) => drop(metadata.insert(member.to_owned(), value.clone())),
                None if metadata.get(member).is_some_and(Value::is_null) => {
                    metadata.remove(member);
                }
                None => {}
            }
        }
    }

    fn count_generation(&self, target: &Target, new: &mut Value) {
        let kind = &*target.kind;
        if !kind.generation {
            return;
        }
        let changed = if kind.custom {
            rest(kind, new) != rest(kind, self.old)
        } else {
            kind.strategy.new_generation(new, self.old)
        };
        if changed {
            let generation = self.old["metadata"]["generation"].as_i64().unwrap_or(0) + 1;
            meta::metadata(new).insert("generation".to_owned(), generation.into());
        }
    }

    /// Admission and the kind's own checks; warnings come out.
    async fn reviewed(
        &self,
        cluster: &Cluster,
        target: &Target,
        options: &Options,
        new: &mut Value,
    ) -> Result<Vec<String>, Failure> {
        let review = Review {
            operation: Operation::Update,
            kind: &target.kind,
            namespace: &target.namespace,
            name: &target.name,
            subresource: target.sub.as_ref().map(Sub::name),
            user: &options.user,
            old: Some(self.old),
        };
        let mut warnings = admission::admit(cluster, &review, Some(new))?;
        let shown_old = self.part.map(|part| part.read(self.old)).transpose()?;
        let review = Review { old: shown_old.as_ref().or(review.old), ..review };
        let shown = self.part.map(Part::kind);
        let told = options.told("UpdateOptions");
        let (dry_run, warned) = (options.dry_run, &options.warned);
        let asked = Asked { review, shown, dry_run, options: &told, warned };
        let changed = match self.part {
            None => admission::mutate(cluster, &asked, Some(new)).await?,
            Some(part) => {
                let mut shown = part.read(new)?;
                let changed = admission::mutate(cluster, &asked, Some(&mut shown)).await?;
                if changed {
                    part.write(new, &shown);
                }
                changed
            }
        };
        if changed {
            self.confine(target, new);
        }
        meta::tidy(new, &mut warnings);
        apply::keep_times(self.old, new);
        self.check(target, new)?;
        let revision = self.live.revision.to_string();
        meta::metadata(new).insert("resourceVersion".to_owned(), revision.into());
        let shown = self.part.map(|part| part.read(new)).transpose()?;
        admission::validate(cluster, &asked, Some(shown.as_ref().unwrap_or(new))).await?;
        Ok(warnings)
    }

    fn check(&self, target: &Target, new: &Value) -> Result<(), Failure> {
        let kind = &*target.kind;
        let (old, text) = (self.old, |member| meta::text(new, member));
        let mut errors = admission::validate_meta(kind, new, Some(old));
        for member in ["uid", "deletionTimestamp", "deletionGracePeriodSeconds"] {
            let (new, old) = (&new["metadata"][member], &old["metadata"][member]);
            let field = format!("metadata.{member}");
            let told = errors.iter().any(|error| error.field == field);
            if new != old && !told {
                errors.push(FieldError::invalid(field, new, "field is immutable"));
            }
        }
        // The API server looks at metadata twice on an update, and tells of it twice.
        errors.extend(errors.clone());
        errors.extend(match target.sub {
            Some(Sub::Status | Sub::Approval) => kind.strategy.validate_status(new, old),
            Some(Sub::EphemeralContainers) => kind.strategy.validate_added(new, old),
            Some(Sub::Resize) => kind.strategy.validate_resized(new, old),
            _ => kind.strategy.validate(new, Some(old)),
        });
        errors.extend(check_scale(kind, new));
        if errors.is_empty() {
            return Ok(());
        }
        Err(Failure::invalid(&kind.group, &kind.kind, text("name"), &errors))
    }
}

/// What is wrong with the replicas of a custom kind that can be scaled.
pub(super) fn check_scale(kind: &Kind, object: &Value) -> Option<FieldError> {
    let Some(Sub::Scale { wanted, .. }) = kind.sub("scale").filter(|_| kind.custom) else {
        return None;
    };
    let mut steps = wanted.split('.').filter(|step| !step.is_empty());
    let value = steps.try_fold(object, |place, step| place.get(step)).filter(|v| !v.is_null())?;
    match value.as_i64() {
        Some(replicas) if replicas >= 0 => None,
        Some(_) => Some(FieldError::invalid(wanted, value, "should be a non-negative integer")),
        None => {
            let (shown, type_) = match value {
                Value::String(text) => (text.clone(), "string"),
                Value::Bool(flag) => (flag.to_string(), "bool"),
                Value::Number(number) => (number.to_string(), "float64"),
                other => (other.to_string(), "map[string]interface {}"),
            };
            let detail =
                format!("{wanted} accessor error: {shown} is of the type {type_}, expected int64");
            Some(FieldError::invalid(wanted, &0.into(), detail))
        }
    }
}

/// What a change of counts as a new generation of a custom object.
fn rest<'a>(kind: &Kind, object: &'a Value) -> Vec<(&'a String, &'a Value)> {
    let kept = |(name, _): &(&String, &Value)| {
        let own = matches!(name.as_str(), "metadata" | "apiVersion" | "kind");
        let apart = kind.has_status() && name.as_str() == "status";
        !own && !apart
    };
    object.as_object().into_iter().flatten().filter(kept).collect()
}

/// Takes back what this target does not write.
fn restrict(target: &Target, new: &mut Value, old: &Value) {
    let kind = &*target.kind;
    match target.sub {
        None if kind.has_status() => copy(new, old, "status"),
        Some(Sub::Status) => {
            let mut kept = old.clone();
            copy(&mut kept, new, "status");
            if !kind.custom {
                for member in ["annotations", "finalizers", "labels", "ownerReferences"] {
                    let skipped = matches!(
                        (kind.kind.as_str(), member),
                        ("Deployment", "labels") | ("Pod", "ownerReferences")
                    );
                    if !skipped {
                        copy(&mut kept["metadata"], &new["metadata"], member);
                    }
                }
            }
            for member in ["managedFields", "uid"] {
                copy(&mut kept["metadata"], &new["metadata"], member);
            }
            *new = kept;
        }
        // Decisions alone, and whatever a signer has said stays.
        Some(Sub::Approval) => {
            let mut kept = old.clone();
            if !kept["status"].is_object() {
                kept["status"] = Value::Object(serde_json::Map::default());
            }
            copy(&mut kept["status"], &new["status"], "conditions");
            copy(&mut kept["metadata"], &new["metadata"], "managedFields");
            *new = kept;
        }
        Some(Sub::Resize) => {
            let mut kept = old.clone();
            kind.strategy.resize(&mut kept["spec"], &new["spec"]);
            copy(&mut kept["metadata"], &new["metadata"], "managedFields");
            *new = kept;
        }
        Some(Sub::EphemeralContainers) => {
            let mut kept = old.clone();
            copy(&mut kept["spec"], &new["spec"], "ephemeralContainers");
            copy(&mut kept["metadata"], &new["metadata"], "managedFields");
            *new = kept;
        }
        Some(Sub::Finalize) => copy(new, old, "status"),
        _ => {}
    }
}

fn copy(to: &mut Value, from: &Value, member: &str) {
    let Some(members) = to.as_object_mut() else { return };
    match from.get(member) {
        Some(value) => members.insert(member.to_owned(), value.clone()),
        None => members.remove(member),
    };
}

/// Puts the finalizers of a namespace as its `finalize` path was sent them.
fn finalize(object: &mut Value, finalizers: Value) {
    let spec = &mut object["spec"];
    *spec = Value::Object(serde_json::Map::new());
    if finalizers.as_array().is_some_and(|list| !list.is_empty()) {
        spec["finalizers"] = finalizers;
    }
}

/// Whether nothing holds back an object that is being deleted any more.
fn gone(kind: &Kind, object: &Value) -> bool {
    let metadata = &object["metadata"];
    let deleting = metadata["deletionTimestamp"].is_string();
    let held = metadata["finalizers"].as_array().is_some_and(|list| !list.is_empty());
    let grace = metadata["deletionGracePeriodSeconds"].as_i64().unwrap_or(0) > 0;
    deleting && !held && !grace && kind.strategy.finalized(object)
}
