//! The kubeconfig as a document to look at: files in, one document, whole or in part, with or without secrets, out.
//!
//! Mirrors: client-go tools/clientcmd/api/helpers.go
//! Differs: what a plugin gets in its environment and the tokens of an auth provider are secrets too.

use std::fmt;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::error::Result;

use super::edit;
use super::error::ConfigError;
use super::kubeconfig::Kubeconfig;
use super::kubeconfig::text_of;
use super::load::{LoadingRules, Source};

/// The lists of entries, and the key that an entry has in each.
pub(super) const LISTS: [(&str, &str); 3] =
    [("clusters", "cluster"), ("users", "user"), ("contexts", "context")];
/// The keys of entries that are paths.
pub(super) const PATHS: [&str; 4] =
    ["certificate-authority", "client-certificate", "client-key", "tokenFile"];
/// The keys of entries whose values are secrets.
const SECRETS: [&str; 2] = ["token", "password"];
/// The keys of entries whose values are long.
const LONG: [&str; 3] =
    ["certificate-authority-data", "client-certificate-data", "client-key-data"];
const REDACTED: &str = "REDACTED";
const OMITTED: &str = "DATA+OMITTED";

/// All files as one document, as `kubectl config view` shows it: the first file that has an entry wins, paths are
/// whole, entries are sorted. What it prints is for eyes only once it was [`redact`](Self::redact)ed.
#[derive(Clone)]
#[must_use]
pub struct View {
    document: Map<String, Value>,
}

impl LoadingRules {
    /// What the files say, merged. A context of the overrides is its current one.
    ///
    /// # Errors
    /// A file that was named cannot be read, or there is none.
    pub fn view(&self) -> Result<View> {
        let files = match self.source() {
            Source::Files(files) => files,
            Source::Pod => {
                let looked_at = vec!["the pod's service account is no kubeconfig".to_owned()];
                return Err(ConfigError::Nothing { looked_at }.into());
            }
            Source::Nothing(looked_at) => return Err(ConfigError::Nothing { looked_at }.into()),
        };
        let mut document = Map::new();
        document.insert("apiVersion".to_owned(), "v1".into());
        document.insert("kind".to_owned(), "Config".into());
        for path in &files {
            merge(&mut document, read(path)?);
        }
        for (list, _) in LISTS {
            let entries = document.entry(list).or_insert(Value::Null);
            let entries = match entries.take() {
                Value::Array(mut items) => {
                    items.sort_by(|one, other| name(one).cmp(name(other)));
                    items
                }
                _ => Vec::new(),
            };
            document.insert(list.to_owned(), Value::Array(entries));
        }
        if let Some(context) = &self.overrides.context {
            document.insert("current-context".to_owned(), context.as_str().into());
        }
        Ok(View { document })
    }
}

