//! Everything that can come from outside and is wrong: answers, bombs, names, strangers and secrets in; one line that says what is wrong out.
//!
//! Each file is one test over a table of rows; a new case is a row.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod bombs;
mod input;
mod malformed;
mod names;
mod origins;
mod secrets;
mod stranger;
