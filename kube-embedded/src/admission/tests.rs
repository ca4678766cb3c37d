//! What admission promises.
