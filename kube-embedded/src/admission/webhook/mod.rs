//! Admission webhooks: a write in; what they made of it, or the first refusal, out.
//!
//! Promises:
//! - Mutating webhooks are asked one after the other: by the name of their configuration, then by their place in it.
//! - Validating ones are asked all at once; of several refusals the first to come is told.
//! - Nothing is locked while a webhook is asked.
//! - Configurations of webhooks are never reviewed by webhooks.
//!
//! Mirrors: kubernetes apiserver pkg/admission/plugin/webhook
//! Differs: what an update cannot change is taken back before the mutating webhooks see it,
//! not only after them; what is never stored (tokens, reviews of access) is not shown to webhooks.

mod answer;
mod ask;
mod hook;
mod mutating;
mod patch;
#[cfg(test)]
mod tests;
mod validating;

pub(crate) use mutating::mutate;
pub(crate) use validating::validate;
