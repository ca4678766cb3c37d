use kube_runtime::prelude::*;

#[controller]
async fn stamp(_: Client) -> Result<Action> {
    Ok(Action::done())
}

fn main() {
    _ = Operator::new("stamp").controller(stamp);
}
