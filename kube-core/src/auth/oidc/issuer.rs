//! What an issuer is asked: a refresh token in, new tokens, or in words why there are none, out.

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::form_urlencoded::{Serializer, byte_serialize};
use url::{Host, Url};

use crate::config::Oidc;
use crate::config::Tls;
use crate::tls;

/// How long one answer may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The most bytes that one may have.
const LIMIT: usize = 1 << 20;
/// Where an issuer says what it is.
const DISCOVERY: &str = ".well-known/openid-configuration";

/// New tokens. A refresh token comes only if the old one is good no more.
pub(super) struct Tokens {
    pub(super) id_token: SecretString,
    pub(super) refresh_token: Option<SecretString>,
}

#[derive(Deserialize)]
struct Discovery {
    token_endpoint: String,
}

#[derive(Deserialize)]
struct Answer {
    id_token: Option<String>,
    refresh_token: Option<String>,
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    error: String,
}

/// Asks for new tokens.
pub(super) async fn refresh(oidc: &Oidc, token: &SecretString) -> Result<Tokens, String> {
    let base = oidc.issuer.as_str().trim_end_matches('/');
    let client = client(oidc)?;
    let discovery = client.get(format!("{base}/{DISCOVERY}")).send().await.map_err(lost)?;
    if !discovery.status().is_success() {
        return Err(format!(
            "`{DISCOVERY}` of the issuer answered {}: check `idp-issuer-url`",
            discovery.status().as_u16()
        ));
    }
    let discovery: Discovery = json(discovery).await?;
    let endpoint = Url::parse(&discovery.token_endpoint)
        .map_err(|_| "the issuer's `token_endpoint` is no URL".to_owned())?;
    may_be_told(&endpoint)?;
    let form = |more: &[(&str, &str)]| {
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "refresh_token")
            .append_pair("refresh_token", token.expose_secret());
        form.extend_pairs(more).finish()
    };
    let secret = oidc.client_secret.as_ref().map(|secret| secret.expose_secret());
    let ask = async |form: String, login: Option<HeaderValue>| {
        let mut call = client.post(endpoint.clone()).body(form);
        call = call.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(login) = login {
            call = call.header(AUTHORIZATION, login);
        }
        call.send().await.map_err(lost)
    };
    // As client-go: issuers differ in where they want the client's secret, and only trying tells.
    let mut answer = match secret {
        Some(secret) => ask(form(&[]), Some(login(&oidc.client_id, secret)?)).await?,
        None => ask(form(&[("client_id", &oidc.client_id)]), None).await?,
    };
    if let (Some(secret), 400 | 401) = (secret, answer.status().as_u16()) {
        let more = [("client_id", oidc.client_id.as_str()), ("client_secret", secret)];
        answer = ask(form(&more), None).await?;
    }
    if !answer.status().is_success() {
        let code = answer.status().as_u16();
        let refusal =
            json::<Refusal>(answer).await.map(|refusal| refusal.error).unwrap_or_default();
        // A word of a list; what else it says may repeat what it was sent.
        let word: String = refusal
            .chars()
            .filter(|letter| letter.is_ascii_lowercase() || *letter == '_')
            .take(40)
            .collect();
        let why = format!("{code} {word}");
        let why = why.trim();
        return Err(format!("the issuer refused to renew the token ({why}): log in again"));
    }
    let answer: Answer = json(answer).await?;
    let id_token = answer
        .id_token
        .ok_or("the issuer's answer has no `id_token`: the login needs the scope `openid`")?;
    let refresh_token = answer.refresh_token.filter(|token| !token.is_empty());
    Ok(Tokens { id_token: id_token.into(), refresh_token: refresh_token.map(SecretString::from) })
}

/// The client's name and secret as a header.
fn login(id: &str, secret: &str) -> Result<HeaderValue, String> {
    let escaped = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let pair = STANDARD.encode(format!("{}:{}", escaped(id), escaped(secret)));
    let mut header = HeaderValue::try_from(format!("Basic {pair}"))
        .map_err(|_| "its `client-secret` cannot be sent".to_owned())?;
    header.set_sensitive(true);
    Ok(header)
}

fn client(oidc: &Oidc) -> Result<reqwest::Client, String> {
    let local = may_be_told(&oidc.issuer)?;
    let tls = Tls { authority: oidc.authority.clone(), ..Tls::default() };
    let template = tls::template(&tls, oidc.issuer.as_str())?;
    let mut builder = reqwest::Client::builder().tls_backend_preconfigured(template);
    if local {
        builder = builder.no_proxy();
    }
    let builder = builder.redirect(reqwest::redirect::Policy::none()).timeout(TIMEOUT);
    builder.build().map_err(|error| format!("no connection can be prepared: {error}"))
}

/// Whether it is this machine; secrets go nowhere else without TLS.
fn may_be_told(url: &Url) -> Result<bool, String> {
    let local = match url.host() {
        Some(Host::Domain(domain)) => domain == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    };
    match url.scheme() == "https" || local {
        true => Ok(local),
        false => {
            Err("it is no `https` address: tokens go over plain HTTP to this machine only"
                .to_owned())
        }
    }
}

fn lost(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut story = error.to_string();
    let mut next = std::error::Error::source(&error);
    while let Some(source) = next {
        story = source.to_string();
        next = source.source();
    }
    format!("the issuer cannot be asked: {story}")
}

async fn json<T: DeserializeOwned>(mut answer: reqwest::Response) -> Result<T, String> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(lost)? {
        if body.len() + piece.len() > LIMIT {
            return Err(format!("the issuer's answer has more than {LIMIT} bytes"));
        }
        body.extend_from_slice(&piece);
    }
    serde_json::from_slice(&body)
        .map_err(|_| "the issuer's answer is not the JSON that was expected".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clients_secret_is_a_header_that_is_never_shown() {
        let header = login("a client", "c:4nary").unwrap();
        assert_eq!(header, format!("Basic {}", STANDARD.encode("a+client:c%3A4nary")));
        assert_eq!(format!("{header:?}"), "Sensitive");
    }
}
