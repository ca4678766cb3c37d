//! The command line: `cargo run -p kube-new -- NAME` makes a folder with a new operator.

use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use kube_new::Name;
use kube_new::Source;

/// Writes a new operator: three files that build, run and pass their tests at once.
#[derive(Debug, Parser)]
#[command(name = "kube-new")]
struct Options {
    /// Its name, as `web-shop`: of its crate, its folder and, as `WebShop`, its kind.
    name: Name,
    /// Take the crates from this folder instead of where this program was built.
    #[arg(long, value_name = "FOLDER", conflicts_with = "git")]
    path: Option<PathBuf>,
    /// Take the crates from this git repository.
    #[arg(long, value_name = "URL")]
    git: Option<String>,
    /// A Dockerfile as well: static, distroless, not as root.
    #[arg(long)]
    dockerfile: bool,
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line is for people")]
fn main() -> ExitCode {
    let options = Options::parse();
    match made(&options) {
        Ok(count) => {
            let name = &options.name;
            println!("made `{name}`: {count} files. What to do next:\n");
            println!("  cd {name}");
            println!(
                "  cargo test                     # its promises, on an API server in process"
            );
            println!(
                "  cargo run -- run --embedded    # the operator, with an API server in memory"
            );
            println!("  cargo run -- explain           # what it follows, and what it may do");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn made(options: &Options) -> anyhow::Result<usize> {
    let source = match (&options.path, &options.git) {
        (Some(folder), _) => Source::in_folder(folder)?,
        (None, Some(address)) => Source::in_git(address)?,
        (None, None) => Source::own()?,
    };
    let files = kube_new::files(&options.name, &source, options.dockerfile);
    kube_new::write(Path::new(options.name.as_str()), &files)?;
    Ok(files.len())
}
