//! The promises of verb.
