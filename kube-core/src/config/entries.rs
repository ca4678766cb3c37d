//! What entries mean: one of a cluster or a user in, its part of a [`Config`], or all that is wrong with it, out.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};

use super::error::ConfigError;
use super::kubeconfig::{ClusterEntry, Named, UserEntry};
use super::network::proxy_url;
use super::{Caller, ClientCertificate, Config, Tls, User, server_url};

/// The extension of a cluster's entry that is for credential plugins.
const TO_PLUGINS: &str = "client.authentication.k8s.io/exec";

/// Everything that is wrong.
type Problems = Vec<ConfigError>;

pub(super) fn cluster_of(named: &Named<ClusterEntry>) -> Result<Config, Problems> {
    let Named { name, origin, entry: cluster, .. } = named;
    let mut problems = Problems::new();
    let invalid = |reason: &str| ConfigError::Cluster {
        origin: origin.clone(),
        cluster: name.clone(),
        reason: reason.to_owned(),
    };
    let owner = format!("cluster `{name}` of kubeconfig {origin}");
    let server = cluster.server.as_deref().filter(|server| !server.is_empty());
    let server = match server {
        None => Err(invalid("it has no `server`")),
        Some(server) => server_url(server).map_err(|error| match error {
            ConfigError::Server { server, reason } => {
                invalid(&format!("its server address `{server}` is of no use: {reason}"))
            }
            other => other,
        }),
    };
    let data = cluster.certificate_authority_data.as_deref().filter(|data| !data.is_empty());
    let file = given_path(&cluster.certificate_authority);
    if cluster.insecure_skip_tls_verify && (data.is_some() || file.is_some()) {
        problems.push(invalid(
            "`insecure-skip-tls-verify` and a certificate authority exclude each other: remove one",
        ));
    }
    // As in client-go, data wins over a file.
    let authority = match (data, file) {
        (Some(data), _) => {
            decode(data).ok_or_else(|| invalid("`certificate-authority-data` is no base64"))
        }
        (None, Some(path)) => part("certificate-authority", &owner, path),
        (None, None) => Ok(Vec::new()),
    };
    let authority = authority.map_err(|problem| problems.push(problem)).unwrap_or_default();
    let proxy = cluster.proxy_url.as_deref().filter(|url| !url.is_empty());
    let proxy = proxy.and_then(|text| {
        let url = proxy_url(text);
        if url.is_none() {
            problems.push(invalid("`proxy-url` must be an `http`, `https` or `socks5` URL"));
        }
        url
    });
    let server = server.map_err(|problem| problems.push(problem)).ok();
    let (Some(server), true) = (server, problems.is_empty()) else { return Err(problems) };
    let mut config = Config::of(server);
    config.proxy = proxy;
    config.compression = !cluster.disable_compression;
    config.tls = Tls {
        authority: Some(authority).filter(|pem| !pem.is_empty()).map(Arc::from),
        authority_file: file.filter(|_| data.is_none()).map(Path::to_owned),
        insecure: cluster.insecure_skip_tls_verify,
        server_name: cluster.tls_server_name.clone().filter(|name| !name.is_empty()),
        ..Tls::default()
    };
    Ok(config)
}

/// A user, and the client certificate with the files that it was read from.
pub(super) struct Identity {
    pub(super) user: User,
    pub(super) certificate: Option<Arc<ClientCertificate>>,
    pub(super) files: Option<(PathBuf, PathBuf)>,
}

