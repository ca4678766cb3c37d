//! An operator's webhooks: functions and where they are to be reached in, an open port and an API server that knows of it out.

use std::sync::Arc;

use k8s_openapi::api::rbac::v1::PolicyRule;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube_core::Client;

use super::Operator;
use super::apply::apply;
use super::conversion::Conversions;
use super::port;
use super::port::Opened;
use crate::clock::Clock;
use crate::error::Error;
use crate::error::Result;
use crate::informer::Informers;
use crate::manager::Served;
use crate::reconcile::States;
use crate::reconcile::guard::Declared;
use crate::reconcile::listers::Listers;
use crate::webhook::Around;
use crate::webhook::Asked;
use crate::webhook::Configurations;
use crate::webhook::Hook;
use crate::webhook::IntoWebhook;
use crate::webhook::Reach;
use crate::webhook::WebhookServer;
use crate::webhook::Webhooks;

/// What an operator is asked, and where.
#[derive(Clone, Default)]
pub(super) struct Hooks {
    pub(super) all: Vec<Arc<dyn Hook>>,
    pub(super) server: WebhookServer,
    /// The kinds whose objects are converted between their versions.
    pub(super) conversions: Conversions,
    pub(super) answers: Webhooks,
    /// What opens the port, once there is who is asked there.
    pub(super) port: Option<port::Open>,
}

impl<A: Send + Sync + 'static> Operator<A> {
    /// One more webhook: what `#[webhook]` leaves, or a [`Webhook`](crate::webhook::Webhook).
    pub fn webhook<W: IntoWebhook>(mut self, webhook: W) -> Self {
        let hook: Arc<dyn Hook> = Arc::new(webhook.into_webhook());
        self.learn_of::<W::Kind>();
        self.hooks.all.push(hook);
        self.hooks.port = Some(port::open);
        self
    }

    /// Where webhooks are served, if there are any: at `:9443` when nothing is said.
    pub fn webhook_server(mut self, server: WebhookServer) -> Self {
        self.hooks.server = server;
        self
    }

    /// What the API server has to be told of the webhooks, as JSON: `ValidatingWebhookConfiguration` and `MutatingWebhookConfiguration`, reached by
    /// the Service that the manifests have in `namespace`. They have no `caBundle`: the operator fills that in when it runs.
    ///
    /// # Errors
    /// None of these types fails to be written as JSON; the signature says so of any type.
    pub fn webhook_configurations(&self, namespace: &str) -> Result<Vec<serde_json::Value>> {
        let reach = self.hooks.reach(&self.name, namespace);
        let all = Configurations::of(&self.name, &self.name, &self.hooks.all, &reach, None);
        let mut objects = Vec::new();
        if let Some(validating) = &all.validating {
            objects.push(serde_json::to_value(validating)?);
        }
        if let Some(mutating) = &all.mutating {
            objects.push(serde_json::to_value(mutating)?);
        }
        Ok(objects)
    }
}

impl<A: Send + Sync + 'static> Operator<A> {
    /// Tells the API server of the webhooks, by server-side apply: that it is to ask the Service in `namespace`.
    ///
    /// # Errors
    /// What the server refuses.
    pub async fn install_webhooks(&self, client: &Client, namespace: &str) -> Result<()> {
        let reach = self.hooks.reach(&self.name, namespace);
        let all = Configurations::of(&self.name, &self.name, &self.hooks.all, &reach, None);
        install(client, &self.name, &all).await
    }
}

