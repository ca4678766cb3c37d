//! `cleanup = release_dns`: what runs before a deleted object may go.

use super::Attribute;

pub(super) const ATTRIBUTE: Attribute = Attribute {
    name: "cleanup",
    usage: "cleanup = release_dns",
    repeats: false,
    read: |given, input| {
        input.cleanup = Some(given.is()?);
        Ok(())
    },
};
