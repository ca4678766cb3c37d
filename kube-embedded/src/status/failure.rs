//! One error answer, worded as the API server words it.

use crate::schema::{self, FieldError};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::fmt;

/// An error answer: `metav1.Status` before it is written.
#[derive(Clone, Debug)]
pub(crate) struct Failure(Box<Parts>);

#[derive(Clone, Debug, Default)]
struct Parts {
    code: u16,
    reason: Cow<'static, str>,
    message: String,
    details: Option<Map<String, Value>>,
    continue_token: Option<String>,
}

/// A resource as error texts name it: `plural` or `plural.group`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResourceName<'a> {
    pub(crate) group: &'a str,
    pub(crate) plural: &'a str,
}

impl fmt::Display for ResourceName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.plural)?;
        if self.group.is_empty() { Ok(()) } else { write!(f, ".{}", self.group) }
    }
}

impl Failure {
    /// Any code, with the reason that goes with it.
    pub(crate) fn new(
        code: u16,
        reason: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        let (reason, message) = (reason.into(), message.into());
        Self(Box::new(Parts { code, reason, message, ..Parts::default() }))
    }

    fn about(mut self, resource: ResourceName<'_>, name: &str) -> Self {
        self.detail("name", name);
        self.detail("group", resource.group);
        self.detail("kind", resource.plural);
        self
    }

    fn detail(&mut self, member: &str, text: &str) {
        let details = self.0.details.get_or_insert_default();
        if !text.is_empty() {
            details.insert(member.to_owned(), text.into());
        }
    }

    pub(crate) fn not_found(resource: ResourceName<'_>, name: &str) -> Self {
        Self::new(404, "NotFound", format!("{resource} \"{name}\" not found")).about(resource, name)
    }

    pub(crate) fn already_exists(resource: ResourceName<'_>, name: &str, deleting: bool) -> Self {
        let prefix = if deleting { "object is being deleted: " } else { "" };
        let message = format!("{prefix}{resource} \"{name}\" already exists");
        Self::new(409, "AlreadyExists", message).about(resource, name)
    }

    pub(crate) fn conflict(resource: ResourceName<'_>, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {resource} \"{name}\": {why}");
        Self::new(409, "Conflict", message).about(resource, name)
    }

    /// The object changed since the writer read it.
    pub(crate) fn modified(resource: ResourceName<'_>, name: &str) -> Self {
        let why = "the object has been modified; please apply your changes to the latest version \
                   and try again";
        Self::conflict(resource, name, why)
    }

    pub(crate) fn forbidden(resource: ResourceName<'_>, name: &str, why: &str) -> Self {
        let message = match name {
            "" => format!("{resource} is forbidden: {why}"),
            name => format!("{resource} \"{name}\" is forbidden: {why}"),
        };
        Self::new(403, "Forbidden", message).about(resource, name)
    }

    /// The refusal of a path that is no resource.
    pub(crate) fn forbidden_path(why: &str) -> Self {
        Self::new(403, "Forbidden", format!("forbidden: {why}")).bare()
    }

