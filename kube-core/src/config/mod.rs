//! Where the API server is and who we are to it: kubeconfig files or a pod's own files in, [`Config`] out.
//!
//! Promises:
//! - Sources are asked in one order: the file that was asked for, `$KUBECONFIG`, the pod's service account, `~/.kube/config`.
//! - A source that was named and cannot be read is an error; it is never skipped.
//! - When nothing is found, the error lists what was looked at.
//! - A certificate authority that was given is the only one that is trusted.
//! - No secret is printed, by `Debug` or by an error.
//!
//! Mirrors: client-go tools/clientcmd, rest/config.go
//! Differs: a named file that is missing is an error; there is no `localhost:8080` of last resort.

mod caller;
mod edit;
mod entries;
mod environment;
mod error;
mod exec;
#[cfg(feature = "clap")]
mod flags;
mod in_cluster;
mod kubeconfig;
mod load;
mod modify;
mod network;
mod observer;
mod oidc;
mod overrides;
mod regular;
mod store;
mod view;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::error::Result;

pub use caller::Caller;
use error::ConfigError;
pub use exec::ExecVersion;
pub(crate) use exec::Interactive;
pub(crate) use exec::Plugin;
pub use exec::PluginPolicy;
pub(crate) use exec::PluginRules;
#[cfg(feature = "clap")]
pub use flags::ConfigFlags;
#[cfg(feature = "clap")]
pub use flags::go_duration;
pub use load::LoadingRules;
pub use modify::Change;
pub use modify::Entry;
pub(crate) use network::Network;
pub use observer::CredentialObserver;
pub use observer::FilesLook;
pub(crate) use observer::Observer;
pub use observer::PluginOutcome;
pub use observer::PluginRun;
pub(crate) use oidc::Oidc;
pub use overrides::Overrides;
pub use view::View;

/// How long a request that is not a watch may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How often files of certificates and keys are looked at while we run.
const RELOAD_EVERY: Duration = Duration::from_secs(60);

/// Everything a client needs to know to reach one API server as one user.
///
/// ```
/// # fn main() -> kube_core::Result<()> {
/// let config = kube_core::Config::new("https://10.0.0.1:6443")?.token("secret").default_namespace("prod");
/// assert!(!format!("{config:?}").contains("secret"));
///
/// let error = kube_core::Config::new("10.0.0.1").unwrap_err();
/// let expected = "failed to use server address `10.0.0.1`: it must begin with `https://` or `http://`";
/// assert_eq!(error.to_string(), expected);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Config {
    /// The server's address, with the path prefix if it has one.
    pub(crate) server: Url,
    /// The namespace used where none is named.
    pub default_namespace: String,
    /// How the server proves who it is.
    pub(crate) tls: Tls,
    /// Who we are.
    pub(crate) user: User,
    /// How programs that bring credentials are run.
    pub(crate) plugins: PluginRules,
    /// An HTTP, HTTPS or SOCKS5 proxy for this server only. `None` means what the environment says.
    pub(crate) proxy: Option<Url>,
    /// How connections are made and kept.
    pub(crate) network: Network,
    /// Who hears of plugins and files.
    pub(crate) observer: Observer,
    /// Whether the server may compress large answers.
    pub compression: bool,
    /// How we introduce ourselves. `None` means the program's name and this library's version.
    pub user_agent: Option<String>,
    /// How long a request that is not a watch may take, answer included.
    pub timeout: Duration,
}

/// How the server proves who it is, and how we prove who we are before any request.
#[derive(Clone, PartialEq)]
pub(crate) struct Tls {
    /// PEM certificates; when given, nothing else is trusted.
    pub(crate) authority: Option<Arc<[u8]>>,
    /// The file that they were read from, to be read again while we run.
    pub(crate) authority_file: Option<PathBuf>,
    /// Accept any certificate.
    pub(crate) insecure: bool,
    /// The name the certificate must be for, when it is not the host of the address.
    pub(crate) server_name: Option<String>,
    /// Our certificate and its key, both PEM.
    pub(crate) client: Option<Arc<ClientCertificate>>,
    /// The files that these were read from, to be read again while we run.
    pub(crate) client_files: Option<(PathBuf, PathBuf)>,
    /// How often files are looked at.
    pub(crate) reload_every: Duration,
}

impl Default for Tls {
    fn default() -> Self {
        Self {
            authority: None,
            authority_file: None,
            insecure: false,
            server_name: None,
            client: None,
            client_files: None,
            reload_every: RELOAD_EVERY,
        }
    }
}

