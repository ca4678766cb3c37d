//! An operator's port for webhooks: opened with a certificate that is kept or made, told to the API server, renewed, and taken back at the end.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use kube_core::Allows;
use kube_core::Client;
use kube_core::Resource;
use kube_core::object::verb;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::trust::trust;
use super::webhooks::Hooks;
use super::webhooks::host;
use super::webhooks::install;
use super::webhooks::names;
use super::webhooks::secret;
use crate::clock::Clock;
use crate::endpoint::Endpoint;
use crate::endpoint::bind_webhooks;
use crate::error::Error;
use crate::error::Result;
use crate::error::chain;
use crate::manager::Served;
use crate::shutdown::Shutdown;
use crate::tls::Certificate;
use crate::tls::Identity;
use crate::tls::Purpose;
use crate::tls::accepting;
use crate::webhook::Configurations;
use crate::webhook::Reach;
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

/// Opens the port of the webhooks. An operator has it from its first webhook or kind with several versions on: whoever has neither links nothing of it.
pub(super) type Open = for<'a> fn(
    &'a Hooks,
    (&'a str, &'a Client, Clock),
    &'a mut Served,
) -> BoxFuture<'a, Result<Box<dyn Opened>>>;

/// A port that is open, and what the API server has yet to be told of it.
#[must_use = "the API server is to be told"]
pub(super) trait Opened: Send + Sync {
    /// What it proves itself by, where it is asked by its Service and makes that itself.
    fn bundle(&self) -> Option<String>;

    /// Tells the API server who converts; it is known before the caches ask for objects.
    ///
    /// # Errors
    /// A definition that is not there, or does not let this program convert.
    fn tell_conversions<'a>(
        &'a self,
        hooks: &'a Hooks,
        who: (&'a str, &'a Client),
        served: &'a mut Served,
    ) -> BoxFuture<'a, Result<()>>;

    /// Tells the API server whom else to ask, and whom to trust from now on.
    ///
    /// # Errors
    /// What the server refuses.
    fn tell<'a>(
        self: Box<Self>,
        hooks: &'a Hooks,
        operator: &'a str,
        client: Client,
        served: &'a mut Served,
    ) -> BoxFuture<'a, Result<()>>;
}

/// Opens the port.
///
/// # Errors
/// An address that cannot be had, a certificate that cannot be read or kept.
pub(super) fn open<'a>(
    hooks: &'a Hooks,
    (operator, client, clock): (&'a str, &'a Client, Clock),
    served: &'a mut Served,
) -> BoxFuture<'a, Result<Box<dyn Opened>>> {
    async move {
        let proof = hooks.open_with(operator, client, clock, served).await?;
        Ok(Box::new(proof) as Box<dyn Opened>)
    }
    .boxed()
}

/// Who has whom trust what the port proves itself by.
enum Proof {
    /// Somebody else.
    Given,
    /// This process: the API server, a certificate that it makes and renews.
    Kept(Box<Keeps>),
    /// This process, for as long as it runs at this address and with this certificate.
    Local { url: String, bundle: String },
}

impl Opened for Proof {
    fn bundle(&self) -> Option<String> {
        match self {
            Self::Given | Self::Local { .. } => None,
            Self::Kept(keeps) => Some(keeps.kept.bundle()),
        }
    }

    fn tell_conversions<'a>(
        &'a self,
        hooks: &'a Hooks,
        (operator, client): (&'a str, &'a Client),
        served: &'a mut Served,
    ) -> BoxFuture<'a, Result<()>> {
        async move {
            if hooks.conversions.is_empty() {
                return Ok(());
            }
            match self {
                Self::Given => {}
                Self::Kept(keeps) => {
                    hooks.conversions.trust(client, operator, &keeps.kept.bundle()).await?;
                }
                Self::Local { url, bundle } => {
                    let lent = hooks.conversions.lend(client, url, bundle).await?;
                    served.group.spawn("the local conversion", lent.taken_back(served.end.clone()));
                }
            }
            Ok(())
        }
        .boxed()
    }

    fn tell<'a>(
        self: Box<Self>,
        hooks: &'a Hooks,
        operator: &'a str,
        client: Client,
        served: &'a mut Served,
    ) -> BoxFuture<'a, Result<()>> {
        async move {
            match *self {
                Self::Given => {}
                // Until the API server trusts it nobody is answered, so the start does not wait for it.
                Self::Kept(keeps) => {
                    served.group.spawn("the certificate", keeps.run(served.end.clone()));
                }
                Self::Local { url, bundle } => {
                    let local = hooks.local(operator, &url, &bundle);
                    install(&client, &format!("{operator}-webhooks"), &local).await?;
                    let end = served.end.clone();
                    served.group.spawn("the local webhooks", taken_back(client, local, end));
                }
            }
            Ok(())
        }
        .boxed()
    }
}

