//! Admission webhooks: a write in; what they made of it, or the first refusal, out.
//!
//! Promises:
//! - Mutating webhooks are asked one after the other: by the name of their configuration, then by their place in it.
//! - Validating ones are asked all at once; of several refusals the first to come is told.
//! - Nothing is locked while a webhook is asked.
//! - Configurations of webhooks are never reviewed by webhooks.
//!
//! Mirrors: kubernetes apiserver pkg/admission/plugin/webhook
//! Differs: match conditions are not evaluated; what an update cannot change is taken back before the mutating webhooks see it,
//! not only after them; what is never stored (tokens, reviews of access) is not shown to webhooks.

mod answer;
mod ask;
mod hook;
mod labels;
mod matching;
mod mutating;
mod patch;
mod request;
#[cfg(test)]
mod tests;
mod validating;

pub(crate) use mutating::mutate;
pub(crate) use validating::validate;

use super::Review;
use super::Warned;
use serde_json::Value;

/// One write as webhooks are asked about it.
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
    fn is_namespace(&self) -> bool {
        let kind = self.review.kind;
        kind.group.is_empty() && kind.plural == "namespaces"
    }

    /// The namespace of the request; a Namespace is in itself.
    fn namespace(&self) -> &str {
        if self.is_namespace() { self.review.name } else { self.review.namespace }
    }

    fn subresource(&self) -> &str {
        self.review.subresource.unwrap_or_default()
    }
}
