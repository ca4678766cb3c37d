//! The promises of server.
