//! A bearer token that stands in the configuration.

use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::header::HeaderValue;
use secrecy::SecretString;

use crate::config::Config;

use super::error::AuthError;
use super::{Proof, Source, secret_header};

/// Sends the same token for ever.
struct Token {
    header: HeaderValue,
}

pub(super) fn from_config(config: &Config) -> Result<Option<Box<dyn Source>>, AuthError> {
    let user = &config.user;
    let Some(token) = &user.token else { return Ok(None) };
    Ok(Some(Box::new(Token { header: bearer(token, &user.origin)? })))
}

/// The header for a token.
pub(super) fn bearer(token: &SecretString, owner: &str) -> Result<HeaderValue, AuthError> {
    secret_header("Bearer", token, owner)
}

impl Source for Token {
    fn proof(&self) -> BoxFuture<'_, Result<Proof, AuthError>> {
        async { Ok(Proof::header(self.header.clone())) }.boxed()
    }
}
