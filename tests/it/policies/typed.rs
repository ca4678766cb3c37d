//! Policies about Kubernetes' own kinds: what the emitted test says of their expressions, and what a genuine server's `status.typeChecking` does.

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::api::admissionregistration::v1::MatchResources;
use k8s_openapi::api::admissionregistration::v1::NamedRuleWithOperations;
use k8s_openapi::api::admissionregistration::v1::ValidatingAdmissionPolicy;
use k8s_openapi::api::admissionregistration::v1::ValidatingAdmissionPolicySpec;
use k8s_openapi::api::admissionregistration::v1::Validation;
use k8s_openapi::api::apps::v1::ControllerRevision;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::Node;
use k8s_openapi::api::core::v1::PersistentVolumeClaim;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::rbac::v1::Role;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube_core::ApiResource;
use kube_core::definition::policy_problems;
use kube_runtime::prelude::*;
use kube_runtime::webhook::Policy;
use kube_runtime::webhook::PolicyRule;
use kube_runtime::webhook::check_policy;

use super::TRIES;
use super::catch_up;
use crate::real::RealCluster;

/// What is said of an expression, from the place on.
#[derive(Clone, Copy, Debug)]
enum Said {
    Nothing,
    ByBoth(&'static str),
    /// The server has no type for the field and says that there is none, though it is there whenever the rule is asked.
    ByTheServer(&'static str),
}

/// A kind, and what rules about its objects may be.
type Row = (ApiResource, &'static [(&'static str, Said)]);

const ROWS: &[Row] = &[
    (
        Pod::RESOURCE,
        &[
            ("object.spec.contaners.size() > 0", Said::ByBoth("1:12: undefined field 'contaners'")),
            ("object.spec.containers.all(c, c.image.startsWith('a'))", Said::Nothing),
            (
                "object.spec.containers.all(c, c.imag.startsWith('a'))",
                Said::ByBoth("1:32: undefined field 'imag'"),
            ),
            ("object.spec.containers.all(c, c.livenessProbe.httpGet.port == 80)", Said::Nothing),
            (
                "object.spec.containers.all(c, has(c.resources.limits))",
                Said::ByTheServer("1:34: undefined field 'limits'"),
            ),
            (
                "object.metadata.creationTimestamp > timestamp('2020-01-01T00:00:00Z')",
                Said::Nothing,
            ),
            (
                "object.metadata.creationTimestamp == 'a'",
                Said::ByBoth(
                    "1:35: found no matching overload for '_==_' applied to '(timestamp, string)'",
                ),
            ),
            ("object.metadata.managedFields.size() > 1", Said::Nothing),
            (
                "object.metadata.ownerReferences.all(o, o.kynd == 'a')",
                Said::ByBoth("1:41: undefined field 'kynd'"),
            ),
            ("oldObject.spec.nodeNam == 'a'", Said::ByBoth("1:15: undefined field 'nodeNam'")),
            (
                "has(object.spec.nodeName) && object.spec.nodeName == oldObject.spec.nodeName",
                Said::Nothing,
            ),
        ],
    ),
    (
        Deployment::RESOURCE,
        &[
            ("object.spec.replicas <= 5", Said::Nothing),
            (
                "object.spec.replicas <= 'a'",
                Said::ByBoth(
                    "1:22: found no matching overload for '_<=_' applied to '(int, string)'",
                ),
            ),
            ("object.spec.replica <= 5", Said::ByBoth("1:12: undefined field 'replica'")),
            ("object.spec.strategy.rollingUpdate.maxSurge == '1'", Said::Nothing),
        ],
    ),
    (
        Secret::RESOURCE,
        &[
            ("object.data.all(k, object.data[k].size() > 1)", Said::Nothing),
            (
                "object.data['a'] == 'a'",
                Said::ByBoth(
                    "1:18: found no matching overload for '_==_' applied to '(bytes, string)'",
                ),
            ),
        ],
    ),
    (
        ConfigMap::RESOURCE,
        &[
            ("has(object.data) && object.data.a == 'x'", Said::Nothing),
            (
                "object.metadata.labels['x'] == 1",
                Said::ByBoth(
                    "1:29: found no matching overload for '_==_' applied to '(string, int)'",
                ),
            ),
        ],
    ),
    (
        Service::RESOURCE,
        &[
            ("object.spec.ports.all(p, p.targetPort == 80)", Said::Nothing),
            ("object.spec.typ in ['a']", Said::ByBoth("1:12: undefined field 'typ'")),
        ],
    ),
    (
        Job::RESOURCE,
        &[
            ("object.spec.template.spec.restartPolicy == 'Never'", Said::Nothing),
            (
                "object.spec.template.spec.restartPolcy == 'Never'",
                Said::ByBoth("1:26: undefined field 'restartPolcy'"),
            ),
        ],
    ),
    (
        Lease::RESOURCE,
        &[
            ("object.spec.renewTime > timestamp('2020-01-01T00:00:00Z')", Said::Nothing),
            ("object.spec.renewTim == 1", Said::ByBoth("1:12: undefined field 'renewTim'")),
        ],
    ),
    (
        Node::RESOURCE,
        &[
            ("object.spec.taints.all(t, t.effect != '')", Said::Nothing),
            (
                "object.status.capacity.size() > 0",
                Said::ByTheServer("1:14: undefined field 'capacity'"),
            ),
        ],
    ),
    (
        PersistentVolumeClaim::RESOURCE,
        &[
            ("object.spec.accessModes.exists(a, a == 'ReadWriteOnce')", Said::Nothing),
            (
                "object.spec.storageClassName == 1",
                Said::ByBoth(
                    "1:30: found no matching overload for '_==_' applied to '(string, int)'",
                ),
            ),
        ],
    ),
    (
        Role::RESOURCE,
        &[
            ("object.rules.all(r, r.verbs.all(v, v != '*'))", Said::Nothing),
            ("object.rules.all(r, r.verb == '*')", Said::ByBoth("1:22: undefined field 'verb'")),
        ],
    ),
    (
        HorizontalPodAutoscaler::RESOURCE,
        &[
            ("object.spec.maxReplicas < 5", Said::Nothing),
            ("object.spec.maxReplica < 5", Said::ByBoth("1:12: undefined field 'maxReplica'")),
        ],
    ),
    (
        ControllerRevision::RESOURCE,
        &[
            ("object.revision > 0", Said::Nothing),
            ("object.data.x == 1", Said::ByTheServer("1:12: undefined field 'x'")),
        ],
    ),
    (
        CustomResourceDefinition::RESOURCE,
        &[
            (
                "object.spec.versions.all(v, v.schema.openAPIV3Schema.properties.size() > 0)",
                Said::Nothing,
            ),
            (
                "object.spec.versions.all(v, v.schema.openAPIV3Schema.enum.size() > 0)",
                Said::ByTheServer("1:53: undefined field 'enum'"),
            ),
        ],
    ),
];

