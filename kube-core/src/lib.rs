//! What a Kubernetes object is, and how to talk to an API server.

pub mod status;
pub mod error;
pub mod object;
pub mod config;
mod auth;

pub use config::Config;
pub use error::Error;
pub use error::ErrorKind;
pub use error::Result;
pub use object::ApiResource;
pub use object::Apply;
pub use object::Condition;
pub use object::CustomResource;
pub use object::DynamicObject;
pub use object::HasMetadata;
pub use object::HasStatus;
pub use object::MicroTime;
pub use object::Name;
pub use object::Namespace;
pub use object::ObjectMeta;
pub use object::OwnerReference;
pub use object::PartialObjectMetadata;
pub use object::Resource;
pub use object::ResourceExt;
pub use object::Scope;
pub use object::Time;
pub use status::Status;
