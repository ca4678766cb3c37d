//! What is said beside the files: entries as they stand in, entries as they are meant out.
//!
//! Mirrors: client-go tools/clientcmd/overrides.go, client_config.go
//! Differs: a given token takes the place of a token file, which wins over it in client-go.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::kubeconfig::{ClusterEntry, UserEntry};

/// What takes the place of what the files say, as kubectl's flags do. What is not set stays as it is.
///
/// ```
/// # use kube_core::config::{LoadingRules, Overrides};
/// let mut overrides = Overrides::default();
/// overrides.context = Some("prod".to_owned());
/// overrides.impersonate = Some("jane".to_owned());
/// let rules = LoadingRules::new().overrides(overrides);
/// # drop(rules);
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Overrides {
    /// The context to use instead of the current one.
    pub context: Option<String>,
    /// The cluster's entry to use instead of the context's.
    pub cluster: Option<String>,
    /// The user's entry to use instead of the context's.
    pub user: Option<String>,
    /// The namespace where none is named.
    pub namespace: Option<String>,
    /// The server's address. The name for TLS that belonged to the old one goes with it.
    pub server: Option<String>,
    /// The name that the server's certificate must be for.
    pub tls_server_name: Option<String>,
    /// Whether any certificate is accepted. Certificate authorities of the file count no more, then.
    pub insecure_skip_tls_verify: Option<bool>,
    /// A file of the certificates that are trusted, in place of what the cluster's entry says of it.
    pub certificate_authority: Option<PathBuf>,
    /// A proxy to the server.
    pub proxy_url: Option<String>,
    /// Whether answers are never compressed.
    pub disable_compression: Option<bool>,
    /// A bearer token, in place of a token file, a password, a plugin or a login.
    pub token: Option<SecretString>,
    /// A user name for basic authentication.
    pub username: Option<String>,
    /// Its password.
    pub password: Option<SecretString>,
    /// A file with a client certificate.
    pub client_certificate: Option<PathBuf>,
    /// A file with its key.
    pub client_key: Option<PathBuf>,
    /// Whom to act as.
    pub impersonate: Option<String>,
    /// With which uid.
    pub impersonate_uid: Option<String>,
    /// In which groups.
    pub impersonate_groups: Vec<String>,
    /// With which further attributes: a key and one value, as often as there are values.
    pub impersonate_extra: Vec<(String, String)>,
    /// How long a request that is not a watch may take.
    pub timeout: Option<Duration>,
}

impl Overrides {
    pub(super) fn cluster_entry(&self, mut entry: ClusterEntry) -> ClusterEntry {
        if let Some(server) = &self.server {
            entry.server = Some(server.clone());
            entry.tls_server_name = None;
        }
        if self.insecure_skip_tls_verify.is_some() || self.certificate_authority.is_some() {
            entry.certificate_authority = None;
            entry.certificate_authority_data = None;
            entry.insecure_skip_tls_verify = false;
        }
        entry.certificate_authority =
            self.certificate_authority.clone().or(entry.certificate_authority);
        entry.insecure_skip_tls_verify =
            self.insecure_skip_tls_verify.unwrap_or(entry.insecure_skip_tls_verify);
        entry.tls_server_name = self.tls_server_name.clone().or(entry.tls_server_name);
        entry.proxy_url = self.proxy_url.clone().or(entry.proxy_url);
        entry.disable_compression = self.disable_compression.unwrap_or(entry.disable_compression);
        entry
    }

    pub(super) fn user_entry(&self, mut entry: UserEntry) -> UserEntry {
        if let Some(token) = &self.token {
            entry.token = Some(token.clone());
            entry.token_file = None;
            entry.exec = None;
            entry.auth_provider = None;
            (entry.username, entry.password) = (None, None);
        }
        if let Some(username) = &self.username {
            entry.username = Some(username.clone());
            (entry.token, entry.token_file) = (self.token.clone(), None);
            (entry.exec, entry.auth_provider) = (None, None);
        }
        entry.password = self.password.clone().or(entry.password);
        if let Some(path) = &self.client_certificate {
            entry.client_certificate = Some(path.clone());
            entry.client_certificate_data = None;
        }
        if let Some(path) = &self.client_key {
            entry.client_key = Some(path.clone());
            entry.client_key_data = None;
        }
        if let Some(other) = &self.impersonate {
            entry.impersonate = Some(other.clone());
            // What was claimed for somebody else is not claimed for this one.
            (entry.as_uid, entry.as_groups, entry.as_user_extra) = (None, None, None);
        }
        entry.as_uid = self.impersonate_uid.clone().or(entry.as_uid);
        if !self.impersonate_groups.is_empty() {
            entry.as_groups = Some(self.impersonate_groups.clone());
        }
        if !self.impersonate_extra.is_empty() {
            let mut extra = std::collections::BTreeMap::<String, Vec<String>>::new();
            for (key, value) in &self.impersonate_extra {
                extra.entry(key.clone()).or_default().push(value.clone());
            }
            entry.as_user_extra = Some(extra);
        }
        entry
    }

    /// Whether it says something of the user.
    pub(super) fn is_of_user(&self) -> bool {
        self.token.is_some()
            || self.username.is_some()
            || self.password.is_some()
            || self.client_certificate.is_some()
            || self.client_key.is_some()
            || self.impersonate.is_some()
            || self.impersonate_uid.is_some()
            || !self.impersonate_groups.is_empty()
            || !self.impersonate_extra.is_empty()
    }

    /// Whether it can be used by a pod's own configuration: that one has no entries to choose from.
    pub(super) fn names_an_entry(&self) -> Option<(&'static str, &str)> {
        let named = [("context", &self.context), ("cluster", &self.cluster), ("user", &self.user)];
        named.into_iter().find_map(|(what, name)| Some((what, name.as_deref()?)))
    }
}

impl fmt::Debug for Overrides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Overrides")
            .field("context", &self.context)
            .field("cluster", &self.cluster)
            .field("user", &self.user)
            .field("namespace", &self.namespace)
            .field("server", &self.server.as_ref().map(|_| ".."))
            .field("token", &self.token.as_ref().map(|_| ".."))
            .field("impersonate", &self.impersonate)
            .finish_non_exhaustive()
    }
}
