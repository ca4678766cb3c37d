//! What the user wrote in `#[controller(..)]`.

use proc_macro2::TokenStream;
use syn::Expr;

use super::attr::{Index, Own, Watch};
use crate::said::Permission;

/// Everything that the attribute can say.
#[derive(Debug, Default)]
pub(super) struct Input {
    pub(super) owns: Vec<Own>,
    pub(super) watches: Vec<Watch>,
    pub(super) indices: Vec<Index>,
    pub(super) predicate: Option<Expr>,
    pub(super) labels: Option<Expr>,
    pub(super) fields: Option<Expr>,
    pub(super) namespaces: Option<Expr>,
    pub(super) permissions: Vec<Permission>,
    pub(super) cleanup: Option<Expr>,
    pub(super) workers: Option<Expr>,
    pub(super) leads: Option<bool>,
    /// In milliseconds.
    pub(super) timeout: Option<u64>,
    /// In milliseconds.
    pub(super) resync: Option<u64>,
    /// What makes the limiter.
    pub(super) rate_limit: Option<TokenStream>,
}