pub(super) fn user_of(
    named: &Named<UserEntry>,
    cluster: Option<&ClusterEntry>,
) -> Result<Identity, Problems> {
    let Named { name, origin, entry: user, .. } = named;
    let mut problems = Problems::new();
    let invalid =
        |reason: String| ConfigError::User { origin: origin.clone(), user: name.clone(), reason };
    if user.exec.is_some() && user.auth_provider.is_some() {
        problems.push(invalid("it has `exec` and `auth-provider`: keep one of them".to_owned()));
    }
    let oidc = user.auth_provider.as_ref().and_then(|entry| {
        let checked = entry.check(named.file.as_deref(), name);
        checked.map_err(|wrong| problems.extend(wrong.into_iter().map(invalid))).ok()
    });
    let extensions = cluster.and_then(|cluster| cluster.extensions.as_ref()).into_iter().flatten();
    let mut to_say = extensions.filter(|extension| extension.name == TO_PLUGINS);
    let to_say = to_say.next().map(|extension| &extension.extension);
    let plugin = user.exec.as_ref().and_then(|entry| {
        let checked = entry.check(to_say);
        checked.map_err(|wrong| problems.extend(wrong.into_iter().map(invalid))).ok()
    });
    let token = given(&user.token);
    let token_file = given_path(&user.token_file).map(Path::to_owned);
    let username = user.username.clone().filter(|username| !username.is_empty());
    let basic = username.map(|username| (username, given(&user.password).unwrap_or_default()));
    if basic.is_some() && (token.is_some() || token_file.is_some()) {
        problems.push(invalid("it has a token and a user name: keep one of them".to_owned()));
    }
    let impersonate = user.impersonate.clone().filter(|other| !other.is_empty());
    let claims = user.as_uid.is_some() || user.as_groups.is_some() || user.as_user_extra.is_some();
    if impersonate.is_none() && claims {
        let reason = "it has `as-uid`, `as-groups` or `as-user-extra` without `as`";
        problems.push(invalid(reason.to_owned()));
    }
    let impersonate = impersonate.map(|other| Caller {
        user: other,
        uid: user.as_uid.clone(),
        groups: user.as_groups.clone().unwrap_or_default(),
        extra: user.as_user_extra.clone().unwrap_or_default().into_iter().collect(),
    });
    let owner = format!("user `{name}` of kubeconfig {origin}");
    let certificate = certificate_of(user, &owner, invalid).map_err(|wrong| problems.extend(wrong));
    let (Ok((certificate, files)), true) = (certificate, problems.is_empty()) else {
        return Err(problems);
    };
    let user =
        User { origin: owner, token, token_file, basic, plugin, oidc, impersonate, proxied: None };
    Ok(Identity { user, certificate, files })
}

type Certificate = (Option<Arc<ClientCertificate>>, Option<(PathBuf, PathBuf)>);

fn certificate_of(
    user: &UserEntry,
    owner: &str,
    invalid: impl Fn(String) -> ConfigError,
) -> Result<Certificate, Problems> {
    let mut problems = Problems::new();
    let mut read = |field: &'static str, data: Option<&str>, path: &Option<PathBuf>| {
        let bytes = match (data.filter(|data| !data.is_empty()), given_path(path)) {
            (Some(data), _) => {
                Some(decode(data).ok_or_else(|| invalid(format!("`{field}-data` is no base64"))))
            }
            (None, Some(path)) => Some(part(field, owner, path)),
            (None, None) => None,
        };
        bytes.map(|bytes| bytes.map_err(|problem| problems.push(problem)).unwrap_or_default())
    };
    let data = user.client_certificate_data.as_deref();
    let certificate = read("client-certificate", data, &user.client_certificate);
    let key_data = user.client_key_data.as_ref().map(|data| data.expose_secret());
    let key = read("client-key", key_data, &user.client_key);
    match (certificate, key) {
        _ if !problems.is_empty() => Err(problems),
        (Some(certificate), Some(key)) => {
            let key = String::from_utf8(key)
                .map_err(|_| vec![invalid("its client key is no PEM".to_owned())])?;
            let key = SecretString::from(key);
            let from_file = data.is_none_or(str::is_empty) && key_data.is_none_or(str::is_empty);
            let files = user.client_certificate.clone().zip(user.client_key.clone());
            let certificate = ClientCertificate { certificate: Arc::from(certificate), key };
            Ok((Some(Arc::new(certificate)), files.filter(|_| from_file)))
        }
        (None, None) => Ok((None, None)),
        (Some(_), None) => {
            Err(vec![invalid("it has a client certificate and no `client-key`".to_owned())])
        }
        (None, Some(_)) => {
            Err(vec![invalid("it has a client key and no `client-certificate`".to_owned())])
        }
    }
}

fn given(secret: &Option<SecretString>) -> Option<SecretString> {
    secret.clone().filter(|secret| !secret.expose_secret().is_empty())
}

fn given_path(path: &Option<PathBuf>) -> Option<&Path> {
    path.as_deref().filter(|path| !path.as_os_str().is_empty())
}

pub(super) fn decode(data: &str) -> Option<Vec<u8>> {
    let compact: String = data.split_ascii_whitespace().collect();
    STANDARD.decode(compact).ok()
}

fn part(field: &'static str, owner: &str, path: &Path) -> Result<Vec<u8>, ConfigError> {
    super::regular::read(path).map_err(|source| ConfigError::Part {
        field,
        owner: owner.to_owned(),
        path: path.to_owned(),
        source,
    })
}