/// A policy with these rules, which nothing is bound to.
fn policy(of: &ApiResource, rules: &[&str]) -> ValidatingAdmissionPolicy {
    let named = NamedRuleWithOperations {
        api_groups: Some(vec![of.group.to_string()]),
        api_versions: Some(vec![of.version.to_string()]),
        operations: Some(vec!["CREATE".to_owned(), "UPDATE".to_owned()]),
        resources: Some(vec![of.plural.to_string()]),
        ..NamedRuleWithOperations::default()
    };
    let constraints =
        MatchResources { resource_rules: Some(vec![named]), ..MatchResources::default() };
    let validation =
        |rule: &&str| Validation { expression: (*rule).to_owned(), ..Validation::default() };
    let mut policy = ValidatingAdmissionPolicy::default();
    policy.metadata.name = Some(format!("typed-{}", of.plural));
    policy.spec = Some(ValidatingAdmissionPolicySpec {
        match_constraints: Some(constraints),
        validations: Some(rules.iter().map(validation).collect()),
        ..ValidatingAdmissionPolicySpec::default()
    });
    policy
}

/// The first mistake of a report.
fn first(report: &str) -> Option<&str> {
    report.split_once("ERROR: <input>:").and_then(|(_, rest)| rest.lines().next())
}

#[test]
fn a_rule_about_a_kind_of_kubernetes_is_checked_against_its_fields() {
    for (of, rules) in ROWS {
        for (rule, said) in *rules {
            let problems = policy_problems(&policy(of, &[rule]), of, None);
            let told = problems.first().map(|problem| first(problem).unwrap_or(problem));
            let expected = match said {
                Said::ByBoth(text) => Some(*text),
                Said::Nothing | Said::ByTheServer(_) => None,
            };
            assert_eq!(
                (told, problems.len()),
                (expected, usize::from(expected.is_some())),
                "{of}: {rule}"
            );
        }
    }
}

/// What a server says of each of a policy's rules, by place, once it has looked at them.
async fn checked(client: &Client, policy: &ValidatingAdmissionPolicy) -> BTreeMap<String, String> {
    let policies = client.all::<ValidatingAdmissionPolicy>();
    let made = policies.create(policy).await.unwrap_or_else(|error| panic!("{}", error.chain()));
    for _ in 0..TRIES {
        let status = policies.get(made.name()).await.unwrap().status.unwrap_or_default();
        if status.observed_generation.is_some() {
            let warnings = status.type_checking.and_then(|checking| checking.expression_warnings);
            let warnings = warnings.unwrap_or_default().into_iter();
            return warnings.map(|one| (one.field_ref, one.warning)).collect();
        }
        catch_up(Duration::from_millis(100)).await;
    }
    panic!("the server has not looked at `{}`", made.name());
}

