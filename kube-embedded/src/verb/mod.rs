//! What can be done with objects: a target, options and a body in; what is stored then, or why not, out.
//!
//! Everything is in memory and nothing waits but for webhooks, and then without a lock: a write is checked against the state
//! that it was made from. Writers that did not say which state they know are run again on the newer one; those that did are
//! told of the conflict.
//!
//! Mirrors: kubernetes apiserver pkg/registry/generic/registry/store.go, pkg/registry/rest

mod body;
mod books;
mod connection;
mod create;
mod delete;
mod get;
mod label;
mod list;
mod meta;
mod order;
mod patch;
mod rewrite;
mod selection;
mod update;
mod view;

pub(crate) use body::Document;
pub(crate) use connection::admit_connection;
pub(crate) use create::{create, seed};
pub(crate) use delete::{DeleteOptions, Policy, delete, delete_collection};
pub(crate) use get::get;
pub(crate) use list::{ListOptions, Listing, Match, list};
pub(crate) use order::admit_order;
pub(crate) use patch::{PatchBody, patch};
pub(crate) use rewrite::rewrite;
pub(crate) use selection::Selection;
pub(crate) use update::{Part, modify, update};
pub(crate) use view::{view_bytes, view_value};

use crate::admission::Warned;
use crate::auth::User;
use crate::kind::{Kind, Sub};
use crate::status::Failure;
use crate::store::Stored;
use serde_json::{Map, Value};
use std::sync::Arc;

/// One object, or the collection that it is in.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) kind: Arc<Kind>,
    /// Empty for cluster-scoped kinds, and for a collection across all namespaces.
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) sub: Option<Sub>,
}

impl Target {
    pub(crate) fn new(kind: Arc<Kind>, namespace: &str, name: &str) -> Self {
        Self { kind, namespace: namespace.to_owned(), name: name.to_owned(), sub: None }
    }

    /// Its status.
    pub(crate) fn status(self) -> Self {
        Self { sub: Some(Sub::Status), ..self }
    }

    /// Its finalizers (of a namespace).
    pub(crate) fn finalize(self) -> Self {
        Self { sub: Some(Sub::Finalize), ..self }
    }

    fn sub_name(&self) -> &'static str {
        self.sub.as_ref().map_or("", Sub::name)
    }

    fn not_found(&self) -> Failure {
        Failure::not_found(self.kind.name(), &self.name)
    }
}

/// What happens with members that the kind does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Validation {
    Ignore,
    #[default]
    Warn,
    Strict,
}

/// How a write is to be done, and by whom.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) user: User,
    /// Who owns what this write sets.
    pub(crate) manager: String,
    pub(crate) dry_run: bool,
    pub(crate) validation: Validation,
    /// Take fields over from other managers.
    pub(crate) force: bool,
    /// The options as they were sent, for webhooks.
    pub(crate) sent: Map<String, Value>,
    /// What webhooks warn of, whatever becomes of the write.
    pub(crate) warned: Warned,
    /// Why an update or an apply may not create what is missing.
    pub(crate) create_refused: Option<Failure>,
}

impl Options {
    /// The server's own writes.
    pub(crate) fn system(manager: &str) -> Self {
        Self::of(User::system(manager), manager)
    }

    pub(crate) fn of(user: User, manager: &str) -> Self {
        Self {
            user,
            manager: manager.to_owned(),
            dry_run: false,
            validation: Validation::Warn,
            force: false,
            sent: Map::new(),
            warned: Warned::default(),
            create_refused: None,
        }
    }

    /// The options as a webhook is told them: `family` is `CreateOptions` or the like.
    fn told(&self, family: &str) -> Value {
        let mut options = self.sent.clone();
        options.insert("kind".to_owned(), family.into());
        options.insert("apiVersion".to_owned(), "meta.k8s.io/v1".into());
        if self.dry_run {
            options.insert("dryRun".to_owned(), vec!["All"].into());
        }
        Value::Object(options)
    }
}

/// What a write came to.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    /// As it is stored (or would be); of a removed object, its last state.
    pub(crate) stored: Arc<Stored>,
    pub(crate) created: bool,
    pub(crate) removed: bool,
    pub(crate) warnings: Vec<String>,
}
