//! An operator's webhooks: functions and where they are to be reached in, an open port and an API server that knows of it out.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::rbac::v1::PolicyRule;
use kube_core::Allows;
use kube_core::ApiResource;
use kube_core::Client;
use kube_core::DynamicObject;
use kube_core::Resource;
use kube_core::object::verb;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::Operator;
use crate::clock::Clock;
use crate::endpoint::Endpoint;
use crate::endpoint::Service;
use crate::endpoint::bind_webhooks;
use crate::error::Error;
use crate::error::Result;
use crate::error::chain;
use crate::informer::Informers;
use crate::manager::Served;
use crate::reconcile::States;
use crate::reconcile::guard::Declared;
use crate::reconcile::listers::Listers;
use crate::shutdown::Shutdown;
use crate::tls::Certificate;
use crate::tls::Identity;
use crate::tls::Purpose;
use crate::tls::accepting;
use crate::webhook::Around;
use crate::webhook::Asked;
use crate::webhook::Configurations;
use crate::webhook::Hook;
use crate::webhook::IntoWebhook;
use crate::webhook::Reach;
use crate::webhook::WebhookServer;
use crate::webhook::Webhooks;
use crate::webhook::certificate::Keeper;
use crate::webhook::certificate::Kept;
use crate::webhook::certificate::renewed;

/// How often it is looked whether the certificate is to be renewed, and whether another replica did that.
const LOOKED: Duration = Duration::from_secs(3600);
/// The same after a failure.
const TRIED_AGAIN: Duration = Duration::from_secs(60);
/// How long taking the configurations of a developer's machine back may take: less than ports have to close.
const TAKEN_BACK: Duration = Duration::from_millis(1500);

const FILES: Purpose = Purpose { what: "webhooks", flag: "--webhook-cert-path" };

/// What an operator is asked, and where.
#[derive(Clone, Default)]
pub(super) struct Hooks {
    pub(super) all: Vec<Arc<dyn Hook>>,
    pub(super) server: WebhookServer,
}

impl<A: Send + Sync + 'static> Operator<A> {
    /// One more webhook: what `#[webhook]` leaves, or a [`Webhook`](crate::webhook::Webhook).
    pub fn webhook(mut self, webhook: impl IntoWebhook) -> Self {
        self.hooks.all.push(Arc::new(webhook.into_webhook()));
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
        apply(client, &self.name, &all).await
    }
}

impl Hooks {
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    fn reach(&self, operator: &str, namespace: &str) -> Reach {
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
        let name = Some(operator.to_owned());
        let inside = vec![
            rule("", &["secrets"], None, &["create"]),
            rule("", &["secrets"], Some(secret(operator)), &["get", "update"]),
        ];
        (inside, vec![rule("admissionregistration.k8s.io", &kinds, name, &["get", "patch"])])
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
    ) -> Webhooks {
        let bind = |(hook, listers): (&Arc<dyn Hook>, Listers)| {
            let who = format!("webhook `{}`", hook.name());
            let permissions = hook.needs().permissions.clone();
            let guard = Declared::new(who, permissions, namespaces.cloned(), None);
            let client = client.clone().guarded_by(Arc::new(guard));
            let bound = hook.bind(Around { client, listers, states: states.clone() });
            Asked::new(&**hook, bound)
        };
        Webhooks::new(self.all.iter().zip(listers).map(bind))
    }

    /// Opens the port, and tells the API server whom to trust there.
    ///
    /// # Errors
    /// An address that cannot be had, a certificate that cannot be read or kept.
    pub(super) async fn serve(
        &self,
        operator: &str,
        client: Client,
        clock: Clock,
        served: &mut Served,
    ) -> Result<()> {
        if self.is_empty() || self.server.is_off() {
            return Ok(());
        }
        let mut tells = None;
        let identity = match (&self.server.certificates, &self.server.url) {
            (Some(folder), _) => Identity::Files(Certificate::new(FILES, Some(folder)).await?),
            (None, Some(url)) => {
                let kept = renewed(None, &[host(url)?], clock.now())?;
                let kept = kept.ok_or_else(|| Error::msg("no certificate was made"))?;
                let bundle = kept.bundle();
                tells = Some(self.local(operator, url, &bundle));
                Identity::Kept(watch::channel(acceptor(&kept)?).1)
            }
            (None, None) => {
                let namespace = client.default_namespace().to_owned();
                let (secret, names) = (secret(operator), names(operator, &namespace));
                let keeper = Keeper { client: client.clone(), namespace, secret, names, clock };
                let kept = keeper.current(None).await?;
                let (sender, receiver) = watch::channel(acceptor(&kept)?);
                let keeps = Keeps { hooks: self.clone(), operator: operator.to_owned(), keeper };
                // Until the API server trusts it nobody is answered, so the start does not wait for it.
                served.group.spawn("the certificate", keeps.run(kept, sender, served.end.clone()));
                Identity::Kept(receiver)
            }
        };
        let port = bind_webhooks(&Endpoint::default(), &self.server.address, identity).await?;
        served.webhooks_at = Some(port.address);
        tracing::info!("webhooks: https://{}", port.address);
        let service = Service::Webhooks(served.webhooks.clone());
        let name = format!("the port {}", port.address);
        served.group.spawn(name, port.run(service, served.end.clone()));
        if let Some(local) = tells {
            apply(&client, &format!("{operator}-webhooks"), &local).await?;
            served.group.spawn("the local webhooks", taken_back(client, local, served.end.clone()));
        }
        Ok(())
    }

