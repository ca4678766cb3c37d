//! How the answer to a call comes: whole, in pieces, or as a connection.

use super::Verb;

/// How the answer to a call comes; a transport chooses the connection by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a transport has to know them all")]
pub enum Exchange {
    /// As one piece, soon.
    Whole,
    /// In pieces, perhaps without an end.
    Stream,
    /// By switching to another protocol: its `Response` has a `connection`.
    Upgrade,
}

impl Exchange {
    pub(super) fn of(verb: Verb) -> Self {
        match verb {
            Verb::Watch => Self::Stream,
            _ => Self::Whole,
        }
    }
}
