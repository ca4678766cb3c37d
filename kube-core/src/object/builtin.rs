//! The kinds of `k8s_openapi` in, [`Resource`] and [`HasStatus`] out.

use std::fmt::Debug;

use k8s_openapi::ClusterResourceScope;
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1 as apiextensions;
use k8s_openapi::kube_aggregator::pkg::apis::apiregistration::v1 as apiregistration;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::ApiResource;
use super::HasStatus;
use super::ObjectMeta;
use super::Resource;
use super::Scope;

/// A scope in which an object has a path of its own. Subresources (`Eviction`, `Scale`, `TokenRequest`) have none: they are
/// reached through the object they belong to.
#[diagnostic::on_unimplemented(
    message = "this kind is a subresource, it has no path of its own",
    note = "it is reached through the object that it belongs to"
)]
pub trait ResourceIn {
    /// The scope as a value.
    const SCOPE: Scope;
}

impl ResourceIn for ClusterResourceScope {
    const SCOPE: Scope = Scope::Cluster;
}

impl ResourceIn for NamespaceResourceScope {
    const SCOPE: Scope = Scope::Namespaced;
}

impl<K> Resource for K
where
    K: k8s_openapi::Resource<Scope: ResourceIn> + k8s_openapi::Metadata<Ty = ObjectMeta>,
    K: Clone + Debug + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    const RESOURCE: ApiResource = ApiResource::of(
        K::GROUP,
        K::VERSION,
        K::KIND,
        K::URL_PATH_SEGMENT,
        <K::Scope as ResourceIn>::SCOPE,
    );

    fn metadata(&self) -> &ObjectMeta {
        k8s_openapi::Metadata::metadata(self)
    }

    fn metadata_mut(&mut self) -> &mut ObjectMeta {
        k8s_openapi::Metadata::metadata_mut(self)
    }
}

/// One line per kind: k8s-openapi has no trait for this.
macro_rules! with_status {
    ($($kind:path, $status:path;)*) => { $(
        impl HasStatus for $kind {
            type Status = $status;

            fn status(&self) -> Option<&Self::Status> {
                self.status.as_ref()
            }

            fn status_mut(&mut self) -> &mut Option<Self::Status> {
                &mut self.status
            }
        }
    )* };
}

with_status! {
    api::admissionregistration::v1::ValidatingAdmissionPolicy, api::admissionregistration::v1::ValidatingAdmissionPolicyStatus;
    api::apps::v1::DaemonSet, api::apps::v1::DaemonSetStatus;
    api::apps::v1::Deployment, api::apps::v1::DeploymentStatus;
    api::apps::v1::ReplicaSet, api::apps::v1::ReplicaSetStatus;
    api::apps::v1::StatefulSet, api::apps::v1::StatefulSetStatus;
    api::autoscaling::v2::HorizontalPodAutoscaler, api::autoscaling::v2::HorizontalPodAutoscalerStatus;
    api::batch::v1::CronJob, api::batch::v1::CronJobStatus;
    api::batch::v1::Job, api::batch::v1::JobStatus;
    api::certificates::v1::CertificateSigningRequest, api::certificates::v1::CertificateSigningRequestStatus;
    api::core::v1::Namespace, api::core::v1::NamespaceStatus;
    api::core::v1::Node, api::core::v1::NodeStatus;
    api::core::v1::PersistentVolume, api::core::v1::PersistentVolumeStatus;
    api::core::v1::PersistentVolumeClaim, api::core::v1::PersistentVolumeClaimStatus;
    api::core::v1::Pod, api::core::v1::PodStatus;
    api::core::v1::ReplicationController, api::core::v1::ReplicationControllerStatus;
    api::core::v1::ResourceQuota, api::core::v1::ResourceQuotaStatus;
    api::core::v1::Service, api::core::v1::ServiceStatus;
    api::flowcontrol::v1::FlowSchema, api::flowcontrol::v1::FlowSchemaStatus;
    api::flowcontrol::v1::PriorityLevelConfiguration, api::flowcontrol::v1::PriorityLevelConfigurationStatus;
    api::networking::v1::Ingress, api::networking::v1::IngressStatus;
    api::policy::v1::PodDisruptionBudget, api::policy::v1::PodDisruptionBudgetStatus;
    apiextensions::CustomResourceDefinition, apiextensions::CustomResourceDefinitionStatus;
    apiregistration::APIService, apiregistration::APIServiceStatus;
}
