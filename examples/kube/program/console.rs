//! Where a command reads and prints: the process's own streams, or a test's.

use std::fmt;
use std::future::Future;
use std::io;
use std::io::IsTerminal as _;
use std::io::Write;
use std::os::fd::AsFd as _;
use std::pin::Pin;

use tokio::io::AsyncRead;

use super::failure::Failure;
use super::terminal::Terminal;

/// The streams of a command.
pub struct Console {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    /// What is typed or piped; the process's own input if none.
    input: Option<Vec<u8>>,
    /// Whether a person sees what is printed to `err`.
    watched: bool,
    /// Where the input is typed, if it is.
    terminal: Option<Terminal>,
    interrupted: Option<Interrupted>,
}

/// Bytes as they come.
pub type Input = Pin<Box<dyn AsyncRead + Send>>;

type Interrupted = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Console {
    /// The process's own.
    #[must_use]
    #[allow(dead_code, reason = "tests have streams of their own")]
    pub fn standard() -> Self {
        let interrupted = Box::pin(async { _ = tokio::signal::ctrl_c().await });
        Self {
            out: Box::new(io::stdout()),
            err: Box::new(io::stderr()),
            input: None,
            watched: io::stderr().is_terminal(),
            terminal: Terminal::of_input(),
            interrupted: Some(interrupted),
        }
    }

    /// Somebody else's, without a person.
    #[must_use]
    #[allow(dead_code, reason = "only tests have streams of their own")]
    pub fn of(
        out: impl Write + Send + 'static,
        err: impl Write + Send + 'static,
        input: Vec<u8>,
    ) -> Self {
        Self {
            out: Box::new(out),
            err: Box::new(err),
            input: Some(input),
            watched: false,
            terminal: None,
            interrupted: None,
        }
    }

    /// The same before this terminal.
    #[must_use]
    #[allow(dead_code, reason = "only tests have streams of their own")]
    pub fn at(mut self, terminal: Terminal) -> Self {
        self.terminal = Some(terminal);
        self
    }

    /// The same with somebody who presses Ctrl-C then.
    #[must_use]
    #[allow(dead_code, reason = "only tests have streams of their own")]
    pub fn interrupted_by(mut self, pressed: impl Future<Output = ()> + Send + 'static) -> Self {
        self.interrupted = Some(Box::pin(pressed));
        self
    }

    /// Prints this as it is.
    pub fn print(&mut self, text: &str) -> Result<(), Failure> {
        self.bytes(text.as_bytes())
    }

    /// Prints a line.
    pub fn say(&mut self, line: &str) -> Result<(), Failure> {
        self.print(&format!("{line}\n"))
    }

    /// Prints bytes at once.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.out.write_all(bytes).and_then(|()| self.out.flush()).map_err(Failure::of_output)
    }

    /// Tells a person, beside the output.
    pub fn warn(&mut self, line: &str) {
        // Nobody is left to be told that nobody is told.
        _ = writeln!(self.err, "{line}");
    }

    /// Tells a person who waits what is being waited for, if there is one.
    pub fn progress(&mut self, line: &str) {
        if self.watched {
            self.warn(line);
        }
    }

    /// All of the input.
    pub fn read_all(&mut self) -> io::Result<Vec<u8>> {
        match self.input.take() {
            Some(input) => Ok(input),
            None => {
                let mut read = Vec::new();
                io::Read::read_to_end(&mut io::stdin().lock(), &mut read)?;
                Ok(read)
            }
        }
    }

    /// The input as it comes, once.
    pub fn input(&mut self) -> io::Result<Input> {
        Ok(match self.input.take() {
            Some(input) => Box::pin(io::Cursor::new(input)),
            None => {
                let own = io::stdin().as_fd().try_clone_to_owned()?;
                Box::pin(tokio::fs::File::from_std(own.into()))
            }
        })
    }

    /// The terminal that the input is typed at, if it is one; once.
    pub fn terminal(&mut self) -> Option<Terminal> {
        self.terminal.take()
    }

    /// Waits until Ctrl-C is pressed; once, the second time for ever.
    pub fn interrupted(&mut self) -> impl Future<Output = ()> + Send + use<> {
        self.interrupted.take().unwrap_or_else(|| Box::pin(std::future::pending()))
    }

    /// Bytes beside the output.
    pub fn err_bytes(&mut self, bytes: &[u8]) {
        // As for a line.
        _ = self.err.write_all(bytes).and_then(|()| self.err.flush());
    }

    pub fn flush(&mut self) {
        _ = self.out.flush();
        _ = self.err.flush();
    }
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console").field("watched", &self.watched).finish_non_exhaustive()
    }
}
