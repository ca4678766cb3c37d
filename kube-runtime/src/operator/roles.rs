//! What people may do with an operator's custom kinds: their definitions in, a role for admins, editors and viewers of each out.

use std::collections::BTreeMap;

use k8s_openapi::api::rbac::v1::ClusterRole;
use k8s_openapi::api::rbac::v1::PolicyRule;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube_core::ObjectMeta;

use super::Operator;

/// Who people are, what they may do with objects and with how many replicas these have, and the role of Kubernetes' own that has it too. As
/// kubebuilder has it; `edit` has what `view` has, and `admin` what `edit` has.
const WHO: [(&str, &[&str], &[&str], &str); 3] = [
    ("admin", &["*"], &["get", "patch", "update"], "admin"),
    (
        "editor",
        &["create", "delete", "get", "list", "patch", "update", "watch"],
        &["get", "patch", "update"],
        "edit",
    ),
    ("viewer", &["get", "list", "watch"], &["get"], "view"),
];

impl<A: Send + Sync + 'static> Operator<A> {
    /// Cluster roles for the people who use its custom kinds, `NAME-KIND-admin`, `-editor` and `-viewer` of each. They are bound to nobody, and
    /// aggregated to `admin`, `edit` and `view`: whoever has one of these in a namespace has it there.
    ///
    /// ```
    /// use kube_runtime::prelude::*;
    ///
    /// #[derive(Resource, Clone, Debug)]
    /// #[resource(group = "demo.example.com", version = "v1", namespaced)]
    /// struct ShopSpec { staff: i32 }
    ///
    /// #[controller]
    /// async fn open(shop: Object<Shop>) -> Result<Action> { Ok(Action::done()) }
    ///
    /// let roles = Operator::new("mall").controller(open).roles();
    /// assert_eq!(roles[2].metadata.name.as_deref(), Some("mall-shop-viewer"));
    /// ```
    #[must_use]
    pub fn roles(&self) -> Vec<ClusterRole> {
        let definitions = self.crds();
        let mut roles = Vec::new();
        for definition in &definitions {
            let kind = |of: &CustomResourceDefinition| of.spec.names.kind.to_lowercase();
            let same = definitions.iter().filter(|other| kind(other) == kind(definition)).count();
            let prefix = match same {
                1 => format!("{}-{}", self.name, kind(definition)),
                _ => format!("{}-{}.{}", self.name, kind(definition), definition.spec.group),
            };
            roles.extend(WHO.map(|who| role(definition, &prefix, who)));
        }
        roles
    }
}

fn role(
    definition: &CustomResourceDefinition,
    prefix: &str,
    (who, verbs, scales, aggregated): (&str, &[&str], &[&str], &str),
) -> ClusterRole {
    let spec = &definition.spec;
    let plural = &spec.names.plural;
    let rule = |resource: String, verbs: &[&str]| PolicyRule {
        api_groups: Some(vec![spec.group.clone()]),
        resources: Some(vec![resource]),
        verbs: verbs.iter().map(ToString::to_string).collect(),
        ..PolicyRule::default()
    };
    let has = |scale: bool| {
        spec.versions.iter().filter(|version| version.served).any(|version| {
            let below = version.subresources.as_ref();
            below.is_some_and(|it| if scale { it.scale.is_some() } else { it.status.is_some() })
        })
    };
    let mut rules = vec![rule(plural.clone(), verbs)];
    if has(false) {
        // Nobody but the operator writes it.
        rules.push(rule(format!("{plural}/status"), &["get"]));
    }
    if has(true) {
        rules.push(rule(format!("{plural}/scale"), scales));
    }
    let label = format!("rbac.authorization.k8s.io/aggregate-to-{aggregated}");
    ClusterRole {
        metadata: ObjectMeta {
            name: Some(format!("{prefix}-{who}")),
            labels: Some(BTreeMap::from([(label, "true".to_owned())])),
            ..ObjectMeta::default()
        },
        rules: Some(rules),
        ..ClusterRole::default()
    }
}
