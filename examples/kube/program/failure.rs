//! Why a command failed: an error of the library in, kubectl's words and exit code out.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/cmd/util/helpers.go

use std::io;

use kube_core::Error;
use kube_core::ErrorKind;
use kube_core::Status;

/// What ends a command.
#[derive(Debug)]
pub enum Failure {
    /// The library could not do it; what kubectl says before it, as `error when deleting "x": `.
    Client { before: String, error: Error },
    /// The user's mistake, or what kubectl says without a server.
    Said(String),
    /// Several things failed.
    Several(Vec<Self>),
    /// The exit code says it all.
    Code(i32),
}

impl Failure {
    pub fn said(line: impl Into<String>) -> Self {
        Self::Said(line.into())
    }

    /// The words of a command line make no sense; of which command.
    pub fn usage(command: &str, line: &str) -> Self {
        Self::Said(format!("{line}\nSee 'kubectl {command} -h' for help and examples"))
    }

    /// Whoever read the output has enough of it.
    #[expect(clippy::needless_pass_by_value, reason = "`map_err` hands it over")]
    pub fn of_output(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Code(1),
            _ => Self::said(format!("failed to write the output: {error}")),
        }
    }

    /// The failure of these, if there is any.
    pub fn of(mut failures: Vec<Self>) -> Result<(), Self> {
        match failures.len() {
            0 => Ok(()),
            1 => Err(failures.remove(0)),
            _ => Err(Self::Several(failures)),
        }
    }

    /// Says first what was done.
    pub fn when(error: Error, what: impl Into<String>) -> Self {
        Self::Client { before: what.into(), error }
    }

    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Client { error, .. } if error.is_not_found())
    }

    pub fn lines(&self) -> Vec<String> {
        match self {
            Self::Client { before, error } => vec![line(before, error)],
            Self::Said(line) => vec![format!("error: {line}")],
            Self::Several(failures) => failures.iter().flat_map(Self::among_others).collect(),
            Self::Code(_) => Vec::new(),
        }
    }

    /// Of several, what no server said stands alone.
    fn among_others(&self) -> Vec<String> {
        match self {
            Self::Said(line) => vec![line.clone()],
            other => other.lines(),
        }
    }

    pub fn code(&self) -> i32 {
        match self {
            Self::Code(code) => *code,
            _ => 1,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Client { before: String::new(), error }
    }
}

fn line(before: &str, error: &Error) -> String {
    let chain = error.chain();
    match (error.status(), error.kind()) {
        (Some(status), ErrorKind::Unauthorized) => {
            format!("error: You must be logged in to the server ({before}{})", status.message)
        }
        (Some(status), ErrorKind::Invalid) => invalid(status),
        (Some(status), _) => match status.reason.as_str() {
            "" => format!("Error from server: {before}{}", status.message),
            reason => format!("Error from server ({reason}): {before}{}", status.message),
        },
        (None, ErrorKind::Connect) => match refused_by(&chain) {
            Some(server) => format!(
                "The connection to the server {server} was refused - did you specify the right host or port?"
            ),
            None => format!("Unable to connect to the server: {chain}"),
        },
        (None, _) => format!("error: {before}{chain}"),
    }
}

/// The host and port that no server listens at.
fn refused_by(chain: &str) -> Option<&str> {
    let (_, rest) = chain.split_once("failed to connect to ")?;
    let (server, why) = rest.split_once(": ")?;
    let (_, host) = server.split_once("://")?;
    why.contains("onnection refused").then(|| host.split('/').next().unwrap_or(host))
}

fn invalid(status: &Status) -> String {
    let details = &status.details;
    let named = !details.kind.is_empty() || !details.name.is_empty();
    let mut text = match (named, details.causes.is_empty()) {
        (true, _) => format!("The {} {:?} is invalid", details.kind, details.name),
        (false, true) => format!("The request is invalid: {}", status.message),
        (false, false) => "The request is invalid".to_owned(),
    };
    let mut causes: Vec<String> = Vec::new();
    for cause in &details.causes {
        let told = match cause.field.as_str() {
            "" => cause.message.clone(),
            field => format!("{field}: {}", cause.message),
        };
        if !causes.contains(&told) {
            causes.push(told);
        }
    }
    match causes.as_slice() {
        [] => {}
        [one] => text.push_str(&format!(": {one}")),
        many => {
            text.push_str(": ");
            text.extend(many.iter().map(|cause| format!("\n* {cause}")));
        }
    }
    text
}
