//! What installs an operator, as files: the operator and an installation in, a kustomize base or a Helm chart out.
//!
//! Promises:
//! - Rendered as it is, a layout has the objects of [`Operator::manifests`]; of a chart Helm makes the namespace.
//! - A file that somebody else wrote, or changed, is not written over unless that is asked for.
//! - All files are written, or none.

mod helm;
mod write;

use serde_json::Value;
use serde_json::json;

use super::Installation;
use crate::error::Result;
use crate::operator::Operator;
use crate::operator::yaml;

/// How files are arranged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[non_exhaustive]
pub enum Layout {
    /// `base/` with a `kustomization.yaml`, and a file for each kind of object.
    Kustomize,
    /// A Helm chart, whose values are the image, the resources, more arguments and, with leader election, the number of Pods.
    Helm,
}

/// Files with what installs an operator: paths below a folder, and texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// In the first line of each, before its sum.
    made_by: String,
    files: Vec<(String, String)>,
}

impl Files {
    fn of(operator: &str) -> Self {
        Self { made_by: format!("# Made by `{operator} manifests`"), files: Vec::new() }
    }

    fn add(&mut self, path: impl Into<String>, text: &str) {
        let first = write::first_line(&self.made_by, text);
        self.files.push((path.into(), format!("{first}\n{text}")));
    }

    /// Their paths, with `/`, and their texts.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }
}

impl<A: Send + Sync + 'static> Operator<A> {
    /// What [`manifests`](Self::manifests) has, as files.
    ///
    /// A chart has the definitions of the custom kinds in `crds/`, which Helm installs and never changes; in everything else the namespace is that
    /// of the release (`helm install --create-namespace --namespace ..`), and `installation.namespace` is not asked. The definition of a kind that
    /// the operator converts names that namespace, so it is a template, which Helm leaves when the release goes, as it does what is in `crds/`. Where
    /// an earlier chart had installed it from there, the upgrade needs `--take-ownership`.
    ///
    /// ```
    /// # use k8s_openapi::api::core::v1::ConfigMap;
    /// # use kube_runtime::controller::Controller;
    /// # use kube_runtime::error::Result;
    /// # use kube_runtime::flow::Action;
    /// # use kube_runtime::reconcile::Object;
    /// use kube_runtime::operator::{Installation, Layout, Operator};
    ///
    /// # async fn greet(_map: Object<ConfigMap>) -> Result<Action> { Ok(Action::done()) }
    /// let operator = Operator::new("greeter").controller(Controller::of("greet", greet));
    /// let installation = Installation::new("registry.example.com/greeter:1.0");
    /// let files = operator.layout(&installation, Layout::Kustomize)?;
    /// assert!(files.iter().any(|(path, _)| path == "base/kustomization.yaml"));
    /// # Ok::<(), kube_runtime::Error>(())
    /// ```
    ///
    /// # Errors
    /// A name, an image, a namespace or an address that cannot be.
    pub fn layout(&self, installation: &Installation, layout: Layout) -> Result<Files> {
        match layout {
            Layout::Kustomize => self.kustomize(installation),
            Layout::Helm => self.helm(installation),
        }
    }

    fn kustomize(&self, installation: &Installation) -> Result<Files> {
        let mut files = Files::of(&self.name);
        let mut names = Vec::new();
        for (kind, objects) in by_kind(self.manifests(installation)?.objects()) {
            let name = format!("{}.yaml", kind.to_lowercase());
            files.add(format!("base/{name}"), &yaml::stream(&objects)?);
            names.push(name);
        }
        let kustomization = json!({
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "resources": names,
        });
        files.add("base/kustomization.yaml", &yaml::stream(&[kustomization])?);
        Ok(files)
    }
}

/// Objects of the same kind together, kinds in the order in which they are applied.
fn by_kind(objects: &[Value]) -> Vec<(&str, Vec<&Value>)> {
    let mut kinds: Vec<(&str, Vec<&Value>)> = Vec::new();
    for object in objects {
        let kind = object["kind"].as_str().unwrap_or_default();
        match kinds.iter_mut().find(|(present, _)| *present == kind) {
            Some((_, objects)) => objects.push(object),
            None => kinds.push((kind, vec![object])),
        }
    }
    kinds
}
