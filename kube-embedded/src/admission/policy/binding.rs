//! A binding: whom a policy concerns, with which parameters, and what its denials come to.

use super::params;
use super::params::Reference;
use super::read;
use crate::admission::Asked;
use crate::admission::constraint::Constraint;
use crate::cluster::Cluster;
use crate::kind::Kind;
use crate::status::Failure;
use crate::store::Stored;
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec {
    policy_name: String,
    param_ref: Option<Reference>,
    match_resources: Option<Constraint>,
    validation_actions: Vec<String>,
}

/// A binding.
#[derive(Debug)]
pub(super) struct Binding {
    name: Box<str>,
    spec: Spec,
}

impl Binding {
    pub(super) fn read(stored: &Stored) -> Self {
        let spec = read("a binding of a policy", &stored.name, &stored.value()["spec"]);
        Self { name: stored.name.clone(), spec }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn is_of(&self, policy: &str) -> bool {
        self.spec.policy_name == policy
    }

    pub(super) fn denies(&self) -> bool {
        self.spec.validation_actions.iter().any(|action| action == "Deny")
    }

    pub(super) fn warns(&self) -> bool {
        self.spec.validation_actions.iter().any(|action| action == "Warn")
    }

    /// Whether the write is among those that it narrows the policy down to.
    ///
    /// # Errors
    /// Nobody can say.
    pub(super) fn concerns(
        &self,
        cluster: &Cluster,
        asked: &Asked<'_>,
        object: Option<&Value>,
    ) -> Result<bool, Failure> {
        match &self.spec.match_resources {
            Some(resources) => resources.narrows(cluster, asked, object),
            None => Ok(true),
        }
    }

    /// The parameters that the policy is asked with, once each; null: with none.
    ///
    /// # Errors
    /// They are not there, and must be.
    pub(super) async fn params(
        &self,
        cluster: &Cluster,
        kind: Option<&Kind>,
        namespace: &str,
    ) -> Result<Vec<Value>, String> {
        match (kind, &self.spec.param_ref) {
            (Some(kind), Some(reference)) => {
                params::found(cluster, kind, reference, namespace).await
            }
            _ => Ok(vec![Value::Null]),
        }
    }
}
