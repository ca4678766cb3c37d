//! A user name and a password.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

use crate::config::User;

use super::error::AuthError;
use super::{Source, secret_header};

/// Sends the same name and password for ever.
struct Basic {
    header: HeaderValue,
}

pub(super) fn from_user(user: &User) -> Result<Option<Box<dyn Source>>, AuthError> {
    let Some((name, password)) = &user.basic else { return Ok(None) };
    let pair = SecretString::from(format!("{name}:{}", password.expose_secret()));
    let encoded = SecretString::from(STANDARD.encode(pair.expose_secret()));
    Ok(Some(Box::new(Basic { header: secret_header("Basic", &encoded, &user.origin)? })))
}

impl Source for Basic {
    fn authorization(&self) -> BoxFuture<'_, Result<HeaderValue, AuthError>> {
        async { Ok(self.header.clone()) }.boxed()
    }
}
