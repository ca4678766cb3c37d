//! What a Kubernetes object is, and how to talk to an API server.

pub mod status;
pub mod error;
mod yaml;
pub mod object;
pub mod selector;
pub mod jsonpath;
pub mod wire;
pub mod request;
pub mod definition;
pub mod config;
pub mod plugin;
mod tls;
mod auth;
pub mod transport;
pub mod client;
#[cfg(feature = "streaming")]
pub mod streaming;
pub mod api;
pub mod discovery;
pub mod open_api;
#[cfg(all(feature = "certificates", any(feature = "aws-lc-rs", feature = "ring")))]
pub mod certificates;
mod dynamic;
#[doc(hidden)]
pub mod __private;

pub use api::Api;
pub use client::Client;
pub use config::Config;
pub use error::Error;
pub use error::ErrorKind;
pub use error::Result;
pub use jsonpath::JsonPath;
#[cfg(feature = "derive")]
pub use kube_derive::Resource;
#[cfg(feature = "derive")]
pub use kube_derive::Schema;
pub use object::Allows;
pub use object::ApiResource;
pub use object::Apply;
pub use object::ClusterScoped;
pub use object::Condition;
pub use object::CustomResource;
pub use object::Duration;
pub use object::DynamicObject;
pub use object::Extract;
pub use object::HasMetadata;
pub use object::HasStatus;
pub use object::MicroTime;
pub use object::Name;
pub use object::Namespace;
pub use object::ObjectMeta;
pub use object::OwnerReference;
pub use object::PartOf;
pub use object::PartialObjectMetadata;
pub use object::Resource;
pub use object::ResourceExt;
pub use object::Scope;
pub use object::Time;
pub use object::Versions;
pub use object::Wanted;
pub use request::Method;
pub use request::Patch;
pub use request::Request;
pub use request::Target;
pub use request::Verb;
pub use selector::FieldSelector;
pub use selector::LabelSelector;
pub use status::Status;
pub use wire::Malformed;
pub use wire::RawObject;
pub use wire::WatchEvent;
