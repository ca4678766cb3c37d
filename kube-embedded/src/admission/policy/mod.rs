//! Validating admission policies: a write in; nothing, or the first denial, out.
//!
//! Promises:
//! - Policies are asked before webhooks, in the order of their names; of several denials the first is told.
//! - A policy without a binding concerns nobody.
//! - Policies and webhook configurations are never judged by policies.
//!
//! Mirrors: kubernetes apiserver pkg/admission/plugin/policy/validating/dispatcher.go
//! Differs: there is no audit log: what is to be written there is evaluated, as its errors deny, and dropped.

mod binding;
mod definition;
mod params;
#[cfg(test)]
mod tests;

use crate::admission::Asked;
use crate::admission::conditions::Clerk;
use crate::admission::constraint;
use crate::admission::request;
use crate::cluster::Cluster;
use crate::json;
use crate::kind::Kind;
use crate::status::Failure;
use crate::store::ResourceId;
use binding::Binding;
use definition::Denial;
use definition::Policy;
use kube_rules::Subject;
use serde_json::Value;
use std::sync::Arc;
use std::sync::LazyLock;

static POLICIES: LazyLock<ResourceId> =
    LazyLock::new(|| "admissionregistration.k8s.io/validatingadmissionpolicies".into());
static BINDINGS: LazyLock<ResourceId> =
    LazyLock::new(|| "admissionregistration.k8s.io/validatingadmissionpolicybindings".into());

/// Asks the policies about a write; `object` is `None` for a deletion.
///
/// # Errors
/// The first denial, or the first policy that could not be asked and must be.
pub(super) async fn validate(
    cluster: &Cluster,
    asked: &Asked<'_>,
    object: Option<&Value>,
) -> Result<(), Failure> {
    let policies = cluster.kept.of(&cluster.store, &POLICIES, Policy::read);
    if policies.is_empty() {
        return Ok(());
    }
    let bindings = cluster.kept.of(&cluster.store, &BINDINGS, Binding::read);
    let mut write = Write { cluster, asked, object, denied: None };
    for policy in &policies {
        write.ask(policy, &bindings).await?;
    }
    write.denied.map_or(Ok(()), Err)
}

/// One write on its way through all policies.
struct Write<'a> {
    cluster: &'a Cluster,
    asked: &'a Asked<'a>,
    object: Option<&'a Value>,
    /// The first denial.
    denied: Option<Failure>,
}

/// What a policy sees of a write.
struct Seen {
    request: Value,
    object: Value,
    old: Value,
    namespace: Value,
}

