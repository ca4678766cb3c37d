//! Files to and from a container, as a tar archive: a folder in, bytes out, and the other way round, never all at once.
//!
//! Promises:
//! - Nothing is written outside of the place that was named, whatever the archive says: a path that leads out of it fails
//!   the copy, and no link is followed, neither one of the archive nor one that is there.
//! - Memory does not depend on the size of the files.
//!
//! Mirrors: kubernetes kubectl/pkg/cmd/cp/cp.go
//! Differs: a path that leads out is an error, not a warning; what is skipped is told.

mod run;

use std::fs;
use std::io;
use std::io::Read;
use std::io::Write;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

use tokio::io::AsyncRead;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWrite;
use tokio::io::AsyncWriteExt as _;
use tokio::runtime::Handle;

use super::error::StreamingError;

pub(crate) use run::from_container;
pub(crate) use run::to_container;

/// What was copied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Copied {
    /// So many files.
    pub files: u64,
    /// So many bytes of them.
    pub bytes: u64,
    /// What is neither file nor folder, as links, and was left out; the first thousand of them.
    pub skipped: Vec<PathBuf>,
}

/// The most paths in [`Copied::skipped`].
const SKIPPED: usize = 1000;

impl Copied {
    fn skip(&mut self, path: PathBuf) {
        if self.skipped.len() < SKIPPED {
            self.skipped.push(path);
        }
    }
}

/// Bytes that are waited for on a thread of their own.
pub(super) struct Blocking<T>(T, Handle);

impl<T> Blocking<T> {
    /// On the runtime of whoever calls.
    pub(super) fn new(bytes: T) -> Self {
        Self(bytes, Handle::current())
    }
}

impl<T: AsyncRead + Unpin> Read for Blocking<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1.block_on(self.0.read(buffer))
    }
}

impl<T: AsyncWrite + Unpin> Write for Blocking<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1.block_on(self.0.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.1.block_on(self.0.flush())
    }
}

/// Writes the file or folder at `from` into an archive, where it is called `name`.
pub(super) fn pack(from: &Path, name: &str, to: impl Write) -> Result<Copied, StreamingError> {
    let mut archive = tar::Builder::new(to);
    archive.follow_symlinks(false);
    archive.sparse(false);
    let mut copied = Copied::default();
    pack_one(&mut archive, from, Path::new(name), &mut copied)?;
    archive
        .into_inner()
        .and_then(|mut to| to.flush())
        .map_err(|source| StreamingError::Sent { source })?;
    Ok(copied)
}

fn pack_one(
    archive: &mut tar::Builder<impl Write>,
    from: &Path,
    name: &Path,
    copied: &mut Copied,
) -> Result<(), StreamingError> {
    let failed = |source| StreamingError::Local { path: from.to_owned(), source };
    let metadata = fs::symlink_metadata(from).map_err(failed)?;
    if metadata.is_dir() {
        archive.append_dir(name, from).map_err(|source| StreamingError::Sent { source })?;
        let mut children: Vec<_> = fs::read_dir(from)
            .and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect())
            .map_err(failed)?;
        children.sort();
        for child in children {
            pack_one(archive, &from.join(&child), &name.join(&child), copied)?;
        }
    } else if metadata.is_file() {
        let file = fs::File::open(from).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        let mut header = tar::Header::new_gnu();
        header.set_metadata(&metadata);
        // As many bytes as the header says, whatever becomes of the file meanwhile.
        let bytes = file.chain(io::repeat(0)).take(metadata.len());
        let sent = |source| StreamingError::Sent { source };
        archive.append_data(&mut header, name, bytes).map_err(sent)?;
        copied.files += 1;
        copied.bytes += metadata.len();
    } else {
        copied.skip(from.to_owned());
    }
    Ok(())
}

/// Writes what an archive has of `name` to `to`.
pub(super) fn unpack(from: impl Read, name: &str, to: &Path) -> Result<Copied, StreamingError> {
    let mut archive = tar::Archive::new(from);
    let mut copied = Copied::default();
    let broken = |source| StreamingError::Received { source };
    for entry in archive.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let path = entry.path().map_err(broken)?.into_owned();
        let local = local(&path, name, to)?;
        let kind = entry.header().entry_type();
        if kind.is_dir() {
            let made = real_folders(to, &local);
            made.map_err(|source| StreamingError::Local { path: local, source })?;
        } else if kind.is_file() || kind.is_contiguous() {
            let mode = entry.header().mode().unwrap_or(0o600);
            copied.bytes += written(&mut entry, mode, to, &local)?;
            copied.files += 1;
        } else {
            copied.skip(path);
        }
    }
    Ok(copied)
}

/// Where an entry goes, if it is a part of `name`.
fn local(path: &Path, name: &str, to: &Path) -> Result<PathBuf, StreamingError> {
    let outside = || StreamingError::Outside { path: path.display().to_string() };
    let mut parts = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(part) => parts.push(part),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                return Err(outside());
            }
        }
    }
    match parts.split_first() {
        Some((first, rest)) if *first == name => {
            Ok(rest.iter().fold(to.to_owned(), |to, part| to.join(part)))
        }
        // Of the root folder, or of one that is known by `.` only, everything is a part.
        _ if name == "." => Ok(parts.iter().fold(to.to_owned(), |to, part| to.join(part))),
        _ => Err(outside()),
    }
}

/// Makes the folders from `to` down to `folder`; a link among them fails it.
fn real_folders(to: &Path, folder: &Path) -> io::Result<()> {
    let below = folder.strip_prefix(to).map_err(io::Error::other)?;
    fs::create_dir_all(to)?;
    let mut at = to.to_owned();
    for part in below.components() {
        at.push(part);
        match fs::symlink_metadata(&at) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => {
                let why =
                    format!("`{}` is there and no folder; links are not followed", at.display());
                return Err(io::Error::new(io::ErrorKind::AlreadyExists, why));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => fs::create_dir(&at)?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Writes one file, in the place of one that is there.
fn written(
    entry: &mut impl Read,
    mode: u32,
    to: &Path,
    path: &Path,
) -> Result<u64, StreamingError> {
    let failed = |source| StreamingError::Local { path: path.to_owned(), source };
    match path.parent() {
        Some(folder) if path != to => real_folders(to, folder).map_err(failed)?,
        _ => {}
    }
    // What is there may be a link: it is taken away, not followed.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode & 0o777);
    #[cfg(not(unix))]
    let _ = mode;
    let mut file = options.open(path).map_err(failed)?;
    let mut piece = vec![0; 64 << 10];
    let mut bytes = 0;
    loop {
        let length =
            entry.read(&mut piece).map_err(|source| StreamingError::Received { source })?;
        if length == 0 {
            return Ok(bytes);
        }
        file.write_all(&piece[..length]).map_err(failed)?;
        bytes += length as u64;
    }
}

#[cfg(test)]
mod tests;