    /// The configurations for a developer's machine.
    fn local(&self, operator: &str, url: &str, bundle: &str) -> Configurations {
        let (name, reach) = (format!("{operator}-local"), Reach::Url(url.to_owned()));
        Configurations::of(&name, operator, &self.all, &reach, Some(bundle)).lenient()
    }
}

/// Sees that the certificate is renewed, served and trusted.
struct Keeps {
    hooks: Hooks,
    operator: String,
    keeper: Keeper,
}

impl Keeps {
    /// # Cancel safety
    /// Dropping the future costs nothing.
    async fn run(
        self,
        kept: Kept,
        sender: watch::Sender<TlsAcceptor>,
        end: Shutdown,
    ) -> Result<()> {
        let mut kept = kept;
        let mut over = std::pin::pin!(end.begun());
        let mut told = self.trusted(&kept).await;
        loop {
            let again = match told {
                Ok(()) => LOOKED,
                Err(error) => {
                    tracing::warn!("failed to keep the webhooks trusted: {}", chain(&error));
                    TRIED_AGAIN
                }
            };
            tokio::select! {
                () = &mut over => return Ok(()),
                () = pause(again) => {}
            }
            told = self.renew(&mut kept, &sender).await;
        }
    }

    /// The API server first: it must trust what is served then.
    async fn renew(&self, kept: &mut Kept, sender: &watch::Sender<TlsAcceptor>) -> Result<()> {
        let current = self.keeper.current(Some(kept)).await?;
        self.trusted(&current).await?;
        if current != *kept {
            sender.send_replace(acceptor(&current)?);
            *kept = current;
        }
        Ok(())
    }

    /// Has the API server trust it.
    async fn trusted(&self, kept: &Kept) -> Result<()> {
        let Keeper { client, namespace, .. } = &self.keeper;
        let (hooks, operator) = (&self.hooks, self.operator.as_str());
        let reach = hooks.reach(operator, namespace);
        let bundle = kept.bundle();
        let told = Configurations::of(operator, operator, &hooks.all, &reach, Some(&bundle));
        for (resource, part) in told.bundles() {
            trust(client, operator, resource, &part).await?;
        }
        Ok(())
    }
}

/// Fills in whom to trust, in a configuration that is there.
async fn trust(
    client: &Client,
    operator: &str,
    resource: ApiResource,
    part: &DynamicObject,
) -> Result<()> {
    let api = client.api::<DynamicObject>(resource, None);
    let applied = api.apply(part).field_manager(format!("{operator}-webhooks")).force(true).await;
    applied.map(|_| ()).map_err(|error| {
        let invalid = error.is_invalid() || error.is_forbidden() || error.is_not_found();
        let error = Error::from(error);
        match invalid {
            true => error.context(format!(
                "the configuration `{operator}` of the webhooks is not that of this program: apply what its `manifests` prints"
            )),
            false => error,
        }
    })
}

/// Makes configurations, or brings them to what they are to be.
async fn apply(client: &Client, manager: &str, all: &Configurations) -> Result<()> {
    if let Some(object) = &all.validating {
        client.cluster().apply(object).field_manager(manager).force(true).await?;
    }
    if let Some(object) = &all.mutating {
        client.cluster().apply(object).field_manager(manager).force(true).await?;
    }
    Ok(())
}

/// Deletes the configurations of a developer's machine at the end.
async fn taken_back(client: Client, all: Configurations, end: Shutdown) -> Result<()> {
    end.begun().await;
    let deleted = async {
        if let Some(object) = &all.validating {
            delete(&client, object).await?;
        }
        if let Some(object) = &all.mutating {
            delete(&client, object).await?;
        }
        Ok::<_, Error>(())
    };
    match tokio::time::timeout(TAKEN_BACK, deleted).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!("the local webhooks stay registered: {}", chain(&error)),
        Err(_) => tracing::warn!("the local webhooks stay registered: the server did not answer"),
    }
    Ok(())
}

async fn delete<K: Resource + Allows<verb::Delete>>(client: &Client, object: &K) -> Result<()> {
    let name = object.metadata().name.as_deref().unwrap_or_default();
    client.cluster().delete::<K>(name).await?;
    Ok(())
}

/// What serves with this certificate.
fn acceptor(kept: &Kept) -> Result<TlsAcceptor> {
    let certificate = CertificateDer::from_pem_slice(kept.leaf.certificate.as_bytes());
    let key = PrivateKeyDer::from_pem_slice(kept.leaf.key.as_bytes());
    match (certificate, key) {
        (Ok(certificate), Ok(key)) => accepting(vec![certificate], key),
        _ => {
            Err(Error::msg("the certificate for webhooks that is kept is none: delete its Secret"))
        }
    }
}

/// The name of the Service.
pub(super) fn service(operator: &str) -> String {
    format!("{operator}-webhook")
}

fn secret(operator: &str) -> String {
    format!("{operator}-webhook-tls")
}

/// How a Service is called within a cluster.
fn names(operator: &str, namespace: &str) -> Vec<String> {
    let service = service(operator);
    let of = |end: &str| format!("{service}.{namespace}{end}");
    vec![of(".svc"), of(".svc.cluster.local"), of("")]
}

/// The host in `https://HOST:PORT`.
fn host(url: &str) -> Result<String> {
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

#[expect(clippy::disallowed_methods, reason = "the keeper of the certificate waits between looks")]
async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

#[cfg(test)]
mod tests {
    use super::*;

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
