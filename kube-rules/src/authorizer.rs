//! Whether somebody may do something, as an expression asks it: a question in, a decision out.
//!
//! Mirrors: apiserver pkg/cel/library/authz.go

use std::fmt;

/// Who answers the questions of expressions (`authorizer.group('').resource('pods').check('create')`).
pub trait Authorizer: Sync {
    /// Whether what is asked about is allowed.
    fn decide(&self, question: &Question) -> Decision;
}

/// What an expression asks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Question {
    /// The namespace and the name of a service account; none: whoever made the request.
    pub service_account: Option<(String, String)>,
    /// What is to be done.
    pub verb: String,
    /// The group of the resource.
    pub group: String,
    /// The plural of the kind; empty: the question is about `path`.
    pub resource: String,
    /// The part of the object, or nothing.
    pub subresource: String,
    /// The namespace, or nothing.
    pub namespace: String,
    /// The object, or nothing.
    pub name: String,
    /// A path that is no resource.
    pub path: String,
}

/// The answer to a question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// It is allowed.
    pub allowed: bool,
    /// Why.
    pub reason: String,
    /// What kept the question from being answered.
    pub error: Option<String>,
}

/// How far an expression has come with its question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stage {
    Whom,
    Path,
    Group,
    Resource,
    Decided(Decision),
}

/// A question that an expression is about to ask.
#[derive(Clone)]
pub(crate) struct Asking<'a> {
    pub(crate) whom: &'a dyn Authorizer,
    pub(crate) question: Question,
    pub(crate) stage: Stage,
}

impl<'a> Asking<'a> {
    pub(crate) fn new(whom: &'a dyn Authorizer) -> Self {
        Self { whom, question: Question::default(), stage: Stage::Whom }
    }

    pub(crate) fn type_name(&self) -> &'static str {
        match self.stage {
            Stage::Whom => "kubernetes.authorization.Authorizer",
            Stage::Path => "kubernetes.authorization.PathCheck",
            Stage::Group => "kubernetes.authorization.GroupCheck",
            Stage::Resource => "kubernetes.authorization.ResourceCheck",
            Stage::Decided(_) => "kubernetes.authorization.Decision",
        }
    }
}

impl fmt::Debug for Asking<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Asking")
            .field("question", &self.question)
            .field("stage", &self.stage)
            .finish_non_exhaustive()
    }
}
