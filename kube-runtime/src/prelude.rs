//! What an operator's source needs, in one `use kube_runtime::prelude::*;`.
//!
//! ```
//! use k8s_openapi::api::core::v1::ConfigMap;
//! use kube_runtime::prelude::*;
//!
//! /// A greeting, kept in a ConfigMap.
//! #[derive(Resource, Clone, Debug)]
//! #[resource(group = "demo.example.com", version = "v1", kind = "Greeting", namespaced, status = GreetingStatus)]
//! pub struct GreetingSpec {
//!     #[resource(default = "hello".to_owned())]
//!     pub text: String,
//! }
//!
//! #[derive(Schema, Clone, Debug, Default)]
//! pub struct GreetingStatus {
//!     pub said: String,
//! }
//!
//! #[controller(owns(ConfigMap), workers = 2)]
//! async fn greeting(greeting: Object<Greeting>, cx: Cx<Greeting>) -> Result<Action> {
//!     let mut map = ConfigMap::default();
//!     map.metadata.name = Some(greeting.name().to_owned());
//!     map.data = Some([("text".to_owned(), greeting.spec.text.clone())].into());
//!     cx.apply(map).await?;
//!     if cx.status(|status| status.said.clone_from(&greeting.spec.text)).await? {
//!         cx.event(Normal, "Said", greeting.spec.text.as_str());
//!     }
//!     Ok(Action::done())
//! }
//!
//! let operator = Operator::new("greeter").controller(greeting);
//! assert_eq!(operator.crds()[0].metadata.name.as_deref(), Some("greetings.demo.example.com"));
//! let role = operator.rbac("prod").cluster.unwrap().role;
//! assert!(role.rules.iter().flatten().any(|rule| rule.resources == Some(vec!["configmaps".to_owned()])));
//! ```

pub use std::process::ExitCode;

pub use kube_core::Client;
pub use kube_core::ObjectMeta;
pub use kube_core::ResourceExt;
pub use kube_core::object::Resource;
pub use kube_derive::ResourceForRuntime as Resource;
pub use kube_derive::SchemaForRuntime as Schema;
pub use kube_derive::controller;
pub use kube_derive::policy;
pub use kube_derive::webhook;

pub use crate::controller::Controller;
pub use crate::error::Error;
pub use crate::error::Result;
pub use crate::error::Terminal;
pub use crate::flow::Action;
pub use crate::flow::Key;
pub use crate::flow::Notice;
pub use crate::handler::PredicateExt;
pub use crate::handler::predicate::annotations_changed;
pub use crate::handler::predicate::generation_changed;
pub use crate::handler::predicate::labels_changed;
pub use crate::handler::predicate::resource_version_changed;
pub use crate::indexer::Lister;
pub use crate::leader::LeaderElection;
pub use crate::operator::Operator;
pub use crate::reconcile::Cx;
pub use crate::reconcile::Object;
pub use crate::reconcile::Owned;
pub use crate::reconcile::State;
pub use crate::reconcile::Trigger;
pub use crate::reconcile::Triggered;
pub use crate::shutdown::Shutdown;
pub use crate::webhook::Change;
pub use crate::webhook::Denied;
pub use crate::webhook::Verdict;
pub use crate::writeback::conditions::Condition;
pub use crate::writeback::conditions::Conditions;
pub use crate::writeback::event::EventType;
pub use crate::writeback::event::EventType::Normal;
pub use crate::writeback::event::EventType::Warning;
