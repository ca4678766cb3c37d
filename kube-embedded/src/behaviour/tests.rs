//! What behaviours promise.
