//! A token for a service account: whom it is for and how long it lives in, the secret out.

use std::fmt;
use std::future::IntoFuture;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use k8s_openapi::api::core::v1::ServiceAccount;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use secrecy::ExposeSecret as _;
use secrecy::SecretString;
use serde::Deserialize;
use serde::Deserializer;

use crate::client::Client;
use crate::error::Error;
use crate::error::Result;
use crate::object::Name;
use crate::request::CreateOptions;
use crate::request::Request;

use super::Api;
use super::debug_as_place;
use super::decode::decode_written;
use super::place::Named;
use super::place::Place;
use super::place::named;

/// Asks for a service account's token, once it is awaited.
#[must_use = "nothing is sent before it is awaited"]
pub struct CreateToken {
    client: Client,
    place: Place,
    name: Named,
    audiences: Vec<String>,
    expiration: Option<Duration>,
}

/// A service account's token. It is not printed.
#[derive(Clone)]
pub struct Token {
    secret: SecretString,
    expires: Time,
}

debug_as_place!(CreateToken);

impl<P> Api<ServiceAccount, P> {
    /// Asks for a token of the service account of this name.
    pub fn create_token<N>(&self, name: N) -> CreateToken
    where
        N: TryInto<Name, Error: Into<Error>>,
    {
        let mut place = self.place.clone();
        place.subresource = Some("token".into());
        let client = self.client.clone();
        CreateToken { client, place, name: named(name), audiences: Vec::new(), expiration: None }
    }
}

impl CreateToken {
    /// One more audience that may accept it; the API server if none is named.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// How long it is valid; servers want ten minutes at least. An hour if not said.
    pub fn expiration(mut self, expiration: Duration) -> Self {
        self.expiration = Some(expiration);
        self
    }
}

#[derive(Deserialize)]
struct TokenRequest {
    status: TokenStatus,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenStatus {
    #[serde(deserialize_with = "secret")]
    token: SecretString,
    expiration_timestamp: Time,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

impl IntoFuture for CreateToken {
    type Output = Result<Token>;
    type IntoFuture = BoxFuture<'static, Result<Token>>;

    fn into_future(self) -> Self::IntoFuture {
        async move {
            let target = self.place.object(self.name).await?;
            let seconds = self.expiration.map(|expiration| expiration.as_secs());
            let body = serde_json::json!({
                "apiVersion": "authentication.k8s.io/v1",
                "kind": "TokenRequest",
                "spec": { "audiences": self.audiences, "expirationSeconds": seconds },
            });
            let request = Request::create(&target, &body, &CreateOptions::default())?;
            let failed = request.failed();
            let answer = self.client.call(&target, request, false).await?;
            let TokenRequest { status } = decode_written(&answer, || failed.clone())?;
            Ok(Token { secret: status.token, expires: status.expiration_timestamp })
        }
        .boxed()
    }
}

impl Token {
    /// The token itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.secret.expose_secret()
    }

    /// Until when it is valid.
    #[must_use]
    pub fn expires(&self) -> &Time {
        &self.expires
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("expires", &self.expires).finish_non_exhaustive()
    }
}
