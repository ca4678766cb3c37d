//! Server-side apply and the ownership of fields: a live object and a write in, the new object with its managers out.
//!
//! Promises:
//! - A field is removed if and only if its applier owned it, applies it no longer, and nobody else owns it.
//! - A conflict changes nothing.
//! - What is written again as it is moves no ownership and no time stamp.
//!
//! Mirrors: structured-merge-diff v6, k8s.io/apimachinery pkg/util/managedfields
//! Differs: versions convert by their name only, unless the writer says how.

mod path;
mod set;
mod typed;
mod combine;
mod compare;
mod managers;
mod update;
mod last_applied;
mod writer;

pub use writer::{ApplyError, Convert, Writer, apply, keep_times, track_update};

#[cfg(test)]
mod tests;
