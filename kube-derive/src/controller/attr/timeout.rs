//! `timeout = "30s"`: how long one reconcile may take.

use super::Attribute;
use crate::said::time;

pub(super) const ATTRIBUTE: Attribute = Attribute {
    name: "timeout",
    usage: "timeout = \"30s\"",
    repeats: false,
    read: |given, input| {
        input.timeout = Some(time::read(&given.is()?)?);
        Ok(())
    },
};
