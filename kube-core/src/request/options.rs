//! What can be said about a call beside its target: options in, members of the query (or a body) out.

use std::time::Duration;

use serde_json::Value;
use serde_json::json;

use super::Patch;
use super::Request;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::selector::FieldSelector;
use crate::selector::LabelSelector;

/// By-value setters, named as the field; with `Some` around values that may be absent.
macro_rules! setters {
    ($type:ident: $($field:ident: $value:ty),* $(; $($optional:ident: $inner:ty),*)?) => {
        impl $type {
            $(
                #[doc = concat!("Sets [`", stringify!($field), "`](Self::", stringify!($field), ").")]
                #[must_use]
                pub fn $field(mut self, $field: impl Into<$value>) -> Self {
                    self.$field = $field.into();
                    self
                }
            )*
            $($(
                #[doc = concat!("Sets [`", stringify!($optional), "`](Self::", stringify!($optional), ").")]
                #[must_use]
                pub fn $optional(mut self, $optional: impl Into<$inner>) -> Self {
                    self.$optional = Some($optional.into());
                    self
                }
            )*)?
        }
    };
}

/// How old an answer may be, beside the revision that is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the API knows these two")]
pub enum ResourceVersionMatch {
    /// Exactly that revision.
    Exact,
    /// That revision or a newer one.
    NotOlderThan,
}

/// What the server does with fields that it does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the API knows these three")]
pub enum FieldValidation {
    /// Drops them.
    Ignore,
    /// Drops them and warns.
    Warn,
    /// Refuses the object.
    Strict,
}

/// What becomes of the objects that a deleted object owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the API knows these three")]
pub enum Propagation {
    /// They stay.
    Orphan,
    /// They are deleted afterwards.
    Background,
    /// They are deleted first.
    Foreground,
}

/// Options of a read of one object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GetOptions {
    /// None: the newest state. `0`: whatever the server has at hand. Else: not older than that.
    pub resource_version: Option<String>,
}

setters!(GetOptions: ; resource_version: String);

/// Options of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListOptions {
    /// Which objects, by label.
    pub labels: LabelSelector,
    /// Which objects, by field.
    pub fields: FieldSelector,
    /// At most that many; the rest follows by [`continue_token`](Self::continue_token).
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub continue_token: Option<String>,
    /// None: the newest state. `0`: whatever the server has at hand. Else as
    /// [`resource_version_match`](Self::resource_version_match) says.
    pub resource_version: Option<String>,
    /// How the revision is meant.
    pub resource_version_match: Option<ResourceVersionMatch>,
    /// After which time the server gives up.
    pub timeout: Option<Duration>,
}

setters!(ListOptions: labels: LabelSelector, fields: FieldSelector; limit: u32, continue_token: String,
    resource_version: String, resource_version_match: ResourceVersionMatch, timeout: Duration);

impl ListOptions {
    /// For the page after one that was asked for so: its token says the revision too, and servers refuse another one beside it.
    pub(crate) fn after(self, token: String) -> Self {
        let token = Some(token);
        Self { continue_token: token, resource_version: None, resource_version_match: None, ..self }
    }

    pub(super) fn push(&self, request: &mut Request) {
        select(request, &self.labels, &self.fields);
        request.add("limit", self.limit);
        request.add("continue", self.continue_token.as_ref());
        request.add("resourceVersion", self.resource_version.as_ref());
        let how = self.resource_version_match.map(|how| match how {
            ResourceVersionMatch::Exact => "Exact",
            ResourceVersionMatch::NotOlderThan => "NotOlderThan",
        });
        request.add("resourceVersionMatch", how);
        request.add("timeoutSeconds", self.timeout.map(whole_seconds));
    }
}

/// Options of a watch.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WatchOptions {
    /// Which objects, by label.
    pub labels: LabelSelector,
    /// Which objects, by field.
    pub fields: FieldSelector,
    /// Events after that revision. None: the present objects first, then events.
    pub resource_version: Option<String>,
    /// Whether the server says from time to time how far it is; so by default.
    pub bookmarks: bool,
    /// Whether the present objects (not older than the revision) come first, then a bookmark, then events.
    pub send_initial_events: bool,
    /// After which time the server ends the watch.
    pub timeout: Option<Duration>,
}

setters!(WatchOptions: labels: LabelSelector, fields: FieldSelector, bookmarks: bool, send_initial_events: bool;
    resource_version: String, timeout: Duration);

impl Default for WatchOptions {
    fn default() -> Self {
        Self {
            labels: LabelSelector::everything(),
            fields: FieldSelector::everything(),
            resource_version: None,
            bookmarks: true,
            send_initial_events: false,
            timeout: None,
        }
    }
}

impl WatchOptions {
    pub(super) fn push(&self, request: &mut Request) {
        request.add("watch", Some(true));
        select(request, &self.labels, &self.fields);
        request.add("resourceVersion", self.resource_version.as_ref());
        if self.send_initial_events {
            // The server refuses one without the other.
            request.add("sendInitialEvents", Some(true));
            request.add("resourceVersionMatch", Some("NotOlderThan"));
        }
        // The end of the initial events is a bookmark: without bookmarks nobody would see it.
        if self.bookmarks || self.send_initial_events {
            request.add("allowWatchBookmarks", Some(true));
        }
        request.add("timeoutSeconds", self.timeout.map(whole_seconds));
    }
}

