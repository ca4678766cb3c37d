//! The texts and numbers that are in many places of a route.

use kube_core::Schema;

#[derive(Schema, Clone, Debug)]
pub(crate) struct Group(
    #[resource(
        max_length = 253,
        pattern = r#"^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"#
    )]
    pub(super) String,
);

#[derive(Schema, Clone, Debug)]
pub(crate) struct KindName(
    #[resource(min_length = 1, max_length = 63, pattern = "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$")]
    pub(super) String,
);

#[derive(Schema, Clone, Debug)]
pub(crate) struct ObjectName(#[resource(min_length = 1, max_length = 253)] pub(super) String);

#[derive(Schema, Clone, Debug)]
pub(crate) struct Label(
    #[resource(min_length = 1, max_length = 63, pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    pub(super) String,
);

#[derive(Schema, Clone, Debug)]
pub(crate) struct Port(#[resource(minimum = 1, maximum = 65535)] pub(super) i32);

#[derive(Schema, Clone, Debug)]
pub(crate) struct Domain(
    #[resource(
        min_length = 1,
        max_length = 253,
        pattern = r#"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"#
    )]
    pub(super) String,
);

#[derive(Schema, Clone, Debug)]
pub(crate) struct HeaderName(
    #[resource(min_length = 1, max_length = 256, pattern = r#"^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$"#)]
    pub(super) String,
);

#[derive(Schema, Clone, Debug)]
pub(crate) struct HeaderValue(#[resource(min_length = 1, max_length = 4096)] pub(super) String);

#[derive(Schema, Clone, Debug)]
pub(crate) struct Span(#[resource(pattern = "^([0-9]{1,5}(h|m|s|ms)){1,4}$")] pub(super) String);
