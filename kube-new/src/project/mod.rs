//! A name and where the crates are in; the files of the new operator out.

use crate::name::Name;
use crate::source::Source;

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct File {
    /// Its path in the new folder.
    pub path: &'static str,
    /// All of it.
    pub text: String,
}

/// The files of a new operator; the last one only if it is to go into a container.
#[must_use]
pub fn files(name: &Name, source: &Source, dockerfile: bool) -> Vec<File> {
    let filled = |template: &str| {
        template
            .replace("KIND", &name.kind())
            .replace("FUNCTION", &name.function())
            .replace("NAME", name.as_str())
    };
    let file = |path, text| File { path, text };
    let mut files = vec![
        file("Cargo.toml", manifest(&filled(include_str!("manifest.toml")), source)),
        file("src/main.rs", filled(include_str!("main.rs.txt"))),
        file("src/tests.rs", filled(include_str!("tests.rs.txt"))),
    ];
    if dockerfile {
        files.push(file("Dockerfile", container(&filled(include_str!("Dockerfile.txt")), source)));
    }
    files
}

fn manifest(template: &str, source: &Source) -> String {
    let (before, after) = template.split_once("RUNTIME").expect("the template has it");
    let (between, after) = after.split_once("TESTING").expect("the template has it");
    let dependency = |name| source.dependency(name);
    [before, &dependency("kube-runtime"), between, &dependency("kube-testing"), after].concat()
}

/// The crates of a folder come as a second build context: a container sees nothing outside of its own.
fn container(template: &str, source: &Source) -> String {
    let (flag, copy) = match source {
        Source::Path(folder) => {
            (format!(" --build-context kube={folder}"), format!("COPY --from=kube . {folder}\n"))
        }
        Source::Git(_) => (String::new(), String::new()),
    };
    template.replacen(" CONTEXT", &flag, 1).replacen("COPY-CRATES\n", &copy, 1)
}

#[cfg(test)]
mod tests;
