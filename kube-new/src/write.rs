//! Files in, a folder with all of them out, or nothing at all.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use anyhow::Context as _;
use anyhow::ensure;

use crate::project::File;

/// A folder beside the one that is to be, taken away again unless it becomes that.
struct Draft {
    folder: PathBuf,
    is_done: bool,
}

impl Draft {
    fn beside(folder: &Path) -> anyhow::Result<Self> {
        let name = folder.file_name().context("a folder without a name")?.to_string_lossy();
        let draft = folder.with_file_name(format!(".{name}.new-{}", std::process::id()));
        fs::create_dir(&draft).with_context(|| format!("failed to make `{}`", draft.display()))?;
        Ok(Self { folder: draft, is_done: false })
    }

    fn becomes(mut self, folder: &Path) -> anyhow::Result<()> {
        fs::rename(&self.folder, folder)
            .with_context(|| format!("failed to make `{}`", folder.display()))?;
        self.is_done = true;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_done {
            // What failed before is told; that a rest is left would hide it.
            drop(fs::remove_dir_all(&self.folder));
        }
    }
}

/// Makes the folder with these files; one that is there already has to be empty.
///
/// # Errors
/// There is something at that place, or a file cannot be written; nothing is there then that was not there before.
pub fn write(folder: &Path, files: &[File]) -> anyhow::Result<()> {
    let shown = folder.display();
    if folder.symlink_metadata().is_ok() {
        ensure!(folder.is_dir() && !folder.is_symlink(), "`{shown}` is there, and no folder");
        let mut there =
            fs::read_dir(folder).with_context(|| format!("failed to read `{shown}`"))?;
        ensure!(
            there.next().is_none(),
            "`{shown}` is there, and not empty: nothing was written; take another name or an empty folder"
        );
    }
    let draft = Draft::beside(folder)?;
    for file in files {
        let path = draft.folder.join(file.path);
        let written = path.parent().map_or(Ok(()), fs::create_dir_all);
        written
            .and_then(|()| fs::write(&path, &file.text))
            .with_context(|| format!("failed to write `{}` of `{shown}`", file.path))?;
    }
    draft.becomes(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &'static str) -> File {
        File { path, text: "text".to_owned() }
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn an_empty_folder_is_filled_and_one_with_something_in_it_is_left_as_it_is() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("shop");
        fs::create_dir(&folder).unwrap();
        write(&folder, &[file("Cargo.toml"), file("src/main.rs")]).unwrap();
        assert_eq!(names(&folder), ["Cargo.toml", "src"]);
        let error = write(&folder, &[file("other")]).unwrap_err().to_string();
        assert!(error.contains("not empty"), "{error}");
        assert_eq!(names(&folder), ["Cargo.toml", "src"]);
        assert_eq!(names(place.path()), ["shop"]);
    }

    #[test]
    fn when_one_file_cannot_be_written_nothing_is() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("shop");
        let error = write(&folder, &[file("src"), file("src/main.rs")]).unwrap_err();
        assert!(error.to_string().starts_with("failed to write `src/main.rs` of"), "{error:#}");
        assert!(names(place.path()).is_empty());
    }

    #[test]
    fn what_is_no_folder_is_left_as_it_is() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("shop");
        fs::write(&path, "mine").unwrap();
        assert!(write(&path, &[file("Cargo.toml")]).unwrap_err().to_string().contains("no folder"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    }
}