fn select(request: &mut Request, labels: &LabelSelector, fields: &FieldSelector) {
    request.add("labelSelector", (!labels.is_everything()).then_some(labels));
    request.add("fieldSelector", (!fields.is_everything()).then_some(fields));
}

/// Rounded up: zero would mean the server's own default.
fn whole_seconds(timeout: Duration) -> u64 {
    let more = u64::from(timeout.subsec_nanos() > 0);
    timeout.as_secs().saturating_add(more).clamp(1, i64::MAX.unsigned_abs())
}

/// Options of a creation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreateOptions {
    /// Who writes, for `managedFields`.
    pub field_manager: Option<String>,
    /// Everything but storing it.
    pub dry_run: bool,
    /// What the server does with unknown fields.
    pub field_validation: Option<FieldValidation>,
}

setters!(CreateOptions: dry_run: bool; field_manager: String, field_validation: FieldValidation);

impl CreateOptions {
    pub(super) fn push(&self, request: &mut Request) -> Result<()> {
        write(request, self.field_manager.as_deref(), self.dry_run, self.field_validation)
    }
}

/// Options of a replacement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplaceOptions {
    /// Who writes, for `managedFields`.
    pub field_manager: Option<String>,
    /// Everything but storing it.
    pub dry_run: bool,
    /// What the server does with unknown fields.
    pub field_validation: Option<FieldValidation>,
}

setters!(ReplaceOptions: dry_run: bool; field_manager: String, field_validation: FieldValidation);

impl ReplaceOptions {
    pub(super) fn push(&self, request: &mut Request) -> Result<()> {
        write(request, self.field_manager.as_deref(), self.dry_run, self.field_validation)
    }
}

/// Options of a patch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PatchOptions {
    /// Who writes, for `managedFields`; an apply needs it.
    pub field_manager: Option<String>,
    /// Apply takes fields away from other managers.
    pub force: bool,
    /// Everything but storing it.
    pub dry_run: bool,
    /// What the server does with unknown fields.
    pub field_validation: Option<FieldValidation>,
}

setters!(PatchOptions: force: bool, dry_run: bool; field_manager: String, field_validation: FieldValidation);

impl PatchOptions {
    pub(super) fn push(&self, request: &mut Request, patch: &Patch) -> Result<()> {
        let refuse =
            |why: &str| Err(Error::new(ErrorKind::Input, why.to_owned()).context(request.failed()));
        match patch {
            Patch::Apply(_) if self.field_manager.is_none() => {
                return refuse("an apply needs a field manager: say who applies");
            }
            Patch::Apply(_) => {}
            Patch::Json(_) | Patch::Merge(_) | Patch::Strategic(_) if self.force => {
                return refuse("only an apply can be forced: leave `force` out");
            }
            Patch::Json(_) | Patch::Merge(_) | Patch::Strategic(_) => {}
        }
        write(request, self.field_manager.as_deref(), self.dry_run, self.field_validation)?;
        request.add("force", self.force.then_some(true));
        Ok(())
    }
}

fn write(
    request: &mut Request,
    field_manager: Option<&str>,
    dry_run: bool,
    field_validation: Option<FieldValidation>,
) -> Result<()> {
    if let Some(manager) = field_manager {
        let printable = |c: char| !c.is_control();
        if manager.is_empty() || manager.len() > 128 || !manager.chars().all(printable) {
            let why = "a field manager is 1 to 128 bytes of printable text";
            return Err(Error::new(ErrorKind::Input, why).context(request.failed()));
        }
        request.add("fieldManager", Some(manager));
    }
    request.add("dryRun", dry_run.then_some("All"));
    let validation = field_validation.map(|validation| match validation {
        FieldValidation::Ignore => "Ignore",
        FieldValidation::Warn => "Warn",
        FieldValidation::Strict => "Strict",
    });
    request.add("fieldValidation", validation);
    Ok(())
}

/// Options of a deletion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeleteOptions {
    /// What becomes of the objects that it owns; if not said, as its kind has it.
    pub propagation: Option<Propagation>,
    /// Only if it is this very object, not a later one of its name.
    pub uid: Option<String>,
    /// Only if nobody changed it since.
    pub resource_version: Option<String>,
    /// How long it may take to end, in seconds; 0 is at once.
    pub grace_period_seconds: Option<u32>,
    /// Everything but deleting it.
    pub dry_run: bool,
}

setters!(DeleteOptions: dry_run: bool; propagation: Propagation, uid: String, resource_version: String,
    grace_period_seconds: u32);

impl DeleteOptions {
    /// None if there is nothing to say.
    pub(crate) fn body(&self) -> Option<Value> {
        if *self == Self::default() {
            return None;
        }
        let mut body = json!({ "apiVersion": "v1", "kind": "DeleteOptions" });
        if let Some(propagation) = self.propagation {
            body["propagationPolicy"] = match propagation {
                Propagation::Orphan => "Orphan",
                Propagation::Background => "Background",
                Propagation::Foreground => "Foreground",
            }
            .into();
        }
        if let Some(seconds) = self.grace_period_seconds {
            body["gracePeriodSeconds"] = seconds.into();
        }
        if let Some(uid) = &self.uid {
            body["preconditions"]["uid"] = uid.as_str().into();
        }
        if let Some(version) = &self.resource_version {
            body["preconditions"]["resourceVersion"] = version.as_str().into();
        }
        if self.dry_run {
            body["dryRun"] = json!(["All"]);
        }
        Some(body)
    }
}
