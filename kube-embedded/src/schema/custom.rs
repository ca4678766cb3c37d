//! The schema of a custom kind, compiled: what the API server asks of it and does with it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::check::{check, check_embedded};
use super::error::FieldError;
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
    warnings: Vec<String>,
}

impl Schema {
    /// Compiles an `openAPIV3Schema`; `at` is where it stands in the CRD, for messages.
    ///
    /// # Errors
    /// Everything that the API server would not accept of it, sorted.
    pub fn compile(schema: &Value, at: &str) -> Result<Self, Vec<FieldError>> {
        let errors = structural::mistakes(schema, at);
        let root = Node::read(schema);
        if !errors.is_empty() {
            return Err(errors);
        }
        let types = Arc::new(merging_types(&root));
        Ok(Self { warnings: keywords::warnings(schema), types, root })
    }

    /// The schema of a kind that declares none: everything is kept, nothing is checked.
    #[must_use]
    pub fn anything() -> Self {
        let schema = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
        let root = Node::read(&schema);
        Self { types: Arc::new(merging_types(&root)), root, warnings: Vec::new() }
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
        errors
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
