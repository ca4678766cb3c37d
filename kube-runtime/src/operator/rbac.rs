//! The least that an operator must be allowed: its controllers' declarations in, service account, role and binding out.

use k8s_openapi::api::core::v1::ServiceAccount;
use k8s_openapi::api::rbac::v1::ClusterRole;
use k8s_openapi::api::rbac::v1::ClusterRoleBinding;
use k8s_openapi::api::rbac::v1::PolicyRule;
use k8s_openapi::api::rbac::v1::Role;
use k8s_openapi::api::rbac::v1::RoleBinding;
use k8s_openapi::api::rbac::v1::RoleRef;
use k8s_openapi::api::rbac::v1::Subject;
use kube_core::Client;
use kube_core::ObjectMeta;
use kube_core::Resource;
use serde_json::Value;

use crate::error::Result;
use crate::leader::LeaderElection;
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
    /// What leader election needs, in the namespace of the lease; none without leader election.
    pub lease: Option<LeaseRole>,
}

/// The role about one lease.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LeaseRole {
    /// What may be done with the lease, and that events may be recorded about it.
    pub role: Role,
    /// That it may.
    pub binding: RoleBinding,
}

impl Rbac {
    pub(super) fn of<'a>(
        name: &str,
        namespace: &str,
        permissions: impl Iterator<Item = &'a Permissions>,
        election: Option<&LeaderElection>,
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
                role_ref: role_ref("ClusterRole", name),
                subjects: Some(vec![service_account(name, namespace)]),
            },
            lease: election.map(|election| LeaseRole::of(name, namespace, election)),
        }
    }

    /// All of them, in the order in which they are installed.
    ///
    /// # Errors
    /// None of these types fails to be written as JSON; the signature says so of any type.
    pub fn objects(&self) -> Result<Vec<Value>> {
        let mut objects = vec![
            serde_json::to_value(&self.service_account)?,
            serde_json::to_value(&self.cluster_role)?,
            serde_json::to_value(&self.binding)?,
        ];
        if let Some(lease) = &self.lease {
            objects.push(serde_json::to_value(&lease.role)?);
            objects.push(serde_json::to_value(&lease.binding)?);
        }
        Ok(objects)
    }

    pub(super) async fn install(&self, client: &Client, manager: &str) -> Result<()> {
        apply(client, &self.service_account, manager).await?;
        apply(client, &self.cluster_role, manager).await?;
        apply(client, &self.binding, manager).await?;
        if let Some(lease) = &self.lease {
            apply(client, &lease.role, manager).await?;
            apply(client, &lease.binding, manager).await?;
        }
        Ok(())
    }
}

impl LeaseRole {
    fn of(name: &str, namespace: &str, election: &LeaderElection) -> Self {
        let metadata = ObjectMeta {
            name: Some(format!("{name}-leader-election")),
            namespace: Some(election.namespace.as_deref().unwrap_or(namespace).to_owned()),
            ..ObjectMeta::default()
        };
        let rule = |group: &str, resource: &str, lease: Option<&str>, verbs: &[&str]| PolicyRule {
            api_groups: Some(vec![group.to_owned()]),
            resources: Some(vec![resource.to_owned()]),
            resource_names: lease.map(|lease| vec![lease.to_owned()]),
            verbs: verbs.iter().map(ToString::to_string).collect(),
            ..PolicyRule::default()
        };
        let lease = election.lease.as_deref().unwrap_or(name);
        let leases = "coordination.k8s.io";
        Self {
            role: Role {
                metadata: metadata.clone(),
                rules: Some(vec![
                    // What is made has no name yet when that is looked at.
                    rule(leases, "leases", None, &["create"]),
                    rule(leases, "leases", Some(lease), &["get", "update"]),
                    rule("events.k8s.io", "events", None, &["create", "patch"]),
                ]),
            },
            binding: RoleBinding {
                role_ref: role_ref("Role", metadata.name.as_deref().unwrap_or_default()),
                subjects: Some(vec![service_account(name, namespace)]),
                metadata,
            },
        }
    }
}

fn role_ref(kind: &str, name: &str) -> RoleRef {
    RoleRef {
        api_group: Some("rbac.authorization.k8s.io".to_owned()),
        kind: kind.to_owned(),
        name: name.to_owned(),
    }
}

fn service_account(name: &str, namespace: &str) -> Subject {
    Subject {
        kind: "ServiceAccount".to_owned(),
        name: name.to_owned(),
        namespace: Some(namespace.to_owned()),
        api_group: None,
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
    use crate::leader::LeaderElection;
    use crate::operator::Operator;
    use crate::reconcile::Object;
    use crate::shops::Shop;

    async fn reconcile(_shop: Object<Shop>, _maps: Lister<ConfigMap>) -> Result<Action> {
        Ok(Action::done())
    }

    #[test]
    fn only_leader_election_asks_for_a_lease_and_for_that_one_only() {
        let operator = || Operator::new("mall").controller(Controller::of("shops", reconcile));
        assert_eq!(operator().rbac("prod").lease, None);
        let election = LeaderElection::default();
        for (election, namespace, name) in [
            (election.clone(), "prod", "mall"),
            (election.namespace("locks").lease("malls"), "locks", "malls"),
        ] {
            let rbac = operator().leader_election(election).rbac("prod");
            let kinds = rbac.objects().unwrap().into_iter().map(|object| object["kind"].clone());
            let kinds: Vec<_> = kinds.collect();
            assert_eq!(kinds[1..], ["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"]);
            let lease = rbac.lease.unwrap();
            assert_eq!(lease.role.metadata.namespace.as_deref(), Some(namespace));
            let rules = lease.role.rules.unwrap();
            assert_eq!(rules[1].resource_names, Some(vec![name.to_owned()]));
            assert_eq!(rules[1].verbs, ["get", "update"]);
            let subject = &lease.binding.subjects.unwrap()[0];
            assert_eq!(subject.namespace.as_deref(), Some("prod"));
        }
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
