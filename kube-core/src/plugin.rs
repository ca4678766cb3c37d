//! For programs that are credential plugins themselves: what the client says of itself in, the credential that it reads out.
//!
//! ```
//! use kube_core::plugin::{ExecCredential, ExecInfo};
//! # fn main() -> kube_core::Result<()> {
//! // A plugin calls `ExecInfo::from_env()?`.
//! let info = ExecInfo::parse(r#"{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"interactive":false}}"#)?;
//! assert!(!info.interactive && info.cluster.is_none());
//! let said = ExecCredential::token("secret").to_json(info.version);
//! assert_eq!(said, r#"{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"secret"}}"#);
//! # Ok(())
//! # }
//! ```
//!
//! Mirrors: client-go tools/auth/exec/exec.go, pkg/apis/clientauthentication

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::Config;
pub use crate::config::ExecVersion;
use crate::error::{Error, ErrorKind, Result};
use crate::object::Time;

/// Where a client says who asks, and for which cluster.
pub const VARIABLE: &str = "KUBERNETES_EXEC_INFO";
const KIND: &str = "ExecCredential";

/// What the client that runs a plugin says of itself.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ExecInfo {
    /// In which version the client wants the answer.
    pub version: ExecVersion,
    /// Whether standard input is the user's.
    pub interactive: bool,
    /// The cluster that the credential is for, if the user's entry has `provideClusterInfo`.
    pub cluster: Option<ExecCluster>,
}

/// The cluster that a credential is for.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", default)]
#[non_exhaustive]
pub struct ExecCluster {
    /// The server's address.
    pub server: String,
    /// The name its certificate is for, if that is not the host of the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_server_name: Option<String>,
    /// Whether any certificate is accepted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub insecure_skip_tls_verify: bool,
    /// The PEM certificates that are trusted, in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_authority_data: Option<String>,
    /// The proxy to the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy_url: Option<String>,
    /// Whether answers are never compressed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub disable_compression: bool,
    /// What the cluster's entry has to say to plugins: its extension `client.authentication.k8s.io/exec`.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub config: Value,
}

/// What stands in [`VARIABLE`]; the names in it are in the order in which client-go writes them.
#[derive(Deserialize, Serialize)]
struct Info {
    #[serde(default)]
    kind: String,
    #[serde(default, rename = "apiVersion")]
    api_version: String,
    #[serde(default)]
    spec: Spec,
}

#[derive(Default, Deserialize, Serialize)]
struct Spec {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cluster: Option<ExecCluster>,
    #[serde(default)]
    interactive: bool,
}

#[derive(Debug, thiserror::Error)]
enum PluginError {
    #[error(
        "failed to read `${VARIABLE}`: it is not set; this program is to be run by a Kubernetes client"
    )]
    NotSet,
    #[error("failed to read `${VARIABLE}`: it is no JSON of an ExecCredential")]
    NoJson,
    #[error(
        "failed to read `${VARIABLE}`: its apiVersion and kind are `{found}`; this program knows {} of kind {KIND}",
        ExecVersion::KNOWN
    )]
    Version { found: String },
    #[error("failed to use the cluster in `${VARIABLE}`: {reason}")]
    Cluster { reason: &'static str },
}

impl From<PluginError> for Error {
    fn from(error: PluginError) -> Self {
        Self::new(ErrorKind::Config, error)
    }
}

impl ExecInfo {
    /// What the client said in `$KUBERNETES_EXEC_INFO`.
    ///
    /// # Errors
    /// No client said anything, or nothing that makes sense.
    pub fn from_env() -> Result<Self> {
        let said = std::env::var(VARIABLE).ok().filter(|said| !said.is_empty());
        Self::parse(&said.ok_or(PluginError::NotSet)?)
    }

    /// What a client says in these words.
    ///
    /// # Errors
    /// They make no sense, or are of a version that is not known.
    pub fn parse(json: &str) -> Result<Self> {
        let info: Info = serde_json::from_str(json).map_err(|_| PluginError::NoJson)?;
        match ExecVersion::of(&info.api_version) {
            Some(version) if info.kind == KIND => {
                Ok(Self { version, interactive: info.spec.interactive, cluster: info.spec.cluster })
            }
            _ => {
                Err(PluginError::Version { found: format!("{} {}", info.api_version, info.kind) })?
            }
        }
    }

