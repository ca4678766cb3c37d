//! Programs that bring credentials: a user's `exec` entry in, a checked [`Plugin`] out, and whether it may run.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

/// A version of what clients and plugins say to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExecVersion {
    /// `client.authentication.k8s.io/v1`.
    V1,
    /// `client.authentication.k8s.io/v1beta1`.
    V1Beta1,
}

impl ExecVersion {
    pub(crate) const KNOWN: &str =
        "`client.authentication.k8s.io/v1` or `client.authentication.k8s.io/v1beta1`";

    /// The version of this name, if there is such a one.
    #[must_use]
    pub fn of(api_version: &str) -> Option<Self> {
        [Self::V1, Self::V1Beta1].into_iter().find(|version| version.as_str() == api_version)
    }

    /// Its name: `client.authentication.k8s.io/v1`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "client.authentication.k8s.io/v1",
            Self::V1Beta1 => "client.authentication.k8s.io/v1beta1",
        }
    }
}

/// Which credential plugins may run. A kubeconfig can name any program.
///
/// ```
/// # use kube_core::config::{LoadingRules, PluginPolicy};
/// let rules = LoadingRules::new().plugins(PluginPolicy::only(["aws", "/usr/local/bin/kubelogin"]));
/// # drop(rules);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum PluginPolicy {
    /// All of them: what a kubeconfig file names was chosen by whoever may write that file.
    #[default]
    AllowAll,
    /// None.
    DenyAll,
    /// Those that are named here, by a bare name, which is looked up in `$PATH`, or by an absolute path.
    Only(Vec<String>),
}

impl PluginPolicy {
    /// Only these programs: bare names, which are looked up in `$PATH`, or absolute paths.
    #[must_use]
    pub fn only<S: Into<String>>(programs: impl IntoIterator<Item = S>) -> Self {
        Self::Only(programs.into_iter().map(Into::into).collect())
    }

    /// Whether the program may run. `find` says where a bare name leads.
    ///
    /// Mirrors client-go: an entry is the command as it is written, or where it leads.
    pub(crate) fn check(
        &self,
        command: &str,
        found: Option<&Path>,
        find: impl Fn(&str) -> Option<PathBuf>,
    ) -> Result<(), String> {
        const REMEDY: &str = "allow it with `PluginPolicy`, or use a token or a client certificate";
        match self {
            Self::AllowAll => Ok(()),
            Self::DenyAll => Err(format!("this program lets no plugin run: {REMEDY}")),
            Self::Only(programs) if programs.is_empty() => {
                Err("the list of plugins that may run is empty: use `PluginPolicy::DenyAll` to mean that".to_owned())
            }
            Self::Only(programs) if programs.iter().any(String::is_empty) => {
                Err("the list of plugins that may run has an empty name: remove it".to_owned())
            }
            Self::Only(programs) => {
                let same = |program: &String| {
                    program == command || (found.is_some() && find(program).as_deref() == found)
                };
                match programs.iter().any(same) {
                    true => Ok(()),
                    false => Err(format!("it is none of the plugins that this program lets run: {REMEDY}")),
                }
            }
        }
    }
}

/// Whether a plugin may talk to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interactive {
    Never,
    IfAvailable,
    Always,
}

/// A checked `exec` entry.
#[derive(Clone)]
pub(crate) struct Plugin {
    pub(crate) version: ExecVersion,
    /// A bare name, which is looked up in `$PATH`, or a path.
    pub(crate) command: String,
    pub(crate) args: Vec<String>,
    pub(crate) env: Vec<(String, SecretString)>,
    pub(crate) install_hint: Option<String>,
    pub(crate) interactive: Interactive,
    /// Whether it is told of the cluster; then with what the cluster's entry has to say to plugins.
    pub(crate) cluster: Option<serde_json::Value>,
}

/// How plugins are run, whatever the user's entry says.
#[derive(Clone, Debug, Default)]
pub(crate) struct PluginRules {
    pub(crate) policy: PluginPolicy,
    /// The most time that one may take; none means the default.
    pub(crate) timeout: Option<Duration>,
    /// Why no plugin may read standard input.
    pub(crate) stdin_taken: Option<String>,
}

/// An `exec` entry as it stands in the file. Its environment and arguments may hold secrets.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ExecEntry {
    pub(super) api_version: Option<String>,
    pub(super) command: Option<String>,
    pub(super) args: Option<Vec<String>>,
    pub(super) env: Option<Vec<Variable>>,
    pub(super) install_hint: Option<String>,
    #[serde(deserialize_with = "crate::yaml::truth")]
    pub(super) provide_cluster_info: bool,
    pub(super) interactive_mode: Option<String>,
}

