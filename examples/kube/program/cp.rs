//! `kube cp`: files from and to a container.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/cmd/cp/cp.go
//! Differs: what `tar` says of an error is one; links are left out both ways; a path that leads out of the place is an error.

use std::path::Path;

use k8s_openapi::api::core::v1::Pod;
use kube_core::Error;
use kube_core::streaming::Copied;

use super::Ground;
use super::console::Console;
use super::containers;
use super::failure::Failure;
use super::process;

/// Copies files from and to a container, which has to have a program `tar`.
#[derive(Debug, clap::Args)]
pub struct Cp {
    /// From where and to where; one of them is `[NAMESPACE/]POD:PATH`.
    #[arg(value_name = "SOURCE TARGET")]
    paths: Vec<String>,
    /// The container; the Pod's default, else its first, if not said.
    #[arg(long, short)]
    container: Option<String>,
}

/// One end of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FileSpec<'a> {
    Here(&'a str),
    There { namespace: Option<&'a str>, pod: &'a str, path: &'a str },
}

impl<'a> FileSpec<'a> {
    fn of(text: &'a str) -> Result<Self, Failure> {
        let Some((pod, path)) = text.split_once(':') else { return Ok(Self::Here(text)) };
        let (namespace, pod) = match pod.split_once('/') {
            Some((namespace, pod)) => (Some(namespace).filter(|name| !name.is_empty()), pod),
            None => (None, pod),
        };
        if pod.is_empty() || pod.contains('/') {
            let why = "filespec must match the canonical format: [[namespace/]pod:]file/path";
            return Err(Failure::said(why));
        }
        Ok(Self::There { namespace, pod, path })
    }

    fn path(self) -> &'a str {
        match self {
            Self::Here(path) | Self::There { path, .. } => path,
        }
    }
}

impl Cp {
    pub async fn run(&self, ground: &Ground, console: &mut Console) -> Result<(), Failure> {
        let [source, target] = self.paths.as_slice() else {
            return Err(Failure::said("source and destination are required"));
        };
        let (source, target) = (FileSpec::of(source)?, FileSpec::of(target)?);
        let local_and_remote = match (source, target) {
            (FileSpec::There { .. }, FileSpec::There { .. }) => {
                Err("one of src or dest must be a local file specification")
            }
            _ if source.path().is_empty() || target.path().is_empty() => {
                Err("filepath can not be empty")
            }
            (FileSpec::Here(_), FileSpec::Here(_)) => {
                Err("one of src or dest must be a remote file specification")
            }
            (FileSpec::There { namespace, pod, path }, FileSpec::Here(local)) => {
                Ok((namespace, pod, path, local, true))
            }
            (FileSpec::Here(local), FileSpec::There { namespace, pod, path }) => {
                Ok((namespace, pod, path, local, false))
            }
        };
        let (namespace, pod, remote, local, download) = local_and_remote.map_err(Failure::said)?;
        if !download && !Path::new(local).exists() {
            return Err(Failure::said(format!("{local} doesn't exist in local filesystem")));
        }
        let namespace = namespace.unwrap_or(&ground.namespace).to_owned();
        let ground = Ground { client: ground.client.clone(), namespace };
        let pod = ground.client.namespace(ground.namespace.as_str()).get::<Pod>(pod).await?;
        let api = process::running(&ground, &pod, "exec into")?;
        let choice = containers::for_process(&pod, self.container.as_deref())?;
        for notice in &choice.notices {
            console.warn(notice);
        }
        console.progress(&format!("copying {remote}"));
        let copy = match download {
            true => api.copy_from(remote, local).exactly(),
            false => api.copy_to(local, remote),
        };
        // What `tar` says is beside the server's own account.
        let failed = |error: Error| Failure::said(error.chain());
        let copied = copy.container(choice.name).await.map_err(failed)?;
        warn(console, &copied);
        Ok(())
    }
}

fn warn(console: &mut Console, copied: &Copied) {
    for path in &copied.skipped {
        console.warn(&format!("warning: skipping symlink: {:?}", path.display().to_string()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_colon_is_in_a_pod() {
        let there = |namespace, pod, path| Some(FileSpec::There { namespace, pod, path });
        for (text, expected) in [
            ("/tmp/a", Some(FileSpec::Here("/tmp/a"))),
            ("", Some(FileSpec::Here(""))),
            ("web:/tmp/a", there(None, "web", "/tmp/a")),
            ("web:a:b", there(None, "web", "a:b")),
            ("web:", there(None, "web", "")),
            ("shop/web:/tmp", there(Some("shop"), "web", "/tmp")),
            ("/web:/tmp", there(None, "web", "/tmp")),
            (":/tmp", None),
            ("shop/:/tmp", None),
            ("a/shop/web:/tmp", None),
        ] {
            assert_eq!(FileSpec::of(text).ok(), expected, "{text:?}");
        }
    }
}
