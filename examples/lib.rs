//! The examples share no code: each is a program of its own.
