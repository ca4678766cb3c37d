//! Promises of the wiring, each a test.
