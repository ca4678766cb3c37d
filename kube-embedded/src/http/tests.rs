//! The promises of http.
