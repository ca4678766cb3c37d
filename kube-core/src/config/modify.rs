//! Changes of the kubeconfig on the disk: what is to be different in, each written to the file that holds it, out.
//!
//! Mirrors: client-go tools/clientcmd/config.go

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::Result;

use super::edit;
use super::edit::Step;
use super::error::ConfigError;
use super::kubeconfig::Kubeconfig;
use super::load::{LoadingRules, Source};
use super::store;
use super::view::{LISTS, PATHS};

/// The sorts of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Entry {
    /// Where a server is.
    Cluster,
    /// Who somebody is.
    User,
    /// Which server, as whom.
    Context,
}

/// One thing that is to be different in the kubeconfig.
///
/// ```
/// # fn main() -> kube_core::Result<()> {
/// use kube_core::config::{Change, Entry, LoadingRules};
/// # let folder = tempfile::tempdir().expect("there is room");
/// # let path = folder.path().join("config");
/// let rules = LoadingRules::new().kubeconfig(&path);
/// rules.modify(&[
///     Change::entry(Entry::Cluster, "shop", serde_json::json!({ "server": "https://shop.example:6443" })),
///     Change::entry(Entry::Context, "shop", serde_json::json!({ "cluster": "shop" })),
///     Change::field(Entry::Context, "shop", "namespace", "prod"),
///     Change::current_context("shop"),
/// ])?;
/// assert_eq!(rules.load()?.default_namespace, "prod");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct Change {
    /// The entry that it concerns; none is the current context.
    of: Option<(Entry, String)>,
    path: Vec<Step>,
    value: Option<Value>,
}

impl Entry {
    fn keys(self) -> (&'static str, &'static str) {
        match self {
            Self::Cluster => LISTS[0],
            Self::User => LISTS[1],
            Self::Context => LISTS[2],
        }
    }
}

impl Change {
    /// Another current context.
    pub fn current_context(name: impl Into<String>) -> Self {
        let path = vec![Step::Key("current-context".to_owned())];
        Self { of: None, path, value: Some(Value::from(name.into())) }
    }

    /// A new entry, or another content of the one that has this name.
    pub fn entry(entry: Entry, name: impl Into<String>, value: Value) -> Self {
        Self::of(entry, name.into(), &[entry.keys().1], Some(value))
    }

    /// Another value of one field of an entry.
    pub fn field(
        entry: Entry,
        name: impl Into<String>,
        field: &str,
        value: impl Into<Value>,
    ) -> Self {
        Self::of(entry, name.into(), &[entry.keys().1, field], Some(value.into()))
    }

    /// No such field any more.
    pub fn without_field(entry: Entry, name: impl Into<String>, field: &str) -> Self {
        Self::of(entry, name.into(), &[entry.keys().1, field], None)
    }

    /// No such entry any more.
    pub fn without(entry: Entry, name: impl Into<String>) -> Self {
        Self::of(entry, name.into(), &[], None)
    }

    fn of(entry: Entry, name: String, keys: &[&str], value: Option<Value>) -> Self {
        let mut path = vec![Step::Key(entry.keys().0.to_owned()), Step::Named(name.clone())];
        path.extend(keys.iter().map(|key| Step::Key((*key).to_owned())));
        Self { of: Some((entry, name)), path, value }
    }

    /// Whether the file has what is to be different.
    fn is_in(&self, kubeconfig: &Kubeconfig) -> bool {
        match &self.of {
            None => kubeconfig.current_context.is_some(),
            Some((Entry::Cluster, name)) => kubeconfig.clusters.iter().any(|it| it.name == *name),
            Some((Entry::User, name)) => kubeconfig.users.iter().any(|it| it.name == *name),
            Some((Entry::Context, name)) => kubeconfig.contexts.iter().any(|it| it.name == *name),
        }
    }

    /// The value as it stands in this file: paths below its folder begin there.
    fn value_in(&self, file: &Path) -> Option<Value> {
        let folder = file.parent().unwrap_or(Path::new(""));
        let relative = |value: &mut Value| {
            let below = value.as_str().and_then(|text| Path::new(text).strip_prefix(folder).ok());
            if let Some(below) = below.filter(|_| folder.is_absolute()) {
                *value = below.to_string_lossy().into();
            }
        };
        let mut value = self.value.clone()?;
        let field =
            matches!(self.path.last(), Some(Step::Key(key)) if PATHS.contains(&key.as_str()));
        match &mut value {
            value if field => relative(value),
            Value::Object(entry) => {
                PATHS.into_iter().filter_map(|key| entry.get_mut(key).map(relative)).for_each(drop);
            }
            _ => {}
        }
        Some(value)
    }
}

impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Change").field("path", &self.path).finish_non_exhaustive()
    }
}

impl LoadingRules {
    /// Makes these changes, each in the file that has what it is about; what is new goes to the file that was asked for,
    /// else to the first of `$KUBECONFIG` that is there, else to its last, else to `~/.kube/config`. Each file is
    /// replaced as a whole under the lock that kubectl respects; what is not changed keeps its order and comments.
    ///
    /// It blocks: the disk is written, and a lock is waited for, five seconds at most.
    ///
    /// # Errors
    /// A file cannot be read, locked or written. Files before it in the order of their names are changed already.
    pub fn modify(&self, changes: &[Change]) -> Result<()> {
        let files = self.written_files()?;
        let mut read = Vec::new();
        for path in files.iter().filter(|path| path.exists()) {
            read.push((path, Kubeconfig::read(path)?));
        }
        let fallback = read.first().map(|(path, _)| *path).or(files.last());
        let mut of_files: Vec<(&PathBuf, Vec<&Change>)> = Vec::new();
        for change in changes {
            let holder = read.iter().find(|(_, kubeconfig)| change.is_in(kubeconfig));
            let Some(path) = holder.map(|(path, _)| *path).or(fallback) else { continue };
            match of_files.iter_mut().find(|(known, _)| *known == path) {
                Some((_, changes)) => changes.push(change),
                None => of_files.push((path, vec![change])),
            }
        }
        of_files.sort_by_key(|(path, _)| *path);
        for (path, changes) in of_files {
            store::change(path, |text| {
                let mut text = match text.trim() {
                    "" => format!("apiVersion: v1\nkind: Config\n{text}"),
                    _ => text.to_owned(),
                };
                for change in changes {
                    text = edit::set(&text, &change.path, change.value_in(path).as_ref())
                        .map_err(|_| ConfigError::Unfit { path: path.clone() })?;
                }
                Ok(text)
            })?;
        }
        Ok(())
    }

    /// The files that may be written, in the order in which they are read.
    fn written_files(&self) -> Result<Vec<PathBuf>, ConfigError> {
        match (self.source(), self.home()) {
            (Source::Files(files), _) => Ok(files),
            (Source::Pod | Source::Nothing(_), Some(home)) => Ok(vec![home]),
            (Source::Nothing(looked_at), None) => Err(ConfigError::Nothing { looked_at }),
            (Source::Pod, None) => {
                let looked_at = vec!["there is no home folder for `~/.kube/config`".to_owned()];
                Err(ConfigError::Nothing { looked_at })
            }
        }
    }
}
