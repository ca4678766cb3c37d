//! The rows of the table: for each kind an object, and one field of it; of what may not change the value that it has.

use serde_json::Value;
use serde_json::json;

use crate::owned::NAMESPACE;
use crate::owned::Row;

/// All of them.
pub(crate) fn all() -> Vec<Row> {
    [
        core(),
        nodes(),
        workloads(),
        admission(),
        networking(),
        policies(),
        devices(),
        storage(),
        other(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn nothing() -> Value {
    json!({})
}

fn template() -> Value {
    json!({ "metadata": { "labels": { "app": "one" } }, "spec": { "containers": [{ "name": "a", "image": "a" }] } })
}

fn of_pods() -> Value {
    json!({ "spec": { "selector": { "matchLabels": { "app": "one" } }, "template": template() } })
}

fn core() -> Vec<Row> {
    use kube_apply::core::v1::*;
    let template_spec = PodTemplateSpecApply::new().spec(PodSpecApply::new().hostname("one"));
    let controller = json!({ "spec": { "selector": { "app": "one" }, "template": template() } });
    let address = EndpointAddressApply::new().ip("10.1.2.3");
    let limit = LimitRangeItemApply::new().r#type("Pod").max([("cpu", "1")]);
    let event = json!({ "involvedObject": { "namespace": NAMESPACE }, "reason": "One" });
    vec![
        Row::of(nothing(), ConfigMapApply::named("one").data([("a", "1")])),
        Row::of(
            nothing(),
            EndpointsApply::named("one").subsets([EndpointSubsetApply::new().addresses([address])]),
        ),
        Row::of(event, EventApply::named("one").message("field")),
        Row::of(
            json!({ "spec": { "limits": [] } }),
            LimitRangeApply::named("one").spec(LimitRangeSpecApply::new().limits([limit])),
        ),
        Row::of(
            nothing(),
            NamespaceApply::named("one-field")
                .spec(NamespaceSpecApply::new().finalizers(["kubernetes"])),
        ),
        Row::of(
            json!({ "spec": { "containers": [{ "name": "a", "image": "a" }] } }),
            PodApply::named("one").spec(PodSpecApply::new().active_deadline_seconds(1000)),
        ),
        Row::of(
            json!({ "template": template() }),
            PodTemplateApply::named("one").template(template_spec),
        ),
        Row::of(
            controller,
            ReplicationControllerApply::named("one")
                .spec(ReplicationControllerSpecApply::new().replicas(2)),
        ),
        Row::of(
            nothing(),
            ResourceQuotaApply::named("one")
                .spec(ResourceQuotaSpecApply::new().hard([("pods", "50")])),
        ),
        Row::of(nothing(), SecretApply::named("one").data([("a", "secret")])),
        Row::of(
            json!({ "spec": { "ports": [{ "port": 80 }] } }),
            ServiceApply::named("one")
                .spec(ServiceSpecApply::new().publish_not_ready_addresses(true)),
        ),
        Row::of(
            nothing(),
            ServiceAccountApply::named("one").automount_service_account_token(false),
        ),
    ]
}

fn nodes() -> Vec<Row> {
    use kube_apply::core::v1::*;
    use kube_apply::node::v1::*;
    let volume = json!({ "spec": { "capacity": { "storage": "1Gi" }, "accessModes": ["ReadWriteOnce"], "hostPath": { "path": "/one" } } });
    let claim = json!({ "spec": { "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": "1Gi" } } } });
    vec![
        Row::of(
            nothing(),
            NodeApply::named("one-field").spec(NodeSpecApply::new().unschedulable(true)),
        ),
        Row::of(
            volume,
            PersistentVolumeApply::named("one")
                .spec(PersistentVolumeSpecApply::new().persistent_volume_reclaim_policy("Delete")),
        ),
        Row::of(
            claim,
            PersistentVolumeClaimApply::named("one")
                .spec(PersistentVolumeClaimSpecApply::new().volume_name("nowhere")),
        ),
        Row::of(
            json!({ "handler": "one" }),
            RuntimeClassApply::named("one")
                .overhead(OverheadApply::new().pod_fixed([("cpu", "1")])),
        ),
    ]
}

fn workloads() -> Vec<Row> {
    use kube_apply::apps::v1::*;
    use kube_apply::batch::v1::*;
    let mut once = json!({ "spec": { "template": template() } });
    once["spec"]["template"]["spec"]["restartPolicy"] = "Never".into();
    let cron = json!({ "spec": { "schedule": "0 0 1 1 *", "jobTemplate": once } });
    vec![
        Row::of(
            json!({ "revision": 1, "data": {} }),
            ControllerRevisionApply::named("one").revision(2),
        ),
        Row::of(
            of_pods(),
            DaemonSetApply::named("one").spec(DaemonSetSpecApply::new().min_ready_seconds(3)),
        ),
        Row::of(
            of_pods(),
            DeploymentApply::named("one").spec(DeploymentSpecApply::new().replicas(3)),
        ),
        Row::of(
            of_pods(),
            ReplicaSetApply::named("one").spec(ReplicaSetSpecApply::new().min_ready_seconds(3)),
        ),
        Row::of(
            of_pods(),
            StatefulSetApply::named("one").spec(StatefulSetSpecApply::new().min_ready_seconds(3)),
        ),
        Row::of(cron, CronJobApply::named("one").spec(CronJobSpecApply::new().suspend(true))),
        Row::of(
            once,
            JobApply::named("one").spec(JobSpecApply::new().ttl_seconds_after_finished(100)),
        ),
    ]
}

fn admission() -> Vec<Row> {
    use kube_apply::admissionregistration::v1::*;
    let rule = json!({ "apiGroups": ["one.example.com"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["ones"] });
    let constraints = json!({ "resourceRules": [rule] });
    let patch = json!([{ "patchType": "JSONPatch", "jsonPatch": { "expression": r#"[JSONPatch{op: "test", path: "/a", value: "b"}]"# } }]);
    let mutating = json!({ "spec": { "matchConstraints": constraints, "mutations": patch, "reinvocationPolicy": "Never" } });
    let validating = json!({ "spec": { "matchConstraints": constraints, "validations": [{ "expression": "true" }] } });
    let binding = json!({ "spec": { "policyName": "none", "validationActions": ["Deny"] } });
    let matching = MatchResourcesApply::new().match_policy("Exact");
    let webhooks = json!({ "webhooks": [{
        "name": "one.example.com", "clientConfig": { "url": "https://127.0.0.1:1" },
        "sideEffects": "None", "admissionReviewVersions": ["v1"],
    }] });
    let (mutates, validates) = (
        MutatingWebhookApply::new().name("one.example.com"),
        ValidatingWebhookApply::new().name("one.example.com"),
    );
    vec![
        Row::of(
            mutating,
            MutatingAdmissionPolicyApply::named("one")
                .spec(MutatingAdmissionPolicySpecApply::new().failure_policy("Ignore")),
        ),
        Row::of(
            json!({ "spec": { "policyName": "none" } }),
            MutatingAdmissionPolicyBindingApply::named("one").spec(
                MutatingAdmissionPolicyBindingSpecApply::new().match_resources(matching.clone()),
            ),
        ),
        Row::of(
            webhooks.clone(),
            MutatingWebhookConfigurationApply::named("one").webhooks([mutates.timeout_seconds(3)]),
        ),
        Row::of(
            validating,
            ValidatingAdmissionPolicyApply::named("one")
                .spec(ValidatingAdmissionPolicySpecApply::new().failure_policy("Ignore")),
        ),
        Row::of(
            binding,
            ValidatingAdmissionPolicyBindingApply::named("one")
                .spec(ValidatingAdmissionPolicyBindingSpecApply::new().match_resources(matching)),
        ),
        Row::of(
            webhooks,
            ValidatingWebhookConfigurationApply::named("one")
                .webhooks([validates.timeout_seconds(3)]),
        ),
    ]
}

fn networking() -> Vec<Row> {
    use kube_apply::discovery::v1::*;
    use kube_apply::networking::v1::*;
    let address = json!({ "spec": { "parentRef": { "resource": "services", "name": "one", "namespace": "default" } } });
    let ingress = json!({ "spec": { "defaultBackend": { "service": { "name": "one", "port": { "number": 80 } } } } });
    let port = EndpointPortApply::new().name("one").port(80);
    vec![
        Row::of(
            json!({ "addressType": "IPv4", "endpoints": [] }),
            EndpointSliceApply::named("one").ports([port]),
        ),
        Row::of(
            address,
            IPAddressApply::named("10.9.8.7").spec(
                IPAddressSpecApply::new().parent_ref(ParentReferenceApply::new().name("one")),
            ),
        ),
        Row::of(
            ingress,
            IngressApply::named("one").spec(IngressSpecApply::new().ingress_class_name("one")),
        ),
        Row::of(
            json!({ "spec": { "controller": "example.com/one" } }),
            IngressClassApply::named("one")
                .spec(IngressClassSpecApply::new().controller("example.com/one")),
        ),
        Row::of(
            json!({ "spec": { "podSelector": {} } }),
            NetworkPolicyApply::named("one")
                .spec(NetworkPolicySpecApply::new().policy_types(["Egress"])),
        ),
        Row::of(
            json!({ "spec": { "cidrs": ["10.200.0.0/24"] } }),
            ServiceCIDRApply::named("one")
                .spec(ServiceCIDRSpecApply::new().cidrs(["10.200.0.0/24"])),
        ),
    ]
}

fn policies() -> Vec<Row> {
    use kube_apply::flowcontrol::v1::*;
    use kube_apply::policy::v1::*;
    use kube_apply::rbac::v1::SubjectApply;
    use kube_apply::rbac::v1::*;
    let reads = PolicyRuleApply::new().api_groups([""]).resources(["pods"]).verbs(["get"]);
    let somebody =
        SubjectApply::new().kind("User").api_group("rbac.authorization.k8s.io").name("one");
    let role = |kind: &str| json!({ "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": "one" } });
    let limited = json!({ "spec": { "type": "Limited", "limited": { "limitResponse": { "type": "Reject" } } } });
    let lends = LimitedPriorityLevelConfigurationApply::new().lendable_percent(10);
    vec![
        Row::of(
            json!({ "rules": [] }),
            ClusterRoleApply::named("one-field").rules([reads.clone()]),
        ),
        Row::of(
            role("ClusterRole"),
            ClusterRoleBindingApply::named("one-field").subjects([somebody.clone()]),
        ),
        Row::of(json!({ "rules": [] }), RoleApply::named("one").rules([reads])),
        Row::of(role("Role"), RoleBindingApply::named("one").subjects([somebody])),
        Row::of(
            json!({ "spec": { "selector": {} } }),
            PodDisruptionBudgetApply::named("one")
                .spec(PodDisruptionBudgetSpecApply::new().min_available(1)),
        ),
        Row::of(
            json!({ "spec": { "priorityLevelConfiguration": { "name": "global-default" } } }),
            FlowSchemaApply::named("one-field")
                .spec(FlowSchemaSpecApply::new().matching_precedence(9000)),
        ),
        Row::of(
            limited,
            PriorityLevelConfigurationApply::named("one-field")
                .spec(PriorityLevelConfigurationSpecApply::new().limited(lends)),
        ),
    ]
}

fn devices() -> Vec<Row> {
    use kube_apply::meta::v1::ObjectMetaApply;
    use kube_apply::resource::v1::*;
    let selector = DeviceSelectorApply::new().cel(CELDeviceSelectorApply::new().expression("true"));
    let claim = json!({ "spec": { "devices": { "requests": [{ "name": "one", "exactly": { "deviceClassName": "one" } }] } } });
    let exactly = ExactDeviceRequestApply::new().device_class_name("one");
    let request = DeviceRequestApply::new().name("one").exactly(exactly);
    let slice = json!({ "spec": { "driver": "one.example.com", "allNodes": true, "devices": [], "pool": { "name": "one", "generation": 1, "resourceSliceCount": 1 } } });
    vec![
        Row::of(
            json!({ "spec": {} }),
            DeviceClassApply::named("one").spec(DeviceClassSpecApply::new().selectors([selector])),
        ),
        Row::of(
            claim,
            ResourceClaimApply::named("one").spec(
                ResourceClaimSpecApply::new().devices(DeviceClaimApply::new().requests([request])),
            ),
        ),
        Row::of(
            json!({ "spec": { "metadata": { "labels": { "one": "field" } }, "spec": {} } }),
            ResourceClaimTemplateApply::named("one").spec(
                ResourceClaimTemplateSpecApply::new()
                    .metadata(ObjectMetaApply::new().labels([("one", "field")])),
            ),
        ),
        Row::of(
            slice,
            ResourceSliceApply::named("one")
                .spec(ResourceSliceSpecApply::new().pool(ResourcePoolApply::new().generation(2))),
        ),
    ]
}

fn storage() -> Vec<Row> {
    use kube_apply::storage::v1::*;
    let driver = CSINodeDriverApply::new().name("one.example.com").node_id("one");
    let attachment = json!({ "spec": { "attacher": "one.example.com", "nodeName": "one", "source": { "persistentVolumeName": "one" } } });
    vec![
        Row::of(
            json!({ "spec": {} }),
            CSIDriverApply::named("one.example.com")
                .spec(CSIDriverSpecApply::new().requires_republish(true)),
        ),
        Row::of(
            json!({ "spec": { "drivers": [] } }),
            CSINodeApply::named("one-field").spec(CSINodeSpecApply::new().drivers([driver])),
        ),
        Row::of(
            json!({ "storageClassName": "one" }),
            CSIStorageCapacityApply::named("one").capacity("1Gi"),
        ),
        Row::of(
            json!({ "provisioner": "one.example.com" }),
            StorageClassApply::named("one").allow_volume_expansion(true),
        ),
        Row::of(
            attachment,
            VolumeAttachmentApply::named("one")
                .spec(VolumeAttachmentSpecApply::new().node_name("one")),
        ),
        Row::of(
            json!({ "driverName": "one.example.com", "parameters": { "a": "1" } }),
            VolumeAttributesClassApply::named("one").parameters([("a", "1")]),
        ),
    ]
}

fn other() -> Vec<Row> {
    use kube_apply::apiextensions::v1::*;
    use kube_apply::apiregistration::v1::*;
    use kube_apply::autoscaling;
    use kube_apply::certificates::v1::*;
    use kube_apply::coordination::v1::*;
    use kube_apply::scheduling::v1::*;
    let scales = json!({ "spec": { "maxReplicas": 5, "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": "one" } } });
    let version = json!({ "name": "v1", "served": true, "storage": true, "schema": { "openAPIV3Schema": { "type": "object" } } });
    let names =
        json!({ "plural": "ones", "singular": "one", "kind": "One", "listKind": "OneList" });
    let definition = json!({ "spec": { "group": "one.example.com", "scope": "Cluster", "names": names, "versions": [version] } });
    let service = json!({ "spec": { "group": "two.example.com", "version": "v1", "groupPriorityMinimum": 10, "versionPriority": 10 } });
    let request = json!({ "spec": { "request": REQUEST, "signerName": "example.com/one", "usages": ["client auth"] } });
    // Its spec is nobody's, as the server says: the label is the one field that it has.
    let mut signing = CertificateSigningRequestApply::named("one");
    signing.metadata.labels = Some([("one".to_owned(), "field".to_owned())].into());
    let event = json!({
        "eventTime": "2026-01-01T00:00:00.000000Z", "reportingController": "example.com/one", "reportingInstance": "one",
        "action": "One", "reason": "One", "type": "Normal", "regarding": { "namespace": NAMESPACE },
    });
    vec![
        Row::of(
            definition,
            CustomResourceDefinitionApply::named("ones.one.example.com").spec(
                CustomResourceDefinitionSpecApply::new()
                    .names(CustomResourceDefinitionNamesApply::new().categories(["many"])),
            ),
        ),
        Row::of(
            service,
            APIServiceApply::named("v1.two.example.com")
                .spec(APIServiceSpecApply::new().version_priority(20)),
        ),
        Row::of(
            scales.clone(),
            autoscaling::v1::HorizontalPodAutoscalerApply::named("first")
                .spec(autoscaling::v1::HorizontalPodAutoscalerSpecApply::new().min_replicas(2)),
        ),
        Row::of(
            scales,
            autoscaling::v2::HorizontalPodAutoscalerApply::named("second")
                .spec(autoscaling::v2::HorizontalPodAutoscalerSpecApply::new().min_replicas(2)),
        ),
        Row::of(request, signing),
        Row::of(
            nothing(),
            LeaseApply::named("one").spec(LeaseSpecApply::new().holder_identity("one")),
        ),
        Row::of(event, kube_apply::events::v1::EventApply::named("later").reason("One")),
        Row::of(json!({ "value": 10 }), PriorityClassApply::named("one").description("field")),
    ]
}

/// A request for a certificate; its key was thrown away.
const REQUEST: &str = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlISk1IQUNBUUF3RGpFTU1Bb0dBMVVFQXd3RGIyNWxNRmt3RXdZSEtvWkl6ajBDQVFZSUtvWkl6ajBEQVFjRApRZ0FFTFRDSUtybzdGK0M2Ni84SWdHWlZ5Q0NlZm5MRjd5cEs3TG5zYzB0dUFiYThQOWErWFFkMFN3TkVBY1NCCmV6WDRxYTFMdm5tWXArajhod0tsMUJMaWY2QUFNQW9HQ0NxR1NNNDlCQU1DQTBrQU1FWUNJUUNaQ05QQUdROGEKVjA3amJZSnhoTFRiZnF2bVhpNVRoU1cwRytrMmErS3Z2QUloQU9xVHZRYVFneU5WMk5MNzJtQjlqcFlydDFnZQpRMUZVQjU2Nm1DUTk1bXdsCi0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=";
