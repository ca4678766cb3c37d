//! `labels = "app=web"`: only objects with these labels are followed.

use super::Attribute;
use crate::said::selector;

pub(super) const ATTRIBUTE: Attribute = Attribute {
    name: "labels",
    usage: "labels = \"app=web\"",
    repeats: false,
    read: |given, input| {
        input.labels = Some(selector::checked(given.is()?, "labels", selector::labels)?);
        Ok(())
    },
};
