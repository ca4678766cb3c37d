//! Everything that installs an operator: the operator and an image in, objects in the order in which they are applied out.
//!
//! Promises:
//! - Applied from the top, nothing names what is not there yet; applied again, nothing changes.
//! - The Pods pass the Pod Security Standard `restricted`.
//! - Without leader election two Pods never run at once, also not while a new version is rolled out.
//! - A namespace that may hold the work of others is neither made nor labelled unless that is asked for.

mod access;
mod deployment;
mod layout;
mod ports;
mod webhooks;

use std::collections::BTreeMap;
use std::time::Duration;

use kube_core::Namespace;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::Operator;
use super::webhooks::Hooks;
use super::yaml;
use crate::endpoint::Secure;
use crate::error::Error;
use crate::error::Result;
use crate::leader::LeaderElection;

use ports::Ports;

pub use layout::Files;
pub use layout::Layout;

/// Longer names leave no room for what is put behind them.
const LONGEST_NAME: usize = 55;

/// How an operator is installed: what its image is, and where it is to run.
#[must_use = "it is given to `Operator::manifests`"]
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Installation {
    /// The container image; its entry point is the operator's binary.
    pub image: String,
    /// The namespace that it runs in. None: one of its own, called as the operator with `-system` behind, which is made.
    pub namespace: Option<String>,
    /// Whether a namespace that was named is made too. It then takes Pods of the standard `restricted` only, and goes when all of this is deleted.
    pub create_namespace: bool,
    /// Whether a ServiceMonitor is among the objects; a cluster without the Prometheus operator does not know them.
    pub service_monitor: bool,
    /// Whether cert-manager, which the cluster then has, makes the certificate of the webhooks, instead of the operator.
    pub cert_manager: bool,
    /// Whether roles for the people who use its custom kinds are among the objects.
    pub roles: bool,
    /// More arguments for the operator's command line: flags of the program's own.
    pub arguments: Vec<String>,
}

impl Installation {
    /// An operator of this image in a namespace of its own.
    pub fn new(image: impl Into<String>) -> Self {
        Self {
            image: image.into(),
            namespace: None,
            create_namespace: false,
            service_monitor: false,
            cert_manager: false,
            roles: false,
            arguments: Vec::new(),
        }
    }

    /// It runs in this namespace, which is there.
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// Whether a namespace that was named is made too.
    pub fn create_namespace(mut self, create: bool) -> Self {
        self.create_namespace = create;
        self
    }

    /// Whether a ServiceMonitor is among the objects.
    pub fn service_monitor(mut self, monitor: bool) -> Self {
        self.service_monitor = monitor;
        self
    }

    /// Whether cert-manager makes the certificate of the webhooks.
    pub fn cert_manager(mut self, makes: bool) -> Self {
        self.cert_manager = makes;
        self
    }

    /// Whether [roles](Operator::roles) for the people who use its custom kinds are among the objects.
    pub fn roles(mut self, roles: bool) -> Self {
        self.roles = roles;
        self
    }

    /// One more argument for the operator's command line, as `--dns=https://dns.example.com`. It stands in the Deployment for all to read: a secret
    /// is for a flag that has an environment variable, and for a kustomize patch that fills that.
    pub fn argument(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }
}

/// The objects that install an operator, in the order in which they are applied.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifests(Vec<Value>);

impl Manifests {
    /// One by one.
    #[must_use]
    pub fn objects(&self) -> &[Value] {
        &self.0
    }

    /// As one YAML stream, for `kubectl apply -f -`.
    ///
    /// # Errors
    /// None of these objects fails to be written; the signature says so of any value.
    pub fn yaml(&self) -> Result<String> {
        yaml::stream(&self.0)
    }
}

/// What all of the objects are about.
struct Site<'a> {
    election: Option<&'a LeaderElection>,
    stopped_within: Duration,
    namespaces: Option<&'a [String]>,
    arguments: &'a [String],
    name: &'a str,
    namespace: String,
    image: &'a str,
    ports: Ports,
    /// How metrics are kept for those who may read them, if they are.
    secure: Option<&'a Secure>,
    /// How webhooks are served, if there are any.
    webhooks: Option<webhooks::Served>,
}

