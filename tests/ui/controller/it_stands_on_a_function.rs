use kube_runtime::prelude::controller;

#[controller]
struct Stamp;

fn main() {}
