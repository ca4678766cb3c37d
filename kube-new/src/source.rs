//! Where the new operator takes this workspace's crates from: a folder or a git repository in, lines of its Cargo.toml out.

use std::path::Path;
use std::path::PathBuf;

use anyhow::Context as _;
use anyhow::ensure;

/// The crate by which a folder is known as this workspace.
const WITNESS: &str = "kube-runtime/Cargo.toml";

/// Where the crates are, until there is a release.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "cargo has these two beside a registry")]
pub enum Source {
    /// In a folder of this machine, absolute.
    Path(String),
    /// In a git repository, at its address.
    Git(String),
}

impl Source {
    /// The workspace in a folder.
    ///
    /// # Errors
    /// It is not there, or its path cannot stand in a Cargo.toml.
    pub fn in_folder(folder: &Path) -> anyhow::Result<Self> {
        let shown = folder.display();
        let folder = folder.canonicalize().with_context(|| {
            format!(
                "failed to find the crates in `{shown}`: say where they are with --path or --git"
            )
        })?;
        ensure!(
            folder.join(WITNESS).is_file(),
            "there is no `{WITNESS}` in `{shown}`: --path names the root of the workspace"
        );
        let text = folder.to_str().filter(|text| is_plain(text));
        let text = text.with_context(|| format!("`{shown}` cannot stand in a Cargo.toml"))?;
        Ok(Self::Path(text.to_owned()))
    }

    /// The workspace that this program was built from.
    ///
    /// # Errors
    /// It is not there any more.
    pub fn own() -> anyhow::Result<Self> {
        Self::in_folder(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(".."))
    }

    /// The workspace in a git repository.
    ///
    /// # Errors
    /// It is no address.
    pub fn in_git(address: &str) -> anyhow::Result<Self> {
        let is_address = is_plain(address) && (address.contains("://") || address.contains('@'));
        ensure!(
            is_address,
            "`{address}` is no address of a git repository: it is as `https://example.com/kube.git`"
        );
        Ok(Self::Git(address.to_owned()))
    }

    /// What follows the name of a crate in a Cargo.toml.
    #[must_use]
    pub fn dependency(&self, name: &str) -> String {
        match self {
            Self::Path(folder) => format!("{{ path = \"{folder}/{name}\" }}"),
            Self::Git(address) => format!("{{ git = \"{address}\" }}"),
        }
    }
}

/// Whether it means itself between the quotes of TOML, and in a line of a Dockerfile.
fn is_plain(text: &str) -> bool {
    !text.chars().any(|letter| {
        letter.is_control() || letter.is_whitespace() || matches!(letter, '"' | '\\' | '$' | '\'')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_the_crates_and_what_is_no_address_are_refused() {
        let error = |source: anyhow::Result<Source>| source.unwrap_err().to_string();
        assert!(error(Source::in_folder(Path::new("/nowhere"))).contains("--path or --git"));
        assert!(error(Source::in_folder(Path::new("/"))).contains("the root of the workspace"));
        assert!(error(Source::in_git("kube")).contains("is no address"));
        assert!(error(Source::in_git("https://x/\"\nevil = 1")).contains("is no address"));
        assert!(matches!(Source::own(), Ok(Source::Path(_))));
    }
}