    /// The words for it.
    pub(crate) fn to_json(
        version: ExecVersion,
        interactive: bool,
        cluster: Option<ExecCluster>,
    ) -> String {
        let api_version = version.as_str().to_owned();
        let info = Info { kind: KIND.to_owned(), api_version, spec: Spec { cluster, interactive } };
        serde_json::to_string(&info).expect("strings and JSON are JSON")
    }
}

impl ExecCluster {
    /// A configuration to reach the cluster with, as nobody yet.
    ///
    /// # Errors
    /// The address, the proxy or the certificates make no sense.
    pub fn config(&self) -> Result<Config> {
        let mut config = Config::new(&self.server)?.compression(!self.disable_compression);
        config.tls.insecure = self.insecure_skip_tls_verify;
        config.tls.server_name = self.tls_server_name.clone().filter(|name| !name.is_empty());
        if let Some(data) =
            self.certificate_authority_data.as_deref().filter(|data| !data.is_empty())
        {
            let wrong =
                PluginError::Cluster { reason: "`certificate-authority-data` is no base64" };
            config.tls.authority = Some(STANDARD.decode(data).map_err(|_| wrong)?.into());
        }
        if let Some(url) = self.proxy_url.as_deref().filter(|url| !url.is_empty()) {
            let wrong = PluginError::Cluster { reason: "`proxy-url` is no URL" };
            config.proxy = Some(url::Url::parse(url).map_err(|_| wrong)?);
        }
        Ok(config)
    }

    /// What is said to a plugin of the cluster that a configuration leads to.
    pub(crate) fn of(config: &Config, to_say: Value) -> Self {
        Self {
            server: config.server.as_str().trim_end_matches('/').to_owned(),
            tls_server_name: config.tls.server_name.clone(),
            insecure_skip_tls_verify: config.tls.insecure,
            certificate_authority_data: config
                .tls
                .authority
                .as_ref()
                .map(|pem| STANDARD.encode(pem)),
            proxy_url: config.proxy.as_ref().map(ToString::to_string),
            disable_compression: !config.compression,
            config: to_say,
        }
    }
}

/// A credential, as a plugin prints it.
#[derive(Clone)]
#[must_use]
pub struct ExecCredential {
    token: Option<SecretString>,
    certificate: Option<(String, SecretString)>,
    expires: Option<Time>,
}

impl ExecCredential {
    /// A bearer token.
    pub fn token(token: impl Into<String>) -> Self {
        let token = Some(SecretString::from(token.into()));
        Self { token, certificate: None, expires: None }
    }

    /// A client certificate and its key, both PEM.
    pub fn certificate(certificate: impl Into<String>, key: impl Into<String>) -> Self {
        let certificate = Some((certificate.into(), SecretString::from(key.into())));
        Self { token: None, certificate, expires: None }
    }

    /// Until when it may be used. Without it, until the server refuses it.
    pub fn expires(mut self, at: Time) -> Self {
        self.expires = Some(at);
        self
    }

    /// What a plugin prints on standard output. It holds the secret.
    #[must_use]
    pub fn to_json(&self, version: ExecVersion) -> String {
        let (certificate, key) = match &self.certificate {
            Some((certificate, key)) => (Some(certificate.as_str()), Some(key.expose_secret())),
            None => (None, None),
        };
        let status = Status {
            expiration_timestamp: self.expires.as_ref(),
            token: self.token.as_ref().map(|token| token.expose_secret()),
            client_certificate_data: certificate,
            client_key_data: key,
        };
        let answer = Answer { api_version: version.as_str(), kind: KIND, status };
        serde_json::to_string(&answer).expect("strings and a time are JSON")
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    api_version: &'a str,
    kind: &'a str,
    status: Status<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Status<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_timestamp: Option<&'a Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_certificate_data: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_key_data: Option<&'a str>,
}

impl fmt::Debug for ExecCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecCredential").field("expires", &self.expires).finish_non_exhaustive()
    }
}
