//! A Kubernetes API server in memory.

pub mod json;
pub mod schema;
pub mod merge;
pub mod apply;
