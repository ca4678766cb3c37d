//! A bearer token in a file that somebody else renews, as the kubelet does for a service account.
//!
//! The file is read at most once a minute, and again after the server refused what it held. While it cannot be
//! read the last good token stays in use.

use std::path::PathBuf;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::header::HeaderValue;
use parking_lot::Mutex;
use secrecy::SecretString;
use tokio::io::AsyncReadExt as _;
use tokio::time::Instant;

use crate::config::Config;

use super::error::AuthError;
use super::token::bearer;
use super::{Proof, Source, secret_header};

/// How long a token that was read is used without another look.
const FRESH: Duration = Duration::from_secs(60);
/// The most bytes a token may have.
const LIMIT: u64 = 64 * 1024;

/// Sends what the file held when it was last read.
struct TokenFile {
    path: PathBuf,
    owner: String,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    header: Option<HeaderValue>,
    read_at: Option<Instant>,
}

pub(super) fn from_config(config: &Config) -> Result<Option<Box<dyn Source>>, AuthError> {
    let user = &config.user;
    let Some(path) = &user.token_file else { return Ok(None) };
    // As in client-go, a token beside the file is used until the file can be read.
    let header = user.token.as_ref().map(|token| bearer(token, &user.origin)).transpose()?;
    Ok(Some(Box::new(TokenFile {
        path: path.clone(),
        owner: user.origin.clone(),
        kept: Mutex::new(Kept { header, read_at: None }),
    })))
}

impl TokenFile {
    async fn read(&self) -> Result<HeaderValue, AuthError> {
        let failed =
            |source| AuthError::Read { owner: self.owner.clone(), path: self.path.clone(), source };
        let invalid = |reason| AuthError::TokenFile {
            owner: self.owner.clone(),
            path: self.path.clone(),
            reason,
        };
        // A pipe would not even be opened before somebody writes.
        if !tokio::fs::metadata(&self.path).await.map_err(failed)?.is_file() {
            return Err(invalid("it is no regular file"));
        }
        let file = tokio::fs::File::open(&self.path).await.map_err(failed)?;
        let mut text = String::new();
        file.take(LIMIT + 1).read_to_string(&mut text).await.map_err(failed)?;
        let token = text.trim();
        if text.len() as u64 > LIMIT {
            return Err(invalid("it is larger than 64 KiB"));
        }
        if token.is_empty() {
            return Err(invalid("it is empty"));
        }
        if token.contains(char::is_control) {
            return Err(invalid("it holds more than one line or other control characters"));
        }
        secret_header("Bearer", &SecretString::from(token), &self.owner)
    }
}

impl Source for TokenFile {
    fn proof(&self) -> BoxFuture<'_, Result<Proof, AuthError>> {
        async {
            let now = Instant::now();
            {
                let kept = self.kept.lock();
                let fresh = kept.read_at.is_some_and(|read_at| now - read_at < FRESH);
                if let (true, Some(header)) = (fresh, &kept.header) {
                    return Ok(Proof::header(header.clone()));
                }
            }
            let read = self.read().await;
            let mut kept = self.kept.lock();
            match read {
                Ok(header) => {
                    *kept = Kept { header: Some(header.clone()), read_at: Some(now) };
                    Ok(Proof::header(header))
                }
                Err(error) => {
                    let Some(header) = kept.header.clone() else { return Err(error) };
                    tracing::warn!(%error, "the last good token stays in use");
                    kept.read_at = Some(now);
                    Ok(Proof::header(header))
                }
            }
        }
        .boxed()
    }

    fn refused(&self, proof: &Proof) -> bool {
        let mut kept = self.kept.lock();
        if kept.header == proof.header {
            kept.read_at = None;
        }
        true
    }
}
