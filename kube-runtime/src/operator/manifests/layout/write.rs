//! Files into a folder: texts in, all of them on disk or none.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::path::PathBuf;

use anyhow::Context as _;

use super::Files;
use crate::clock::sum;
use crate::error::Error;
use crate::error::Result;

/// What files are called until all are written.
const NEW: &str = "new";

/// Says who made a file, and what it was then.
pub(super) fn first_line(made_by: &str, text: &str) -> String {
    format!("{made_by}; a change of it is kept (sum {:016x})", sum(text))
}

/// Whether this is as it was made.
fn is_made(made_by: &str, present: &str) -> bool {
    let parts = present.split_once('\n');
    parts.is_some_and(|(first, text)| first == first_line(made_by, text))
}

impl Files {
    /// Writes them below `folder`, which is made if need be, and removes what an earlier call made beside them and this one does not. Files that
    /// others wrote, or changed since, stay as they are: one that is in the way is an error, unless `force`.
    ///
    /// # Errors
    /// What is in the way, all of it at once; a folder or a file that cannot be written. Nothing is written then.
    pub fn write(&self, folder: impl AsRef<Path>, force: bool) -> Result<()> {
        let folder = folder.as_ref();
        let targets: Vec<(PathBuf, &str)> =
            self.iter().map(|(path, text)| (folder.join(path), text)).collect();
        let mut foreign = Vec::new();
        for (path, _) in &targets {
            match fs::read(path) {
                Ok(bytes) if force || self.made(&bytes) => {}
                Ok(_) => foreign.push(format!("`{}`", path.display())),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => {
                    let said = format!("failed to look at `{}`", path.display());
                    return Err(Error::from(error).context(said));
                }
            }
        }
        if !foreign.is_empty() {
            return Err(Error::msg(format!(
                "{} would be written over and was written or changed by others: move it away, or add `--force`",
                foreign.join(", ")
            )));
        }
        let mut written = Vec::new();
        let whole = targets.iter().try_for_each(|(path, text)| {
            let new = beside(path);
            written.push(new.clone());
            prepare(&new, text)
        });
        let whole = whole.and_then(|()| {
            targets.iter().try_for_each(|(path, _)| {
                fs::rename(beside(path), path)
                    .with_context(|| format!("failed to write `{}`", path.display()))?;
                Ok(())
            })
        });
        if whole.is_err() {
            written.iter().for_each(|new| _ = fs::remove_file(new));
        }
        whole?;
        self.remove_earlier(&targets)
    }

    fn made(&self, present: &[u8]) -> bool {
        std::str::from_utf8(present).is_ok_and(|present| is_made(&self.made_by, present))
    }

    /// Removes what stands in the same folders, was made so and is none of these any more: Helm would apply it.
    fn remove_earlier(&self, targets: &[(PathBuf, &str)]) -> Result<()> {
        let mut folders: Vec<&Path> =
            targets.iter().filter_map(|(path, _)| path.parent()).collect();
        folders.dedup();
        for folder in folders {
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                let is_yaml = path.extension().is_some_and(|extension| extension == "yaml");
                let wanted = targets.iter().any(|(target, _)| *target == path);
                if is_yaml && !wanted && fs::read(&path).is_ok_and(|bytes| self.made(&bytes)) {
                    fs::remove_file(&path)?;
                }
            }
        }
        Ok(())
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(NEW);
    PathBuf::from(name)
}

fn prepare(path: &Path, text: &str) -> Result<()> {
    let said = || format!("failed to write `{}`", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(said)?;
    }
    fs::write(path, text).with_context(said)?;
    Ok(())
}
