//! The least that an operator must be allowed: its controllers' declarations in, service account, role and binding out.

use k8s_openapi::api::core::v1::ServiceAccount;
use k8s_openapi::api::rbac::v1::ClusterRole;
use k8s_openapi::api::rbac::v1::ClusterRoleBinding;
use k8s_openapi::api::rbac::v1::PolicyRule;
use k8s_openapi::api::rbac::v1::RoleRef;
use k8s_openapi::api::rbac::v1::Subject;
use kube_core::Client;
use kube_core::ObjectMeta;
use kube_core::Resource;

use crate::error::Result;
use crate::reconcile::Permissions;
use crate::reconcile::Rule;

/// What an operator runs as.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Rbac {
    /// Who it is.
    pub service_account: ServiceAccount,
    /// What it may do.
    pub cluster_role: ClusterRole,
    /// That it may.
    pub binding: ClusterRoleBinding,
}

impl Rbac {
    pub(super) fn of<'a>(
        name: &str,
        namespace: &str,
        permissions: impl Iterator<Item = &'a Permissions>,
    ) -> Self {
        let mut all = Permissions::default();
        permissions.for_each(|permissions| all.merge(permissions));
        let named = |namespace: Option<&str>| ObjectMeta {
            name: Some(name.to_owned()),
            namespace: namespace.map(ToOwned::to_owned),
            ..ObjectMeta::default()
        };
        Self {
            service_account: ServiceAccount {
                metadata: named(Some(namespace)),
                ..ServiceAccount::default()
            },
            cluster_role: ClusterRole {
                metadata: named(None),
                rules: Some(rules(all.rules())),
                ..ClusterRole::default()
            },
            binding: ClusterRoleBinding {
                metadata: named(None),
                role_ref: RoleRef {
                    api_group: Some("rbac.authorization.k8s.io".to_owned()),
                    kind: "ClusterRole".to_owned(),
                    name: name.to_owned(),
                },
                subjects: Some(vec![Subject {
                    kind: "ServiceAccount".to_owned(),
                    name: name.to_owned(),
                    namespace: Some(namespace.to_owned()),
                    api_group: None,
                }]),
            },
        }
    }

    pub(super) async fn install(&self, client: &Client, manager: &str) -> Result<()> {
        apply(client, &self.service_account, manager).await?;
        apply(client, &self.cluster_role, manager).await?;
        apply(client, &self.binding, manager).await
    }
}

async fn apply<K: Resource>(client: &Client, object: &K, manager: &str) -> Result<()> {
    client.all::<K>().apply(object).field_manager(manager).force(true).await?;
    Ok(())
}

/// Resources of one group with the same verbs share a rule.
fn rules(rules: Vec<Rule>) -> Vec<PolicyRule> {
    let mut merged: Vec<PolicyRule> = Vec::new();
    for rule in rules {
        let group = vec![rule.group];
        let verbs: Vec<String> = rule.verbs.iter().map(ToString::to_string).collect();
        let same = |present: &&mut PolicyRule| {
            present.api_groups.as_ref() == Some(&group) && present.verbs == verbs
        };
        match merged.iter_mut().find(same) {
            Some(present) => present.resources.get_or_insert_default().push(rule.resource),
            None => merged.push(PolicyRule {
                api_groups: Some(group),
                resources: Some(vec![rule.resource]),
                verbs,
                ..PolicyRule::default()
            }),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::apps::v1::Deployment;
    use k8s_openapi::api::core::v1::ConfigMap;
    use k8s_openapi::api::core::v1::Secret;
    use kube_core::request::Verb;

    use crate::controller::Controller;
    use crate::error::Result;
    use crate::flow::Action;
    use crate::indexer::Lister;
    use crate::operator::Operator;
    use crate::reconcile::Object;
    use crate::shops::Shop;

    async fn reconcile(_shop: Object<Shop>, _maps: Lister<ConfigMap>) -> Result<Action> {
        Ok(Action::done())
    }

    #[test]
    fn the_role_says_what_was_declared_and_no_more() {
        let controller = Controller::of("shops", reconcile).wired(|wiring| {
            wiring.owns::<Deployment>();
            wiring.permissions::<Secret>(&[Verb::Get]);
            wiring.subresource_permissions::<Deployment>("scale", &[Verb::Patch]);
        });
        let rbac = Operator::new("mall").controller(controller).rbac("prod");
        let rules = rbac.cluster_role.rules.unwrap();
        let shown = rules.iter().map(|rule| {
            let resources = rule.resources.as_deref().unwrap_or_default().join(",");
            format!("{resources}: {}", rule.verbs.join(" "))
        });
        let expected = [
            "configmaps: get list watch",
            "secrets: get",
            "deployments: get list watch create patch delete",
            "deployments/scale: patch",
            "events: create patch",
            "shops: get list watch patch",
            "shops/finalizers: update",
            "shops/status: get update patch",
        ];
        assert_eq!(shown.collect::<Vec<_>>(), expected);
        let subject = &rbac.binding.subjects.unwrap()[0];
        assert_eq!((subject.name.as_str(), subject.namespace.as_deref()), ("mall", Some("prod")));
    }
}