impl Hooks {
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty() && self.conversions.is_empty()
    }

    pub(super) fn reach(&self, operator: &str, namespace: &str) -> Reach {
        let (namespace, name) = (namespace.to_owned(), service(operator));
        Reach::Service { namespace, name }
    }

    /// What the operator may do in its namespace, and in the cluster, to keep its certificate and to tell the API server of it.
    pub(super) fn rules(&self, operator: &str) -> (Vec<PolicyRule>, Vec<PolicyRule>) {
        if self.is_empty() || self.server.is_off() || self.server.certificates.is_some() {
            return Default::default();
        }
        let rule = |group: &str, resources: &[&str], name: Option<String>, verbs: &[&str]| {
            let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
            PolicyRule {
                api_groups: Some(vec![group.to_owned()]),
                resources: Some(owned(resources)),
                resource_names: name.map(|name| vec![name]),
                verbs: owned(verbs),
                ..PolicyRule::default()
            }
        };
        let kinds: Vec<&str> = [(false, "validating"), (true, "mutating")]
            .into_iter()
            .filter(|(mutates, _)| self.all.iter().any(|hook| hook.is_mutating() == *mutates))
            .map(|(_, kind)| match kind {
                "mutating" => "mutatingwebhookconfigurations",
                _ => "validatingwebhookconfigurations",
            })
            .collect();
        let (group, is_local) = ("admissionregistration.k8s.io", self.server.url.is_some());
        let mut of_the_cluster = Vec::new();
        if !kinds.is_empty() && is_local {
            // As on a developer's machine: what is told goes with the program.
            of_the_cluster.push(rule(group, &kinds, None, &["create"]));
            let name = Some(format!("{operator}-local"));
            of_the_cluster.push(rule(group, &kinds, name, &["patch", "delete"]));
        } else if !kinds.is_empty() {
            let name = Some(operator.to_owned());
            of_the_cluster.push(rule(group, &kinds, name, &["get", "patch"]));
        }
        if !self.conversions.is_empty() {
            let verbs: &[&str] = if is_local { &["get", "patch"] } else { &["patch"] };
            of_the_cluster.push(PolicyRule {
                resource_names: Some(self.conversions.definitions()),
                ..rule("apiextensions.k8s.io", &["customresourcedefinitions"], None, verbs)
            });
        }
        let inside = match is_local {
            true => Vec::new(),
            false => vec![
                rule("", &["secrets"], None, &["create"]),
                rule("", &["secrets"], Some(secret(operator)), &["get", "update"]),
            ],
        };
        (inside, of_the_cluster)
    }

    /// What can be wrong before any request.
    pub(super) fn check(&self, has_state: &dyn Fn(std::any::TypeId) -> bool) -> Result<()> {
        for (position, hook) in self.all.iter().enumerate() {
            hook.check(has_state)?;
            if self.all[..position].iter().any(|earlier| earlier.path() == hook.path()) {
                return Err(Error::msg(format!(
                    "there are two webhooks at `{}`: they would answer each other's questions",
                    hook.path()
                )));
            }
        }
        if let Some(url) = &self.server.url {
            host(url)?;
        }
        Ok(())
    }

    /// Opens the port, if there is who is asked there.
    ///
    /// # Errors
    /// An address that cannot be had, a certificate that cannot be read or kept.
    pub(super) async fn open_port(
        &self,
        operator: &str,
        client: &Client,
        clock: Clock,
        served: &mut Served,
    ) -> Result<Option<Box<dyn Opened>>> {
        match self.port {
            Some(open) if !self.is_empty() && !self.server.is_off() => {
                Ok(Some(open(self, (operator, client, clock), served).await?))
            }
            _ => Ok(None),
        }
    }

    /// Has definitions say whom to trust from the first.
    pub(super) fn trusted_in(
        &self,
        operator: &str,
        client: &Client,
        definitions: &mut [CustomResourceDefinition],
        bundle: &str,
    ) {
        let reach = self.reach(operator, client.default_namespace());
        for definition in definitions {
            self.conversions.tell(definition, &reach, Some(bundle));
        }
    }

    /// Opens the caches that they read.
    pub(super) fn open(
        &self,
        informers: &Informers,
        namespaces: Option<&[String]>,
    ) -> Vec<Listers> {
        self.all.iter().map(|hook| hook.needs().open(informers, namespaces)).collect()
    }

    /// Binds them to what they read.
    pub(super) fn bind(
        &self,
        client: &Client,
        namespaces: Option<&Arc<[String]>>,
        states: &States,
        listers: Vec<Listers>,
    ) {
        let bind = |(hook, listers): (&Arc<dyn Hook>, Listers)| {
            let who = format!("webhook `{}`", hook.name());
            let permissions = hook.needs().permissions.clone();
            let guard = Declared::new(who, permissions, namespaces.cloned(), None);
            let client = client.clone().guarded_by(Arc::new(guard));
            let bound = hook.bind(Around { client, listers, states: states.clone() });
            Asked::new(&**hook, bound)
        };
        self.answers.bind(self.all.iter().zip(listers).map(bind));
    }
}

/// Makes configurations, or brings them to what they are to be.
pub(super) async fn install(client: &Client, manager: &str, all: &Configurations) -> Result<()> {
    if let Some(object) = &all.validating {
        apply(client, manager, object).await?;
    }
    if let Some(object) = &all.mutating {
        apply(client, manager, object).await?;
    }
    Ok(())
}

/// The name of the Service.
pub(super) fn service(operator: &str) -> String {
    format!("{operator}-webhook")
}

pub(super) fn secret(operator: &str) -> String {
    format!("{operator}-webhook-tls")
}

/// How a Service is called within a cluster.
pub(super) fn names(operator: &str, namespace: &str) -> Vec<String> {
    let service = service(operator);
    let of = |end: &str| format!("{service}.{namespace}{end}");
    vec![of(".svc"), of(".svc.cluster.local"), of("")]
}

/// The host in `https://HOST:PORT`.
pub(super) fn host(url: &str) -> Result<String> {
    let authority = url.strip_prefix("https://").map(|rest| rest.trim_end_matches('/'));
    let authority =
        authority.filter(|it| !it.is_empty() && !it.contains(['/', '?', '#', '@', ' ']));
    let host = authority.map(|it| match it.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() => host,
        _ => it,
    });
    let host = host.map(|host| host.trim_start_matches('[').trim_end_matches(']'));
    match host.filter(|host| !host.is_empty()) {
        Some(host) => Ok(host.to_owned()),
        None => Err(Error::msg(format!(
            "`{url}` is not where the API server reaches webhooks: give `https://HOST:PORT` with `--webhook-url`"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controller::Controller;
    use crate::flow::Action;
    use crate::reconcile::Object;
    use crate::shops::Shop;
    use crate::webhook::Change;
    use crate::webhook::Verdict;
    use crate::webhook::Webhook;

    /// What opens the port brings in a server, certificates and all that answers: a program without it has none of that in it.
    #[test]
    fn only_an_operator_that_is_asked_has_what_opens_a_port() {
        async fn reconcile(_shop: Object<Shop>) -> Result<Action> {
            Ok(Action::done())
        }
        async fn judge(_change: Change<Shop>) -> Verdict {
            Verdict::allow()
        }
        let operator = Operator::new("mall").controller(Controller::of("shops", reconcile));
        assert!(operator.hooks.port.is_none());
        let operator = operator.webhook(Webhook::validate("judge", judge));
        assert!(operator.hooks.port.is_some());
    }

    #[test]
    fn a_url_has_a_host_that_the_certificate_is_for() {
        for (url, expected) in [
            ("https://10.0.2.2:9443", Some("10.0.2.2")),
            ("https://laptop.example.com/", Some("laptop.example.com")),
            ("https://[::1]:9443", Some("::1")),
            ("http://10.0.2.2:9443", None),
            ("https://user@host", None),
            ("https://", None),
        ] {
            assert_eq!(host(url).ok().as_deref(), expected, "{url}");
        }
    }
}
