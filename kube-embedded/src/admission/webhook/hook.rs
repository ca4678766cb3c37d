//! The webhooks that are registered now, in the order in which they are asked.

use crate::admission::conditions::Condition;
use crate::admission::conditions::Conditions;
use crate::admission::constraint::Constraint;
use crate::cluster::Cluster;
use crate::json;
use crate::outbound::OutboundCall;
use crate::status::Failure;
use crate::store::ResourceId;
use crate::store::Stored;
use kube_rules::Environment;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::OnceLock;
use std::time::Duration;

/// One webhook of a configuration. What validation lets through can be read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Hook {
    pub(super) name: String,
    client_config: Value,
    #[serde(flatten)]
    pub(super) constraint: Constraint,
    failure_policy: String,
    match_conditions: Vec<Condition>,
    #[serde(skip)]
    compiled: OnceLock<Conditions>,
    side_effects: String,
    timeout_seconds: u64,
    admission_review_versions: Vec<String>,
    reinvocation_policy: String,
}

impl Default for Hook {
    fn default() -> Self {
        Self {
            name: String::new(),
            client_config: Value::Null,
            constraint: Constraint::default(),
            failure_policy: "Fail".to_owned(),
            match_conditions: Vec::new(),
            compiled: OnceLock::new(),
            side_effects: String::new(),
            timeout_seconds: 10,
            admission_review_versions: Vec::new(),
            reinvocation_policy: "Never".to_owned(),
        }
    }
}

/// Why a webhook has let nothing through.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It could not be asked, or its answer is none; the failure policy decides.
    Call(String),
    /// It is told whatever the policy says.
    Refused(Failure),
}

/// Where configurations of mutating webhooks are. Every write asks, so that the name is made once.
pub(super) static MUTATING: LazyLock<ResourceId> =
    LazyLock::new(|| "admissionregistration.k8s.io/mutatingwebhookconfigurations".into());
/// Where configurations of validating webhooks are.
pub(super) static VALIDATING: LazyLock<ResourceId> =
    LazyLock::new(|| "admissionregistration.k8s.io/validatingwebhookconfigurations".into());

/// The webhooks of all configurations in this resource, by name and place.
pub(super) fn hooks(cluster: &Cluster, resource: &ResourceId) -> Vec<Arc<Hook>> {
    let all = cluster.kept.of(&cluster.store, resource, read);
    all.iter().flat_map(|own| own.iter().cloned()).collect()
}

fn read(configuration: &Stored) -> Vec<Arc<Hook>> {
    let mut hooks = Vec::new();
    let value = configuration.value();
    for webhook in value["webhooks"].as_array().into_iter().flatten() {
        match Hook::deserialize(webhook) {
            Ok(hook) => hooks.push(Arc::new(hook)),
            Err(error) => tracing::warn!(
                configuration = %configuration.name,
                %error,
                "failed to read a webhook, which is not asked"
            ),
        }
    }
    hooks
}

impl Hook {
    /// Its match conditions, if there are any.
    pub(super) fn conditions(&self) -> Option<&Conditions> {
        let compile = || {
            let environment = Environment::new().authorizer();
            Conditions::new(&environment, &self.match_conditions, self.failure_policy != "Ignore")
        };
        (!self.match_conditions.is_empty()).then(|| self.compiled.get_or_init(compile))
    }

    /// Whether it is asked again when one after it changed the object.
    pub(super) fn asks_again(&self) -> bool {
        self.reinvocation_policy == "IfNeeded"
    }

    pub(super) fn allows_dry_run(&self) -> bool {
        matches!(self.side_effects.as_str(), "None" | "NoneOnDryRun")
    }

    /// The first version of a review that it takes and that there is.
    pub(super) fn review_version(&self) -> Option<&str> {
        let known = |version: &&String| matches!(version.as_str(), "v1" | "v1beta1");
        self.admission_review_versions.iter().find(known).map(String::as_str)
    }

    /// The call that asks it.
    ///
    /// # Errors
    /// Why there is no way to call it.
    pub(super) fn call(&self, body: Value) -> Result<OutboundCall, String> {
        let timeout = Duration::from_secs(self.timeout_seconds.clamp(1, 30));
        Ok(OutboundCall::of(&self.client_config, body)?.timeout(timeout))
    }

    /// What trouble with it means for the write.
    pub(super) fn judge(&self, trouble: Trouble) -> Result<(), Failure> {
        let why = match trouble {
            Trouble::Refused(failure) => return Err(failure),
            Trouble::Call(why) => why,
        };
        if self.failure_policy == "Ignore" {
            tracing::warn!(webhook = self.name, why, "a webhook failed, and is ignored");
            return Ok(());
        }
        let name = json::quoted(&self.name);
        Err(Failure::internal(&format!("failed calling webhook {name}: {why}")))
    }
}
