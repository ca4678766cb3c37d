//! The promises of this module.
