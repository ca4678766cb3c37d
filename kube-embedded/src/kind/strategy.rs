//! What is a kind's own in the way of a write: hooks with a default each.

use super::Kind;
use crate::schema::FieldError;
use serde_json::Value;
use std::fmt::Debug;

/// The rules of one kind. Every hook has a default that does what most kinds want.
pub(crate) trait Strategy: Send + Sync + Debug {
    /// Checks the shape of a body and drops what the kind does not know.
    ///
    /// # Errors
    /// The text of a 400: a member has the wrong type.
    fn decode(&self, kind: &Kind, object: &mut Value) -> Result<Vec<String>, String> {
        let Some(types) = &kind.types else { return Ok(Vec::new()) };
        if let Some(error) = types.decode_error(object) {
            return Err(error);
        }
        Ok(types.prune(object))
    }

    /// Fills in what was left out: what the kind's types say, then what is its own.
    fn default(&self, kind: &Kind, object: &mut Value) {
        if let Some(types) = &kind.types {
            types.apply_defaults(object);
        }
        self.fill_in(object);
    }

    /// Fills in what no type says.
    fn fill_in(&self, object: &mut Value) {
        let _ = object;
    }

    /// Last changes before a creation is checked.
    fn prepare_create(&self, object: &mut Value, now: &str) {
        let _ = (object, now);
    }

    /// Last changes before an update is checked: what a client cannot change comes from `old`.
    fn prepare_update(&self, object: &mut Value, old: &Value) {
        let _ = (object, old);
    }

    /// Whether the change between the two counts as a new generation.
    fn new_generation(&self, object: &Value, old: &Value) -> bool {
        object.get("spec") != old.get("spec")
    }

    fn validate(&self, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
        let _ = (object, old);
        Vec::new()
    }

    fn validate_status(&self, object: &Value, old: &Value) -> Vec<FieldError> {
        let _ = (object, old);
        Vec::new()
    }

    /// Takes over how much the containers of a Pod may use, and nothing else.
    fn resize(&self, spec: &mut Value, new: &Value) {
        let _ = (spec, new);
    }

    /// What is wrong with a Pod that was resized.
    fn validate_resized(&self, object: &Value, old: &Value) -> Vec<FieldError> {
        let _ = (object, old);
        Vec::new()
    }

    /// What is wrong with containers that are added to a running Pod.
    fn validate_added(&self, object: &Value, old: &Value) -> Vec<FieldError> {
        let _ = (object, old);
        Vec::new()
    }

    /// What the writer of a change is warned of: rules that are broken where nothing was changed.
    fn forgiven(&self, object: &Value, old: &Value) -> Vec<String> {
        let _ = (object, old);
        Vec::new()
    }

    fn warnings(&self, object: &Value) -> Vec<String> {
        let _ = object;
        Vec::new()
    }

    /// Changes that a deletion makes first; true when they must be stored before anything else.
    fn prepare_delete(&self, object: &mut Value, now: &str) -> bool {
        let _ = (object, now);
        false
    }

    /// The seconds an object is given to end; `None`: it goes at once.
    fn grace(&self, object: &Value, asked: Option<i64>) -> Option<i64> {
        let _ = (object, asked);
        None
    }

    /// Whether nothing of the kind's own holds back the removal of a deleted object.
    fn finalized(&self, object: &Value) -> bool {
        let _ = object;
        true
    }

    /// The deletion policy when none is given: whether dependents are orphaned.
    fn orphans_by_default(&self) -> bool {
        false
    }
}

/// A kind without rules of its own.
#[derive(Debug)]
pub(crate) struct Plain;

impl Strategy for Plain {}