impl<A: Send + Sync + 'static> Operator<A> {
    /// Everything that installs this operator: the kinds, the account and its roles, the Deployment and what stands around it.
    ///
    /// The Deployment says on its command line where metrics and health are served, and whether there is leader election: with it two Pods run,
    /// without it one, which is stopped before another is started.
    ///
    /// ```
    /// # use k8s_openapi::api::core::v1::ConfigMap;
    /// # use kube_runtime::controller::Controller;
    /// # use kube_runtime::error::Result;
    /// # use kube_runtime::flow::Action;
    /// # use kube_runtime::reconcile::Object;
    /// use kube_runtime::operator::{Installation, Operator};
    ///
    /// # async fn greet(_map: Object<ConfigMap>) -> Result<Action> { Ok(Action::done()) }
    /// let operator = Operator::new("greeter").controller(Controller::of("greet", greet));
    /// let manifests = operator.manifests(&Installation::new("registry.example.com/greeter:1.0"))?;
    /// assert_eq!(manifests.objects()[0]["metadata"]["name"], "greeter-system");
    /// assert!(manifests.yaml()?.contains("image: registry.example.com/greeter:1.0"));
    /// # Ok::<(), kube_runtime::Error>(())
    /// ```
    ///
    /// # Errors
    /// A name, an image, a namespace or an address that cannot be.
    pub fn manifests(&self, installation: &Installation) -> Result<Manifests> {
        self.serving.check()?;
        check_name(&self.name)?;
        check_image(&installation.image)?;
        self.check_namespaces()?;
        let own = format!("{}-system", self.name);
        let namespace = installation.namespace.clone().unwrap_or(own);
        Namespace::try_from(namespace.as_str())?;
        let ports = Ports::of(&self.serving.endpoint)?;
        let mut hooks = self.hooks.clone();
        if installation.cert_manager {
            hooks.server.certificates.get_or_insert_with(|| webhooks::FOLDER.into());
        }
        let site = Site {
            election: self.leader_election.as_ref(),
            stopped_within: self.stopped_within,
            namespaces: self.namespaces.as_deref(),
            arguments: &installation.arguments,
            name: &self.name,
            namespace,
            image: &installation.image,
            ports,
            secure: self.serving.endpoint.secure.as_ref(),
            webhooks: served(&hooks, installation.cert_manager)?,
        };
        let mut objects = Vec::new();
        if installation.namespace.is_none() || installation.create_namespace {
            objects.push(site.namespace());
        }
        for definition in self.crds_in(&site.namespace) {
            let converted = definition.spec.conversion.is_some();
            let mut definition = serde_json::to_value(definition)?;
            if converted && site.webhooks.as_ref().is_some_and(|webhooks| webhooks.issued) {
                site.injected(&mut definition);
            }
            objects.push(definition);
        }
        self.check_policies()?;
        objects.extend(self.admission_policies()?);
        objects.extend(self.rbac_with(&hooks, &site.namespace).objects()?);
        if installation.roles {
            for role in self.roles() {
                objects.push(serde_json::to_value(role)?);
            }
        }
        if site.secure.is_some() {
            objects.push(site.metrics_reader());
        }
        objects.push(site.network_policy());
        objects.push(site.metrics_service());
        objects.push(site.disruption_budget());
        if let Some(webhooks) = &site.webhooks {
            objects.push(site.webhook_service());
            if webhooks.issued {
                objects.extend(site.certificates());
            }
        }
        objects.push(site.deployment());
        if let Some(webhooks) = &site.webhooks {
            for mut configuration in self.webhook_configurations(&site.namespace)? {
                if webhooks.issued {
                    site.injected(&mut configuration);
                }
                objects.push(configuration);
            }
        }
        if installation.service_monitor {
            objects.push(site.service_monitor());
        }
        for object in &mut objects {
            label(object, &site.labels());
        }
        Ok(Manifests(objects))
    }
}