    /// An object that breaks rules: `kind` is the kind, not the plural.
    pub(crate) fn invalid(group: &str, kind: &str, name: &str, errors: &[FieldError]) -> Self {
        let list = schema::invalid_message(errors);
        let shown = ResourceName { group, plural: kind };
        let mut failure =
            Self::new(422, "Invalid", format!("{shown} \"{name}\" is invalid: {list}"))
                .about(shown, name);
        for error in errors {
            failure = failure.with_cause(error.reason(), &error.message(), &error.field);
        }
        failure
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// An error that the server did not foresee: no reason, no details.
    pub(crate) fn plain(message: impl Into<String>) -> Self {
        Self::new(500, "", message)
    }

    pub(crate) fn internal(message: &str) -> Self {
        let text = format!("Internal error occurred: {message}");
        Self::new(500, "InternalError", text).with_cause("", message, "")
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(401, "Unauthorized", "Unauthorized")
    }

    pub(crate) fn method_not_allowed() -> Self {
        let message = "the server does not allow this method on the requested resource";
        Self::new(405, "MethodNotAllowed", message).bare()
    }

    /// No such resource under a group that exists.
    pub(crate) fn no_such_resource() -> Self {
        Self::new(404, "NotFound", "the server could not find the requested resource").bare()
    }

    pub(crate) fn not_acceptable(message: impl Into<String>) -> Self {
        Self::new(406, "NotAcceptable", message)
    }

    pub(crate) fn unsupported_media_type(message: impl Into<String>) -> Self {
        Self::new(415, "UnsupportedMediaType", message)
    }

    pub(crate) fn too_large(message: impl Into<String>) -> Self {
        Self::new(413, "RequestEntityTooLarge", message)
    }

    pub(crate) fn expired(message: impl Into<String>) -> Self {
        Self::new(410, "Expired", message)
    }

    /// The asked-for revision has not been reached.
    pub(crate) fn future_revision(asked: u64, current: u64) -> Self {
        let message = format!("Timeout: Too large resource version: {asked}, current: {current}");
        Self::new(504, "Timeout", message)
            .with_cause("ResourceVersionTooLarge", "Too large resource version", "")
            .with_retry_after(1)
    }

    /// With another code and reason.
    pub(crate) fn with_reason(mut self, code: u16, reason: impl Into<Cow<'static, str>>) -> Self {
        (self.0.code, self.0.reason) = (code, reason.into());
        self
    }

    /// With more text at the end of the message.
    pub(crate) fn appending(mut self, text: &str) -> Self {
        self.0.message.push_str(text);
        self
    }

    /// With these causes, as they are.
    pub(crate) fn with_causes(mut self, causes: Vec<Value>) -> Self {
        if !causes.is_empty() {
            self.0.details.get_or_insert_default().insert("causes".to_owned(), causes.into());
        }
        self
    }

    /// With these details, as they are.
    pub(crate) fn with_details(mut self, details: Map<String, Value>) -> Self {
        self.0.details = Some(details);
        self
    }

    /// With an empty `details`.
    pub(crate) fn bare(mut self) -> Self {
        self.0.details.get_or_insert_default();
        self
    }

    pub(crate) fn with_continue(mut self, token: String) -> Self {
        self.0.continue_token = Some(token);
        self
    }

    pub(crate) fn with_cause(mut self, reason: &str, message: &str, field: &str) -> Self {
        let mut cause = Map::new();
        for (member, text) in [("reason", reason), ("message", message), ("field", field)] {
            if !text.is_empty() {
                cause.insert(member.to_owned(), text.into());
            }
        }
        let details = self.0.details.get_or_insert_default();
        let causes = details.entry("causes").or_insert_with(|| json!([]));
        if let Some(causes) = causes.as_array_mut() {
            causes.push(cause.into());
        }
        self
    }

    pub(crate) fn with_retry_after(mut self, seconds: u64) -> Self {
        let details = self.0.details.get_or_insert_default();
        details.insert("retryAfterSeconds".to_owned(), seconds.into());
        self
    }

    pub(crate) fn code(&self) -> u16 {
        self.0.code
    }

    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }

    pub(crate) fn is_not_found(&self) -> bool {
        self.0.code == 404
    }

    pub(crate) fn is_conflict(&self) -> bool {
        self.0.code == 409 && self.0.reason == "Conflict"
    }

    pub(crate) fn is_already_exists(&self) -> bool {
        self.0.reason == "AlreadyExists"
    }

    pub(crate) fn retry_after(&self) -> Option<u64> {
        self.0.details.as_ref()?.get("retryAfterSeconds")?.as_u64()
    }

    /// The `Status` object.
    pub(crate) fn to_value(&self) -> Value {
        let parts = &*self.0;
        let mut metadata = Map::new();
        if let Some(token) = &parts.continue_token {
            metadata.insert("continue".to_owned(), token.as_str().into());
        }
        let mut status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": metadata,
            "status": "Failure", "message": parts.message, "code": parts.code,
        });
        if !parts.reason.is_empty() {
            status["reason"] = parts.reason.as_ref().into();
        }
        if let Some(details) = &parts.details {
            status["details"] = details.clone().into();
        }
        status
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Failure {}

/// The `Status` that a finished deletion answers with.
pub(crate) fn success(resource: ResourceName<'_>, name: &str, uid: &str) -> Value {
    let mut details = json!({"name": name, "kind": resource.plural, "uid": uid});
    if !resource.group.is_empty() {
        details["group"] = resource.group.into();
    }
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
        "details": details})
}

/// The `Status` of what has no object to show.
pub(crate) fn done(code: u16) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": code})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_read_as_the_api_server_words_them() {
        let deployments = ResourceName { group: "apps", plural: "deployments" };
        let status = Failure::not_found(deployments, "web").to_value();
        assert_eq!(status["message"], "deployments.apps \"web\" not found");
        let details = json!({"name": "web", "group": "apps", "kind": "deployments"});
        assert_eq!(status["details"], details);
        let pods = ResourceName { group: "", plural: "pods" };
        let exists = Failure::already_exists(pods, "x", true);
        assert_eq!(exists.message(), "object is being deleted: pods \"x\" already exists");
        assert_eq!(Failure::method_not_allowed().to_value()["details"], json!({}));
        assert_eq!(Failure::unauthorized().to_value().get("details"), None);
    }
}
