//! Which source is used, and what its entries mean: files and environment in, [`Config`] out.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::error::Result;
use crate::object::Namespace;

use super::environment::Environment;
use super::error::ConfigError;
use super::exec::{PluginPolicy, PluginRules};
use super::in_cluster;
use super::kubeconfig::{ClusterEntry, Kubeconfig, Named, UserEntry};
use super::{ClientCertificate, Config, Impersonate, Tls, User, server_url};

/// The extension of a cluster's entry that is for credential plugins.
const TO_PLUGINS: &str = "client.authentication.k8s.io/exec";

/// Where to look for a configuration, and which part of it to use.
///
/// The file asked for with [`kubeconfig`](Self::kubeconfig) is the only source when there is one. Else come
/// `$KUBECONFIG`, the pod's service account, `~/.kube/config`.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct LoadingRules {
    kubeconfig: Option<PathBuf>,
    context: Option<String>,
    namespace: Option<String>,
    plugins: PluginRules,
    environment: Environment,
}

impl LoadingRules {
    /// The usual order, the current context.
    pub fn new() -> Self {
        Self { environment: Environment::of_process(), ..Self::default() }
    }

    /// Uses this file and no other, as `--kubeconfig` does.
    pub fn kubeconfig(mut self, path: impl Into<PathBuf>) -> Self {
        self.kubeconfig = Some(path.into());
        self
    }

    /// Uses this context instead of the current one.
    pub fn context(mut self, context: impl Into<String>) -> Self {
        self.context = Some(context.into());
        self
    }

    /// Uses this namespace where none is named.
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// Lets only these credential plugins run.
    pub fn plugins(mut self, policy: PluginPolicy) -> Self {
        self.plugins.policy = policy;
        self
    }

    #[cfg(test)]
    pub(super) fn environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// Finds the configuration and reads all it names.
    ///
    /// # Errors
    /// A source is there and cannot be used, or none is there.
    pub fn load(&self) -> Result<Config> {
        let mut config = self.find()?;
        config.plugins = self.plugins.clone();
        if let Some(namespace) = &self.namespace {
            config.default_namespace = checked(namespace.clone(), || "these rules".to_owned())?;
        }
        Ok(config)
    }

    fn find(&self) -> Result<Config, ConfigError> {
        let environment = &self.environment;
        if let Some(path) = &self.kubeconfig {
            return self.resolve(&Kubeconfig::read(path)?);
        }
        let listed = environment.variable("KUBECONFIG").unwrap_or_default();
        let mut files = std::env::split_paths(&listed).filter(|path| !path.as_os_str().is_empty());
        if let Some(first) = files.next() {
            let merged = files.try_fold(Kubeconfig::read(&first)?, |earlier, path| {
                Ok(earlier.followed_by(Kubeconfig::read(&path)?))
            })?;
            return self.resolve(&merged);
        }
        let mut looked_at =
            vec!["no file was asked for".to_owned(), "$KUBECONFIG is not set".to_owned()];
        match (in_cluster::is_in_cluster(environment), &self.context) {
            (true, None) => return in_cluster::load(environment),
            (true, Some(context)) => {
                looked_at.push(format!("the pod's service account has no context `{context}`"));
            }
            (false, _) => {
                looked_at.push("this is no pod ($KUBERNETES_SERVICE_HOST is not set)".to_owned());
            }
        }
        match &environment.home {
            Some(home) => {
                let path = home.join(".kube").join("config");
                if path.exists() {
                    return self.resolve(&Kubeconfig::read(&path)?);
                }
                looked_at.push(format!("`{}` does not exist", path.display()));
            }
            None => looked_at.push("there is no home folder for `~/.kube/config`".to_owned()),
        }
        Err(ConfigError::Nothing { looked_at })
    }

    /// Follows the context to its cluster and user.
    fn resolve(&self, kubeconfig: &Kubeconfig) -> Result<Config, ConfigError> {
        let origin = kubeconfig.origin.as_str();
        let chosen = self.context.as_ref().or(kubeconfig.current_context.as_ref());
        let Some(context_name) = chosen else {
            return Err(ConfigError::NoCurrentContext {
                origin: origin.to_owned(),
                contexts: kubeconfig.contexts.iter().map(|named| named.name.clone()).collect(),
            });
        };
        let context = entry(&kubeconfig.contexts, origin, "context", context_name, "")?;
        let by = format!("context `{context_name}`");
        let cluster_name = context.entry.cluster.as_deref().unwrap_or_default();
        let cluster = entry(&kubeconfig.clusters, origin, "cluster", cluster_name, &by)?;
        let user_name = context.entry.user.as_deref().unwrap_or_default();

        let mut config = cluster_of(&cluster.entry, &cluster.origin, cluster_name)?;
        if user_name.is_empty() {
            let origin = &context.origin;
            config.user.origin = format!("{by} of kubeconfig {origin}, which names no user");
        } else {
            let user = entry(&kubeconfig.users, origin, "user", user_name, &by)?;
            let (user, certificate) = user_of(user, &cluster.entry)?;
            config.user = user;
            config.tls.client = certificate;
        }
        if let Some(namespace) = context.entry.namespace.as_ref().filter(|name| !name.is_empty()) {
            let of = || format!("{by} of kubeconfig {}", context.origin);
            config.default_namespace = checked(namespace.clone(), of)?;
        }
        Ok(config)
    }
}

