//! A kubeconfig on the disk: a change in, the file replaced as a whole out.
//!
//! Promises:
//! - Whoever reads the file finds it as it was or as it is, never half of it.
//! - Two that change it do so one after the other, kubectl among them: it locks by the same file beside it.
//! - The lock of a process that was killed is taken over after a minute.
//!
//! Mirrors: client-go tools/clientcmd/config.go
//! Differs: a lock is waited for, for five seconds, and expires; the file is replaced, not written over.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::error::ConfigError;

/// How long a lock is waited for.
const WAIT: Duration = Duration::from_secs(5);
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// A lock that is older belongs to nobody any more: kubectl holds it for milliseconds.
const OLD: Duration = Duration::from_secs(60);

/// Changes a file, which may not be there yet; then the text is empty. It blocks: the disk, and whoever holds the lock.
pub(super) fn change(
    path: &Path,
    edit: impl FnOnce(&str) -> Result<String, ConfigError>,
) -> Result<(), ConfigError> {
    let failed = |source| ConfigError::Write { path: path.to_owned(), source };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let _lock = Lock::of(path)?;
    // What a link leads to is replaced, not the link.
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let before = match std::fs::read_to_string(&target) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(source) => return Err(ConfigError::Read { path: path.to_owned(), source }),
    };
    let after = edit(&before)?;
    match before == after {
        true => Ok(()),
        false => replace(&target, &after).map_err(failed),
    }
}

fn replace(target: &Path, text: &str) -> std::io::Result<()> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let fresh =
        target.with_file_name(format!(".{name}.{}.{:x}", std::process::id(), fastrand::u64(..)));
    let written = (|| {
        let mut file = private().open(&fresh)?;
        if let Ok(known) = target.metadata() {
            file.set_permissions(known.permissions())?;
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&fresh, target)
    })();
    if written.is_err() {
        let _ = std::fs::remove_file(&fresh);
    }
    written
}

/// How a file is made that nobody else may read.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Nobody else changes the file while this lives.
struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the file system is waited for, and no timer does that on this thread"
    )]
    fn of(path: &Path) -> Result<Self, ConfigError> {
        let mut lock = path.as_os_str().to_owned();
        lock.push(".lock");
        let lock = PathBuf::from(lock);
        let begun = Instant::now();
        loop {
            match private().open(&lock) {
                Ok(file) => {
                    // Says that its owner lives. A file system that knows no such thing has the age only.
                    let _ = file.try_lock();
                    return Ok(Self { path: lock, _file: file });
                }
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(source) => return Err(ConfigError::Write { path: path.to_owned(), source }),
            }
            if Self::take_over(&lock) {
                tracing::warn!(lock = %lock.display(), "a lock was left behind by a process that is gone: it is removed");
            } else if begun.elapsed() > WAIT {
                return Err(ConfigError::Locked { path: path.to_owned(), lock });
            } else {
                std::thread::sleep(LOOK);
            }
        }
    }

    /// Removes a lock that is nobody's. Of several that try, one does: whoever removes it holds it.
    fn take_over(lock: &Path) -> bool {
        let Ok(file) = File::open(lock) else { return false };
        let age = file.metadata().ok().and_then(|found| found.modified().ok()?.elapsed().ok());
        if age.is_none_or(|age| age < OLD)
            || matches!(file.try_lock(), Err(TryLockError::WouldBlock))
        {
            return false;
        }
        is_at(&file, lock) && std::fs::remove_file(lock).is_ok()
    }
}

/// Whether the file is still the one of this name.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), path.metadata()) {
        (Ok(one), Ok(other)) => (one.dev(), one.ino()) == (other.dev(), other.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_change_a_file_do_so_one_after_the_other_and_who_reads_finds_it_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/config");
        let add = || change(&path, |text| Ok(format!("{text}{}\n", "x".repeat(10_000)))).unwrap();
        std::thread::scope(|scope| {
            let writers: Vec<_> =
                (0..8).map(|_| scope.spawn(|| (0..5).for_each(|_| add()))).collect();
            while !writers.iter().all(std::thread::ScopedJoinHandle::is_finished) {
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                assert_eq!(text.len() % 10_001, 0);
            }
        });
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 40);
        assert_eq!(
            std::fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1,
            "something was left behind"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_file_keeps_its_mode_a_new_one_is_private_and_a_link_stays_one() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("config"), folder.path().join("link"));
        let mode = || path.metadata().unwrap().permissions().mode() & 0o777;
        change(&path, |_| Ok("a".to_owned())).unwrap();
        assert_eq!(mode(), 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("config", &link).unwrap();
        change(&link, |text| Ok(format!("{text}b"))).unwrap();
        assert_eq!((std::fs::read_to_string(&path).unwrap().as_str(), mode()), ("ab", 0o640));
        assert!(link.is_symlink());
    }

    #[test]
    fn a_lock_is_waited_for_and_one_that_was_left_behind_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        let lock = folder.path().join("config.lock");
        // kubectl holds one.
        let file = File::create(&lock).unwrap();
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| change(&path, |_| Ok("a".to_owned())));
            std::fs::remove_file(&lock).unwrap();
            writer.join().unwrap().unwrap();
        });
        drop(file);
        let file = File::create(&lock).unwrap();
        let long_ago = std::time::SystemTime::now() - OLD * 2;
        file.set_modified(long_ago).unwrap();
        drop(file);
        change(&path, |text| Ok(format!("{text}b"))).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "ab");
        let file = File::create(&lock).unwrap();
        file.set_modified(long_ago).unwrap();
        file.lock().unwrap();
        assert!(!Lock::take_over(&lock), "its owner lives");
    }

    #[test]
    fn what_cannot_be_read_replaced_or_locked_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        std::fs::write(&path, b"\xff\xfe").unwrap();
        let error = change(&path, |text| Ok(format!("{text}b"))).unwrap_err();
        assert!(matches!(error, ConfigError::Read { .. }), "{error:?}");
        assert_eq!(std::fs::read(&path).unwrap(), b"\xff\xfe", "no text is not an empty one");
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        replace(&path, "a").unwrap_err();
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "something was left behind: {left:?}");
        let error = Lock::of(&folder.path().join("none/config")).map(drop).unwrap_err();
        assert!(matches!(error, ConfigError::Write { .. }), "nobody holds it: {error:?}");
    }

    #[cfg(unix)]
    #[test]
    fn a_lock_that_was_made_anew_meanwhile_is_not_the_one_that_was_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let lock = folder.path().join("config.lock");
        let old = File::create(&lock).unwrap();
        assert!(is_at(&old, &lock));
        std::fs::remove_file(&lock).unwrap();
        assert!(!is_at(&old, &lock));
        File::create(&lock).unwrap();
        assert!(!is_at(&old, &lock));
    }
}
