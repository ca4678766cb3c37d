//! An admission policy in, what an API server would refuse of its expressions, or fail at with every object, out.

use k8s_openapi::api::admissionregistration::v1::ValidatingAdmissionPolicy;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;

/// Says which expressions (CEL) of a policy are none, are of the wrong type, or, where the kind is a custom one and its definition is given, name
/// fields that there are not. Without the feature `rules` nothing is looked at, and that is said.
#[must_use]
pub fn policy_problems(
    policy: &ValidatingAdmissionPolicy,
    definition: Option<&CustomResourceDefinition>,
) -> Vec<String> {
    #[cfg(feature = "rules")]
    return rules::problems(policy, definition);
    #[cfg(not(feature = "rules"))]
    {
        let _ = (policy, definition);
        let why = "its expressions cannot be checked: add `kube-testing` to the dev-dependencies, or kube-core with the feature `rules`";
        vec![why.to_owned()]
    }
}

#[cfg(feature = "rules")]
mod rules {
    use k8s_openapi::api::admissionregistration::v1::ValidatingAdmissionPolicy;
    use k8s_openapi::api::admissionregistration::v1::ValidatingAdmissionPolicySpec;
    use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
    use kube_rules::Environment;
    use kube_rules::Returns;
    use kube_rules::Wrong;
    use serde_json::Value;

    pub(super) fn problems(
        policy: &ValidatingAdmissionPolicy,
        definition: Option<&CustomResourceDefinition>,
    ) -> Vec<String> {
        let Some(spec) = &policy.spec else { return vec!["it has no `spec`".to_owned()] };
        let mut environment = Environment::new().authorizer();
        if spec.param_kind.is_some() {
            environment = environment.params();
        }
        if let Some(schema) = definition.and_then(|definition| schema(spec, definition)) {
            environment = environment.typed(&schema);
        }
        let mut problems = Vec::new();
        let mut tell = |what: &str, text: &str, outcome: Result<(), Wrong>| {
            if let Err(wrong) = outcome {
                problems.push(format!("{what} `{text}`: {}", wrong.detail));
            }
        };
        for condition in spec.match_conditions.iter().flatten() {
            let text = &condition.expression;
            tell("condition", text, environment.compile(text, Returns::Bool).map(drop));
        }
        for variable in spec.variables.iter().flatten() {
            let (name, text) = (&variable.name, &variable.expression);
            tell("variable", name, environment.variable(name, text));
        }
        let plain = environment.clone().without_authorizer();
        for rule in spec.validations.iter().flatten() {
            let text = &rule.expression;
            tell("rule", text, environment.compile(text, Returns::Bool).map(drop));
            if let Some(text) = &rule.message_expression {
                tell("message", text, plain.compile(text, Returns::Text).map(drop));
            }
        }
        problems
    }

    /// The schema of the version that the policy names; none where it is about a part that is another kind.
    fn schema(
        spec: &ValidatingAdmissionPolicySpec,
        definition: &CustomResourceDefinition,
    ) -> Option<Value> {
        let rules = spec.match_constraints.as_ref()?.resource_rules.as_ref()?;
        let [rule] = rules.as_slice() else { return None };
        let parts = rule.resources.iter().flatten();
        let whole = |resource: &String| !resource.contains('/') || resource.ends_with("/status");
        if !parts.clone().all(whole) {
            return None;
        }
        let named = |name: &String| rule.api_versions.iter().flatten().any(|own| own == name);
        let version = definition.spec.versions.iter().find(|version| named(&version.name))?;
        serde_json::to_value(version.schema.as_ref()?.open_api_v3_schema.as_ref()?).ok()
    }
}
