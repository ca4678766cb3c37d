//! An operator's admission policies: rules in, an API server that asks them by itself out.

use kube_core::Client;

use super::Operator;
use super::apply::apply;
use crate::error::Error;
use crate::error::Result;
use crate::webhook::IntoPolicy;
use crate::webhook::Policy;

impl<A: Send + Sync + 'static> Operator<A> {
    /// One more policy: what `#[policy]` leaves, or a [`Policy`]. It is among the manifests, and installed with the kinds ([`install_crds`](Self::install_crds),
    /// `run --install-crds`); the operator itself needs no right for it. One that the program no more has stays in the cluster, as a kind does.
    pub fn policy(mut self, policy: impl IntoPolicy) -> Self {
        let policy = policy.into_policy();
        self.learn(policy.versions().cloned());
        self.policies.push(policy);
        self
    }

    /// What teaches the API server the policies, as JSON: a `ValidatingAdmissionPolicy` and a `ValidatingAdmissionPolicyBinding` for each.
    ///
    /// # Errors
    /// None of these types fails to be written as JSON; the signature says so of any type.
    pub fn admission_policies(&self) -> Result<Vec<serde_json::Value>> {
        let mut objects = Vec::new();
        for policy in &self.policies {
            let (policy, binding) = policy.objects(&self.name);
            objects.push(serde_json::to_value(policy)?);
            objects.push(serde_json::to_value(binding)?);
        }
        Ok(objects)
    }

    /// What can be wrong with them before any request.
    pub(super) fn check_policies(&self) -> Result<()> {
        for (position, policy) in self.policies.iter().enumerate() {
            policy.check()?;
            let name = policy.name();
            if self.policies[..position].iter().any(|earlier| earlier.name() == name) {
                return Err(Error::msg(format!(
                    "operator `{}` has two policies called `{name}`: one would take the other's place",
                    self.name
                )));
            }
        }
        Ok(())
    }
}

/// Teaches the cluster the policies. Bindings come last, so that none is there without its policy.
pub(super) async fn install(client: &Client, operator: &str, policies: &[Policy]) -> Result<()> {
    for policy in policies {
        let (policy, binding) = policy.objects(operator);
        apply(client, operator, &policy).await?;
        apply(client, operator, &binding).await?;
        tracing::info!(policy = policy.metadata.name, "installed");
    }
    Ok(())
}
