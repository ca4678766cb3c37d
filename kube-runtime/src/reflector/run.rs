//! The pump of the reflector: asks, waits, and hands on.

use std::future::Future;

use futures::StreamExt;
use kube_core::wire::WatchEvent;
use kube_core::{Error, ErrorKind};
use tokio::time::Instant;

use super::failure::Failure;
use super::list_watch::{ListPlan, ListWatch, Listed, WatchPlan};
use super::machine::{Ask, Phase, Reflector};
use super::patience::Patience;
use crate::flow::Change;

/// Where changes go.
pub trait Sink: Send {
    /// Waits until there is room for one more.
    fn room(&mut self) -> impl Future<Output = ()> + Send;
    /// Takes one.
    fn push(&mut self, change: Change);
    /// Learns that something failed, and that it will be tried again.
    fn failed(&mut self, error: &Error, reflector: &Reflector);
    /// Learns that the phase or the version changed.
    fn progressed(&mut self, reflector: &Reflector);
}

/// Keeps asking until the future is dropped.
///
/// # Cancel safety
/// Dropping the future ends all requests at once. What was handed on was handed on.
#[expect(clippy::disallowed_methods, reason = "a pump waits")]
pub async fn run<S: Sink>(source: &dyn ListWatch, mut reflector: Reflector, sink: &mut S) {
    loop {
        match reflector.ask() {
            Ask::Tell(change) => {
                sink.room().await;
                sink.push(change);
            }
            Ask::Wait(duration) => tokio::time::sleep(duration).await,
            Ask::List(plan) => list(source, plan, &mut reflector, sink).await,
            Ask::Watch(plan) => watch(source, plan, &mut reflector, sink).await,
        }
        sink.progressed(&reflector);
    }
}

async fn list<S: Sink>(
    source: &dyn ListWatch,
    plan: ListPlan,
    reflector: &mut Reflector,
    sink: &mut S,
) {
    let mut patience = Patience::new(reflector.patience(Instant::now()));
    let mut listing = match patience.with(source.list(plan)).await {
        None => return give_up(reflector, sink),
        Some(Err(error)) => return fail(&error, reflector, sink),
        Some(Ok(listing)) => listing,
    };
    loop {
        patience.until(reflector.patience(Instant::now()));
        let part = match patience.with(listing.next()).await {
            None => return give_up(reflector, sink),
            Some(None) => return reflector.failed(&Failure::Other { retry_after: None }),
            Some(Some(Err(error))) => return fail(&error, reflector, sink),
            Some(Some(Ok(part))) => part,
        };
        sink.room().await;
        match part {
            Listed::Item(object) => sink.push(Change::Item(object)),
            Listed::Malformed(malformed) => sink.push(Change::Malformed(malformed)),
            Listed::End(head) => {
                if let Some(change) = reflector.page_ended(head) {
                    sink.push(change);
                }
                return;
            }
        }
    }
}

async fn watch<S: Sink>(
    source: &dyn ListWatch,
    plan: WatchPlan,
    reflector: &mut Reflector,
    sink: &mut S,
) {
    let mut patience = Patience::new(reflector.patience(Instant::now()));
    let mut watching = match patience.with(source.watch(plan)).await {
        None => return give_up(reflector, sink),
        Some(Err(error)) => return fail(&error, reflector, sink),
        Some(Ok(watching)) => watching,
    };
    reflector.started(Instant::now());
    loop {
        patience.until(reflector.patience(Instant::now()));
        let event = match patience.with(watching.next()).await {
            None => return give_up(reflector, sink),
            Some(None) => return reflector.ended(Instant::now()),
            Some(Some(Err(error))) => return fail(&error, reflector, sink),
            Some(Some(Ok(event))) => event,
        };
        let phase = reflector.phase();
        let told = match &event {
            WatchEvent::Error(status) => {
                Some(Error::from_status(status.clone(), "failed to watch"))
            }
            _ => None,
        };
        let heard = reflector.heard(Instant::now(), event);
        if let Some(change) = heard.change {
            sink.room().await;
            sink.push(change);
        }
        if let Some(error) = told {
            sink.failed(&error, reflector);
        }
        if reflector.phase() != phase {
            sink.progressed(reflector);
        }
        if heard.over {
            return;
        }
    }
}

fn give_up<S: Sink>(reflector: &mut Reflector, sink: &mut S) {
    let tried = match reflector.phase() {
        Phase::Listing | Phase::Streaming => "failed to list",
        Phase::Watching => "failed to watch",
    };
    let quiet = reflector.is_quiet();
    reflector.silent();
    if quiet {
        return;
    }
    let why = "the server was silent for too long";
    sink.failed(&Error::new(ErrorKind::Timeout, why).context(tried), reflector);
}

fn fail<S: Sink>(error: &Error, reflector: &mut Reflector, sink: &mut S) {
    reflector.failed(&Failure::from(error));
    sink.failed(error, reflector);
}
