//! The rules of one version of a custom kind: its schema at work on a write, and on a read of another version.

use serde_json::Value;
use serde_json::json;
use std::sync::Arc;

use crate::kind::Conversion;
use crate::kind::Kind;
use crate::kind::Strategy;
use crate::schema::FieldError;
use crate::schema::Schema;

/// What a custom kind's schema says.
#[derive(Debug)]
pub(super) struct Custom {
    pub(super) schema: Arc<Schema>,
}

impl Strategy for Custom {
    fn decode(&self, _kind: &Kind, object: &mut Value) -> Result<Vec<String>, String> {
        let unknown = self.schema.prune(object);
        self.schema.drop_nulls(object);
        Ok(unknown)
    }

    fn default(&self, _kind: &Kind, object: &mut Value) {
        self.schema.apply_defaults(object);
    }

    fn validate(&self, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
        self.schema.validate(object, old)
    }

    fn validate_status(&self, object: &Value, old: &Value) -> Vec<FieldError> {
        self.schema.validate(object, Some(old))
    }

    fn forgiven(&self, object: &Value, old: &Value) -> Vec<String> {
        self.schema.forgiven(object, old)
    }
}

/// Conversion without a webhook: the version's name, and what its schema makes of the rest.
#[derive(Debug)]
pub(super) struct Renamed {
    pub(super) schema: Arc<Schema>,
    pub(super) version: String,
    pub(super) stored_version: String,
}

impl Conversion for Renamed {
    fn from_stored(&self, object: &mut Value) {
        object["apiVersion"] = json!(self.version);
        self.schema.prune(object);
        self.schema.apply_defaults(object);
    }

    fn to_stored(&self, object: &mut Value) {
        object["apiVersion"] = json!(self.stored_version);
    }
}
