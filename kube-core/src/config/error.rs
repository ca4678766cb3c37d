//! What can be wrong with a configuration: one variant a mistake, each says what to do.

use std::path::PathBuf;

use crate::error::{Error, ErrorKind};

/// Why no configuration could be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error(
        "found no Kubernetes configuration: {}; name one with `--kubeconfig` or `$KUBECONFIG`",
        looked_at.join(", ")
    )]
    Nothing { looked_at: Vec<String> },
    #[error("failed to read kubeconfig `{}`: check that it exists and may be read", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("failed to write kubeconfig `{}`: check that the file and its folder may be written", path.display())]
    Write { path: PathBuf, source: std::io::Error },
    #[error("failed to write kubeconfig `{}`: somebody else holds its lock; if nobody does, remove `{}`", path.display(), lock.display())]
    Locked { path: PathBuf, lock: PathBuf },
    #[error("failed to write kubeconfig `{}`: it is no valid YAML of a kubeconfig", path.display())]
    Unfit { path: PathBuf },
    #[error("failed to read kubeconfig {origin}: it is larger than {limit} bytes")]
    TooLarge { origin: String, limit: u64 },
    #[error("failed to read kubeconfig {origin}: it is no regular file")]
    NoFile { origin: String },
    #[error("failed to read kubeconfig {origin}: it is not UTF-8 or UTF-16 text")]
    NoText { origin: String },
    /// The parser's own words are left out: they may repeat a token.
    #[error("failed to read kubeconfig {origin}: it is no valid YAML of a kubeconfig{}", place(*at))]
    Yaml { origin: String, at: Option<(u64, u64)> },
    #[error(
        "failed to read kubeconfig {origin}: its apiVersion and kind are `{found}`, not `v1 Config`"
    )]
    Version { origin: String, found: String },
    /// The value is left out: it may be a secret.
    #[error(
        "failed to read kubeconfig {origin}: {what} `{name}` has a value of the wrong type: a number or a date that is meant as a text is quoted"
    )]
    WrongType { origin: String, what: &'static str, name: String },
    #[error("failed to read kubeconfig {origin}: {what} `{name}` stands in it twice")]
    Twice { origin: String, what: &'static str, name: String },
    #[error("kubeconfig {origin} names no current context: {}", remedy(contexts))]
    NoCurrentContext { origin: String, contexts: Vec<String> },
    #[error("kubeconfig {origin} has no {what} `{name}`{}: it has {}", because(by), list(known))]
    Missing { origin: String, what: &'static str, name: String, by: String, known: Vec<String> },
    #[error("failed to use cluster `{cluster}` of kubeconfig {origin}: {reason}")]
    Cluster { origin: String, cluster: String, reason: String },
    #[error("failed to use user `{user}` of kubeconfig {origin}: {reason}")]
    User { origin: String, user: String, reason: String },
    #[error("failed to read `{field}` of {owner} from `{}`: check that the file exists and may be read", path.display())]
    Part { field: &'static str, owner: String, path: PathBuf, source: std::io::Error },
    #[error("failed to use server address `{server}`: {reason}")]
    Server { server: String, reason: &'static str },
    /// The text is left out: it may hold a password.
    #[error(
        "failed to use the given proxy: its address must be an `http`, `https` or `socks5` URL"
    )]
    Proxy,
    #[error("failed to use the namespace of {of}")]
    Namespace { of: String, source: Error },
    #[error("failed to use the pod's service account: {reason}")]
    InCluster { reason: String },
    #[error("failed to use the configuration, which has {} mistakes: {}", problems.len(), stories(problems))]
    Several { problems: Vec<Self> },
    #[error("failed to read `{}` of the pod's service account: mount a service account token into the pod, or name a kubeconfig", path.display())]
    InClusterFile { path: PathBuf, source: std::io::Error },
}

impl ConfigError {
    /// All of these as one.
    pub(crate) fn all(mut problems: Vec<Self>) -> Self {
        match problems.len() {
            1 => problems.remove(0),
            _ => Self::Several { problems },
        }
    }
}

/// Each problem with its reason: several have no one source.
fn stories(problems: &[ConfigError]) -> String {
    let story = |problem: &ConfigError| match std::error::Error::source(problem) {
        Some(source) => format!("{problem}: {source}"),
        None => problem.to_string(),
    };
    problems.iter().map(story).collect::<Vec<_>>().join("; ")
}

fn place(at: Option<(u64, u64)>) -> String {
    at.map(|(line, column)| format!(" (line {line}, column {column})")).unwrap_or_default()
}

fn because(by: &str) -> String {
    if by.is_empty() { String::new() } else { format!(", which {by} names") }
}

fn remedy(contexts: &[String]) -> String {
    match contexts {
        [] => "it has no contexts at all, so add one and set `current-context`".to_owned(),
        contexts => format!("set `current-context`, or choose one of {}", list(contexts)),
    }
}

fn list(names: &[String]) -> String {
    match names {
        [] => "none".to_owned(),
        names => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    }
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        Self::new(ErrorKind::Config, error)
    }
}
