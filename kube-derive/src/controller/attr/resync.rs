//! `resync = "10m"`: after which time every object is reconciled again, though nothing changed.

use super::Attribute;
use crate::said::time;

pub(super) const ATTRIBUTE: Attribute = Attribute {
    name: "resync",
    usage: "resync = \"10m\"",
    repeats: false,
    read: |given, input| {
        let value = given.is()?;
        let period = time::read(&value)?;
        if period < 1000 {
            let message = "all objects again in less than a second is too much: use at least `1s`";
            return Err(syn::Error::new_spanned(&value, message));
        }
        input.resync = Some(period);
        Ok(())
    },
};
