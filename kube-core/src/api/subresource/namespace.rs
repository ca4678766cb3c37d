//! Letting a namespace go: its finalizers in, the namespace out.
//!
//! Mirrors: client-go kubernetes/typed/core/v1 (namespace_expansion.go: `Finalize`)

use k8s_openapi::api::core::v1::Namespace;

use super::super::Api;
use super::super::Replace;

impl<P> Api<Namespace, P> {
    /// Replaces the `spec.finalizers` of the namespace of this name by those of this one. Taking away the last one of a namespace
    /// that is being deleted leaves what is in it behind, unreachable.
    pub fn finalize(&self, namespace: &Namespace) -> Replace<Namespace> {
        let mut place = self.place.clone();
        place.subresource = Some("finalize".into());
        self.as_type::<Namespace>(place).replace(namespace)
    }
}
