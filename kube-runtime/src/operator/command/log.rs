//! What a person sees of an operator that runs: one line a step, on stderr.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// Sets up the log of this process; `RUST_LOG` says it in detail. A program that has one already keeps it.
pub(super) fn set_up(verbose: u8) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| filter(verbose));
    _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(verbose > 1)
        .compact()
        .try_init();
}

fn filter(verbose: u8) -> EnvFilter {
    EnvFilter::new(match verbose {
        // A certificate that is not trusted is told by the error that this program ends with, and not twice.
        0 => "info,rustls_platform_verifier=off",
        1 => "info,kube_core=debug,kube_runtime=debug",
        _ => "debug,kube_core=trace,kube_runtime=trace",
    })
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    /// Whether the certificate verifier is heard, and whether this program is.
    fn heard(verbose: u8) -> (bool, bool) {
        let subscriber = tracing_subscriber::registry().with(filter(verbose));
        tracing::subscriber::with_default(subscriber, || {
            let verifier = tracing::enabled!(target: "rustls_platform_verifier::verification::others", tracing::Level::ERROR);
            (verifier, tracing::enabled!(target: "kube_runtime::operator", tracing::Level::INFO))
        })
    }

    #[test]
    fn a_failure_is_told_by_the_program_and_not_by_what_it_uses_unless_asked() {
        assert_eq!(heard(0), (false, true));
        assert_eq!(heard(1), (true, true));
    }
}
