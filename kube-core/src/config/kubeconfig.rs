//! The kubeconfig file as data: YAML in, entries by name out, with paths made absolute.

use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::yaml;

use super::error::ConfigError;
use super::exec::ExecEntry;
use super::oidc::ProviderEntry;
use super::regular;
use super::regular::LIMIT;

/// How deep it may go, and how many values it may have, with what aliases repeat.
pub(super) const MAX_DEPTH: usize = 64;
pub(super) const MAX_NODES: usize = 250_000;

/// One kubeconfig, or several of which the earlier ones win.
#[derive(Debug, Default)]
pub(super) struct Kubeconfig {
    pub(super) origin: String,
    pub(super) current_context: Option<String>,
    pub(super) clusters: Vec<Named<ClusterEntry>>,
    pub(super) users: Vec<Named<UserEntry>>,
    pub(super) contexts: Vec<Named<ContextEntry>>,
}

/// An entry and where it stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Named<T> {
    pub(super) name: String,
    /// What an error calls the file.
    pub(super) origin: String,
    /// The file; none if the kubeconfig is none.
    pub(super) file: Option<PathBuf>,
    pub(super) entry: T,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(super) struct ClusterEntry {
    pub(super) server: Option<String>,
    pub(super) tls_server_name: Option<String>,
    #[serde(deserialize_with = "crate::yaml::truth")]
    pub(super) insecure_skip_tls_verify: bool,
    pub(super) certificate_authority: Option<PathBuf>,
    pub(super) certificate_authority_data: Option<String>,
    pub(super) proxy_url: Option<String>,
    #[serde(deserialize_with = "crate::yaml::truth")]
    pub(super) disable_compression: bool,
    pub(super) extensions: Option<Vec<Extension>>,
}

/// Something that is not of the kubeconfig's own format.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Extension {
    pub(super) name: String,
    #[serde(default)]
    pub(super) extension: Value,
}

#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(super) struct UserEntry {
    pub(super) client_certificate: Option<PathBuf>,
    pub(super) client_certificate_data: Option<String>,
    pub(super) client_key: Option<PathBuf>,
    #[serde(deserialize_with = "secret")]
    pub(super) client_key_data: Option<SecretString>,
    #[serde(deserialize_with = "secret")]
    pub(super) token: Option<SecretString>,
    #[serde(rename = "tokenFile")]
    pub(super) token_file: Option<PathBuf>,
    pub(super) username: Option<String>,
    #[serde(deserialize_with = "secret")]
    pub(super) password: Option<SecretString>,
    #[serde(rename = "as")]
    pub(super) impersonate: Option<String>,
    pub(super) as_uid: Option<String>,
    pub(super) as_groups: Option<Vec<String>>,
    pub(super) as_user_extra: Option<std::collections::BTreeMap<String, Vec<String>>>,
    pub(super) exec: Option<ExecEntry>,
    pub(super) auth_provider: Option<ProviderEntry>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(super) struct ContextEntry {
    pub(super) cluster: Option<String>,
    pub(super) user: Option<String>,
    pub(super) namespace: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Document {
    #[serde(rename = "apiVersion")]
    api_version: Option<String>,
    kind: Option<String>,
    current_context: Option<String>,
    clusters: Option<Vec<NamedEntry>>,
    users: Option<Vec<NamedEntry>>,
    contexts: Option<Vec<NamedEntry>>,
}

/// A name, and what stands beside it under `cluster`, `user` or `context`.
#[derive(Deserialize)]
struct NamedEntry {
    name: String,
    #[serde(flatten)]
    beside: serde_json::Map<String, Value>,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(SecretString::from))
}

impl Kubeconfig {
    /// Reads one file.
    pub(super) fn read(path: &Path) -> Result<Self, ConfigError> {
        let mut kubeconfig = Self::parse(&text_of(path)?, origin_of(path))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        kubeconfig.each_path(|path| *path = folder.join(&path));
        let files = kubeconfig.clusters.iter_mut().map(|named| &mut named.file);
        let files = files.chain(kubeconfig.users.iter_mut().map(|named| &mut named.file));
        let files = files.chain(kubeconfig.contexts.iter_mut().map(|named| &mut named.file));
        files.for_each(|file| *file = Some(path.to_owned()));
        Ok(kubeconfig)
    }

