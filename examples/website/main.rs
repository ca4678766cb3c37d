//! The story of one operator, told as it happens.
fn main() {}