/// A client certificate and its key.
#[derive(Clone)]
pub(crate) struct ClientCertificate {
    /// PEM certificates, ours first.
    pub(crate) certificate: Arc<[u8]>,
    /// The PEM key.
    pub(crate) key: SecretString,
}

impl PartialEq for ClientCertificate {
    fn eq(&self, other: &Self) -> bool {
        self.certificate == other.certificate
            && self.key.expose_secret() == other.key.expose_secret()
    }
}

/// Who we are to the server: what the user's entry says, checked, nothing of it used yet.
#[derive(Clone, Default)]
pub(crate) struct User {
    /// What an error calls this user: the kubeconfig entry or the service account.
    pub(crate) origin: String,
    /// A bearer token.
    pub(crate) token: Option<SecretString>,
    /// A file with a bearer token that somebody else renews.
    pub(crate) token_file: Option<PathBuf>,
    /// A name and a password.
    pub(crate) basic: Option<(String, SecretString)>,
    /// A program that brings a token or a client certificate.
    pub(crate) plugin: Option<Plugin>,
    /// A login whose tokens are renewed.
    pub(crate) oidc: Option<Oidc>,
    /// Whom we act as.
    pub(crate) impersonate: Option<Caller>,
    /// Who called us, if we are a proxy that the server trusts.
    pub(crate) proxied: Option<Caller>,
}

impl Config {
    /// A configuration for the server at this address, with no credentials and the system's certificate authorities.
    ///
    /// # Errors
    /// The address is no `http` or `https` URL.
    pub fn new(server: &str) -> Result<Self> {
        Ok(Self::of(server_url(server)?))
    }

    fn of(server: Url) -> Self {
        Self {
            server,
            default_namespace: "default".to_owned(),
            tls: Tls::default(),
            user: User { origin: "no user".to_owned(), ..User::default() },
            plugins: PluginRules::default(),
            proxy: None,
            network: Network::default(),
            observer: Observer::default(),
            compression: true,
            user_agent: None,
            timeout: TIMEOUT,
        }
    }

    /// What stands for a cluster of which only the mistakes are known.
    fn nowhere() -> Self {
        Self::of(Url::parse("https://unset.invalid").expect("it is a URL"))
    }

    /// What the environment offers: `$KUBECONFIG`, the pod's service account, `~/.kube/config`, in this order.
    ///
    /// # Errors
    /// One of them is there and cannot be used, or none is there.
    pub fn load() -> Result<Self> {
        LoadingRules::new().load_and_tell()
    }

    /// What the YAML of one kubeconfig says, at its current context. Relative paths in it are refused, and no credential
    /// plugin that it names is run unless [`plugins`](Self::plugins) says so: the text may come from anywhere.
    ///
    /// # Errors
    /// The text is no kubeconfig, or its current context cannot be used.
    pub fn from_kubeconfig_yaml(yaml: &str) -> Result<Self> {
        Ok(load::from_yaml(yaml)?)
    }

    /// The server's address.
    #[must_use]
    pub fn server(&self) -> &str {
        self.server.as_str()
    }

    /// The namespace used where none is named.
    #[must_use]
    pub fn default_namespace(mut self, namespace: impl Into<String>) -> Self {
        self.default_namespace = namespace.into();
        self
    }

