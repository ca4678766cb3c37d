//! Copying files from and to a container: paths here and there in, what was copied out.
//!
//! Mirrors: kubernetes kubectl/pkg/cmd/cp/cp.go

use std::future::IntoFuture;
use std::path::Path;
use std::path::PathBuf;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::streaming;
use crate::streaming::Copied;
use crate::streaming::Exit;
use crate::streaming::StreamLimits;

use super::OpenProcess;
use super::PodApi;

/// Copies files from or to a container, once it is awaited. The container has to have a program `tar`.
#[derive(Debug)]
#[must_use = "nothing is sent before it is awaited"]
pub struct CopyFiles {
    pod: PodApi,
    direction: Direction,
    local: PathBuf,
    remote: String,
    container: Option<String>,
    exactly: bool,
    limits: StreamLimits,
}

#[derive(Clone, Copy, Debug)]
enum Direction {
    FromContainer,
    ToContainer,
}

impl PodApi {
    /// Copies a file or folder of a container to this machine: to that path, or into it if it is a folder. Links are left
    /// out; a path that leads out of the place, as a hostile container may send it, is an error.
    ///
    /// ```no_run
    /// # async fn example(client: kube_core::Client) -> kube_core::Result<()> {
    /// let copied = client.namespace("prod").pod("web-0").copy_from("/etc/nginx", "backup").await?;
    /// println!("{} files, {} bytes", copied.files, copied.bytes);
    /// # Ok(())
    /// # }
    /// ```
    pub fn copy_from(&self, remote: impl Into<String>, local: impl AsRef<Path>) -> CopyFiles {
        self.copy(Direction::FromContainer, local.as_ref(), remote.into())
    }

    /// Copies a file or folder of this machine into a container: to that path, or into it if it is a folder there. Links are
    /// left out.
    pub fn copy_to(&self, local: impl AsRef<Path>, remote: impl Into<String>) -> CopyFiles {
        self.copy(Direction::ToContainer, local.as_ref(), remote.into())
    }

    fn copy(&self, direction: Direction, local: &Path, remote: String) -> CopyFiles {
        let (pod, local, limits) = (self.clone(), local.to_owned(), StreamLimits::default());
        CopyFiles { pod, direction, local, remote, container: None, exactly: false, limits }
    }
}

impl CopyFiles {
    /// In this container; a Pod with several must be told, unless it has a default.
    pub fn container(mut self, container: impl Into<String>) -> Self {
        self.container = Some(container.into());
        self
    }

    /// To that very path, also if a folder is there: what is in a folder is put into it, a file in its place is an error. So
    /// does `kubectl cp` what it copies from a container.
    pub fn exactly(mut self) -> Self {
        self.exactly = true;
        self
    }

    /// How much is kept, and how long the other side may be silent.
    pub fn limits(mut self, limits: StreamLimits) -> Self {
        self.limits = limits;
        self
    }

    fn exec<const N: usize>(&self, command: [&str; N]) -> OpenProcess {
        let process = self.pod.exec(command).limits(self.limits);
        match &self.container {
            Some(container) => process.container(container),
            None => process,
        }
    }

    async fn download(self) -> Result<Copied> {
        let (folder, name) = split(&self.remote)?;
        // `./` keeps a name that begins with `-` from being an option.
        let process =
            self.exec(["tar", "-c", "-f", "-", "-C", folder, &format!("./{name}")]).await?;
        streaming::copy::from_container(process, name.to_owned(), self.local, self.exactly).await
    }

    async fn upload(self) -> Result<Copied> {
        let local = self.local.file_name().and_then(|name| name.to_str()).map(ToOwned::to_owned);
        let into = match self.exactly {
            true => false,
            // As for kubectl: whatever fails here fails again, or means that it is none.
            false => {
                let asked = self.exec(["test", "-d", &self.remote]).await?.wait().await;
                asked.is_ok_and(Exit::success)
            }
        };
        let (folder, name) = match into {
            true => {
                let why = "the path here has no name that could be used there";
                let name = local.ok_or_else(|| Error::new(ErrorKind::Input, why))?;
                (self.remote.clone(), name)
            }
            false => {
                let (folder, name) = split(&self.remote)?;
                (folder.to_owned(), name.to_owned())
            }
        };
        if name == "." {
            return Err(Error::new(ErrorKind::Input, "the path in the container has no name"));
        }
        let process =
            self.exec(["tar", "-x", "-m", "-f", "-", "-C", &folder]).stdin(true).stdout(false);
        streaming::copy::to_container(process.await?, self.local, name).await
    }
}

/// Folder and name of a path in a container; `.` is the name of what has none.
fn split(remote: &str) -> Result<(&str, &str)> {
    let path = remote.trim_end_matches('/');
    let (folder, name) = match path.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some(split) => split,
        None if path.is_empty() && remote.is_empty() => {
            return Err(Error::new(ErrorKind::Input, "no path in the container is named"));
        }
        None if path.is_empty() => ("/", "."),
        None => (".", path),
    };
    if name == ".." {
        let why = format!("`{remote}` ends with `..`: name the folder itself");
        return Err(Error::new(ErrorKind::Input, why));
    }
    Ok((folder, name))
}

impl IntoFuture for CopyFiles {
    type Output = Result<Copied>;
    type IntoFuture = BoxFuture<'static, Result<Copied>>;

    fn into_future(self) -> Self::IntoFuture {
        let way = match self.direction {
            Direction::FromContainer => "from",
            Direction::ToContainer => "to",
        };
        let failed = format!("failed to copy {way} `{}` in a container", self.remote);
        async move {
            match self.direction {
                Direction::FromContainer => self.download().await,
                Direction::ToContainer => self.upload().await,
            }
            .map_err(|error| error.context(failed))
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_folder_and_a_name() {
        let check = |path: &str, expected: Option<(&str, &str)>| {
            assert_eq!(split(path).ok(), expected, "{path:?}");
        };
        check("/a/b", Some(("/a", "b")));
        check("/a/b//", Some(("/a", "b")));
        check("/a", Some(("/", "a")));
        check("a", Some((".", "a")));
        check("-a", Some((".", "-a")));
        check("/", Some(("/", ".")));
        check(".", Some((".", ".")));
        for wrong in ["", "..", "/a/.."] {
            check(wrong, None);
        }
    }
}
