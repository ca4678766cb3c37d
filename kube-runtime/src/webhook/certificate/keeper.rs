//! The Secret that all replicas share: what is kept there in, made and renewed where it has to be, the same out.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube_core::Client;
use kube_core::ObjectMeta;

use super::Kept;
use super::renewed;
use crate::clock::Clock;
use crate::error::Error;
use crate::error::Result;

/// How often others may be quicker.
const ATTEMPTS: u32 = 5;
/// All that is kept, in JSON. The other keys are for people and for other programs.
const KEPT: &str = "kept.json";

/// Keeps a certificate in a Secret.
#[derive(Debug)]
pub(crate) struct Keeper {
    pub(crate) client: Client,
    pub(crate) namespace: String,
    pub(crate) secret: String,
    /// What the certificate is for.
    pub(crate) names: Vec<String>,
    pub(crate) clock: Clock,
}

impl Keeper {
    /// What is kept, after it was made or renewed if that was due. `remembered` is kept again should the Secret be gone.
    ///
    /// # Errors
    /// What the server refuses; a Secret of this name that somebody else made.
    pub(crate) async fn current(&self, remembered: Option<&Kept>) -> Result<Kept> {
        for _ in 0..ATTEMPTS {
            let stored = self.stored().await?;
            let kept = stored.as_ref().map(|(_, kept)| kept).or(remembered);
            let renewed = renewed(kept, &self.names, self.clock.now())?;
            let (next, version) = match (renewed, stored, remembered) {
                (None, Some((_, kept)), _) => return Ok(kept),
                (None, None, Some(remembered)) => (remembered.clone(), None),
                (Some(next), Some((version, _)), _) => (next, Some(version)),
                (Some(next), None, _) => (next, None),
                (None, None, None) => return Err(Error::msg("nothing was made of nothing")),
            };
            if self.store(&next, version).await? {
                tracing::info!(
                    secret = self.secret,
                    namespace = self.namespace,
                    "a certificate for webhooks was made"
                );
                return Ok(next);
            }
        }
        Err(Error::msg(format!(
            "failed to keep the certificate for webhooks in the Secret `{}/{}`: somebody else changed it {ATTEMPTS} times meanwhile",
            self.namespace, self.secret
        )))
    }

    /// What the Secret has, and its version.
    async fn stored(&self) -> Result<Option<(String, Kept)>> {
        let secrets = self.client.namespace(&self.namespace);
        let Some(secret) = secrets.get::<Secret>(&self.secret).optional().await? else {
            return Ok(None);
        };
        let kept = secret.data.as_ref().and_then(|data| data.get(KEPT));
        // The parser's words are dropped: what they quote may be a key.
        let kept = kept.and_then(|json| serde_json::from_slice(&json.0).ok());
        let kept: Kept = kept.ok_or_else(|| {
            Error::msg(format!(
                "the Secret `{}/{}` has no certificate for webhooks that an operator made: delete it, and it is made again",
                self.namespace, self.secret
            ))
        })?;
        Ok(Some((secret.metadata.resource_version.unwrap_or_default(), kept)))
    }

    /// Whether it was stored: not if somebody else was quicker.
    async fn store(&self, kept: &Kept, version: Option<String>) -> Result<bool> {
        let text = |text: &str| ByteString(text.as_bytes().to_vec());
        let secret = Secret {
            metadata: ObjectMeta {
                name: Some(self.secret.clone()),
                namespace: Some(self.namespace.clone()),
                resource_version: version.clone(),
                ..ObjectMeta::default()
            },
            data: Some(BTreeMap::from([
                ("tls.crt".to_owned(), text(&kept.leaf.certificate)),
                ("tls.key".to_owned(), text(&kept.leaf.key)),
                ("ca.crt".to_owned(), text(&kept.bundle())),
                (KEPT.to_owned(), ByteString(serde_json::to_vec(kept)?)),
            ])),
            type_: Some("kubernetes.io/tls".to_owned()),
            ..Secret::default()
        };
        let secrets = self.client.namespace(&self.namespace);
        let written = match version {
            Some(_) => secrets.replace(&secret).await,
            None => secrets.create(&secret).await,
        };
        match written {
            Ok(_) => Ok(true),
            Err(error) if error.is_conflict() || error.is_already_exists() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