/// One file, with whole paths.
fn read(path: &Path) -> Result<Map<String, Value>, ConfigError> {
    // It says what is wrong, where there is something.
    Kubeconfig::read(path)?;
    let text = text_of(path)?;
    let unfit = || ConfigError::Yaml { origin: format!("`{}`", path.display()), at: None };
    let mut document = match edit::parse(&text).map_err(|_| unfit())? {
        Value::Object(document) => document,
        Value::Null => Map::new(),
        _ => return Err(unfit()),
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    let whole = |value: &mut Value| {
        if let Some(text) = value.as_str().filter(|text| !text.is_empty()) {
            *value = folder.join(text).to_string_lossy().into();
        }
    };
    each_entry(&mut document, |entry| {
        PATHS.into_iter().filter_map(|key| entry.get_mut(key).map(whole)).for_each(drop);
        let command = entry.get_mut("exec").and_then(|exec| exec.get_mut("command"));
        let is_path = |text: &str| text.contains(std::path::is_separator);
        command.filter(|command| command.as_str().is_some_and(is_path)).map(whole);
    });
    Ok(document)
}

fn merge(document: &mut Map<String, Value>, later: Map<String, Value>) {
    for (key, value) in later {
        match (document.get_mut(&key), value) {
            (Some(Value::Array(known)), Value::Array(items)) => {
                let fresh = |item: &Value| !known.iter().any(|known| name(known) == name(item));
                let fresh: Vec<_> = items.into_iter().filter(fresh).collect();
                known.extend(fresh);
            }
            (None | Some(Value::Null), value) => {
                document.insert(key, value);
            }
            (Some(Value::String(known)), Value::String(text)) if known.is_empty() => *known = text,
            _ => {}
        }
    }
}

fn name(item: &Value) -> &str {
    item.get("name").and_then(Value::as_str).unwrap_or_default()
}

fn each_entry(document: &mut Map<String, Value>, mut change: impl FnMut(&mut Map<String, Value>)) {
    for (list, key) in LISTS {
        let items = document.get_mut(list).and_then(Value::as_array_mut);
        for item in items.into_iter().flatten() {
            if let Some(entry) = item.get_mut(key).and_then(Value::as_object_mut) {
                change(entry);
            }
        }
    }
}

impl View {
    /// Only what the current context needs.
    ///
    /// # Errors
    /// There is no current context, or it or what it names is not there.
    pub fn minify(mut self) -> Result<Self> {
        let current = self.document.get("current-context").and_then(Value::as_str);
        let current = current.unwrap_or_default().to_owned();
        let origin = "as it is viewed".to_owned();
        let contexts = self.document.get("contexts").and_then(Value::as_array).cloned();
        let contexts = contexts.unwrap_or_default();
        let known = || contexts.iter().map(|item| name(item).to_owned()).collect();
        if current.is_empty() {
            return Err(ConfigError::NoCurrentContext { origin, contexts: known() }.into());
        }
        let Some(context) = contexts.iter().find(|item| name(item) == current) else {
            let (what, name, by) = ("context", current, String::new());
            return Err(ConfigError::Missing { origin, what, name, by, known: known() }.into());
        };
        let named = |key: &str| context["context"][key].as_str().unwrap_or_default();
        let by = format!("context `{current}`");
        for (list, what, wanted, by) in [
            ("clusters", "cluster", named("cluster"), by.as_str()),
            ("users", "user", named("user"), by.as_str()),
            ("contexts", "context", current.as_str(), ""),
        ] {
            let items = self.document.get_mut(list).and_then(Value::as_array_mut);
            let Some(items) = items else { continue };
            if !wanted.is_empty() && !items.iter().any(|item| name(item) == wanted) {
                let known = items.iter().map(|item| name(item).to_owned()).collect();
                let (name, by) = (wanted.to_owned(), by.to_owned());
                return Err(ConfigError::Missing { origin, what, name, by, known }.into());
            }
            items.retain(|item| name(item) == wanted);
        }
        Ok(self)
    }

    /// With the contents of certificates and keys in place of their files.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn flatten(mut self) -> Result<Self> {
        let mut failed = None;
        each_entry(&mut self.document, |entry| {
            for key in PATHS.into_iter().filter(|key| *key != "tokenFile") {
                let Some(path) = entry.get(key).and_then(Value::as_str).map(PathBuf::from) else {
                    continue;
                };
                let data = format!("{key}-data");
                if path.as_os_str().is_empty()
                    || entry.get(&data).is_some_and(|data| !data.is_null())
                {
                    entry.remove(key);
                    continue;
                }
                match std::fs::read(&path) {
                    Ok(bytes) => {
                        entry.remove(key);
                        entry.insert(data, STANDARD.encode(bytes).into());
                    }
                    Err(source) => {
                        let owner = "a kubeconfig's entry".to_owned();
                        failed.get_or_insert(ConfigError::Part {
                            field: "file",
                            owner,
                            path,
                            source,
                        });
                    }
                }
            }
        });
        match failed {
            None => Ok(self),
            Some(error) => Err(error.into()),
        }
    }

    /// Without secrets: `REDACTED`, and `DATA+OMITTED` for what is long.
    pub fn redact(mut self) -> Self {
        let hide = |entry: &mut Map<String, Value>, keys: &[&str], by: &str| {
            for key in keys {
                if let Some(value) = entry.get_mut(*key).filter(|value| !value.is_null()) {
                    *value = by.into();
                }
            }
        };
        each_entry(&mut self.document, |entry| {
            hide(entry, &SECRETS, REDACTED);
            hide(entry, &LONG, OMITTED);
            let env = entry.get_mut("exec").and_then(|exec| exec.get_mut("env"));
            for variable in env.and_then(Value::as_array_mut).into_iter().flatten() {
                variable
                    .as_object_mut()
                    .into_iter()
                    .for_each(|each| hide(each, &["value"], REDACTED));
            }
            let provider = entry.get_mut("auth-provider").and_then(|it| it.get_mut("config"));
            if let Some(config) = provider.and_then(Value::as_object_mut) {
                let tokens = ["id-token", "refresh-token", "access-token", "client-secret"];
                hide(config, &tokens, REDACTED);
            }
            if let Some(proxy) = entry.get_mut("proxy-url")
                && let Some(mut url) = proxy.as_str().and_then(|url| url::Url::parse(url).ok())
                && url.password().is_some()
                && url.set_password(Some(REDACTED)).is_ok()
            {
                *proxy = url.as_str().into();
            }
        });
        self
    }

    /// The document.
    #[must_use]
    pub fn to_json(&self) -> Value {
        Value::Object(self.document.clone())
    }

    /// The document in YAML, for a file or for eyes.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        serde_saphyr::to_string(&self.document).expect("JSON is YAML")
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("View { .. }")
    }
}
