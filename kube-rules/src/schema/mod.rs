//! A structural schema in, the shapes and the types that rules see out.

mod declared;
mod escape;
mod shape;

pub(crate) use declared::Declarations;
pub(crate) use declared::Declared;
pub(crate) use declared::Objects;
pub(crate) use declared::REQUEST_BYTES;
pub(crate) use escape::escape;
pub use escape::is_identifier;
pub(crate) use escape::is_reserved;
pub(crate) use escape::unescape;
pub(crate) use shape::Format;
pub(crate) use shape::Items;
pub(crate) use shape::Kind;
pub(crate) use shape::LOOSE;
pub(crate) use shape::Shape;
pub(crate) use shape::is_embedded;
