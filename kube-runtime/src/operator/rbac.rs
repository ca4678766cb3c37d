//! The least that an operator must be allowed: its controllers' declarations in, service account, role and binding out.

use std::collections::BTreeMap;

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
use serde_json::Value;

use crate::error::Result;
use crate::leader::LeaderElection;
use crate::reconcile::Permissions;
use crate::reconcile::Rule;
use crate::reconcile::Wiring;
use crate::writeback::event::EventApi;

use super::apply::apply;
use super::webhooks::Hooks;

/// What an operator runs as.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Rbac {
    /// Who it is.
    pub service_account: ServiceAccount,
    /// What it may do in the whole cluster; none if it, or each of its controllers, keeps to some namespaces and deals with no kind of the cluster.
    pub cluster: Option<ClusterAccess>,
    /// What it may do, beside that, in each of the namespaces that it or one of its controllers keeps to.
    pub namespaces: Vec<NamespaceAccess>,
    /// What leader election needs, in the namespace of the lease: about one lease, with a coordinated election about candidates, and that events
    /// may be recorded. None without leader election.
    pub lease: Option<NamespaceAccess>,
    /// What keeping the certificate of its webhooks needs, in its own namespace. None without webhooks, and where somebody else keeps it.
    pub webhooks: Option<NamespaceAccess>,
}

/// A role for the whole cluster.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ClusterAccess {
    /// What may be done.
    pub role: ClusterRole,
    /// That the operator may.
    pub binding: ClusterRoleBinding,
}

/// A role in one namespace.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct NamespaceAccess {
    /// What may be done.
    pub role: Role,
    /// That the operator may.
    pub binding: RoleBinding,
}

/// What an operator is allowed things for.
pub(super) struct Needs<'operator> {
    pub(super) name: &'operator str,
    pub(super) wirings: &'operator [&'operator Wiring],
    pub(super) namespaces: Option<&'operator [String]>,
    pub(super) election: Option<&'operator LeaderElection>,
    pub(super) events: EventApi,
    /// Whether the API server is asked who others are and what they may do.
    pub(super) reviews: bool,
    pub(super) hooks: &'operator Hooks,
}

/// Where events about objects of the cluster are.
const EVENTS_OF_THE_CLUSTER: &str = "default";

/// Permissions, and where they are given.
#[derive(Default)]
struct Places<'operator> {
    everywhere: Permissions,
    inside: BTreeMap<&'operator str, Permissions>,
}

impl<'operator> Places<'operator> {
    /// What is about objects in namespaces is given in these only, if there are such.
    fn add(&mut self, permissions: &Permissions, kept: Option<&'operator [String]>) {
        let Some(kept) = kept else { return self.everywhere.merge(permissions) };
        let (inside, of_the_cluster) = permissions.by_scope();
        self.everywhere.merge(&of_the_cluster);
        for place in kept {
            self.inside.entry(place).or_default().merge(&inside);
        }
    }
}

