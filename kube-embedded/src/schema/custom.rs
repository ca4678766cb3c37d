//! The schema of a custom kind, compiled: what the API server asks of it and does with it.

use std::sync::Arc;

use kube_rules::Validator;
use serde_json::{Value, json};

use super::check::{check, check_embedded};
use super::error::{FieldError, FieldErrorKind};
use super::fill;
use super::keywords;
use super::merging::merging_types;
use super::node::Node;
use super::structural;
use super::types::Types;
use super::unique::check_unique;

/// A compiled structural schema.
#[derive(Debug, Clone)]
pub struct Schema {
    root: Node,
    types: Arc<Types>,
    rules: Arc<Validator>,
    warnings: Vec<String>,
}

impl Schema {
    /// Compiles an `openAPIV3Schema`; `at` is where it stands in the CRD, for messages.
    ///
    /// # Errors
    /// Everything that the API server would not accept of it, sorted.
    pub fn compile(schema: &Value, at: &str) -> Result<Self, Vec<FieldError>> {
        let mut errors = structural::mistakes(schema, at);
        // Types for rules are made of structural schemas only.
        let of_rules = match errors.is_empty() {
            true => kube_rules::mistakes(schema, at),
            false => kube_rules::form_mistakes(schema, at),
        };
        errors.extend(of_rules.into_iter().map(FieldError::from));
        if !errors.is_empty() {
            return Err(errors);
        }
        let root = Node::read(schema);
        let types = Arc::new(merging_types(&root));
        let rules = Arc::new(Validator::new(schema));
        Ok(Self { warnings: keywords::warnings(schema), types, rules, root })
    }

    /// The schema of a kind that declares none: everything is kept, nothing is checked.
    #[must_use]
    pub fn anything() -> Self {
        let schema = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
        let root = Node::read(&schema);
        let rules = Arc::new(Validator::new(&schema));
        Self { types: Arc::new(merging_types(&root)), root, rules, warnings: Vec::new() }
    }

    /// Fills in defaults.
    pub fn apply_defaults(&self, object: &mut Value) {
        fill::apply_defaults(&self.root, object);
    }

    /// Removes fields that the schema does not declare, and says their paths, sorted.
    pub fn prune(&self, object: &mut Value) -> Vec<String> {
        let mut unknown = Vec::new();
        fill::prune(&self.root, object, "", true, &mut unknown);
        if let Some(metadata) = object.get_mut("metadata") {
            unknown.extend(self.types.prune_metadata(metadata));
        }
        unknown.sort();
        unknown
    }

    /// Removes nulls that may not be null and have no default. What is applied keeps them, and fails for it.
    pub fn drop_nulls(&self, object: &mut Value) {
        fill::drop_nulls(&self.root, object);
        self.types.drop_nulls(object);
    }

    /// Finds every mistake. On an update, mistakes at what did not change are forgiven.
    #[must_use]
    pub fn validate(&self, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        check(&self.root, object, old, "", &mut errors);
        check_embedded(&self.root, object, "", &mut errors);
        let repeated = |object: &Value| {
            let mut errors = Vec::new();
            check_unique(&self.root, object, "", &mut errors);
            errors
        };
        if old.is_none_or(|old| repeated(old).is_empty()) {
            errors.extend(repeated(object));
        }
        if self.rules.has_rules() {
            if errors.iter().any(blocks_rules) {
                let why = "some validation rules were not checked because the object was invalid; correct \
                           the existing errors to complete validation";
                errors.push(FieldError::new("<nil>", FieldErrorKind::Invalid, "null", why));
            } else {
                let verdict = self.rules.validate(object, old);
                errors.extend(verdict.mistakes.into_iter().map(FieldError::from));
            }
        }
        errors
    }

    /// The rules that an object breaks where it was not changed: the writer is warned of them.
    #[must_use]
    pub fn forgiven(&self, object: &Value, old: &Value) -> Vec<String> {
        if !self.rules.has_rules() {
            return Vec::new();
        }
        let verdict = self.rules.validate(object, Some(old));
        verdict.warnings.iter().map(ToString::to_string).collect()
    }

    /// How objects of the kind merge.
    #[must_use]
    pub fn types(&self) -> Arc<Types> {
        Arc::clone(&self.types)
    }

    /// What whoever writes the CRD is warned of.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

/// With such a mistake in an object, no rule can be asked.
fn blocks_rules(error: &FieldError) -> bool {
    matches!(
        error.kind,
        FieldErrorKind::Required
            | FieldErrorKind::NotSupported
            | FieldErrorKind::TooLong
            | FieldErrorKind::TooMany
            | FieldErrorKind::TypeInvalid
    )
}