#[tokio::test]
async fn a_genuine_server_says_the_same_but_for_what_it_has_no_type_for() {
    let Some(cluster) = RealCluster::start() else { return };
    let client = cluster.client();
    let mut rules_seen = 0;
    for (of, rules) in ROWS {
        let texts: Vec<&str> = rules.iter().map(|(rule, _)| *rule).collect();
        let warnings = checked(&client, &policy(of, &texts)).await;
        for (place, (rule, said)) in rules.iter().enumerate() {
            let warning = warnings.get(&format!("spec.validations[{place}].expression"));
            let expected = match said {
                Said::Nothing => None,
                Said::ByBoth(text) | Said::ByTheServer(text) => Some(*text),
            };
            assert_eq!(warning.and_then(|text| first(text)), expected, "{of}: {rule}");
            rules_seen += 1;
        }
    }
    assert!(rules_seen > 30, "{rules_seen} rules");
}

#[test]
fn a_part_that_is_a_kind_of_its_own_is_checked_as_that() {
    let problems = |part: &str, rule: &str| {
        let mut of = Deployment::RESOURCE;
        let plain = policy(&of, &[rule]);
        of.plural = format!("{}/{part}", of.plural).into();
        let policy = policy(&of, &[rule]);
        assert!(plain.spec != policy.spec);
        policy_problems(&policy, &Deployment::RESOURCE, None)
    };
    assert_eq!(problems("scale", "object.spec.replicas < 5"), [""; 0]);
    assert!(
        problems("scale", "object.spec.template == null")[0].contains("undefined field 'template'")
    );
    assert_eq!(problems("status", "object.status.readyReplicas < 5"), [""; 0]);
    assert!(
        problems("status", "object.status.readyReplica < 5")[0]
            .contains("did you mean `readyReplicas`?")
    );
}

#[test]
fn a_rule_about_a_connection_is_checked_against_its_options_which_have_no_metadata() {
    let problems = |of: &ApiResource, part: &str, rule: &str| {
        let mut connected = of.clone();
        connected.plural = format!("{}/{part}", of.plural).into();
        policy_problems(&policy(&connected, &[rule]), of, None).join(" ")
    };
    let pod = Pod::RESOURCE;
    for (of, part, fine, wrong, said) in [
        (&pod, "exec", "!object.command.exists(c, c == 'sh')", "object.comand == []", "`command`"),
        (&pod, "attach", "!has(object.tty) || !object.tty", "object.command == []", "'command'"),
        (&pod, "portforward", "object.ports.all(p, p > 80)", "object.port == 80", "`ports`"),
        (&pod, "proxy", "object.path != '/'", "object.path == 1", "(string, int)"),
        (&Node::RESOURCE, "proxy", "object.path != '/'", "object.pth == '/'", "`path`"),
        (&Service::RESOURCE, "proxy", "object.path != '/'", "object.pth == '/'", "`path`"),
        (&pod, "exec", "oldObject == null", "object.metadata.name == 'a'", "'metadata'"),
    ] {
        assert_eq!(problems(of, part, fine), "", "{of} {part}: {fine}");
        let told = problems(of, part, wrong);
        assert!(told.contains(said), "{of} {part}: {wrong}: {told}");
    }
}

/// No Pod of no container.
#[policy(kind = Pod, untested, rule(cel = "object.spec.contaners.size() > 0"))]
struct SomeContainer;

#[test]
#[should_panic(
    expected = "undefined field 'contaners'\n | object.spec.contaners.size() > 0\n | ...........^\ndid you mean `containers`?"
)]
fn the_test_of_a_policy_about_pods_knows_their_fields_and_the_name_that_was_meant() {
    check_policy(SomeContainer);
}

/// What we see of a Pod.
#[derive(Resource, Clone, Debug)]
#[resource(existing = "v1/Pod", read_only)]
struct Seen {
    metadata: ObjectMeta,
}

#[test]
#[should_panic(expected = "did you mean `containers`?")]
fn a_policy_about_a_view_knows_all_fields_of_its_kind() {
    let rule = |cel| PolicyRule::new(cel);
    check_policy(Policy::of::<Seen>("fine").rule(rule("object.spec.containers.size() > 0")));
    check_policy(Policy::of::<Seen>("wrong").rule(rule("object.spec.containrs.size() > 0")));
}
