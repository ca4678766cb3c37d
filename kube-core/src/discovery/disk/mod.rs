//! What was found out, kept in kubectl's folder: [`Kinds`] in, the same out of the next process.
//!
//! Promises:
//! - A file that is too old, cut off or not ours is as one that is not there.
//! - Another process sees a whole file or the one of before.
//! - A name that a server thinks up leads to no file outside of the folder.
//!
//! Mirrors: client-go discovery/cached/disk
//! Differs: folders 0700 and files 0600; all of it or nothing is taken, so that one answer never mixes two ages.

mod form;

use std::fs;
use std::io;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::SystemTime;

use serde_json::Value;

use crate::config::Config;

use super::legacy;
use super::model::Kinds;

/// How old a file may be, as kubectl has it.
const KEPT: Duration = Duration::from_secs(6 * 60 * 60);
/// The most bytes that are read of one file.
const LIMIT: u64 = 16 << 20;

/// A folder that keeps what a server was found to have, in the layout that kubectl uses: both read each other's files.
///
/// ```
/// # use kube_core::Config;
/// # use kube_core::discovery::DiskCache;
/// # fn main() -> kube_core::Result<()> {
/// let config = Config::new("https://10.0.0.1:6443")?;
/// let cache = DiskCache::below("/tmp/cache", &config);
/// assert_eq!(cache.folder(), std::path::Path::new("/tmp/cache/discovery/10.0.0.1_6443"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiskCache {
    folder: PathBuf,
    kept: Duration,
}

impl DiskCache {
    /// Keeps it in this very folder, which is one server's.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), kept: KEPT }
    }

    /// Keeps it where kubectl with `--cache-dir=BASE` does.
    #[must_use]
    pub fn below(base: impl AsRef<Path>, config: &Config) -> Self {
        let server = config.server.as_str();
        let server = server.split_once("://").map_or(server, |(_, rest)| rest);
        // `..` in an address is resolved by now, so this stays below the folder.
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '/' | '.');
        let server: String = server
            .trim_matches('/')
            .chars()
            .map(|character| if allowed(character) { character } else { '_' })
            .collect();
        Self::new(base.as_ref().join("discovery").join(server))
    }

    /// Keeps it where kubectl does: in `$KUBECACHEDIR`, else in `~/.kube/cache`; `None` if there is no home.
    #[must_use]
    pub fn of_kubectl(config: &Config) -> Option<Self> {
        let named = std::env::var_os("KUBECACHEDIR").filter(|folder| !folder.is_empty());
        let home = || {
            let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty())?;
            Some(home.join(".kube").join("cache"))
        };
        Some(Self::below(named.map(PathBuf::from).or_else(home)?, config))
    }

    /// How old a file may be before the server is asked again; six hours if not said.
    #[must_use]
    pub fn kept(mut self, time: Duration) -> Self {
        self.kept = time;
        self
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn kept_at_most(mut self, time: Option<Duration>) -> Self {
        self.kept = time.map_or(self.kept, |time| time.min(self.kept));
        self
    }

    /// What is kept, if all of it is there and young enough.
    pub(super) fn read(&self, now: SystemTime) -> Option<Kinds> {
        let groups = legacy::groups(&self.file(&["servergroups.json"], now)?)?;
        let mut kinds = Kinds::default();
        for of in legacy::group_versions(&groups) {
            let mut path: Vec<&str> = [of.group.as_str(), &of.version]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect();
            path.push("serverresources.json");
            kinds.extend(legacy::kinds(&self.file(&path, now)?, &of)?);
        }
        kinds.groups = groups;
        (!kinds.known.is_empty()).then_some(kinds)
    }

    /// Keeps it, as far as the folder lets us: a cache that cannot be written is no failure.
    pub(super) fn write(&self, kinds: &Kinds) {
        let mut written = self.replace(&["servergroups.json"], &form::groups(kinds));
        for group in &kinds.groups {
            for version in &group.versions {
                let Some(list) = form::resources(kinds, &group.name, version) else { continue };
                let path = [group.name.as_str(), version, "serverresources.json"];
                let from = usize::from(group.name.is_empty());
                written = written.and(self.replace(&path[from..], &list));
            }
        }
        if let Err(error) = written {
            tracing::debug!(folder = %self.folder.display(), %error, "what was discovered is not kept");
        }
    }

    fn file(&self, path: &[&str], now: SystemTime) -> Option<Vec<u8>> {
        let path = self.place(path)?;
        let metadata = fs::metadata(&path).ok()?;
        // A clock that was set back makes files of the future: they are young.
        let age = now.duration_since(metadata.modified().ok()?).unwrap_or_default();
        (age <= self.kept && metadata.len() <= LIMIT).then(|| fs::read(path).ok())?
    }

    /// A file below the folder; none if a name in it could lead elsewhere.
    fn place(&self, path: &[&str]) -> Option<PathBuf> {
        let harmless = |part: &&str| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
            !part.is_empty() && !part.starts_with('.') && part.bytes().all(allowed)
        };
        path.iter().all(harmless).then(|| self.folder.join(path.iter().collect::<PathBuf>()))
    }

    /// Writes a file beside the old one and puts it in its place.
    fn replace(&self, path: &[&str], content: &Value) -> io::Result<()> {
        let Some(path) = self.place(path) else { return Ok(()) };
        let folder = path.parent().unwrap_or(&self.folder);
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt as _;
            use std::os::unix::fs::OpenOptionsExt as _;
            builder.mode(0o700);
            options.mode(0o600);
        }
        builder.create(folder)?;
        let beside = folder.join(format!(".{:016x}.tmp", fastrand::u64(..)));
        let written = options.open(&beside).and_then(|mut file| {
            file.write_all(content.to_string().as_bytes())?;
            file.write_all(b"\n")
        });
        let moved = written.and_then(|()| fs::rename(&beside, &path));
        if moved.is_err() {
            _ = fs::remove_file(&beside);
        }
        moved
    }
}

#[cfg(test)]
mod tests;
