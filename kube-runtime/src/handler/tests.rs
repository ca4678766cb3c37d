//! Promises of this stage, each a test.
