//! Which source is used: files, environment and overrides in, [`Config`] out.

use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::object::Namespace;

use super::Config;
use super::entries::{cluster_of, user_of};
use super::environment::Environment;
use super::error::ConfigError;
use super::exec::{PluginPolicy, PluginRules};
use super::in_cluster;
use super::kubeconfig::{ClusterEntry, Kubeconfig, Named, UserEntry};
use super::overrides::Overrides;

/// Where to look for a configuration, and which part of it to use.
///
/// The file asked for with [`kubeconfig`](Self::kubeconfig) is the only source when there is one. Else come
/// `$KUBECONFIG`, the pod's service account, `~/.kube/config`.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct LoadingRules {
    pub(super) kubeconfig: Option<PathBuf>,
    pub(super) overrides: Overrides,
    plugins: PluginRules,
    pub(super) environment: Environment,
}

/// What there is to read.
pub(super) enum Source {
    /// These files; the first that has an entry wins.
    Files(Vec<PathBuf>),
    Pod,
    /// Nothing; it was looked for there, in this order.
    Nothing(Vec<String>),
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
        self.overrides.context = Some(context.into());
        self
    }

    /// Uses this namespace where none is named.
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.overrides.namespace = Some(namespace.into());
        self
    }

    /// Uses all of this in place of what the files say, and of what was said here before.
    pub fn overrides(mut self, overrides: Overrides) -> Self {
        self.overrides = overrides;
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

    /// The same, and a failure says where the configuration was looked for.
    pub(super) fn load_and_tell(&self) -> Result<Config> {
        self.load().map_err(|error| match self.search() {
            // It says so itself.
            (Source::Nothing(_), _) => error,
            (_, looked_at) => {
                error.context(format!("failed to use what was found ({})", looked_at.join(", ")))
            }
        })
    }

    /// Finds the configuration and reads all it names.
    ///
    /// # Errors
    /// A source is there and cannot be used, or none is there. The error names every mistake in what would be used.
    pub fn load(&self) -> Result<Config> {
        let mut config = match self.source() {
            Source::Files(files) => self.resolve(&read_all(&files).map_err(ConfigError::all)?)?,
            Source::Pod => self.of_pod()?,
            Source::Nothing(_) if self.overrides.server.is_some() => self.resolve(&Kubeconfig {
                origin: "that is empty".to_owned(),
                ..Kubeconfig::default()
            })?,
            Source::Nothing(looked_at) => return Err(ConfigError::Nothing { looked_at }.into()),
        };
        config.plugins = self.plugins.clone();
        if let Some(namespace) = &self.overrides.namespace {
            config.default_namespace = checked(namespace.clone(), || "these rules".to_owned())?;
        }
        if let Some(timeout) = self.overrides.timeout {
            config.timeout = timeout;
        }
        Ok(config)
    }

    /// Where a configuration was looked for, in this order, and what was found there last: for messages.
    #[must_use]
    pub fn looked_at(&self) -> Vec<String> {
        self.search().1
    }

    /// Every mistake in every entry of every file, used or not, each with its file and entry. Nothing is run, and no
    /// server is asked.
    #[must_use]
    pub fn problems(&self) -> Vec<Error> {
        let problems = match self.source() {
            Source::Files(files) => {
                let (merged, mut problems) = read(&files);
                problems.extend(self.problems_of(&merged));
                problems
            }
            Source::Pod => self.of_pod().err().into_iter().collect(),
            Source::Nothing(looked_at) => vec![ConfigError::Nothing { looked_at }],
        };
        problems.into_iter().map(Error::from).collect()
    }

    pub(super) fn source(&self) -> Source {
        self.search().0
    }

    fn search(&self) -> (Source, Vec<String>) {
        let environment = &self.environment;
        if let Some(path) = &self.kubeconfig {
            let looked_at = vec![format!("the file `{}` was asked for", path.display())];
            return (Source::Files(vec![path.clone()]), looked_at);
        }
        let mut looked_at = vec!["no file was asked for".to_owned()];
        let listed = environment.variable("KUBECONFIG").unwrap_or_default();
        let mut files: Vec<PathBuf> = Vec::new();
        for path in std::env::split_paths(&listed) {
            if !path.as_os_str().is_empty() && !files.contains(&path) {
                files.push(path);
            }
        }
        if !files.is_empty() {
            looked_at.push(format!("$KUBECONFIG is `{listed}`"));
            return (Source::Files(files), looked_at);
        }
        looked_at.push("$KUBECONFIG is not set".to_owned());
        match (in_cluster::is_in_cluster(environment), self.overrides.names_an_entry()) {
            (true, None) => {
                looked_at.push("this is a pod ($KUBERNETES_SERVICE_HOST is set)".to_owned());
                return (Source::Pod, looked_at);
            }
            (true, Some((what, name))) => {
                looked_at.push(format!("the pod's service account has no {what} `{name}`"));
            }
            (false, _) => {
                looked_at.push("this is no pod ($KUBERNETES_SERVICE_HOST is not set)".to_owned());
            }
        }
        match self.home() {
            Some(path) if path.exists() => {
                looked_at.push(format!("there is `{}`", path.display()));
                return (Source::Files(vec![path]), looked_at);
            }
            Some(path) => looked_at.push(format!("`{}` does not exist", path.display())),
            None => looked_at.push("there is no home folder for `~/.kube/config`".to_owned()),
        }
        (Source::Nothing(looked_at.clone()), looked_at)
    }

    /// The file of the home folder.
    pub(super) fn home(&self) -> Option<PathBuf> {
        Some(self.environment.home.as_ref()?.join(".kube").join("config"))
    }

    fn of_pod(&self) -> Result<Config, ConfigError> {
        let pod = in_cluster::load(&self.environment)?;
        let origin = "of the pod".to_owned();
        let over = &self.overrides;
        let entry = over.cluster_entry(ClusterEntry {
            server: Some(pod.server.to_string()),
            certificate_authority: pod.tls.authority_file.clone(),
            ..ClusterEntry::default()
        });
        let cluster =
            Named { name: "the pod's".to_owned(), origin: origin.clone(), file: None, entry };
        let mut config = cluster_of(&cluster).map_err(ConfigError::all)?;
        config.default_namespace.clone_from(&pod.default_namespace);
        let token_file = pod.user.token_file.clone();
        let entry = over.user_entry(UserEntry { token_file, ..UserEntry::default() });
        let user = Named { name: "the pod's".to_owned(), origin, file: None, entry };
        Self::become_user(&mut config, &user, None).map_err(ConfigError::all)?;
        if !over.is_of_user() {
            config.user.origin = pod.user.origin;
        }
        Ok(config)
    }

    /// Follows the context to its cluster and user.
    pub(super) fn resolve(&self, kubeconfig: &Kubeconfig) -> Result<Config, ConfigError> {
        let origin = kubeconfig.origin.as_str();
        let over = &self.overrides;
        let chosen = over.context.as_ref().or(kubeconfig.current_context.as_ref());
        let nothing = Named::default();
        let context = match chosen {
            Some(name) => entry(&kubeconfig.contexts, origin, "context", name, "")?,
            // Then the overrides say all that a context could.
            None if over.server.is_some() || over.cluster.is_some() => &nothing,
            None => {
                return Err(ConfigError::NoCurrentContext {
                    origin: origin.to_owned(),
                    contexts: kubeconfig.contexts.iter().map(|named| named.name.clone()).collect(),
                });
            }
        };
        let by = format!("context `{}`", context.name);
        let mut problems = Vec::new();
        let cluster_name = over.cluster.as_deref().or(context.entry.cluster.as_deref());
        let cluster = match cluster_name.unwrap_or_default() {
            "" if over.server.is_some() => {
                Some(Named { origin: "that was given".to_owned(), ..Named::default() })
            }
            name => {
                let by = if over.cluster.is_some() { "" } else { by.as_str() };
                let found = entry(&kubeconfig.clusters, origin, "cluster", name, by);
                found.map_err(|problem| problems.push(problem)).ok().cloned()
            }
        };
        let config = cluster.as_ref().and_then(|cluster| {
            let meant =
                Named { entry: over.cluster_entry(cluster.entry.clone()), ..cluster.clone() };
            cluster_of(&meant).map_err(|wrong| problems.extend(wrong)).ok()
        });
        let mut config = config.unwrap_or_else(Config::nowhere);
        let user_name = over.user.as_deref().or(context.entry.user.as_deref());
        let user = match user_name.unwrap_or_default() {
            "" => Ok(Named {
                origin: context.origin.clone(),
                file: context.file.clone(),
                ..Named::default()
            }),
            name => {
                let by = if over.user.is_some() { "" } else { by.as_str() };
                entry(&kubeconfig.users, origin, "user", name, by).cloned()
            }
        };
        match user {
            Ok(mut user) => {
                user.entry = over.user_entry(user.entry);
                let cluster = cluster.as_ref().map(|cluster| &cluster.entry);
                let become_user = Self::become_user(&mut config, &user, cluster);
                problems.extend(become_user.err().into_iter().flatten());
                if user.name.is_empty() {
                    config.user.origin = match over.is_of_user() {
                        true => "the given user".to_owned(),
                        false => format!("{by} of kubeconfig {origin}, which names no user"),
                    };
                }
            }
            Err(problem) => problems.push(problem),
        }
        if let Some(namespace) = context.entry.namespace.as_ref().filter(|name| !name.is_empty()) {
            let of = || format!("{by} of kubeconfig {}", context.origin);
            match checked(namespace.clone(), of) {
                Ok(namespace) => config.default_namespace = namespace,
                Err(problem) => problems.push(problem),
            }
        }
        match problems.is_empty() {
            true => Ok(config),
            false => Err(ConfigError::all(problems)),
        }
    }

    fn become_user(
        config: &mut Config,
        user: &Named<UserEntry>,
        cluster: Option<&ClusterEntry>,
    ) -> Result<(), Vec<ConfigError>> {
        let identity = user_of(user, cluster)?;
        config.user = identity.user;
        config.tls.client = identity.certificate;
        config.tls.client_files = identity.files;
        Ok(())
    }

    /// Every mistake of every entry.
    fn problems_of(&self, kubeconfig: &Kubeconfig) -> Vec<ConfigError> {
        let origin = kubeconfig.origin.as_str();
        let mut problems = Vec::new();
        for cluster in &kubeconfig.clusters {
            problems.extend(cluster_of(cluster).err().into_iter().flatten());
        }
        for user in &kubeconfig.users {
            problems.extend(user_of(user, None).err().into_iter().flatten());
        }
        for context in &kubeconfig.contexts {
            let by = format!("context `{}`", context.name);
            let named = |name: &Option<String>| name.clone().unwrap_or_default();
            let cluster = named(&context.entry.cluster);
            problems.extend(
                entry(&kubeconfig.clusters, &context.origin, "cluster", &cluster, &by).err(),
            );
            let user = named(&context.entry.user);
            if !user.is_empty() {
                problems
                    .extend(entry(&kubeconfig.users, &context.origin, "user", &user, &by).err());
            }
            let namespace = context.entry.namespace.clone().filter(|name| !name.is_empty());
            let of = || format!("{by} of kubeconfig {}", context.origin);
            problems.extend(namespace.and_then(|namespace| checked(namespace, of).err()));
        }
        let chosen = self.overrides.context.as_ref().or(kubeconfig.current_context.as_ref());
        match chosen {
            Some(name) => {
                problems.extend(entry(&kubeconfig.contexts, origin, "context", name, "").err());
            }
            None => problems.push(ConfigError::NoCurrentContext {
                origin: origin.to_owned(),
                contexts: kubeconfig.contexts.iter().map(|named| named.name.clone()).collect(),
            }),
        }
        problems
    }
}

/// What can be read of these files, the earlier ones winning, and what is wrong with the others.
fn read(files: &[PathBuf]) -> (Kubeconfig, Vec<ConfigError>) {
    let (mut merged, mut problems) = (None, Vec::new());
    for path in files {
        match Kubeconfig::read(path) {
            Ok(next) => {
                merged = Some(match merged {
                    None => next,
                    Some(earlier) => Kubeconfig::followed_by(earlier, next),
                });
            }
            Err(problem) => problems.push(problem),
        }
    }
    (merged.unwrap_or_default(), problems)
}

/// All of these files; one that cannot be read is no reason to go on without it.
fn read_all(files: &[PathBuf]) -> Result<Kubeconfig, Vec<ConfigError>> {
    match read(files) {
        (merged, problems) if problems.is_empty() => Ok(merged),
        (_, problems) => Err(problems),
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
