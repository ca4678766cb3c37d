//! `timeout = "5s"`: how long the API server waits; whole seconds, 30 at most.

use super::Input;
use crate::said::{Attribute, time};

pub(super) const ATTRIBUTE: Attribute<Input> = Attribute {
    name: "timeout",
    usage: "timeout = \"5s\"",
    repeats: false,
    read: |given, input| {
        let value = given.is()?;
        let milliseconds = time::read(&value)?;
        if milliseconds % 1000 != 0 || milliseconds > 30_000 {
            let message = "the API server waits 1 to 30 whole seconds";
            return Err(syn::Error::new_spanned(value, message));
        }
        input.timeout = Some(milliseconds / 1000);
        Ok(())
    },
};