/// How webhooks are served in a Pod; not at all where the program serves them itself.
fn served(hooks: &Hooks, issued: bool) -> Result<Option<webhooks::Served>> {
    if hooks.is_empty() || hooks.server.is_off() {
        return Ok(None);
    }
    let port = ports::port(&hooks.server.address, ports::WEBHOOKS)?;
    let folder = hooks.server.certificates.as_ref().map(|folder| folder.display().to_string());
    Ok(Some(webhooks::Served { port, folder, issued }))
}

impl Site<'_> {
    /// What tells its Pods from all others; it stays what it is, for nobody may change it in a Deployment.
    fn selector(&self) -> BTreeMap<String, String> {
        self.labels()
    }

    /// The recommended labels.
    fn labels(&self) -> BTreeMap<String, String> {
        let label = |key: &str, value: &str| (format!("app.kubernetes.io/{key}"), value.to_owned());
        BTreeMap::from([label("name", self.name), label("component", "operator")])
    }

    /// Where the certificate for metrics is in the Pod, if there is one, and the Secret that it comes from.
    fn certificate(&self) -> Option<(String, String)> {
        let folder = self.secure?.certificates.as_ref()?;
        Some((folder.display().to_string(), format!("{}-metrics-tls", self.name)))
    }

    /// What selects its Pods.
    fn matching(&self) -> Value {
        json!({ "matchLabels": self.selector() })
    }

    /// The metadata of an object in its namespace.
    fn metadata(&self, name: &str) -> Value {
        json!({ "name": name, "namespace": self.namespace })
    }

    fn namespace(&self) -> Value {
        json!({
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": self.namespace,
                "labels": { "pod-security.kubernetes.io/enforce": "restricted" },
            },
        })
    }

    /// One port of its Pods, which has the same name there.
    fn service(&self, name: &str, port: &str, number: u16) -> Value {
        json!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": self.metadata(name),
            "spec": {
                "selector": self.selector(),
                "ports": [{ "name": port, "port": number, "protocol": "TCP", "targetPort": port }],
            },
        })
    }
}

/// Adds labels to what is there.
fn label(object: &mut Value, labels: &BTreeMap<String, String>) {
    let present = &mut object["metadata"]["labels"];
    if !present.is_object() {
        *present = Value::Object(Map::new());
    }
    for (key, value) in labels {
        present[key] = Value::from(value.as_str());
    }
}

/// Objects of many kinds are called as the operator, and each kind has rules of its own: this name suits them all.
fn check_name(name: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let begins = name.starts_with(|c: char| c.is_ascii_lowercase());
    if begins && !name.ends_with('-') && name.chars().all(plain) && name.len() <= LONGEST_NAME {
        return Ok(());
    }
    Err(Error::msg(format!(
        "`{name}` cannot be the name of what installs an operator: use at most {LONGEST_NAME} of a-z, 0-9 and `-`, with a letter first and no `-` last"
    )))
}

fn check_image(image: &str) -> Result<()> {
    if image.is_empty() || image.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(Error::msg(format!(
            "`{image}` cannot be an image: name one, as `registry.example.com/team/operator:1.0`"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_no_object_can_have_is_refused_with_the_rule() {
        for name in ["website", "a", "web-2", &"a".repeat(LONGEST_NAME)] {
            check_name(name).unwrap();
        }
        for name in ["", "Web", "2web", "web-", "my_web", "web.site", &"a".repeat(56)] {
            let error = check_name(name).unwrap_err().to_string();
            assert!(error.contains("at most 55"), "{error}");
        }
        check_image("nginx").unwrap();
        check_image("registry.example.com:5000/a@sha256:00").unwrap();
        for image in ["", "a b", "a\n"] {
            check_image(image).unwrap_err();
        }
    }

    #[test]
    fn labels_are_added_to_those_that_are_there() {
        let mut object = serde_json::json!({ "metadata": { "labels": { "a": "b" } } });
        label(&mut object, &BTreeMap::from([("c".to_owned(), "d".to_owned())]));
        assert_eq!(object["metadata"]["labels"], serde_json::json!({ "a": "b", "c": "d" }));
        let mut bare = serde_json::json!({});
        label(&mut bare, &BTreeMap::from([("c".to_owned(), "d".to_owned())]));
        assert_eq!(bare["metadata"]["labels"]["c"], "d");
    }
}