    /// Sends this bearer token with every request, in place of all other credentials: the token's owner is who we are,
    /// whoever the configuration was of.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.user = User {
            origin: "the holder of the given token".to_owned(),
            token: Some(SecretString::from(token.into())),
            ..User::default()
        };
        self.tls.client = None;
        self.tls.client_files = None;
        self
    }

    /// Sends the bearer token in this file, which somebody else renews, in place of all other credentials.
    #[must_use]
    pub fn token_file(mut self, path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        self.user = User {
            origin: format!("the holder of the token in `{}`", path.display()),
            token_file: Some(path),
            ..User::default()
        };
        self.tls.client = None;
        self.tls.client_files = None;
        self
    }

    /// Proves who we are by this PEM certificate and its PEM key, in place of all other credentials.
    #[must_use]
    pub fn client_certificate(
        mut self,
        certificate: impl Into<Vec<u8>>,
        key: impl Into<String>,
    ) -> Self {
        self.user = User { origin: "the given client certificate".to_owned(), ..User::default() };
        self.tls.client_files = None;
        self.tls.client = Some(Arc::new(ClientCertificate {
            certificate: Arc::from(certificate.into()),
            key: SecretString::from(key.into()),
        }));
        self
    }

    /// Sends this name and password with every request, in place of all other credentials.
    #[must_use]
    pub fn basic(mut self, name: impl Into<String>, password: impl Into<String>) -> Self {
        let basic = Some((name.into(), SecretString::from(password.into())));
        self.user = User { origin: "the given user".to_owned(), basic, ..User::default() };
        self.tls.client = None;
        self.tls.client_files = None;
        self
    }

    /// Acts as somebody else, which the server has to allow to who we are.
    #[must_use]
    pub fn impersonate(mut self, other: Caller) -> Self {
        self.user.impersonate = Some(other);
        self
    }

    /// Says with every request on whose behalf it is made, as a proxy does that the server trusts by its client
    /// certificate (`--requestheader-client-ca-file`).
    #[must_use]
    pub fn auth_proxy(mut self, caller: Caller) -> Self {
        self.user.proxied = Some(caller);
        self
    }

    /// How often files of certificates and keys are looked at while we run: by default once a minute, and at once when
    /// the server refuses us or cannot be trusted.
    #[must_use]
    pub fn reload_every(mut self, pause: Duration) -> Self {
        self.tls.reload_every = pause;
        self
    }

    /// Lets only these credential plugins run.
    #[must_use]
    pub fn plugins(mut self, policy: PluginPolicy) -> Self {
        self.plugins.policy = policy;
        self
    }

    /// How long a credential plugin may take: by default a minute, and five minutes if it may talk to a person.
    #[must_use]
    pub fn plugin_timeout(mut self, timeout: Duration) -> Self {
        self.plugins.timeout = Some(timeout);
        self
    }

    /// Keeps standard input from credential plugins, for this reason ("it is read as the file `-`").
    #[must_use]
    pub fn stdin_taken(mut self, reason: impl Into<String>) -> Self {
        self.plugins.stdin_taken = Some(reason.into());
        self
    }

    /// The name that the server is asked for in TLS and that its certificate must be for, when it is not the host of its address. Requests, and
    /// a proxy, go on naming that address. An IP address is checked, and asked for by no name.
    #[must_use]
    pub fn tls_server_name(mut self, name: impl Into<String>) -> Self {
        self.tls.server_name = Some(name.into());
        self
    }

    /// Trusts only these PEM certificates.
    #[must_use]
    pub fn certificate_authority(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.tls.authority = Some(Arc::from(pem.into()));
        self.tls.authority_file = None;
        self
    }

    /// Whether the server may compress large answers. It saves bytes on a wide network and costs time on a fast one.
    #[must_use]
    pub fn compression(mut self, compression: bool) -> Self {
        self.compression = compression;
        self
    }

    /// How we introduce ourselves.
    #[must_use]
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = Some(user_agent.into());
        self
    }

    /// How long a request that is not a watch may take, answer included.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

/// Reads a server's address.
fn server_url(text: &str) -> Result<Url, ConfigError> {
    let invalid = |reason: &'static str| ConfigError::Server { server: text.to_owned(), reason };
    let scheme = "it must begin with `https://` or `http://`";
    let is_url = text.contains("://");
    let url =
        Url::parse(text).map_err(|_| invalid(if is_url { "it is no URL" } else { scheme }))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(invalid(scheme));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(invalid("it names no host"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(invalid("it may not have a query or a fragment"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(ConfigError::Server {
            server: url.host_str().unwrap_or_default().to_owned(),
            reason: "it may not hold a user name or a password: these belong into a user's entry",
        });
    }
    Ok(url)
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("server", &self.server.as_str())
            .field("default_namespace", &self.default_namespace)
            .field("tls", &self.tls)
            .field("user", &self.user)
            .field("proxy", &self.proxy.as_ref().and_then(Url::host_str))
            .field("compression", &self.compression)
            .field("user_agent", &self.user_agent)
            .field("timeout", &self.timeout)
            .finish()
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("authority", &self.authority.as_ref().map(|pem| pem.len()))
            .field("insecure", &self.insecure)
            .field("server_name", &self.server_name)
            .field("client_certificate", &self.client.is_some())
            .finish()
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = |given: bool| given.then_some(format_args!(".."));
        f.debug_struct("User")
            .field("origin", &self.origin)
            .field("token", &hidden(self.token.is_some()))
            .field("token_file", &self.token_file)
            .field("basic", &hidden(self.basic.is_some()))
            .field("plugin", &self.plugin)
            .field("oidc", &self.oidc)
            .field("proxied", &self.proxied.as_ref().map(|caller| &caller.user))
            .field("impersonate", &self.impersonate.as_ref().map(|other| &other.user))
            .finish()
    }
}

#[cfg(test)]
mod tests;
