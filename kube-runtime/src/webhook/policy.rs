//! Rules that the API server asks by itself, instead of a webhook: expressions (CEL) about changes of a kind in, a policy and its binding out.

use k8s_openapi::api::admissionregistration::v1::MatchResources;
use k8s_openapi::api::admissionregistration::v1::NamedRuleWithOperations;
use k8s_openapi::api::admissionregistration::v1::ValidatingAdmissionPolicy;
use k8s_openapi::api::admissionregistration::v1::ValidatingAdmissionPolicyBinding;
use k8s_openapi::api::admissionregistration::v1::ValidatingAdmissionPolicyBindingSpec;
use k8s_openapi::api::admissionregistration::v1::ValidatingAdmissionPolicySpec;
use k8s_openapi::api::admissionregistration::v1::Validation;
use k8s_openapi::api::admissionregistration::v1::Variable;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube_core::ApiResource;
use kube_core::ObjectMeta;
use kube_core::Resource;
use kube_core::Versions;
use kube_core::definition::policy_problems;

use super::hook::check_name;
use super::registration::On;
use super::registration::Registration;
use crate::error::Error;
use crate::error::Result;

/// Rules about changes of objects of a kind that the API server evaluates itself: no webhook is asked, none has to run. What `#[policy]` makes.
///
/// ```
/// use k8s_openapi::api::apps::v1::Deployment;
/// use kube_runtime::webhook::{On, Policy, PolicyRule};
///
/// let policy = Policy::of::<Deployment>("few_replicas")
///     .on([On::Create, On::Update])
///     .variable("replicas", "object.spec.?replicas.orValue(1)")
///     .rule(PolicyRule::new("variables.replicas <= 5").message("at most five replicas"));
/// assert_eq!(policy.name(), "few_replicas");
/// ```
#[derive(Clone, Debug)]
#[must_use = "it is given to `Operator::policy`"]
pub struct Policy {
    name: String,
    resource: ApiResource,
    definition: Option<CustomResourceDefinition>,
    versions: Option<Versions>,
    registration: Registration,
    variables: Vec<(String, String)>,
    rules: Vec<PolicyRule>,
    warns: bool,
}

/// One rule of a policy: an expression that has to be true.
#[derive(Clone, Debug)]
#[must_use = "it is given to `Policy::rule`"]
#[non_exhaustive]
pub struct PolicyRule {
    /// The expression (CEL).
    pub cel: String,
    /// What is said when it is not true; the expression, if nothing is said.
    pub message: Option<String>,
    /// An expression of what is said.
    pub message_expression: Option<String>,
    /// The reason of the refusal: `Invalid` (422), `Forbidden` (403) or `RequestEntityTooLarge` (413); `Invalid`, if nothing is said.
    pub reason: Option<String>,
}

impl PolicyRule {
    /// This expression has to be true.
    pub fn new(cel: impl Into<String>) -> Self {
        Self { cel: cel.into(), message: None, message_expression: None, reason: None }
    }

    /// Sets [`PolicyRule::message`].
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// Sets [`PolicyRule::message_expression`].
    pub fn message_expression(mut self, cel: impl Into<String>) -> Self {
        self.message_expression = Some(cel.into());
        self
    }

    /// Sets [`PolicyRule::reason`].
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }
}

