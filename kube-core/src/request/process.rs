//! What is to run in a container, or be joined there: options in, members of the query out.

use super::Exchange;
use super::Request;
use super::Target;
use super::Verb;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;

/// Options of running a command in a container, or of joining what runs there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProcessOptions {
    /// In which container; a Pod with several must be told, unless it has a default.
    pub container: Option<String>,
    /// Whether it is sent an input; not by default.
    pub stdin: bool,
    /// Whether its output is wanted; so by default.
    pub stdout: bool,
    /// Whether its error output is wanted; so by default. A terminal has none of its own.
    pub stderr: bool,
    /// Whether it has a terminal; not by default.
    pub tty: bool,
}

impl Default for ProcessOptions {
    fn default() -> Self {
        Self { container: None, stdin: false, stdout: true, stderr: true, tty: false }
    }
}

impl Request {
    /// Runs a command in a container.
    ///
    /// # Errors
    /// There is no command, or nothing of it is wanted.
    pub fn exec(target: &Target, command: &[String], options: &ProcessOptions) -> Result<Self> {
        let target = target.clone().subresource("exec");
        let purpose = format!("run a command in {}", target.object());
        if command.first().is_none_or(String::is_empty) {
            let why = "the command is empty: name a program of the container";
            return Err(Error::new(ErrorKind::Input, why).context(format!("failed to {purpose}")));
        }
        let mut request = Self::process(&target, purpose, options)?;
        request.query.extend(command.iter().map(|word| ("command".into(), word.clone())));
        Ok(request)
    }

    /// Joins what runs in a container.
    ///
    /// # Errors
    /// Nothing of it is wanted.
    pub fn attach(target: &Target, options: &ProcessOptions) -> Result<Self> {
        let target = target.clone().subresource("attach");
        let purpose = format!("attach to {}", target.object());
        Self::process(&target, purpose, options)
    }

    fn process(target: &Target, purpose: String, options: &ProcessOptions) -> Result<Self> {
        let stderr = options.stderr && !options.tty;
        if !(options.stdin || options.stdout || stderr) {
            let why = "neither input nor output is wanted: a server takes one of them at least";
            return Err(Error::new(ErrorKind::Input, why).context(format!("failed to {purpose}")));
        }
        let mut request = Self::upgrade(target, purpose)?;
        request.add("container", options.container.as_ref());
        let streams = [
            ("stdin", options.stdin),
            ("stdout", options.stdout),
            ("stderr", stderr),
            ("tty", options.tty),
        ];
        for (name, wanted) in streams {
            request.add(name, wanted.then_some("true"));
        }
        Ok(request)
    }

    /// Opens connections to a Pod's ports.
    ///
    /// # Errors
    /// As for every call: the target has no such path.
    pub fn port_forward(target: &Target) -> Result<Self> {
        let target = target.clone().subresource("portforward");
        let purpose = format!("forward ports of {}", target.object());
        Self::upgrade(&target, purpose)
    }

    /// Sent with GET, as a WebSocket is, but to those who may create it, and never twice.
    fn upgrade(target: &Target, purpose: String) -> Result<Self> {
        let mut request = Self::to(target, Verb::Create)?;
        request.method = Verb::Get.method();
        request.headers = vec![("accept".into(), "application/json, */*".to_owned())];
        request.exchange = Exchange::Upgrade;
        request.purpose = purpose;
        Ok(request)
    }
}
