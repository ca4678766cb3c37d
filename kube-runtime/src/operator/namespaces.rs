//! The namespaces that an operator keeps to: their names in, checked and each once out.

use std::collections::BTreeSet;

use kube_core::Client;
use kube_core::Namespace;
use kube_core::ObjectMeta;

use k8s_openapi::api::core::v1::Namespace as NamespaceObject;

use super::Operator;
use crate::error::Error;
use crate::error::Result;

impl<A: Send + Sync + 'static> Operator<A> {
    /// Keeps to these namespaces: kinds of namespaces are followed, read and written there and nowhere else, and their permissions become a Role in
    /// each of them. Kinds of the cluster are followed as ever, and only they, if there are any, need a ClusterRole. Without it every namespace is
    /// followed; on the command line `--namespaces a,b` says the same, and wins.
    ///
    /// The namespaces are there when the operator is installed: nobody makes them. A request about any other one is refused before it leaves.
    pub fn namespaces<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        let mut names: Vec<String> = names.into_iter().map(Into::into).collect();
        names.sort();
        names.dedup();
        self.namespaces = Some(names);
        self
    }

    /// The namespaces that it keeps to, if it does.
    #[must_use]
    pub fn kept_namespaces(&self) -> Option<&[String]> {
        self.namespaces.as_deref()
    }

    /// Makes those of the namespaces, its own and its controllers', that are not there, for an API server that is for this operator alone.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn create_namespaces(&self, client: &Client) -> Result<()> {
        let of_controllers =
            self.controllers.iter().filter_map(|it| it.wiring().namespaces.as_deref());
        let all: BTreeSet<&String> =
            self.namespaces.iter().flatten().chain(of_controllers.flatten()).collect();
        for name in all {
            let metadata = ObjectMeta { name: Some(name.clone()), ..ObjectMeta::default() };
            let namespace = NamespaceObject { metadata, ..NamespaceObject::default() };
            match client.cluster().create(&namespace).await {
                Err(error) if !error.is_already_exists() => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }

    /// What can be wrong before any request.
    pub(super) fn check_namespaces(&self) -> Result<()> {
        let Some(names) = &self.namespaces else { return Ok(()) };
        if names.is_empty() {
            let name = &self.name;
            return Err(Error::msg(format!(
                "operator `{name}` keeps to no namespace at all: name one, or leave `.namespaces(..)` out to follow all"
            )));
        }
        for name in names {
            Namespace::try_from(name.as_str())?;
        }
        for controller in &self.controllers {
            let kept = controller.wiring().namespaces.iter().flat_map(|kept| kept.iter());
            if let Some(outside) = kept.into_iter().find(|name| !names.contains(name)) {
                return Err(Error::msg(format!(
                    "controller `{}` keeps to namespace `{outside}`, and operator `{}` to {}: name it there too, or leave it out here",
                    controller.name(),
                    self.name,
                    names.join(", ")
                )));
            }
        }
        Ok(())
    }
}
