//! A terminal at which somebody types: raw while a process of a container has it, afterwards as it was.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/util/term/term.go

use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;
use std::os::fd::OwnedFd;

use rustix::termios;
use rustix::termios::OptionalActions;
use rustix::termios::Termios;
use tokio::signal::unix::Signal;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;

/// A terminal.
#[derive(Debug)]
pub struct Terminal(OwnedFd);

/// A terminal that hands over each key at once, as long as this is held.
#[derive(Debug)]
pub struct Raw {
    terminal: OwnedFd,
    before: Termios,
    resized: Signal,
}

impl Terminal {
    /// The one that this process's input comes from, if it is one.
    pub fn of_input() -> Option<Self> {
        io::stdin().as_fd().try_clone_to_owned().ok().and_then(Self::of)
    }

    /// The one that this file is, if it is one.
    pub fn of(file: OwnedFd) -> Option<Self> {
        termios::isatty(&file).then_some(Self(file))
    }

    /// Makes it raw.
    pub fn raw(self) -> io::Result<Raw> {
        let resized = signal(SignalKind::window_change())?;
        let before = termios::tcgetattr(&self.0)?;
        let mut raw = before.clone();
        raw.make_raw();
        termios::tcsetattr(&self.0, OptionalActions::Now, &raw)?;
        Ok(Raw { terminal: self.0, before, resized })
    }
}

impl Raw {
    /// What is typed.
    pub fn keys(&self) -> io::Result<tokio::fs::File> {
        Ok(tokio::fs::File::from_std(File::from(self.terminal.try_clone()?)))
    }

    /// Its width and height in characters, if they are known.
    pub fn size(&self) -> Option<(u16, u16)> {
        let size = termios::tcgetwinsize(&self.terminal).ok()?;
        (size.ws_col > 0 && size.ws_row > 0).then_some((size.ws_col, size.ws_row))
    }

    /// Waits until it has another size.
    pub async fn resized(&mut self) -> Option<(u16, u16)> {
        match self.resized.recv().await {
            Some(()) => self.size(),
            None => std::future::pending().await,
        }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing.
        _ = termios::tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
    }
}
