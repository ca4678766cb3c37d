//! What an operator's source needs, in one `use kube_runtime::prelude::*;`.

pub use std::process::ExitCode;

pub use kube_core::Client;
pub use kube_core::ObjectMeta;
pub use kube_core::ResourceExt;
pub use kube_core::object::Resource;
pub use kube_derive::ResourceForRuntime as Resource;
pub use kube_derive::SchemaForRuntime as Schema;
pub use kube_derive::controller;

pub use crate::controller::Controller;
pub use crate::error::Error;
pub use crate::error::Result;
pub use crate::error::Terminal;
pub use crate::flow::Action;
pub use crate::flow::Key;
pub use crate::indexer::Lister;
pub use crate::operator::Operator;
pub use crate::reconcile::Cx;
pub use crate::reconcile::Object;
pub use crate::reconcile::Owned;
pub use crate::reconcile::State;
pub use crate::shutdown::Shutdown;
pub use crate::writeback::event::EventType;
pub use crate::writeback::event::EventType::Normal;
pub use crate::writeback::event::EventType::Warning;
