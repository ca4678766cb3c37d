//! A certificate in a folder: a pair in, a file of it and a link that leads to the latest out.
//!
//! Mirrors: client-go util/certificate/certificate_store.go
//! Differs: older files but the one before are removed; the time of a file is its certificate's.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::error::Result;

use super::Pair;
use super::error::CertificateError;
use super::key::PrivateKey;
use super::store::Store;

/// The most bytes that a file may have.
const LIMIT: u64 = 1 << 20;

/// Keeps a certificate and its key in one PEM file, as a kubelet does: `NAME-current.pem` is a link to the latest of `NAME-TIME.pem`.
///
/// A file is written whole and only then linked to, by a rename: whoever reads the link finds the old pair or the new one. The file may be read
/// by its owner only. A kubeconfig can name the link as `client-certificate` and as `client-key`; clients read it again while they run.
#[derive(Clone, Debug)]
pub struct FileStore {
    folder: PathBuf,
    name: String,
}

impl FileStore {
    /// In this folder, which must exist, under this name.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>, name: impl Into<String>) -> Self {
        Self { folder: folder.into(), name: name.into() }
    }

    /// The link that leads to the latest pair.
    #[must_use]
    pub fn current(&self) -> PathBuf {
        self.folder.join(format!("{}-current.pem", self.name))
    }

    async fn read(&self) -> Result<Option<Pair>> {
        let path = self.current();
        let failed = |source| CertificateError::Read { path: path.clone(), source };
        let file = match tokio::fs::File::open(&path).await {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error).into()),
        };
        let mut text = String::new();
        file.take(LIMIT).read_to_string(&mut text).await.map_err(failed)?;
        let text = SecretString::from(text);
        let place = || format!("`{}`", path.display());
        let pair = pair(text.expose_secret());
        Ok(Some(pair.map_err(|source| CertificateError::Kept { place: place(), source })?))
    }

    async fn write(&self, pair: &Pair) -> Result<()> {
        let since = pair.not_before().duration_since(UNIX_EPOCH).unwrap_or_default();
        let until = pair.not_after().duration_since(UNIX_EPOCH).unwrap_or_default();
        let (since, until) = (since.as_secs(), until.as_secs());
        let mut print = DefaultHasher::new();
        pair.certificate.hash(&mut print);
        let print = print.finish();
        // Two of one second are told apart by what is in them.
        let file = format!("{}-{since}-{until}-{print:016x}.pem", self.name);
        let before = tokio::fs::read_link(self.current()).await.ok();
        let text = SecretString::from(format!(
            "{}{}",
            pair.certificate.trim_end().to_owned() + "\n",
            pair.key.to_pem().expose_secret()
        ));
        let path = self.folder.join(&file);
        let half = self.folder.join(format!(".{file}.half"));
        let done = async {
            whole(&half, text.expose_secret()).await?;
            tokio::fs::rename(&half, &path).await?;
            self.link(&file).await
        };
        if let Err(source) = done.await {
            // What is half is nobody's.
            let _ = tokio::fs::remove_file(&half).await;
            return Err(CertificateError::Write { path, source }.into());
        }
        self.tidy([Some(PathBuf::from(file)), before]).await;
        Ok(())
    }

    /// The link is made beside and renamed, so that there is always one.
    async fn link(&self, file: &str) -> std::io::Result<()> {
        let beside = self.folder.join(format!(".{}-next.pem", self.name));
        let _ = tokio::fs::remove_file(&beside).await;
        symlink(file, &beside).await?;
        tokio::fs::rename(&beside, self.current()).await
    }

    /// Removes what is older than these, as far as it can.
    async fn tidy(&self, kept: [Option<PathBuf>; 2]) {
        let Ok(mut entries) = tokio::fs::read_dir(&self.folder).await else { return };
        let (begin, current) = (format!("{}-", self.name), self.current());
        while let Ok(Some(entry)) = entries.next_entry().await {
            let name = PathBuf::from(entry.file_name());
            let text = name.to_string_lossy();
            let parts = text.strip_prefix(&begin).and_then(|rest| rest.strip_suffix(".pem"));
            let ours = parts.is_some_and(|parts| parts.split('-').count() == 3);
            if ours && entry.path() != current && !kept.iter().flatten().any(|one| *one == name) {
                let _ = tokio::fs::remove_file(entry.path()).await;
            }
        }
    }
}

/// Certificates and key of one PEM text.
fn pair(text: &str) -> Result<Pair> {
    let key = text.find("-----BEGIN PRIVATE KEY-----").ok_or(CertificateError::Key)?;
    let (certificate, key) = text.split_at(key);
    Pair::new(certificate, PrivateKey::from_pem(key)?)
}

async fn whole(path: &Path, text: &str) -> std::io::Result<()> {
    let _ = tokio::fs::remove_file(path).await;
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    options.mode(0o600);
    let mut file = options.open(path).await?;
    file.write_all(text.as_bytes()).await?;
    file.sync_all().await
}

#[cfg(unix)]
async fn symlink(to: &str, at: &Path) -> std::io::Result<()> {
    tokio::fs::symlink(to, at).await
}

#[cfg(not(unix))]
async fn symlink(to: &str, at: &Path) -> std::io::Result<()> {
    tokio::fs::copy(at.with_file_name(to), at).await.map(drop)
}

impl Store for FileStore {
    fn load(&self) -> BoxFuture<'_, Result<Option<Pair>>> {
        self.read().boxed()
    }

    fn store<'a>(&'a self, pair: &'a Pair) -> BoxFuture<'a, Result<()>> {
        self.write(pair).boxed()
    }
}
