//! Keeps asking one server about one kind: what it answers in, a [`Change`](crate::flow::Change) out.
//!
//! Promises:
//! - A watch that ends resumes from the last version, without a list.
//! - A version that the server no longer has (410, in whatever form) costs one list and loses nothing.
//! - A list never goes back in time: it asks for nothing older than what was seen, and one that is
//!   older all the same is not believed.
//! - Nothing holds a whole list: objects are handed on as they are decoded.
//! - A server that is struggling is asked less and less often, until it has proved that it lives.
//! - A connection that is dead without having said so is given up.
//!
//! Mirrors: client-go tools/cache/reflector.go
//! Differs: a failing watch is resumed, not listed again; a streaming list has a time limit; the
//! back-off is reset by an event or a bookmark, not by time; the first list is the newest state.

mod backoff;
mod failure;
mod list_watch;
mod machine;
mod over_client;
mod patience;
mod run;
#[cfg(test)]
mod tests;

pub use backoff::Backoff;
pub use failure::Failure;
pub use list_watch::{ListPlan, ListWatch, Listed, Listing, WatchPlan, Watching};
pub use machine::{Ask, Heard, Phase, Reflector, Settings};
pub use over_client::OverClient;
pub use run::{Sink, run};
