//! The client over real HTTP: against the embedded server always, against a genuine Kubernetes where there is one.

mod embedded;
mod real;
mod story;
