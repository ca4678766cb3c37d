//! Who asks, and whether they may: a bearer token in, a [`User`] out; a [`User`] and [`Attributes`] in, a [`Decision`] out.
//!
//! Mirrors: kubernetes plugin/pkg/auth/authorizer/rbac, pkg/registry/rbac/validation
//! Differs: everything is a function of values; the roles come as a snapshot, the time as an argument.

mod attributes;
mod bootstrap;
mod escalation;
mod path;
mod rbac;
mod review;
mod rule;
mod token;
mod token_request;
mod user;

pub(crate) use attributes::Attributes;
pub(crate) use bootstrap::bootstrap_roles;
pub(crate) use escalation::{aggregated_rules, escalation};
pub(crate) use path::{TOKEN_PATH, token_in_path};
pub(crate) use rbac::{Held, Rbac};
pub(crate) use review::{Review, review};
pub(crate) use rule::Rule;
pub(crate) use token::{BoundObject, ISSUER, LiveObjects, ServiceAccountClaims, Tokens};
pub(crate) use token_request::token_request;
pub(crate) use user::User;

#[cfg(test)]
mod tests;
#[cfg(test)]
use token::Unauthorized;
