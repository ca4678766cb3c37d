//! A user name and a password.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

use crate::config::Config;

use super::error::AuthError;
use super::{Proof, Source, secret_header};

/// Sends the same name and password for ever.
struct Basic {
    header: HeaderValue,
}

pub(super) fn from_config(config: &Config) -> Result<Option<Box<dyn Source>>, AuthError> {
    let user = &config.user;
    let Some((name, password)) = &user.basic else { return Ok(None) };
    let pair = SecretString::from(format!("{name}:{}", password.expose_secret()));
    let encoded = SecretString::from(STANDARD.encode(pair.expose_secret()));
    Ok(Some(Box::new(Basic { header: secret_header("Basic", &encoded, &user.origin)? })))
}

impl Source for Basic {
    fn proof(&self) -> BoxFuture<'_, Result<Proof, AuthError>> {
        async { Ok(Proof::header(self.header.clone())) }.boxed()
    }
}
