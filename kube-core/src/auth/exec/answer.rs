//! What a plugin printed in, the credentials out, or in words what is wrong with it; never with a word of what it printed.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

use crate::config::ClientCertificate;
use crate::object::Time;
use crate::plugin::ExecVersion;
use crate::tls;
use crate::yaml;

use super::super::Proof;
use super::super::kept::Fetched;
use super::super::token::bearer;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(default)]
    api_version: String,
    #[serde(default)]
    kind: String,
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Status {
    expiration_timestamp: Option<Time>,
    #[serde(deserialize_with = "secret")]
    token: Option<SecretString>,
    client_certificate_data: Option<String>,
    #[serde(deserialize_with = "secret")]
    client_key_data: Option<SecretString>,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    let secret = Option::<String>::deserialize(deserializer)?;
    Ok(secret.filter(|secret| !secret.is_empty()).map(SecretString::from))
}

/// Reads JSON, or YAML as client-go does.
pub(super) fn read(printed: &[u8], version: ExecVersion, owner: &str) -> Result<Fetched, String> {
    let no_credential = "what it printed is no ExecCredential in JSON";
    if printed.iter().all(u8::is_ascii_whitespace) {
        return Err("it printed nothing: it has to print an ExecCredential in JSON".to_owned());
    }
    let answer: Option<Answer> = match printed.trim_ascii_start().first() {
        Some(b'{') => serde_json::from_slice(printed).ok(),
        _ => {
            let text = std::str::from_utf8(printed).map_err(|_| no_credential.to_owned())?;
            let answer = yaml::read(text, 16, 1000).map_err(|_| no_credential.to_owned())?;
            serde_json::from_value(answer).ok()
        }
    };
    let answer = answer.ok_or(no_credential)?;
    if answer.kind != "ExecCredential" {
        return Err(no_credential.to_owned());
    }
    if answer.api_version != version.as_str() {
        let other = match ExecVersion::of(&answer.api_version) {
            Some(other) => format!("answered in `{}`", other.as_str()),
            None => "answered in another version".to_owned(),
        };
        return Err(format!(
            "it {other} and `exec.apiVersion` is `{}`: make them the same",
            version.as_str()
        ));
    }
    let status = answer.status.ok_or("its answer has no `status`")?;
    credentials(status, owner, SystemTime::now())
}

fn credentials(status: Status, owner: &str, now: SystemTime) -> Result<Fetched, String> {
    let certificate = status.client_certificate_data.filter(|pem| !pem.is_empty());
    let certificate = match (certificate, status.client_key_data) {
        (Some(certificate), Some(key)) => {
            let certificate = Arc::from(certificate.into_bytes());
            let certificate = ClientCertificate { certificate, key };
            tls::check(&certificate)
                .map_err(|reason| format!("its answer is of no use: {reason}"))?;
            Some(Arc::new(certificate))
        }
        (None, None) => None,
        (Some(_), None) => Err("its answer has a certificate without `clientKeyData`")?,
        (None, Some(_)) => Err("its answer has a key without `clientCertificateData`")?,
    };
    let header = match &status.token {
        Some(token) => Some(bearer(token, owner).map_err(|_| {
            "its token holds characters that no header can carry: see whether it has a line break"
        })?),
        None => None,
    };
    if header.is_none() && certificate.is_none() {
        return Err("its answer has neither a token nor a client certificate".to_owned());
    }
    // By seconds: jiff converts by itself only with its `std`, which nothing here turns on.
    let since_epoch = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let lifetime = status.expiration_timestamp.map(|at| {
        let expires = Duration::from_secs(u64::try_from(at.0.as_second()).unwrap_or_default());
        expires.saturating_sub(since_epoch)
    });
    Ok(Fetched { proof: Proof { header, certificate }, lifetime })
}
