//! A user's `auth-provider` entry: its keys in, what an OpenID Connect login needs, or which plugin replaced it, out.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use url::Url;

use super::edit;
use super::edit::Step;
use super::error::ConfigError;
use super::kubeconfig::Kubeconfig;
use super::store;

/// An `auth-provider` entry as it stands in the file. Any of its values may be a secret.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ProviderEntry {
    pub(super) name: Option<String>,
    pub(super) config: Option<BTreeMap<String, Secret>>,
}

/// A value that may be a secret.
#[derive(Clone)]
pub(super) struct Secret(SecretString);

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        Ok(Self(SecretString::from(text.unwrap_or_default())))
    }
}

/// A login by OpenID Connect.
#[derive(Clone)]
pub(crate) struct Oidc {
    pub(crate) issuer: Url,
    pub(crate) client_id: String,
    pub(crate) client_secret: Option<SecretString>,
    /// The PEM certificates that the issuer's is checked by; none means the system's.
    pub(crate) authority: Option<Arc<[u8]>>,
    pub(crate) id_token: Option<SecretString>,
    pub(crate) refresh_token: Option<SecretString>,
    /// Where the tokens stand: the file and the user's name in it.
    pub(crate) place: Option<(PathBuf, String)>,
}

impl ProviderEntry {
    fn of(&self, key: &str) -> Option<SecretString> {
        let value = self.config.as_ref()?.get(key)?;
        Some(value.0.clone()).filter(|value| !value.expose_secret().is_empty())
    }

    /// What is wrong with the entry, all of it, or the login.
    pub(super) fn check(&self, file: Option<&Path>, user: &str) -> Result<Oidc, Vec<String>> {
        let name = self.name.as_deref().unwrap_or_default();
        let instead = match name {
            "oidc" => return self.oidc(file, user),
            "gcp" => "`gke-gcloud-auth-plugin`: run `gcloud container clusters get-credentials`",
            "azure" => "`kubelogin`: run `kubelogin convert-kubeconfig`",
            "openstack" => "`client-keystone-auth` of cloud-provider-openstack",
            _ => "the plugin of its vendor",
        };
        Err(vec![format!(
            "its auth provider `{name}` exists no more: replace it by `exec` with {instead}"
        )])
    }

    fn oidc(&self, file: Option<&Path>, user: &str) -> Result<Oidc, Vec<String>> {
        let mut problems = Vec::new();
        let text = |key| self.of(key).map(|value| value.expose_secret().to_owned());
        let issuer = text("idp-issuer-url").and_then(|url| Url::parse(&url).ok());
        let issuer =
            issuer.filter(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
        if issuer.is_none() {
            problems.push(
                "`auth-provider.config` has no `idp-issuer-url` that is an `https` URL".to_owned(),
            );
        }
        let client_id = text("client-id");
        if client_id.is_none() {
            problems.push("`auth-provider.config` has no `client-id`".to_owned());
        }
        let authority =
            match (text("idp-certificate-authority-data"), text("idp-certificate-authority")) {
                (Some(data), _) => super::entries::decode(&data).or_else(|| {
                    problems.push("`idp-certificate-authority-data` is no base64".to_owned());
                    None
                }),
                (None, Some(path)) => {
                    super::regular::read(path.as_ref()).map(Some).unwrap_or_else(|error| {
                        problems.push(format!(
                            "its `idp-certificate-authority` `{path}` cannot be read ({error})"
                        ));
                        None
                    })
                }
                (None, None) => None,
            };
        match (issuer, client_id) {
            (Some(issuer), Some(client_id)) if problems.is_empty() => Ok(Oidc {
                issuer,
                client_id,
                client_secret: self.of("client-secret"),
                authority: authority.map(Arc::from),
                id_token: self.of("id-token"),
                refresh_token: self.of("refresh-token"),
                place: file.map(|file| (file.to_owned(), user.to_owned())),
            }),
            _ => Err(problems),
        }
    }

    /// Shows the path in it to `change`.
    pub(super) fn each_path(&mut self, mut change: impl FnMut(&mut PathBuf)) {
        const KEY: &str = "idp-certificate-authority";
        let Some(value) = self.config.as_mut().and_then(|config| config.get_mut(KEY)) else {
            return;
        };
        if !value.0.expose_secret().is_empty() {
            let mut path = PathBuf::from(value.0.expose_secret());
            change(&mut path);
            value.0 = SecretString::from(path.to_string_lossy().into_owned());
        }
    }
}

impl Oidc {
    /// The tokens as they stand in the file now: another process may have renewed them. It blocks.
    pub(crate) fn reread(&self) -> (Option<SecretString>, Option<SecretString>) {
        let kept = || (self.id_token.clone(), self.refresh_token.clone());
        let Some((file, user)) = &self.place else { return kept() };
        let Ok(kubeconfig) = Kubeconfig::read(file) else { return kept() };
        let found = kubeconfig.users.iter().find(|named| named.name == *user);
        match found.and_then(|named| named.entry.auth_provider.as_ref()) {
            Some(entry) => (entry.of("id-token"), entry.of("refresh-token")),
            None => kept(),
        }
    }

    /// Writes new tokens to where the old ones stand. It blocks.
    pub(crate) fn keep(
        &self,
        id_token: &SecretString,
        refresh_token: Option<&SecretString>,
    ) -> Result<(), crate::error::Error> {
        let Some((file, user)) = &self.place else { return Ok(()) };
        let unfit = |_| ConfigError::Unfit { path: file.clone() };
        let key = |key: &str| Step::Key(key.to_owned());
        let to = |name: &str| {
            [
                key("users"),
                Step::Named(user.clone()),
                key("user"),
                key("auth-provider"),
                key("config"),
                key(name),
            ]
        };
        store::change(file, |text| {
            let token = |token: &SecretString| Value::from(token.expose_secret());
            let mut text =
                edit::set(text, &to("id-token"), Some(&token(id_token))).map_err(unfit)?;
            if let Some(refresh_token) = refresh_token {
                text = edit::set(&text, &to("refresh-token"), Some(&token(refresh_token)))
                    .map_err(unfit)?;
            }
            Ok(text)
        })?;
        Ok(())
    }
}

impl fmt::Debug for ProviderEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderEntry").field("name", &self.name).finish_non_exhaustive()
    }
}

impl fmt::Debug for Oidc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Oidc").field("issuer", &self.issuer.host_str()).finish_non_exhaustive()
    }
}
