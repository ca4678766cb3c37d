//! Who we are, per request: a user's entry in, the headers and the client certificate that prove it out.
//!
//! A source is one file or folder; its line in [`SOURCES`] is its precedence.
//!
//! Promises:
//! - A source is asked only for requests that do not say themselves who sends them.
//! - What has to be fetched is fetched once, however many requests wait for it, and again when the server refuses it.
//! - No secret is printed, by `Debug` or by an error.
//!
//! Mirrors: client-go transport/round_trippers.go, transport/token_source.go, plugin/pkg/client/auth
//! Differs: a token file is checked (size, kind, characters) before a byte of it is sent; what has to be fetched is
//! fetched shortly before it expires, within a limit of time, and a failure is not repeated at once.

mod basic;
mod caller;
mod error;
mod exec;
mod kept;
mod oidc;
mod renewal;
mod token;
mod token_file;

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};

use crate::config::ClientCertificate;
use crate::config::Config;
use crate::error::Result;

use error::AuthError;

/// Takes from a configuration what is its own; none if the user's entry says nothing of it.
type FromConfig = fn(&Config) -> Result<Option<Box<dyn Source>>, AuthError>;

/// The sources of credentials, the first that the user's entry speaks of wins.
const SOURCES: [FromConfig; 5] = [
    token_file::from_config,
    token::from_config,
    basic::from_config,
    exec::from_config,
    oidc::from_config,
];

/// One way to get credentials.
pub(crate) trait Source: Send + Sync {
    /// The proof for a request that leaves now. Called once a request; may wait, but not for the API server.
    fn proof(&self) -> BoxFuture<'_, Result<Proof, AuthError>>;

    /// The server did not accept this proof. Whether another may be had: the next call may not give this one, then.
    fn refused(&self, proof: &Proof) -> bool {
        let _ = proof;
        false
    }
}

/// What proves who we are.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Proof {
    /// The `Authorization` header.
    header: Option<HeaderValue>,
    /// A client certificate that takes the place of the configuration's own.
    pub(crate) certificate: Option<Arc<ClientCertificate>>,
}

impl Proof {
    fn header(header: HeaderValue) -> Self {
        Self { header: Some(header), certificate: None }
    }
}

/// A user's credentials, ready for use.
pub(crate) struct Credentials {
    source: Option<Box<dyn Source>>,
    impersonate: HeaderMap,
    proxied: HeaderMap,
}

impl Credentials {
    /// Checks a user's entry.
    pub(crate) fn of(config: &Config) -> Result<Self> {
        let mut found = None;
        for source in SOURCES {
            if found.is_none() {
                found = source(config)?;
            }
        }
        let user = &config.user;
        let impersonate = user.impersonate.as_ref();
        let impersonate = impersonate.map(|other| caller::impersonate(other, &user.origin));
        let proxied = user.proxied.as_ref().map(|caller| caller::proxied(caller, &user.origin));
        Ok(Self {
            source: found,
            impersonate: impersonate.transpose()?.unwrap_or_default(),
            proxied: proxied.transpose()?.unwrap_or_default(),
        })
    }

    /// Whether requests carry a secret in a header.
    pub(crate) fn has_secret(&self) -> bool {
        self.source.is_some()
    }

    /// What proves who we are, now.
    pub(crate) async fn proof(&self) -> Result<Proof> {
        match &self.source {
            Some(source) => Ok(source.proof().await?),
            None => Ok(Proof::default()),
        }
    }

    /// Adds what proves who we are, and whom we act as. What a request says of it itself is left alone.
    pub(crate) fn authorize(&self, headers: &mut HeaderMap, proof: &Proof) {
        if let (Some(header), false) = (&proof.header, headers.contains_key(AUTHORIZATION)) {
            headers.insert(AUTHORIZATION, header.clone());
        }
        if !self.proxied.is_empty() {
            // Nobody else may say who calls.
            let said = headers.keys().filter(|name| name.as_str().starts_with(caller::PROXIED));
            let said: Vec<_> = said.cloned().collect();
            said.iter().for_each(|name| drop(headers.remove(name)));
            headers.extend(self.proxied.clone());
        }
        if headers.contains_key("impersonate-user") {
            return;
        }
        for (name, value) in &self.impersonate {
            headers.append(name, value.clone());
        }
    }

    /// The server answered 401 to this proof. Whether it may be worth to ask for another one.
    pub(crate) fn refused(&self, proof: &Proof) -> bool {
        self.source.as_ref().is_some_and(|source| source.refused(proof))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials { .. }")
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proof { .. }")
    }
}

/// A header value with a secret in it, which `Debug` of a header map prints as `Sensitive`.
fn secret_header(
    scheme: &str,
    secret: &SecretString,
    owner: &str,
) -> Result<HeaderValue, AuthError> {
    let text = SecretString::from(format!("{scheme} {}", secret.expose_secret()));
    let mut value = HeaderValue::from_str(text.expose_secret())
        .map_err(|_| AuthError::Characters { owner: owner.to_owned() })?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests;
