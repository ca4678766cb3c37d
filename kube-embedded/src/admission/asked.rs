//! One write, or connection, as webhooks and policies are asked about it.

use super::Operation;
use super::Review;
use super::Warned;
use crate::cluster::Cluster;
use crate::convert;
use crate::kind::Kind;
use crate::status::Failure;
use serde_json::Value;

/// What is asked about by nobody: with it they could lock everybody out.
const EXEMPT: [&str; 6] = [
    "mutatingwebhookconfigurations",
    "validatingwebhookconfigurations",
    "mutatingadmissionpolicies",
    "mutatingadmissionpolicybindings",
    "validatingadmissionpolicies",
    "validatingadmissionpolicybindings",
];

/// One write as webhooks and policies are asked about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) review: Review<'a>,
    /// Group, version and kind of the object that is shown, where it is not one of the review's kind: a Scale.
    pub(crate) shown: Option<[&'static str; 3]>,
    pub(crate) dry_run: bool,
    /// The options of the request, `kind` and all.
    pub(crate) options: &'a Value,
    pub(crate) warned: &'a Warned,
}

impl Asked<'_> {
    /// Whether nobody is asked about this kind at all.
    pub(super) fn is_exempt(&self) -> bool {
        let kind = self.review.kind;
        kind.group == "admissionregistration.k8s.io" && EXEMPT.contains(&kind.plural.as_str())
    }

    pub(super) fn is_namespace(&self) -> bool {
        let kind = self.review.kind;
        kind.group.is_empty() && kind.plural == "namespaces"
    }

    /// The namespace of the request; a Namespace is in itself.
    pub(super) fn namespace(&self) -> &str {
        if self.is_namespace() { self.review.name } else { self.review.namespace }
    }

    pub(super) fn subresource(&self) -> &str {
        self.review.subresource.unwrap_or_default()
    }

    /// As a rule and a review name it.
    pub(super) fn operation(&self) -> &'static str {
        match self.review.operation {
            Operation::Create => "CREATE",
            Operation::Update => "UPDATE",
            Operation::Delete => "DELETE",
            Operation::Connect => "CONNECT",
        }
    }

    /// An object of the request's version as one of `seen`.
    ///
    /// # Errors
    /// It cannot be converted.
    pub(super) async fn shown(
        &self,
        cluster: &Cluster,
        seen: &Kind,
        object: Option<&Value>,
    ) -> Result<Option<Value>, Failure> {
        let Some(object) = object.cloned() else { return Ok(None) };
        match self.shown {
            // A Scale is the same in every version.
            Some(_) => Ok(Some(object)),
            None => convert::between(cluster, self.review.kind, seen, object).await.map(Some),
        }
    }
}
