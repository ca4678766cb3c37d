//! What a person sees of an operator that runs: one line a step, on stderr.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// Sets up the log of this process; `RUST_LOG` says it in detail. A program that has one already keeps it.
pub(super) fn set_up(verbose: u8) {
    let default = match verbose {
        0 => "info",
        1 => "info,kube_core=debug,kube_runtime=debug",
        _ => "debug,kube_core=trace,kube_runtime=trace",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(verbose > 1)
        .compact()
        .try_init();
}
