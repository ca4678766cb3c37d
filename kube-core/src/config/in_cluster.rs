//! A pod's own configuration: two environment variables and three mounted files in, [`Config`] out.

use std::path::Path;

use super::environment::Environment;
use super::error::ConfigError;
use super::load::checked;
use super::{Config, User};

/// Whether this process runs in a pod, as far as its environment says.
pub(super) fn is_in_cluster(environment: &Environment) -> bool {
    environment.variable("KUBERNETES_SERVICE_HOST").is_some()
        && environment.variable("KUBERNETES_SERVICE_PORT").is_some()
}

/// Reads the pod's service account.
pub(super) fn load(environment: &Environment) -> Result<Config, ConfigError> {
    let variable = |name: &'static str| {
        environment
            .variable(name)
            .ok_or_else(|| ConfigError::InCluster { reason: format!("${name} is not set") })
    };
    let host = variable("KUBERNETES_SERVICE_HOST")?;
    let port = variable("KUBERNETES_SERVICE_PORT")?;
    // An IPv6 address needs brackets in a URL.
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    let mut config =
        Config::new(&format!("https://{host}:{port}")).map_err(|_| ConfigError::InCluster {
            reason: format!("$KUBERNETES_SERVICE_HOST and _PORT are `{host}` and `{port}`"),
        })?;
    let folder = &environment.service_account;
    let token = folder.join("token");
    read(&token)?;
    config.user = User {
        origin: "the pod's service account".to_owned(),
        token_file: Some(token),
        ..User::default()
    };
    let authority = folder.join("ca.crt");
    read(&authority)?;
    config.tls.authority_file = Some(authority);
    let namespace = match environment.variable("POD_NAMESPACE") {
        Some(namespace) => namespace,
        None => match std::fs::read_to_string(folder.join("namespace")) {
            Ok(namespace) if !namespace.trim().is_empty() => namespace.trim().to_owned(),
            Ok(_) | Err(_) => "default".to_owned(),
        },
    };
    let of = || "the pod ($POD_NAMESPACE, or its service account's)".to_owned();
    config.default_namespace = checked(namespace, of)?;
    Ok(config)
}

fn read(path: &Path) -> Result<Vec<u8>, ConfigError> {
    super::regular::read(path)
        .map_err(|source| ConfigError::InClusterFile { path: path.to_owned(), source })
}