/// A namespace that can be in a path: told here once, and not by every request.
pub(super) fn checked(
    namespace: String,
    of: impl FnOnce() -> String,
) -> Result<String, ConfigError> {
    match Namespace::try_from(namespace.as_str()) {
        Ok(_) => Ok(namespace),
        Err(source) => Err(ConfigError::Namespace { of: of(), source }),
    }
}

/// What a kubeconfig that is no file says.
pub(super) fn from_yaml(yaml: &str) -> Result<Config, ConfigError> {
    let mut kubeconfig = Kubeconfig::parse(yaml, "given as text".to_owned())?;
    let mut relative = None;
    kubeconfig.each_path(|path| {
        if path.is_relative() {
            relative = Some(path.clone());
        }
    });
    if let Some(path) = relative {
        let source = std::io::Error::new(
            std::io::ErrorKind::InvalidInput,
            "a relative path means nothing in a kubeconfig that is no file",
        );
        return Err(ConfigError::Read { path, source });
    }
    let mut config = LoadingRules::default().resolve(&kubeconfig)?;
    // Such a text may come from anywhere; whoever writes a file could run programs without it.
    config.plugins.policy = PluginPolicy::DenyAll;
    Ok(config)
}

fn entry<'a, T>(
    entries: &'a [Named<T>],
    origin: &str,
    what: &'static str,
    name: &str,
    by: &str,
) -> Result<&'a Named<T>, ConfigError> {
    entries.iter().find(|known| known.name == name).ok_or_else(|| ConfigError::Missing {
        origin: origin.to_owned(),
        what,
        name: name.to_owned(),
        by: by.to_owned(),
        known: entries.iter().map(|known| known.name.clone()).collect(),
    })
}

fn cluster_of(cluster: &ClusterEntry, origin: &str, name: &str) -> Result<Config, ConfigError> {
    let invalid = |reason: &str| ConfigError::Cluster {
        origin: origin.to_owned(),
        cluster: name.to_owned(),
        reason: reason.to_owned(),
    };
    let owner = format!("cluster `{name}`");
    let server = cluster.server.as_deref().filter(|server| !server.is_empty());
    let server = server.ok_or_else(|| invalid("it has no `server`"))?;
    let data = cluster.certificate_authority_data.as_deref().filter(|data| !data.is_empty());
    let file = cluster.certificate_authority.as_deref().filter(|path| !path.as_os_str().is_empty());
    if cluster.insecure_skip_tls_verify && (data.is_some() || file.is_some()) {
        return Err(invalid(
            "`insecure-skip-tls-verify` and a certificate authority exclude each other: remove one",
        ));
    }
    // As in client-go, data wins over a file.
    let authority = match (data, file) {
        (Some(data), _) => {
            Some(decode(data).ok_or_else(|| invalid("`certificate-authority-data` is no base64"))?)
        }
        (None, Some(path)) => Some(part("certificate-authority", &owner, path)?),
        (None, None) => None,
    };
    let proxy = match cluster.proxy_url.as_deref().filter(|url| !url.is_empty()) {
        Some(url) => Some(
            proxy(url)
                .ok_or_else(|| invalid("`proxy-url` must be an `http`, `https` or `socks5` URL"))?,
        ),
        None => None,
    };
    let mut config = Config::new("https://unset.invalid").map_err(|_| invalid("no address"))?;
    config.server = server_url(server)?;
    config.proxy = proxy;
    config.compression = !cluster.disable_compression;
    config.tls = Tls {
        authority: authority.map(Arc::from),
        insecure: cluster.insecure_skip_tls_verify,
        server_name: cluster.tls_server_name.clone().filter(|name| !name.is_empty()),
        client: None,
    };
    Ok(config)
}

