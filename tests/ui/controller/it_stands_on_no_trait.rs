use kube_runtime::prelude::*;

struct Stamp;

#[controller]
impl Drop for Stamp {
    fn drop(&mut self) {}
}

fn main() {}
