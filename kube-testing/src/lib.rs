//! Tests operators with no cluster, in milliseconds.