fn user_of(
    named: &Named<UserEntry>,
    cluster: &ClusterEntry,
) -> Result<(User, Option<Arc<ClientCertificate>>), ConfigError> {
    let Named { name, origin, entry: user, .. } = named;
    let invalid =
        |reason: String| ConfigError::User { origin: origin.clone(), user: name.clone(), reason };
    let given = |secret: &Option<SecretString>| {
        secret.clone().filter(|secret| !secret.expose_secret().is_empty())
    };
    if user.exec.is_some() && user.auth_provider.is_some() {
        return Err(invalid("it has `exec` and `auth-provider`: keep one of them".to_owned()));
    }
    let oidc = match &user.auth_provider {
        None => None,
        Some(entry) => Some(
            entry
                .check(named.file.as_deref(), name)
                .map_err(|problems| invalid(problems.join("; ")))?,
        ),
    };
    let plugin = match &user.exec {
        None => None,
        Some(exec) => {
            let extensions = cluster.extensions.iter().flatten();
            let mut to_say = extensions.filter(|extension| extension.name == TO_PLUGINS);
            let to_say = to_say.next().map(|extension| &extension.extension);
            Some(exec.check(to_say).map_err(|problems| invalid(problems.join("; ")))?)
        }
    };
    let token = given(&user.token);
    let token_file = user.token_file.clone().filter(|path| !path.as_os_str().is_empty());
    let username = user.username.clone().filter(|username| !username.is_empty());
    let basic = username.map(|username| (username, given(&user.password).unwrap_or_default()));
    if basic.is_some() && (token.is_some() || token_file.is_some()) {
        return Err(invalid("it has a token and a user name: keep one of them".to_owned()));
    }
    let impersonate = user.impersonate.clone().filter(|other| !other.is_empty());
    let claims = user.as_uid.is_some() || user.as_groups.is_some() || user.as_user_extra.is_some();
    if impersonate.is_none() && claims {
        return Err(invalid(
            "it has `as-uid`, `as-groups` or `as-user-extra` without `as`".to_owned(),
        ));
    }
    let impersonate = impersonate.map(|other| Impersonate {
        user: other,
        uid: user.as_uid.clone(),
        groups: user.as_groups.clone().unwrap_or_default(),
        extra: user.as_user_extra.clone().unwrap_or_default().into_iter().collect(),
    });
    let certificate = certificate_of(user, name, invalid)?;
    let origin = format!("user `{name}` of kubeconfig {origin}");
    Ok((User { origin, token, token_file, basic, plugin, oidc, impersonate }, certificate))
}

fn certificate_of(
    user: &UserEntry,
    name: &str,
    invalid: impl Fn(String) -> ConfigError,
) -> Result<Option<Arc<ClientCertificate>>, ConfigError> {
    let owner = format!("user `{name}`");
    let certificate = match (&user.client_certificate_data, &user.client_certificate) {
        (Some(data), _) if !data.is_empty() => Some(
            decode(data)
                .ok_or_else(|| invalid("`client-certificate-data` is no base64".to_owned()))?,
        ),
        (_, Some(path)) => Some(part("client-certificate", &owner, path)?),
        (_, None) => None,
    };
    let text = |pem: Vec<u8>| {
        let pem =
            String::from_utf8(pem).map_err(|_| invalid("its client key is no PEM".to_owned()))?;
        Ok(SecretString::from(pem))
    };
    let key = match (&user.client_key_data, &user.client_key) {
        (Some(data), _) if !data.expose_secret().is_empty() => Some(text(
            decode(data.expose_secret())
                .ok_or_else(|| invalid("`client-key-data` is no base64".to_owned()))?,
        )?),
        (_, Some(path)) => Some(text(part("client-key", &owner, path)?)?),
        (_, None) => None,
    };
    match (certificate, key) {
        (Some(certificate), Some(key)) => {
            Ok(Some(Arc::new(ClientCertificate { certificate: Arc::from(certificate), key })))
        }
        (None, None) => Ok(None),
        (Some(_), None) => {
            Err(invalid("it has a client certificate and no `client-key`".to_owned()))
        }
        (None, Some(_)) => {
            Err(invalid("it has a client key and no `client-certificate`".to_owned()))
        }
    }
}

pub(super) fn decode(data: &str) -> Option<Vec<u8>> {
    let compact: String = data.split_ascii_whitespace().collect();
    STANDARD.decode(compact).ok()
}

fn part(field: &'static str, owner: &str, path: &Path) -> Result<Vec<u8>, ConfigError> {
    std::fs::read(path).map_err(|source| ConfigError::Part {
        field,
        owner: owner.to_owned(),
        path: path.to_owned(),
        source,
    })
}

fn proxy(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    matches!(url.scheme(), "http" | "https" | "socks5").then_some(url)
}
