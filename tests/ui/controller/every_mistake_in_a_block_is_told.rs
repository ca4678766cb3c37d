use kube_runtime::prelude::*;

struct Stamp;

#[controller(worker = 2, timeout = "5")]
impl Stamp {
    fn reconcile<T>(&self, _: Client) {}

    async fn cleanup(&mut self, _: Client) {}

    fn other(&self) -> u8 {
        1
    }
}

fn main() {
    _ = Stamp.other();
    _ = Operator::new("stamp").controller(Stamp);
}