impl Needs<'_> {
    pub(super) fn rbac(&self, namespace: &str) -> Rbac {
        let Places { everywhere, inside } = self.places();
        let access = |(place, permissions): (&str, Permissions)| {
            NamespaceAccess::of(
                self.name,
                (self.name, namespace),
                place,
                rules(permissions.rules()),
            )
        };
        let mut of_the_cluster = rules(everywhere.rules());
        if self.reviews {
            of_the_cluster.push(review("authentication.k8s.io", "tokenreviews"));
            of_the_cluster.push(review("authorization.k8s.io", "subjectaccessreviews"));
        }
        let (webhooks_inside, webhooks_of_the_cluster) = self.hooks.rules(self.name);
        of_the_cluster.extend(webhooks_of_the_cluster);
        let account = ObjectMeta { namespace: Some(namespace.to_owned()), ..named(self.name) };
        Rbac {
            service_account: ServiceAccount { metadata: account, ..ServiceAccount::default() },
            cluster: (!of_the_cluster.is_empty())
                .then(|| ClusterAccess::of(self.name, namespace, of_the_cluster)),
            namespaces: inside.into_iter().map(access).collect(),
            lease: self.election.map(|election| self.lease(namespace, election)),
            webhooks: (!webhooks_inside.is_empty()).then(|| {
                let name = format!("{}-webhooks", self.name);
                let account = (self.name, namespace);
                NamespaceAccess::of(&name, account, namespace, webhooks_inside)
            }),
        }
    }

    /// What may be done everywhere, and what only in which namespace beside that.
    fn places(&self) -> Places<'_> {
        let mut places = Places::default();
        for place in self.namespaces.into_iter().flatten() {
            places.inside.entry(place).or_default();
        }
        let events = Permissions::of_events(self.events);
        for wiring in self.wirings {
            let kept = wiring.namespaces.as_deref().or(self.namespaces);
            places.add(&wiring.permissions, kept);
            places.add(&events, kept);
            let tells = kept.is_some() && !wiring.primary.is_namespaced();
            if tells {
                places.inside.entry(EVENTS_OF_THE_CLUSTER).or_default().merge(&events);
            }
        }
        for hook in &self.hooks.all {
            places.add(&hook.needs().permissions, self.namespaces);
        }
        let Places { everywhere, inside } = &mut places;
        for permissions in inside.values_mut() {
            *permissions = permissions.beyond(everywhere);
        }
        let kept = self.namespaces.unwrap_or_default();
        inside.retain(|place, allowed| !allowed.is_empty() || kept.iter().any(|it| it == place));
        places
    }

    fn lease(&self, namespace: &str, election: &LeaderElection) -> NamespaceAccess {
        let rule = |group: &str, resource: &str, lease: Option<&str>, verbs: &[&str]| PolicyRule {
            api_groups: Some(vec![group.to_owned()]),
            resources: Some(vec![resource.to_owned()]),
            resource_names: lease.map(|lease| vec![lease.to_owned()]),
            verbs: verbs.iter().map(ToString::to_string).collect(),
            ..PolicyRule::default()
        };
        let lease = election.lease.as_deref().unwrap_or(self.name);
        let leases = "coordination.k8s.io";
        // What is made has no name yet when that is looked at; names of candidates are made of chance.
        let made = if election.is_coordinated() {
            rule(leases, "leasecandidates", None, &["create", "get", "update", "delete"])
        } else {
            rule(leases, "leases", None, &["create"])
        };
        let rules = vec![
            made,
            rule(leases, "leases", Some(lease), &["get", "update"]),
            rule(&self.events.resource().group, "events", None, &["create", "patch"]),
        ];
        let name = format!("{}-leader-election", self.name);
        let place = election.namespace.as_deref().unwrap_or(namespace);
        NamespaceAccess::of(&name, (self.name, namespace), place, rules)
    }
}

impl Rbac {
    /// All of them, in the order in which they are installed.
    ///
    /// # Errors
    /// None of these types fails to be written as JSON; the signature says so of any type.
    pub fn objects(&self) -> Result<Vec<Value>> {
        let mut objects = vec![serde_json::to_value(&self.service_account)?];
        if let Some(access) = &self.cluster {
            objects.push(serde_json::to_value(&access.role)?);
            objects.push(serde_json::to_value(&access.binding)?);
        }
        for access in self.namespaces.iter().chain(&self.lease).chain(&self.webhooks) {
            objects.push(serde_json::to_value(&access.role)?);
            objects.push(serde_json::to_value(&access.binding)?);
        }
        Ok(objects)
    }

    pub(super) async fn install(&self, client: &Client, manager: &str) -> Result<()> {
        apply(client, manager, &self.service_account).await?;
        if let Some(access) = &self.cluster {
            apply(client, manager, &access.role).await?;
            apply(client, manager, &access.binding).await?;
        }
        for access in self.namespaces.iter().chain(&self.lease).chain(&self.webhooks) {
            apply(client, manager, &access.role).await?;
            apply(client, manager, &access.binding).await?;
        }
        Ok(())
    }
}

impl ClusterAccess {
    fn of(name: &str, namespace: &str, rules: Vec<PolicyRule>) -> Self {
        Self {
            role: ClusterRole {
                metadata: named(name),
                rules: Some(rules),
                ..ClusterRole::default()
            },
            binding: ClusterRoleBinding {
                metadata: named(name),
                role_ref: role_ref("ClusterRole", name),
                subjects: Some(vec![service_account(name, namespace)]),
            },
        }
    }
}

impl NamespaceAccess {
    /// A role of this name in `place`, for a service account and its namespace.
    fn of(name: &str, account: (&str, &str), place: &str, rules: Vec<PolicyRule>) -> Self {
        let metadata = ObjectMeta { namespace: Some(place.to_owned()), ..named(name) };
        Self {
            role: Role { metadata: metadata.clone(), rules: Some(rules) },
            binding: RoleBinding {
                role_ref: role_ref("Role", name),
                subjects: Some(vec![service_account(account.0, account.1)]),
                metadata,
            },
        }
    }
}