#[derive(Clone, Deserialize)]
pub(super) struct Variable {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default, deserialize_with = "secret")]
    pub(super) value: SecretString,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    let value = Option::<String>::deserialize(deserializer)?;
    Ok(SecretString::from(value.unwrap_or_default()))
}

impl ExecEntry {
    /// What is wrong with the entry, all of it, or the plugin. `to_say` is what the cluster has to say to plugins.
    pub(super) fn check(&self, to_say: Option<&serde_json::Value>) -> Result<Plugin, Vec<String>> {
        let mut problems = Vec::new();
        let command = self.command.clone().unwrap_or_default();
        if command.is_empty() {
            problems.push("`exec` has no `command`: name the plugin's program".to_owned());
        }
        let given = self.api_version.as_deref().unwrap_or_default();
        let version = ExecVersion::of(given);
        if version.is_none() {
            problems.push(match given {
                "" => format!("`exec` has no `apiVersion`: use {}", ExecVersion::KNOWN),
                other => format!("`exec` has the `apiVersion` `{other}`, which is not served any more or unknown: use {}", ExecVersion::KNOWN),
            });
        }
        let interactive = match (self.interactive_mode.as_deref().unwrap_or_default(), version) {
            ("Never", _) => Interactive::Never,
            ("IfAvailable", _) => Interactive::IfAvailable,
            ("Always", _) => Interactive::Always,
            ("", Some(ExecVersion::V1)) => {
                problems.push("`exec` has no `interactiveMode`, which v1 requires: use Never, IfAvailable or Always".to_owned());
                Interactive::Never
            }
            ("", _) => Interactive::IfAvailable,
            (other, _) => {
                problems.push(format!(
                    "`exec` has the `interactiveMode` `{other}`: use Never, IfAvailable or Always"
                ));
                Interactive::Never
            }
        };
        let env = self.env.iter().flatten();
        if env.clone().any(|variable| variable.name.is_empty() || variable.name.contains('=')) {
            problems.push("`exec.env` has an entry without a proper `name`".to_owned());
        }
        match (version, problems.is_empty()) {
            (Some(version), true) => Ok(Plugin {
                version,
                command,
                args: self.args.clone().unwrap_or_default(),
                env: env.map(|variable| (variable.name.clone(), variable.value.clone())).collect(),
                install_hint: self.install_hint.clone().filter(|hint| !hint.trim().is_empty()),
                interactive,
                cluster: self
                    .provide_cluster_info
                    .then(|| to_say.cloned().unwrap_or(serde_json::Value::Null)),
            }),
            _ => Err(problems),
        }
    }
}

impl fmt::Debug for ExecEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExecEntry { .. }")
    }
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plugin").field("command", &self.command).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_lets_run_what_it_names_by_name_or_by_where_that_leads() {
        let find = |name: &str| match name {
            "aws" | "/usr/bin/aws" => Some(PathBuf::from("/usr/bin/aws")),
            _ => None,
        };
        let rows: [(PluginPolicy, &str, Result<(), &str>); 10] = [
            (PluginPolicy::AllowAll, "aws", Ok(())),
            (PluginPolicy::DenyAll, "aws", Err("no plugin")),
            (PluginPolicy::only(["aws"]), "aws", Ok(())),
            (PluginPolicy::only(["/usr/bin/aws"]), "aws", Ok(())),
            (PluginPolicy::only(["aws"]), "/usr/bin/aws", Ok(())),
            (PluginPolicy::only(["gke"]), "aws", Err("none of the plugins")),
            (PluginPolicy::only(["aws"]), "/tmp/aws", Err("none of the plugins")),
            (PluginPolicy::only(["gke"]), "nowhere", Err("none of the plugins")),
            (PluginPolicy::Only(Vec::new()), "aws", Err("is empty")),
            (PluginPolicy::only(["aws", ""]), "aws", Err("empty name")),
        ];
        for (policy, command, expected) in rows {
            let checked = policy.check(command, find(command).as_deref(), find);
            match (&checked, expected) {
                (Ok(()), Ok(())) => {}
                (Err(said), Err(part)) if said.contains(part) => {}
                _ => panic!("{policy:?} of {command}: {checked:?}"),
            }
        }
    }
}
