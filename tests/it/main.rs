//! The integration tests: one binary, a module per subject.

mod informer;
mod macros;
mod pod_deletion;
mod ui;
mod bad_input;
mod website;
mod operator;
mod real;
