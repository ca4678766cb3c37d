//! `kube`, a kubectl made of this library: a command line in, what kubectl would print and its exit code out. It is the proof that the library is
//! enough: `cargo run --example kube -- get pods -A`, on the cluster of your kubeconfig.

mod log;
mod program;

use std::process::ExitCode;

use clap::Parser as _;

use crate::program::Console;
use crate::program::Program;

#[tokio::main]
async fn main() -> ExitCode {
    log::begin();
    let program = Program::parse();
    let interrupted = program.interrupted();
    let mut console = Console::standard();
    let code = tokio::select! {
        // A command that ends in order when it is interrupted has its own exit code.
        biased;
        code = program.run(&mut console) => code,
        _ = tokio::signal::ctrl_c() => interrupted,
        () = ended() => 143,
    };
    // A thread may be reading the standard input; it would be waited for.
    std::process::exit(code)
}

/// Waits until the process is asked to end: a terminal is to be as it was.
async fn ended() {
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut signal) => _ = signal.recv().await,
        Err(_) => std::future::pending().await,
    }
}
