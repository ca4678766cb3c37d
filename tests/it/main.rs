//! The integration tests: one binary, a module per subject.

#![allow(clippy::unwrap_used, reason = "what is unwrapped in vain fails the test, as it should")]

mod log;
mod catching_up;
mod replica;
mod informer;
mod dynamic;
mod informers;
mod transform;
mod macros;
mod pod_deletion;
mod ui;
mod bad_input;
mod webhooks;
mod versions;
mod website;
mod memcached;
mod kit;
mod operator;
mod flags;
mod trigger;
mod namespaces;
mod recording;
mod gap;
mod turns;
mod arguments;
mod dependents;
mod events;
mod wiring;
mod restart;
mod leader;
mod standing;
mod serving;
mod admin;
mod secure;
mod manifests;
mod people;
mod explain;
mod conditions;
mod rules;
mod kinds;
mod real;
mod contract;
mod coordinated;
mod scorecard;
mod roles;
