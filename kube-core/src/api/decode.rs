//! An answer's bytes in, the object that it is out.

use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::status::Status;
use crate::status::excerpt;
use crate::wire;

/// Reads the object, or the failure that a 2xx may hold: a type that is of any kind would take that for an object.
pub(super) fn decode<K: DeserializeOwned>(body: &[u8], failed: impl Fn() -> String) -> Result<K> {
    if let Some(status) = failure(body) {
        return Err(Error::from_status(status, failed()));
    }
    wire::decode(body).map_err(|why| {
        let why = match body.trim_ascii_start().first() {
            None => "the answer is empty".to_owned(),
            Some(b'{' | b'[' | b'"') => {
                format!("the answer does not fit the type it is read as: {why}")
            }
            _ => format!("the answer is no object but begins with `{}`", excerpt(body, 128)),
        };
        Error::new(ErrorKind::Decode, why).context(failed())
    })
}

/// The same of a write: an answer that cannot be read came after it was done, or from somebody else than the server.
pub(super) fn decode_written<K: DeserializeOwned>(
    body: &[u8],
    failed: impl Fn() -> String,
) -> Result<K> {
    decode(body, failed).map_err(|error| match error.kind() {
        ErrorKind::Decode => error.with_unknown_outcome(),
        _ => error,
    })
}

/// The failure that this is. Nearly no object has the word in it, so that nothing is read twice.
fn failure(body: &[u8]) -> Option<Status> {
    memchr::memmem::find(body, br#""Status""#)?;
    Status::from_json(body).filter(Status::is_failure)
}
