//! `fields = "metadata.name=x"`: only objects with these fields are followed.

use super::Attribute;
use crate::said::selector;

pub(super) const ATTRIBUTE: Attribute = Attribute {
    name: "fields",
    usage: "fields = \"metadata.name=web\"",
    repeats: false,
    read: |given, input| {
        input.fields = Some(selector::checked(given.is()?, "fields", selector::fields)?);
        Ok(())
    },
};