fn named(name: &str) -> ObjectMeta {
    ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() }
}

/// That the API server may be asked about others.
fn review(group: &str, resource: &str) -> PolicyRule {
    PolicyRule {
        api_groups: Some(vec![group.to_owned()]),
        resources: Some(vec![resource.to_owned()]),
        verbs: vec!["create".to_owned()],
        ..PolicyRule::default()
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
    use k8s_openapi::api::rbac::v1::PolicyRule;
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
    fn where_the_server_elects_candidates_are_made_and_no_leases() {
        let election = LeaderElection::default().coordinated("1.0.0");
        let operator = Operator::new("mall").controller(Controller::of("shops", reconcile));
        let rules = operator.leader_election(election).rbac("prod").lease.unwrap().role.rules;
        let told = rules
            .unwrap()
            .into_iter()
            .map(|rule| (rule.resources.unwrap_or_default().join(","), rule.verbs.join(" ")));
        let expected = [
            ("leasecandidates", "create get update delete"),
            ("leases", "get update"),
            ("events", "create patch"),
        ];
        let expected = expected.map(|(what, verbs)| (what.to_owned(), verbs.to_owned()));
        assert_eq!(told.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_controller_that_keeps_to_namespaces_has_its_permissions_there_and_others_have_theirs() {
        async fn secretly(_shop: Object<Shop>, _secrets: Lister<Secret>) -> Result<Action> {
            Ok(Action::done())
        }
        let kept =
            Controller::of("kept", secretly).wired(|wiring| wiring.namespaces(["b", "a", "b"]));
        let operator = Operator::new("mall").controller(kept);
        assert!(operator.explain().contains("namespaces  a, b, and nothing elsewhere\n"));
        let shown = |operator: &Operator| {
            let rbac = operator.rbac("prod");
            let cluster = rbac.cluster.iter().map(|access| ("-", access.role.rules.clone()));
            let inside = rbac.namespaces.iter().map(|access| {
                let place = access.role.metadata.namespace.as_deref();
                (place.unwrap_or_default(), access.role.rules.clone())
            });
            let resources = |rules: Option<Vec<PolicyRule>>| {
                let all = rules.into_iter().flatten().flat_map(|rule| rule.resources);
                all.flatten().collect::<Vec<_>>().join(",")
            };
            let all = cluster.chain(inside);
            all.map(|(place, rules)| format!("{place} {}", resources(rules))).collect::<Vec<_>>()
        };
        let expected = ["a secrets,events,shops", "b secrets,events,shops"];
        assert_eq!(shown(&operator), expected);
        // What another one may do everywhere is not said again.
        let both = operator.controller(Controller::of("shops", reconcile));
        assert_eq!(shown(&both), ["- configmaps,events,shops", "a secrets", "b secrets"]);
        let elsewhere = both.namespaces(["a"]).check_namespaces().unwrap_err().to_string();
        let expected = "controller `kept` keeps to namespace `b`, and operator `mall` to a: name it there too, or leave it out here";
        assert_eq!(elsewhere, expected);
    }

    #[test]
    fn the_role_says_what_was_declared_and_no_more() {
        let controller = Controller::of("shops", reconcile).wired(|wiring| {
            wiring.owns::<Deployment>();
            wiring.permissions::<Secret>(&[Verb::Get]);
            wiring.subresource_permissions::<Deployment>("scale", &[Verb::Patch]);
        });
        let rbac = Operator::new("mall").controller(controller).rbac("prod");
        let access = rbac.cluster.unwrap();
        let rules = access.role.rules.unwrap();
        let shown = rules.iter().map(|rule| {
            let resources = rule.resources.as_deref().unwrap_or_default().join(",");
            format!("{resources}: {}", rule.verbs.join(" "))
        });
        let expected = [
            "configmaps: get list watch",
            "secrets: get",
            "deployments: get list watch create patch",
            "deployments/scale: patch",
            "events: create patch",
            "shops: get list watch",
            "shops/finalizers: update",
        ];
        assert_eq!(shown.collect::<Vec<_>>(), expected);
        let subject = &access.binding.subjects.unwrap()[0];
        assert_eq!((subject.name.as_str(), subject.namespace.as_deref()), ("mall", Some("prod")));
    }
}