impl Policy {
    /// A policy about objects of kind `K`, without rules yet. With `-` for `_` and the operator behind, its name is that of the cluster's object.
    pub fn of<K: Resource>(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            resource: K::RESOURCE,
            definition: K::custom_definition(),
            versions: K::versions(),
            registration: Registration::default(),
            variables: Vec::new(),
            rules: Vec::new(),
            warns: false,
        }
    }

    /// When it is asked; when an object is made or changed, if nothing is said.
    pub fn on(mut self, operations: impl IntoIterator<Item = On>) -> Self {
        self.registration.on = operations.into_iter().collect();
        self
    }

    /// It is about this subresource instead of the object itself, as `scale`.
    pub fn subresource(mut self, name: impl Into<String>) -> Self {
        self.registration.subresource = Some(name.into());
        self
    }

    /// A change at which an expression fails is let through; otherwise it is denied.
    pub fn ignores_failure(mut self) -> Self {
        self.registration.ignores_failure = true;
        self
    }

    /// Only objects with these labels, before or after the change: `"app=web"`.
    pub fn labels(mut self, selector: &str) -> Self {
        self.registration.objects = self.registration.selector(selector);
        self
    }

    /// Only objects in namespaces with these labels.
    pub fn namespaces(mut self, selector: &str) -> Self {
        self.registration.namespaces = self.registration.selector(selector);
        self
    }

    /// Only changes for which this expression is true; one more `matchConditions`.
    pub fn condition(mut self, name: impl Into<String>, cel: impl Into<String>) -> Self {
        self.registration.conditions.push((name.into(), cel.into()));
        self
    }

    /// An expression that those after it name `variables.NAME`. It is evaluated when it is first needed, and once.
    pub fn variable(mut self, name: impl Into<String>, cel: impl Into<String>) -> Self {
        self.variables.push((name.into(), cel.into()));
        self
    }

    /// One more rule. Who breaks several is told of the first.
    pub fn rule(mut self, rule: PolicyRule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Who breaks a rule is warned, and not refused.
    pub fn warns(mut self) -> Self {
        self.warns = true;
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The kind that it is about.
    #[must_use]
    pub fn resource(&self) -> &ApiResource {
        &self.resource
    }

    pub(crate) fn definition(&self) -> Option<&CustomResourceDefinition> {
        self.definition.as_ref()
    }

    pub(crate) fn versions(&self) -> Option<&Versions> {
        self.versions.as_ref()
    }

    /// What was said that cannot be.
    pub(crate) fn check(&self) -> Result<()> {
        let name = &self.name;
        check_name(name, "a policy")?;
        if let [first, ..] = &self.registration.mistakes[..] {
            return Err(Error::msg(format!("policy `{name}` cannot be asked: {first}")));
        }
        if self.rules.is_empty() {
            return Err(Error::msg(format!(
                "policy `{name}` has no rules, which the API server refuses: add one with `.rule(..)`"
            )));
        }
        Ok(())
    }

    /// What is said of it, for people.
    pub(crate) fn said(&self) -> Vec<(&'static str, String)> {
        let mut said = self.registration.said();
        said.retain(|(name, _)| *name != "time limit");
        let variables = self.variables.iter().map(|(name, cel)| format!("{name} = {cel}"));
        said.extend(variables.map(|text| ("variable", text)));
        said.extend(self.rules.iter().map(|rule| ("rule", rule.cel.clone())));
        let broken = if self.warns { "warned of" } else { "denied" };
        said.push(("broken", broken.to_owned()));
        said
    }

    /// The policy and its binding, as the operator of this name installs them.
    pub(crate) fn objects(
        &self,
        operator: &str,
    ) -> (ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding) {
        let name = format!("{}.{operator}", self.name.replace('_', "-"));
        let metadata = || ObjectMeta { name: Some(name.clone()), ..ObjectMeta::default() };
        let policy = ValidatingAdmissionPolicy {
            metadata: metadata(),
            spec: Some(self.spec()),
            status: None,
        };
        let action = if self.warns { "Warn" } else { "Deny" };
        let binding = ValidatingAdmissionPolicyBinding {
            metadata: metadata(),
            spec: ValidatingAdmissionPolicyBindingSpec {
                policy_name: name.clone(),
                validation_actions: vec![action.to_owned()],
                ..ValidatingAdmissionPolicyBindingSpec::default()
            },
        };
        (policy, binding)
    }

    fn spec(&self) -> ValidatingAdmissionPolicySpec {
        let registration = &self.registration;
        let rule = registration.rule(&self.resource);
        let named = NamedRuleWithOperations {
            api_groups: rule.api_groups,
            api_versions: rule.api_versions,
            operations: rule.operations,
            resource_names: None,
            resources: rule.resources,
            scope: rule.scope,
        };
        let variable = |(name, expression): &(String, String)| Variable {
            name: name.clone(),
            expression: expression.clone(),
        };
        let validation = |rule: &PolicyRule| Validation {
            expression: rule.cel.clone(),
            message: rule.message.clone(),
            message_expression: rule.message_expression.clone(),
            reason: rule.reason.clone(),
        };
        ValidatingAdmissionPolicySpec {
            failure_policy: registration.failure_policy(),
            match_conditions: registration.conditions(),
            match_constraints: Some(MatchResources {
                match_policy: Some("Equivalent".to_owned()),
                namespace_selector: registration.namespaces.clone(),
                object_selector: registration.objects.clone(),
                resource_rules: Some(vec![named]),
                ..MatchResources::default()
            }),
            validations: Some(self.rules.iter().map(validation).collect()),
            variables: (!self.variables.is_empty())
                .then(|| self.variables.iter().map(variable).collect()),
            ..ValidatingAdmissionPolicySpec::default()
        }
    }
}

/// What can be given to an operator as a policy: a [`Policy`], or what has `#[policy]` above it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a policy",
    note = "a policy is `Policy::of::<Kind>(..)`, or a struct without fields with `#[policy(kind = .., rule(..))]` above it"
)]
pub trait IntoPolicy {
    /// The policy.
    fn into_policy(self) -> Policy;
}

