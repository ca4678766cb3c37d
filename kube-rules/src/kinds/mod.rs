//! Kubernetes' own values: quantities, addresses, URLs, versions and named formats, read from text.

mod address;
mod format;
mod number;
mod quantity;
mod url;
mod version;

pub(crate) use address::Cidr;
pub(crate) use address::cidr;
pub(crate) use address::ip;
pub(crate) use address::is_global;
pub(crate) use address::is_link_local;
pub(crate) use address::is_link_local_multicast;
pub(crate) use format::FORMATS;
pub(crate) use format::NamedFormat;
pub(crate) use number::go_float;
pub(crate) use number::go_parse_float;
pub(crate) use number::quoted;
pub(crate) use quantity::Quantity;
pub(crate) use url::Url;
pub(crate) use version::version;
