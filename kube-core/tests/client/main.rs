//! The client over real HTTP: against the embedded server always, against a genuine Kubernetes where there is one.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

#[cfg(feature = "certificates")]
mod certificates;
mod containers;
mod embedded;
mod faults;
mod parts;
mod plugin;
mod pod;
mod proxy;
mod real;
mod story;
mod upgrade;
