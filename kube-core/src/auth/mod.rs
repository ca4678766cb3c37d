//! Who we are, per request: a user's entry in, the headers that prove it out.
//!
//! A source is one file; its line in [`SOURCES`] is its precedence. Client certificates are no source: they
//! are part of the connection.
//!
//! Mirrors: client-go transport/round_trippers.go, transport/token_source.go
//! Differs: a token file is checked (size, kind, characters) before a byte of it is sent.

mod basic;
mod error;
mod impersonate;
mod token;
mod token_file;

use std::fmt;

use futures::future::BoxFuture;
use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};

use crate::config::User;
use crate::error::Result;

use error::AuthError;

/// Takes from a user's entry what is its own; none if the entry says nothing of it.
type FromUser = fn(&User) -> Result<Option<Box<dyn Source>>, AuthError>;

/// The sources of the `Authorization` header, the first that the user's entry speaks of wins.
const SOURCES: [FromUser; 3] = [token_file::from_user, token::from_user, basic::from_user];

/// One way to get the `Authorization` header.
pub(crate) trait Source: Send + Sync {
    /// The header for a request that leaves now. Called once a request; may wait, but not for the server.
    fn authorization(&self) -> BoxFuture<'_, Result<HeaderValue, AuthError>>;

    /// The server did not accept what [`authorization`](Self::authorization) gave: the next call may not give a kept value.
    fn refused(&self) {}
}

/// A user's credentials, ready for use.
pub(crate) struct Credentials {
    source: Option<Box<dyn Source>>,
    impersonate: HeaderMap,
}

impl Credentials {
    /// Checks a user's entry.
    pub(crate) fn of(user: &User) -> Result<Self> {
        let mut found = None;
        for source in SOURCES {
            if found.is_none() {
                found = source(user)?;
            }
        }
        let impersonate = match &user.impersonate {
            Some(other) => impersonate::headers(other, &user.origin)?,
            None => HeaderMap::new(),
        };
        Ok(Self { source: found, impersonate })
    }

    /// Whether requests carry a secret in a header.
    pub(crate) fn has_secret(&self) -> bool {
        self.source.is_some()
    }

    /// Adds what proves who we are. A request that already says so is left alone.
    pub(crate) async fn authorize(&self, headers: &mut HeaderMap) -> Result<()> {
        if headers.contains_key(AUTHORIZATION) {
            return Ok(());
        }
        if let Some(source) = &self.source {
            headers.insert(AUTHORIZATION, source.authorization().await?);
        }
        for (name, value) in &self.impersonate {
            headers.append(name, value.clone());
        }
        Ok(())
    }

    /// The server answered 401.
    pub(crate) fn refused(&self) {
        if let Some(source) = &self.source {
            source.refused();
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials { .. }")
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
