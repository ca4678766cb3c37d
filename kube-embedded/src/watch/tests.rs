//! The promises of watch.
