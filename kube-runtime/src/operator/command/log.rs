//! What a person sees of an operator that runs: one line a step, on stderr.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::error::Error;
use crate::error::Result;

/// Where it is said what is logged, the first that says anything.
#[derive(Clone, Debug, Default)]
pub(super) struct Wishes {
    /// `--log`, or the variable for it.
    pub(super) said: Option<String>,
    /// `$RUST_LOG`.
    pub(super) rust_log: Option<String>,
    /// How often `-v`.
    pub(super) verbose: u8,
    /// `log` of the configuration file; it may change.
    pub(super) file: Option<String>,
}

/// Changes what is logged.
pub(super) type Reload = Box<dyn Fn(EnvFilter) -> Result<()> + Send + Sync>;

impl Wishes {
    /// Whether what the file says counts.
    pub(super) fn heed_file(&self) -> bool {
        self.said.is_none() && self.rust_log().is_none() && self.verbose == 0
    }

    /// What is logged.
    pub(super) fn filter(&self) -> Result<EnvFilter> {
        if let Some(said) = &self.said {
            return directives(said)
                .map_err(|why| Error::msg(format!("failed to use `--log`: {why}")));
        }
        if let Some(filter) = self.rust_log() {
            return Ok(filter);
        }
        match &self.file {
            Some(said) if self.verbose == 0 => directives(said).map_err(Error::msg),
            _ => Ok(usual(self.verbose)),
        }
    }

    /// One that makes no sense is as good as none.
    fn rust_log(&self) -> Option<EnvFilter> {
        let said = self.rust_log.as_deref().filter(|said| !said.trim().is_empty())?;
        EnvFilter::try_new(said).ok()
    }
}

/// Sets up the log of this process. A program that has one already keeps it, and then nothing can be changed.
pub(super) fn set_up(wishes: &Wishes) -> Result<Option<Reload>> {
    let builder = tracing_subscriber::fmt()
        .with_env_filter(wishes.filter()?)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(wishes.verbose > 1)
        .compact()
        .with_filter_reloading();
    let handle = builder.reload_handle();
    let reload = move |filter| Ok(handle.reload(filter)?);
    Ok(builder.try_init().is_ok().then(|| Box::new(reload) as Reload))
}

/// What is logged when `log` says this; why not, when it cannot be.
pub(super) fn directives(said: &str) -> Result<EnvFilter, String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    for part in said.split(',').map(str::trim) {
        // Without this a misspelt level would be the name of a module, and hide all others.
        let names_more = part.contains(['=', '[']) || part.contains("::");
        if !names_more && !LEVELS.iter().any(|level| level.eq_ignore_ascii_case(part)) {
            return Err(format!(
                "`{part}` is no level: use {}, or `MODULE=LEVEL`",
                LEVELS.join(", ")
            ));
        }
    }
    EnvFilter::try_new(said).map_err(|error| {
        format!("`{said}` says no levels: {error}: use `info`, or `info,MODULE=debug`")
    })
}

/// Whether a file may say this.
pub(super) fn checked(values: &[String]) -> Result<(), String> {
    match values {
        [said] => directives(said).map(drop),
        _ => Err("use one value, no list".to_owned()),
    }
}

/// What is logged when nothing is said.
pub(super) fn usual(verbose: u8) -> EnvFilter {
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
        let subscriber = tracing_subscriber::registry().with(usual(verbose));
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

    #[test]
    fn the_flag_goes_before_the_environment_that_before_the_verbosity_and_that_before_the_file() {
        let text = |text: &str| Some(text.to_owned());
        let mut wishes =
            Wishes { said: text("error"), rust_log: text("trace"), verbose: 1, file: text("off") };
        let filter = |wishes: &Wishes| wishes.filter().unwrap().to_string();
        assert_eq!(filter(&wishes), "error");
        wishes.said = None;
        assert_eq!(filter(&wishes), "trace");
        wishes.rust_log = text(" ");
        assert!(filter(&wishes).contains("kube_core=debug") && !wishes.heed_file());
        wishes.verbose = 0;
        assert!(filter(&wishes) == "off" && wishes.heed_file());
        wishes.file = None;
        assert!(filter(&wishes).contains("info"));
    }

    #[test]
    fn a_misspelt_level_is_refused_and_does_not_silence_everything() {
        for said in
            ["debug", "INFO", "off", "info,shop=debug", "shop::queue", "warn,shop[reconcile]=trace"]
        {
            directives(said).unwrap();
        }
        for said in ["", "inof", "info,debgu", "info,,warn", "shop=loud"] {
            directives(said).unwrap_err();
        }
        let wishes = Wishes { said: Some("inof".to_owned()), ..Wishes::default() };
        let error = wishes.filter().unwrap_err().to_string();
        assert!(
            error.starts_with("failed to use `--log`: `inof` is no level: use off, "),
            "{error}"
        );
    }
}
