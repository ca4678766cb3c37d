//! OpenID Connect: an id-token that is renewed by a refresh token, as a [`Source`].
//!
//! Promises:
//! - The id-token is used until shortly before it expires, then renewed once for all requests that wait.
//! - What another process has renewed in the file meanwhile is used.
//! - New tokens are written to the file that the old ones came from; nothing else in it changes. If it cannot be
//!   written, this process goes on all the same.
//!
//! Mirrors: client-go plugin/pkg/client/auth/oidc
//! Differs: the file is read again before a renewal: issuers take a refresh token once.

mod issuer;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::FutureExt as _;
use parking_lot::Mutex;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tokio::time::Instant;

use crate::config::Config;
use crate::config::Oidc;

use super::error::AuthError;
use super::kept::{Fetched, Kept};
use super::renewal::Renewal;
use super::token::bearer;
use super::{Proof, Source};

/// A token that another process has renewed is used if it is good for longer.
const SOON: Duration = Duration::from_secs(10);

/// A login, and the tokens that it has now.
struct Login {
    owner: String,
    oidc: Oidc,
    /// If the file does not keep them, this process does.
    latest: Mutex<Latest>,
}

struct Latest {
    id_token: Option<SecretString>,
    refresh_token: Option<SecretString>,
}

pub(super) fn from_config(config: &Config) -> Result<Option<Box<dyn Source>>, AuthError> {
    let Some(oidc) = &config.user.oidc else { return Ok(None) };
    let login = Login {
        owner: config.user.origin.clone(),
        oidc: oidc.clone(),
        latest: Mutex::new(Latest {
            id_token: oidc.id_token.clone(),
            refresh_token: oidc.refresh_token.clone(),
        }),
    };
    let kept = match &oidc.id_token {
        Some(token) if left(token, SystemTime::now()).is_some() => {
            Kept::default().with(Instant::now(), login.fetched(token)?)
        }
        _ => Kept::default(),
    };
    let login = Arc::new(login);
    Ok(Some(Box::new(Renewal::new(kept, move || {
        let login = Arc::clone(&login);
        async move { login.renew().await }.boxed()
    }))))
}

impl Login {
    fn failed(&self, reason: String) -> AuthError {
        AuthError::Oidc {
            owner: self.owner.clone(),
            issuer: self.oidc.issuer.host_str().unwrap_or_default().to_owned(),
            reason,
        }
    }

    fn fetched(&self, token: &SecretString) -> Result<Fetched, AuthError> {
        let lifetime = left(token, SystemTime::now()).unwrap_or_default();
        let proof = Proof::header(bearer(token, &self.owner)?);
        Ok(Fetched { proof, lifetime: Some(lifetime) })
    }

    async fn renew(&self) -> Result<Fetched, AuthError> {
        let oidc = self.oidc.clone();
        let (id_token, in_file) = blocking(move || oidc.reread()).await;
        let own = {
            let mut latest = self.latest.lock();
            let other = id_token.filter(|token| !same(Some(token), latest.id_token.as_ref()));
            let good = |token: &SecretString| {
                left(token, SystemTime::now()).is_some_and(|left| left > SOON)
            };
            if let Some(token) = other.filter(good) {
                let fetched = self.fetched(&token);
                latest.id_token = Some(token);
                return fetched;
            }
            latest.refresh_token.clone()
        };
        // Whichever is not the first one is newer.
        let newer = in_file.filter(|token| !same(Some(token), self.oidc.refresh_token.as_ref()));
        let Some(refresh_token) = newer.or(own) else {
            return Err(self.failed(
                "its id-token is missing or has expired, and it has no refresh-token: log in again"
                    .to_owned(),
            ));
        };
        let tokens = issuer::refresh(&self.oidc, &refresh_token).await;
        let tokens = tokens.map_err(|reason| self.failed(reason))?;
        if left(&tokens.id_token, SystemTime::now()).is_none() {
            return Err(
                self.failed("the id-token that it gave is no JWT that is good now".to_owned())
            );
        }
        let fetched = self.fetched(&tokens.id_token)?;
        *self.latest.lock() = Latest {
            id_token: Some(tokens.id_token.clone()),
            refresh_token: Some(tokens.refresh_token.clone().unwrap_or(refresh_token)),
        };
        let oidc = self.oidc.clone();
        if let Err(error) =
            blocking(move || oidc.keep(&tokens.id_token, tokens.refresh_token.as_ref())).await
        {
            tracing::warn!(error = %error.chain(), user = self.owner, "the new tokens are used by this process only");
        }
        Ok(fetched)
    }
}

fn same(one: Option<&SecretString>, other: Option<&SecretString>) -> bool {
    one.map(|token| token.expose_secret()) == other.map(|token| token.expose_secret())
}

/// Touches the disk, which is no business of the runtime's threads.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime ends: nobody waits for the outcome.
            Err(_) => std::future::pending().await,
        },
    }
}

/// How long an id-token is good; none if it has expired or is no JWT.
fn left(token: &SecretString, now: SystemTime) -> Option<Duration> {
    #[derive(Deserialize)]
    struct Claims {
        exp: f64,
    }
    let claims = token.expose_secret().split('.').nth(1)?;
    let claims = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    let expires =
        SystemTime::UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(claims.exp).ok()?)?;
    expires.duration_since(now).ok().filter(|left| !left.is_zero())
}
