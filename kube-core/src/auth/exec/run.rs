//! One run of a plugin: a program in, what it printed, or in words why it did not work, out.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use secrecy::ExposeSecret as _;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;
use tokio::time::Instant;

use crate::plugin::VARIABLE;

use super::Call;

/// The most bytes that a plugin may print.
const LIMIT: u64 = 1 << 20;
/// How much of what it says last is part of an error, in bytes.
const TOLD: usize = 1024;

impl Call {
    /// Runs the program to its end.
    ///
    /// # Cancel safety
    /// Dropping the future stops the program.
    pub(super) async fn run(&self, program: &Path) -> Result<Vec<u8>, String> {
        let begun = Instant::now();
        let ended = tokio::time::timeout(self.timeout, self.ended(program)).await;
        let (status, printed, said) = ended.map_err(|_| {
            format!(
                "it was stopped after {} s: see whether it waits for somebody, or allow it more time",
                self.timeout.as_secs_f64()
            )
        })??;
        tracing::debug!(plugin = self.plugin.command, %status, took = ?begun.elapsed(), "a credential plugin ended");
        if status.success() {
            return Ok(printed);
        }
        let said = match said.as_str() {
            "" => "and said nothing; run it by hand".to_owned(),
            said => format!("and said: {said}"),
        };
        Err(format!("it ended with {status} {said}"))
    }

    async fn ended(
        &self,
        program: &Path,
    ) -> Result<(std::process::ExitStatus, Vec<u8>, String), String> {
        let mut command = Command::new(program);
        command.args(&self.plugin.args).stdout(Stdio::piped()).kill_on_drop(true);
        for (name, value) in &self.plugin.env {
            command.env(name, value.expose_secret());
        }
        command.env(VARIABLE, &self.info);
        match self.interactive {
            // It may ask whether it talks to a terminal.
            true => command.stdin(Stdio::inherit()).stderr(Stdio::inherit()),
            false => command.stdin(Stdio::null()).stderr(Stdio::piped()),
        };
        let mut child = command.spawn().map_err(|error| format!("it cannot be run: {error}"))?;
        let broken = |error: std::io::Error| format!("it cannot be listened to: {error}");
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let printed = async {
            let mut printed = Vec::new();
            if let Some(stdout) = stdout {
                stdout.take(LIMIT + 1).read_to_end(&mut printed).await.map_err(broken)?;
            }
            match printed.len() as u64 > LIMIT {
                true => Err(format!("it printed more than {LIMIT} bytes")),
                false => Ok(printed),
            }
        };
        let said = async {
            match stderr {
                Some(stderr) => end_of(stderr, self.watched).await.map_err(broken),
                None => Ok(String::new()),
            }
        };
        let (printed, said) = tokio::try_join!(printed, said)?;
        let status = child.wait().await.map_err(broken)?;
        Ok((status, printed, said))
    }
}

/// The end of what is said, in one line. Whoever watches reads it as it comes.
async fn end_of(mut stderr: impl AsyncRead + Unpin, watched: bool) -> std::io::Result<String> {
    let (mut piece, mut end) = ([0; 4096], Vec::new());
    loop {
        let length = stderr.read(&mut piece).await?;
        let Some(said @ [_, ..]) = piece.get(..length) else { return Ok(one_line(&end)) };
        if watched {
            // Nobody is harmed if a terminal does not take it.
            let _ = std::io::stderr().write_all(said);
        }
        end.extend_from_slice(said);
        end.drain(..end.len().saturating_sub(TOLD));
    }
}

/// Some text as one line without control characters.
pub(super) fn one_line(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let lines = text.lines().map(|line| line.replace(char::is_control, " ").trim().to_owned());
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}