impl Write<'_> {
    async fn ask(&mut self, policy: &Policy, bindings: &[Arc<Binding>]) -> Result<(), Failure> {
        let (cluster, asked) = (self.cluster, self.asked);
        let kind = match policy.constraint().version_for(cluster, asked, self.object) {
            Ok(Some(kind)) => kind,
            Ok(None) => return Ok(()),
            Err(failure) => {
                self.misconfigured(policy, None, failure.message());
                return Ok(());
            }
        };
        let params = match policy.param_kind(cluster) {
            Ok(params) => params,
            Err(why) => {
                self.misconfigured(policy, None, &why);
                return Ok(());
            }
        };
        let mut seen = None;
        for binding in bindings.iter().filter(|binding| binding.is_of(policy.name())) {
            match binding.concerns(cluster, asked, self.object) {
                Ok(true) => {}
                Ok(false) => continue,
                Err(failure) => {
                    self.misconfigured(policy, Some(binding), failure.message());
                    continue;
                }
            }
            let namespace = asked.namespace();
            let params = match binding.params(cluster, params.as_deref(), namespace).await {
                Ok(params) => params,
                Err(why) => {
                    self.misconfigured(policy, Some(binding), &why);
                    continue;
                }
            };
            if seen.is_none() && !params.is_empty() {
                match self.seen(&kind).await? {
                    Ok(found) => seen = Some(found),
                    Err(why) => {
                        let why = format!("failed to convert object version: {why}");
                        self.misconfigured(policy, Some(binding), &why);
                        continue;
                    }
                }
            }
            let Some(seen) = &seen else { continue };
            for params in &params {
                self.judge(policy, binding, seen, params);
            }
        }
        Ok(())
    }

    /// What is seen in the version of `kind`; the inner error is of the conversion.
    async fn seen(&self, kind: &Kind) -> Result<Result<Seen, String>, Failure> {
        let (cluster, asked) = (self.cluster, self.asked);
        let namespace = match asked.review.namespace {
            _ if asked.is_namespace() => Value::Null,
            "" => Value::Null,
            name => told(constraint::namespace(cluster, name)?),
        };
        let object = match asked.shown(cluster, kind, self.object).await {
            Ok(object) => object.unwrap_or_default(),
            Err(failure) => return Ok(Err(failure.message().to_owned())),
        };
        let old = match asked.shown(cluster, kind, asked.review.old).await {
            Ok(old) => old.unwrap_or_default(),
            Err(failure) => return Ok(Err(failure.message().to_owned())),
        };
        Ok(Ok(Seen { request: request::request(asked, kind), object, old, namespace }))
    }

    fn judge(&mut self, policy: &Policy, binding: &Binding, seen: &Seen, params: &Value) {
        let subject =
            Subject::new(&seen.request).object(&seen.object).old(&seen.old).params(params);
        let clerk = Clerk::new(self.cluster, self.asked.review.user);
        let judged = policy.judge(subject, &seen.namespace, &clerk);
        for denial in judged.denials {
            if binding.warns() {
                let (policy, name, why) = (policy.name(), binding.name(), &denial.message);
                self.asked.warned.add(format!(
                    "Validation failed for ValidatingAdmissionPolicy '{policy}' with binding \
                     '{name}': {why}"
                ));
            }
            if binding.denies() {
                self.deny(policy, Some(binding), &denial);
            }
        }
        for message in judged.annotation_errors {
            self.deny(policy, Some(binding), &Denial { message, reason: None });
        }
    }

    /// A policy, or a binding of it, that cannot be asked: its failure policy decides.
    fn misconfigured(&mut self, policy: &Policy, binding: Option<&Binding>, why: &str) {
        if !policy.fails() {
            return;
        }
        let what = if binding.is_some() { "binding" } else { "policy" };
        let message = format!("failed to configure {what}: {why}");
        self.deny(policy, binding, &Denial { message, reason: None });
    }

    fn deny(&mut self, policy: &Policy, binding: Option<&Binding>, denial: &Denial) {
        if self.denied.is_some() {
            return;
        }
        let with = binding.map(|own| format!(" with binding '{}'", own.name()));
        let (policy, with, why) = (policy.name(), with.unwrap_or_default(), &denial.message);
        let why = format!("ValidatingAdmissionPolicy '{policy}'{with} denied request: {why}");
        let reason = denial.reason.as_deref().unwrap_or("Invalid");
        let code = match reason {
            "Forbidden" => 403,
            "Unauthorized" => 401,
            "RequestEntityTooLarge" => 413,
            _ => 422,
        };
        let kind = self.asked.review.kind;
        let failure = Failure::forbidden(kind.name(), &self.named(), &why);
        let failure = failure.with_reason(code, reason.to_owned());
        self.denied = Some(failure.with_cause("", &why, ""));
    }

    /// The object as errors name it.
    fn named(&self) -> String {
        let metadata = self.object.map(|object| &object["metadata"]);
        let text = |member: &str| metadata.and_then(|own| own[member].as_str()).unwrap_or_default();
        [self.asked.review.name, text("name"), text("generateName"), "Unknown"]
            .into_iter()
            .find(|name| !name.is_empty())
            .unwrap_or_default()
            .to_owned()
    }
}

/// What expressions are told of a namespace.
fn told(mut namespace: Value) -> Value {
    if let Some(metadata) = namespace.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata
            .retain(|member, _| !matches!(member.as_str(), "managedFields" | "ownerReferences"));
    }
    namespace
}

/// Group, version and kind as Go prints them.
fn printed(api_version: &str, kind: &str) -> String {
    let slash = if api_version.contains('/') { "" } else { "/" };
    format!("{slash}{api_version}, Kind={kind}")
}

/// Reads what validation let through.
fn read<T: Default + serde::de::DeserializeOwned>(what: &str, name: &str, spec: &Value) -> T {
    serde_json::from_value(spec.clone()).unwrap_or_else(|error| {
        tracing::warn!(what, name = json::quoted(name), %error, "failed to read it; it concerns nobody");
        T::default()
    })
}
