//! What is read from the process' surroundings, in one place so that a test can be another process.

use std::path::PathBuf;

/// Where a pod finds its service account.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Variables and paths, as this process sees them.
#[derive(Clone, Debug, Default)]
pub(super) struct Environment {
    pub(super) variables: Vec<(String, String)>,
    pub(super) home: Option<PathBuf>,
    pub(super) service_account: PathBuf,
}

impl Environment {
    pub(super) fn of_process() -> Self {
        const USED: [&str; 4] =
            ["KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT", "POD_NAMESPACE"];
        let read = |name: &str| std::env::var(name).ok().map(|value| (name.to_owned(), value));
        Self {
            variables: USED.into_iter().filter_map(read).collect(),
            home: std::env::home_dir().filter(|home| !home.as_os_str().is_empty()),
            service_account: PathBuf::from(SERVICE_ACCOUNT),
        }
    }

    pub(super) fn variable(&self, name: &str) -> Option<String> {
        let found = self.variables.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone()).filter(|value| !value.is_empty())
    }
}