impl IntoPolicy for Policy {
    fn into_policy(self) -> Self {
        self
    }
}

/// Fails with everything that an API server would refuse of a policy; what `#[policy]` has its test call.
///
/// # Panics
/// When something is wrong.
pub fn check_policy(policy: impl IntoPolicy) {
    let policy = policy.into_policy();
    let mut found: Vec<String> =
        policy.check().err().into_iter().map(|error| error.to_string()).collect();
    found.extend(policy_problems(
        &policy.objects("operator").0,
        &policy.resource,
        policy.definition(),
    ));
    assert!(found.is_empty(), "policy `{}` is wrong:\n- {}", policy.name, found.join("\n- "));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shops::Shop;
    use serde_json::json;

    #[test]
    fn a_policy_is_bound_to_what_it_is_about() {
        let policy = Policy::of::<Shop>("small_shops")
            .on([On::Update])
            .labels("size=small")
            .condition("not-by-us", "request.userInfo.username != 'me'")
            .variable("name", "object.metadata.name")
            .rule(PolicyRule::new("variables.name != 'x'").message("not x").reason("Forbidden"));
        policy.check().unwrap();
        let (policy, binding) = policy.objects("mall");
        let name = "small-shops.mall";
        let binding = serde_json::to_value(&binding).unwrap();
        assert_eq!(binding["spec"], json!({"policyName": name, "validationActions": ["Deny"]}));
        let policy = serde_json::to_value(&policy).unwrap();
        assert_eq!(policy["metadata"]["name"], name);
        let spec = &policy["spec"];
        assert_eq!(spec["matchConstraints"]["resourceRules"][0]["operations"], json!(["UPDATE"]));
        let labels = &spec["matchConstraints"]["objectSelector"]["matchExpressions"][0];
        assert_eq!(*labels, json!({"key": "size", "operator": "In", "values": ["small"]}));
        let rule = json!({"expression": "variables.name != 'x'", "message": "not x",
            "reason": "Forbidden"});
        assert_eq!(spec["validations"], json!([rule]));
    }

    #[test]
    fn a_policy_without_rules_is_refused_before_any_request() {
        let told = Policy::of::<Shop>("idle").check().unwrap_err().to_string();
        assert!(told.contains("policy `idle` has no rules"), "{told}");
        let rule = || PolicyRule::new("true");
        let told = Policy::of::<Shop>("Idle").rule(rule()).check().unwrap_err().to_string();
        assert!(told.contains("cannot be the name of a policy"), "{told}");
    }
}
