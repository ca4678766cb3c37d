//! What expansions of the macros name. Not for anybody else: it changes without notice.

use std::borrow::Cow;

pub use k8s_openapi;
pub use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
pub use schemars;
pub use serde;
pub use serde_json;

pub use crate::api::Api;
pub use crate::api::Get;
pub use crate::api::ListObjects;
pub use crate::api::PatchObject;
pub use crate::api::WriteSubresource;
pub use crate::definition::Definition;
pub use crate::definition::PrintColumn;
pub use crate::definition::Scale;
pub use crate::definition::check::check;
pub use crate::definition::check::check_compatible;
pub use crate::definition::conversion::Part;
pub use crate::definition::conversion::neighbours;
pub use crate::definition::conversion::neighbours_with_status;
pub use crate::definition::conversion::versions;
pub use crate::definition::envelope::Envelope;
pub use crate::definition::envelope::NO_STATUS;
pub use crate::definition::envelope::NoStatus;
pub use crate::definition::envelope::open;
pub use crate::definition::envelope::open_applied;
pub use crate::definition::envelope::seal;
pub use crate::definition::stored::Stored;
pub use crate::definition::stored::stored;
pub use crate::error::Error;
pub use crate::object::Allows;
pub use crate::object::ApiResource;
pub use crate::object::Apply;
pub use crate::object::ClusterScoped;
pub use crate::object::CustomResource;
pub use crate::object::Extract;
pub use crate::object::HasMetadata;
pub use crate::object::HasStatus;
pub use crate::object::Name;
pub use crate::object::ObjectMeta;
pub use crate::object::PartOf;
pub use crate::object::Resource;
pub use crate::object::Scope;
pub use crate::object::Versions;
pub use crate::object::Wanted;
pub use crate::object::verb;
pub use crate::object::view::Opening;
pub use crate::object::view::View;
pub use crate::object::view::metadata_or_none;
pub use crate::object::view::open_fields;
pub use crate::object::view::seal_fields;
pub use crate::object::view::seal_view;
pub use crate::request::Patch;

/// Whether two types are of one kind, in whatever version.
#[must_use]
pub const fn same_kind(one: &ApiResource, other: &ApiResource) -> bool {
    same(&one.group, &other.group)
        && same(&one.kind, &other.kind)
        && same(&one.plural, &other.plural)
        && matches!(
            (one.scope, other.scope),
            (Scope::Cluster, Scope::Cluster) | (Scope::Namespaced, Scope::Namespaced)
        )
}

/// Whether they are of one version.
#[must_use]
pub const fn same_version(one: &ApiResource, other: &ApiResource) -> bool {
    same(&one.version, &other.version)
}

#[expect(clippy::ptr_arg, reason = "a constant cannot dereference one")]
const fn same(one: &Cow<'static, str>, other: &Cow<'static, str>) -> bool {
    let (Cow::Borrowed(one), Cow::Borrowed(other)) = (one, other) else { return false };
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut place = 0;
    while place < one.len() && place < other.len() && one[place] == other[place] {
        place += 1;
    }
    place == one.len() && place == other.len()
}

/// The status of an object that has none yet, as it is written.
#[must_use]
pub fn first_status<K: HasStatus>() -> Option<serde_json::Value> {
    serde_json::to_value(K::Status::default()).ok()
}

/// The metadata of an object that has a name and nothing else yet.
#[must_use]
pub fn named(name: impl Into<String>) -> ObjectMeta {
    ObjectMeta { name: Some(name.into()), ..ObjectMeta::default() }
}
