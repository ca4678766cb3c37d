//! What the macros promise to whoever uses them: no name of theirs stands in the way, no lint complains, nothing is needed beside one crate.

mod attributes;
mod enums;
mod fields;
mod foreign;
mod gets;
mod hygiene;
mod lints;
mod methods;
mod own;
mod parts;
mod served;
mod shapes;
mod views;