    /// Reads the text of one file.
    pub(super) fn parse(text: &str, origin: String) -> Result<Self, ConfigError> {
        if text.len() as u64 > LIMIT {
            return Err(ConfigError::TooLarge { origin, limit: LIMIT });
        }
        if text.trim().is_empty() {
            return Ok(Self { origin, ..Self::default() });
        }
        let unfit = |at| ConfigError::Yaml { origin: origin.clone(), at };
        let document = yaml::read(text, MAX_DEPTH, MAX_NODES).map_err(unfit)?;
        let document: Option<Document> =
            serde_json::from_value(document).map_err(|_| unfit(None))?;
        let document = document.unwrap_or_default();
        let api_version = document.api_version.as_deref().unwrap_or("v1");
        let kind = document.kind.as_deref().unwrap_or("Config");
        if !matches!(api_version, "v1" | "") || !matches!(kind, "Config" | "") {
            return Err(ConfigError::Version { origin, found: format!("{api_version} {kind}") });
        }
        Ok(Self {
            current_context: document.current_context.filter(|name| !name.is_empty()),
            clusters: unique(&origin, "cluster", document.clusters)?,
            users: unique(&origin, "user", document.users)?,
            contexts: unique(&origin, "context", document.contexts)?,
            origin,
        })
    }

    /// Adds the entries of a file that this one wins over.
    pub(super) fn followed_by(mut self, later: Self) -> Self {
        self.origin = format!("{}, {}", self.origin, later.origin);
        self.current_context = self.current_context.or(later.current_context);
        self.clusters.extend(later.clusters);
        self.users.extend(later.users);
        self.contexts.extend(later.contexts);
        self
    }

    /// Shows every path in it to `change`. A plugin's command is one if it is no bare name.
    pub(super) fn each_path(&mut self, mut change: impl FnMut(&mut PathBuf)) {
        for cluster in &mut self.clusters {
            cluster.entry.certificate_authority.iter_mut().for_each(&mut change);
        }
        for user in self.users.iter_mut().map(|named| &mut named.entry) {
            let paths = [&mut user.client_certificate, &mut user.client_key, &mut user.token_file];
            paths.into_iter().flatten().for_each(&mut change);
            user.auth_provider.iter_mut().for_each(|provider| provider.each_path(&mut change));
            let command = user.exec.as_mut().and_then(|exec| exec.command.as_mut());
            if let Some(command) = command.filter(|command| is_path(command)) {
                let mut path = PathBuf::from(&*command);
                change(&mut path);
                *command = path.to_string_lossy().into_owned();
            }
        }
    }
}

fn origin_of(path: &Path) -> String {
    format!("`{}`", path.display())
}

/// The text of a file, which Windows' shells write as UTF-16.
pub(super) fn text_of(path: &Path) -> Result<String, ConfigError> {
    let failed = |source| ConfigError::Read { path: path.to_owned(), source };
    let Some(file) = regular::open(path).map_err(failed)? else {
        return Err(ConfigError::NoFile { origin: origin_of(path) });
    };
    let mut bytes = Vec::new();
    file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(failed)?;
    let text = match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => String::from_utf8(bytes).ok(),
    };
    text.ok_or_else(|| ConfigError::NoText { origin: origin_of(path) })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (units, []) = bytes.as_chunks() else { return None };
    char::decode_utf16(units.iter().copied().map(unit)).collect::<Result<_, _>>().ok()
}

/// Whether a command is a path and not a name to be looked up.
fn is_path(command: &str) -> bool {
    command.contains(std::path::is_separator)
}

/// Collects entries; a null one is an empty one, a name that comes twice is a mistake.
fn unique<T: Default + DeserializeOwned>(
    origin: &str,
    what: &'static str,
    entries: Option<Vec<NamedEntry>>,
) -> Result<Vec<Named<T>>, ConfigError> {
    let mut unique: Vec<Named<T>> = Vec::new();
    for NamedEntry { name, mut beside } in entries.unwrap_or_default() {
        if unique.iter().any(|known| known.name == name) {
            return Err(ConfigError::Twice { origin: origin.to_owned(), what, name });
        }
        let origin = origin.to_owned();
        let entry = serde_json::from_value(beside.remove(what).unwrap_or_default());
        let Ok(entry) = entry.map(Option::unwrap_or_default) else {
            return Err(ConfigError::WrongType { origin, what, name });
        };
        unique.push(Named { name, origin, file: None, entry });
    }
    Ok(unique)
}

impl fmt::Debug for UserEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserEntry { .. }")
    }
}