impl Hooks {
    async fn open_with(
        &self,
        operator: &str,
        client: &Client,
        clock: Clock,
        served: &mut Served,
    ) -> Result<Proof> {
        let (identity, proof) = match (&self.server.certificates, &self.server.url) {
            (Some(folder), _) => {
                (Identity::Files(Certificate::new(FILES, Some(folder)).await?), Proof::Given)
            }
            (None, Some(url)) => {
                let kept = renewed(None, &[host(url)?], clock.now())?;
                let kept = kept.ok_or_else(|| Error::msg("no certificate was made"))?;
                let (url, bundle) = (url.clone(), kept.bundle());
                let identity = Identity::Kept(watch::channel(acceptor(&kept)?).1);
                (identity, Proof::Local { url, bundle })
            }
            (None, None) => {
                let namespace = client.default_namespace().to_owned();
                let (secret, names) = (secret(operator), names(operator, &namespace));
                let keeper = Keeper { client: client.clone(), namespace, secret, names, clock };
                let kept = keeper.current(None).await?;
                let (sender, receiver) = watch::channel(acceptor(&kept)?);
                let (hooks, operator) = (self.clone(), operator.to_owned());
                let keeps = Keeps { hooks, operator, keeper, kept, sender };
                (Identity::Kept(receiver), Proof::Kept(Box::new(keeps)))
            }
        };
        let port = bind_webhooks(&Endpoint::default(), &self.server.address, identity).await?;
        served.webhooks_at = Some(port.address);
        tracing::info!("webhooks: https://{}", port.address);
        let service = Arc::new(self.answers.clone());
        let name = format!("the port {}", port.address);
        served.group.spawn(name, port.run(service, served.end.clone()));
        Ok(proof)
    }

    /// The configurations for a developer's machine.
    fn local(&self, operator: &str, url: &str, bundle: &str) -> Configurations {
        let (name, reach) = (format!("{operator}-local"), Reach::Url(url.to_owned()));
        Configurations::of(&name, operator, &self.all, &reach, Some(bundle)).lenient()
    }
}

/// Sees that the certificate is renewed, served and trusted.
pub(super) struct Keeps {
    hooks: Hooks,
    operator: String,
    keeper: Keeper,
    kept: Kept,
    sender: watch::Sender<TlsAcceptor>,
}

impl Keeps {
    /// # Cancel safety
    /// Dropping the future costs nothing.
    async fn run(mut self: Box<Self>, end: Shutdown) -> Result<()> {
        let mut over = std::pin::pin!(end.begun());
        let mut told = self.trusted(&self.kept).await;
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
            told = self.renew().await;
        }
    }

    /// The API server first: it must trust what is served then.
    async fn renew(&mut self) -> Result<()> {
        let current = self.keeper.current(Some(&self.kept)).await?;
        self.trusted(&current).await?;
        if current != self.kept {
            self.sender.send_replace(acceptor(&current)?);
            self.kept = current;
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
            trust(client, operator, resource, &part, || {
                format!(
                    "the configuration `{operator}` of the webhooks is not that of this program: apply what its `manifests` prints"
                )
            })
            .await?;
        }
        hooks.conversions.trust(client, operator, &bundle).await
    }
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

#[expect(clippy::disallowed_methods, reason = "the keeper of the certificate waits between looks")]
async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}
