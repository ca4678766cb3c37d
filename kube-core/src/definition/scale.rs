//! The subresource `scale`: where an object has its numbers of replicas in, the subresource out.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceSubresourceScale;

/// Where `kubectl scale` and autoscalers find the numbers.
#[derive(Clone, Debug)]
#[must_use = "nothing scales until a definition has it"]
pub struct Scale {
    pub(super) wanted: String,
    pub(super) present: String,
    pub(super) selector: Option<String>,
}

impl Scale {
    /// The number that is wanted (`.spec.replicas`) and the one that there is (`.status.replicas`).
    pub fn new(wanted: impl Into<String>, present: impl Into<String>) -> Self {
        Self { wanted: wanted.into(), present: present.into(), selector: None }
    }

    /// Which field has the label selector of the Pods, as a text: what a HorizontalPodAutoscaler asks for.
    pub fn selector(mut self, path: impl Into<String>) -> Self {
        self.selector = Some(path.into());
        self
    }

    /// The subresource as a definition has it.
    pub(super) fn subresource(self) -> CustomResourceSubresourceScale {
        CustomResourceSubresourceScale {
            label_selector_path: self.selector,
            spec_replicas_path: self.wanted,
            status_replicas_path: self.present,
        }
    }
}
