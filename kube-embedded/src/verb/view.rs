//! An object in the version that was asked for: what is stored in, its bytes or value out.

use crate::kind::Kind;
use crate::store::{Encoded, Facts, Stored};
use bytes::Bytes;
use serde_json::Value;

/// The object in `kind`'s version, as JSON.
pub(crate) fn view_bytes(kind: &Kind, stored: &Stored) -> Bytes {
    match &kind.conversion {
        None => stored.bytes.clone(),
        Some(_) => {
            let value = view_value(kind, stored);
            Stored::imagined(&value, Facts::default(), stored.revision).bytes
        }
    }
}

/// The object in `kind`'s version, parsed.
pub(crate) fn view_value(kind: &Kind, stored: &Stored) -> Value {
    let mut value = stored.value();
    if let Some(conversion) = &kind.conversion {
        conversion.from_stored(&mut value);
    }
    value
}

/// What is to be stored of an object of `kind`.
pub(super) fn stored_form(kind: &Kind, object: &Value) -> (Encoded, Facts) {
    match &kind.conversion {
        None => (Encoded::new(object), facts(kind, object)),
        Some(conversion) => {
            let mut object = object.clone();
            conversion.to_stored(&mut object);
            (Encoded::new(&object), facts(kind, &object))
        }
    }
}

/// What would be stored, at the revision it would replace (zero: none).
pub(super) fn imagined(kind: &Kind, object: &Value, revision: u64) -> Stored {
    let mut object = object.clone();
    if let Some(conversion) = &kind.conversion {
        conversion.to_stored(&mut object);
    }
    let facts = facts(kind, &object);
    Stored::imagined(&object, facts, revision)
}

fn facts(kind: &Kind, object: &Value) -> Facts {
    Facts::of(object, kind.selectable(object))
}
