//! An admission policy in, what an API server would refuse of its expressions, or fail at with every object, out.

use k8s_openapi::api::admissionregistration::v1::ValidatingAdmissionPolicy;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;

use crate::object::ApiResource;

/// Says which expressions (CEL) of a policy about objects of the kind `of` are none, are of the wrong type, or name fields that there are not: of
/// Kubernetes' own kinds, and of a custom one whose definition is given. Without the feature `rules` nothing is looked at, and that is said.
///
/// Differs from a server's `status.typeChecking`: subresources are checked too, and what a server wrongly says is not there (quantities, any JSON)
/// is a value of any type.
#[must_use]
pub fn policy_problems(
    policy: &ValidatingAdmissionPolicy,
    of: &ApiResource,
    definition: Option<&CustomResourceDefinition>,
) -> Vec<String> {
    #[cfg(feature = "rules")]
    return rules::problems(policy, of, definition);
    #[cfg(not(feature = "rules"))]
    {
        let _ = (policy, of, definition);
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
    use kube_rules::builtin_schema;
    use serde_json::Value;

    use crate::object::ApiResource;

    pub(super) fn problems(
        policy: &ValidatingAdmissionPolicy,
        of: &ApiResource,
        definition: Option<&CustomResourceDefinition>,
    ) -> Vec<String> {
        let Some(spec) = &policy.spec else { return vec!["it has no `spec`".to_owned()] };
        let mut environment = Environment::new().authorizer();
        if spec.param_kind.is_some() {
            environment = environment.params();
        }
        environment = match about(spec, of, definition) {
            Some(About::Object(schema)) => environment.typed(&schema),
            Some(About::Connection(options)) => environment.connected(&options),
            None => environment,
        };
        let mut problems = Vec::new();
        let mut tell = |what: &str, text: &str, outcome: Result<(), Wrong>| {
            if let Err(wrong) = outcome {
                let meant = wrong.meant.map(|name| format!("\ndid you mean `{name}`?"));
                problems.push(format!(
                    "{what} `{text}`: {}{}",
                    wrong.detail,
                    meant.unwrap_or_default()
                ));
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

    /// The parts of objects that are of a kind of their own.
    const PARTS: [(&str, &str, &str); 4] = [
        ("binding", "v1", "Binding"),
        ("eviction", "policy/v1", "Eviction"),
        ("scale", "autoscaling/v1", "Scale"),
        ("token", "authentication.k8s.io/v1", "TokenRequest"),
    ];
    /// The options that whoever connects to a part sends.
    const CONNECTIONS: [(&str, &str, &str); 6] = [
        ("nodes", "proxy", "NodeProxyOptions"),
        ("pods", "attach", "PodAttachOptions"),
        ("pods", "exec", "PodExecOptions"),
        ("pods", "portforward", "PodPortForwardOptions"),
        ("pods", "proxy", "PodProxyOptions"),
        ("services", "proxy", "ServiceProxyOptions"),
    ];

    /// What the rules of a policy are about, as a schema.
    enum About {
        Object(Value),
        Connection(Value),
    }

    /// In the version that the policy names; none where that is not known.
    fn about(
        spec: &ValidatingAdmissionPolicySpec,
        of: &ApiResource,
        definition: Option<&CustomResourceDefinition>,
    ) -> Option<About> {
        let rules = spec.match_constraints.as_ref()?.resource_rules.as_ref()?;
        let [rule] = rules.as_slice() else { return None };
        let [resource] = rule.resources.as_deref()? else { return None };
        if let Some((plural, part)) = resource.split_once('/') {
            if let Some((_, version, kind)) = PARTS.iter().find(|(name, ..)| *name == part) {
                return builtin_schema(version, kind).map(About::Object);
            }
            let sent = |to: &&(&str, &str, &str)| (to.0, to.1) == (plural, part);
            if let Some((.., kind)) = CONNECTIONS.iter().find(sent).filter(|_| of.group.is_empty())
            {
                return builtin_schema("v1", kind).map(About::Connection);
            }
        }
        let Some(definition) = definition else {
            return builtin_schema(&of.api_version(), &of.kind).map(About::Object);
        };
        let named = |name: &String| rule.api_versions.iter().flatten().any(|own| own == name);
        let version = definition.spec.versions.iter().find(|version| named(&version.name))?;
        let schema = version.schema.as_ref()?.open_api_v3_schema.as_ref()?;
        serde_json::to_value(schema).ok().map(About::Object)
    }
}
