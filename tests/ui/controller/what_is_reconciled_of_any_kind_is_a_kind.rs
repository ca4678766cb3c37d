use kube_runtime::prelude::*;

#[controller]
async fn stamp<K>(_: Object<K>) -> Result<Action>
where
    K: Send + 'static,
{
    Ok(Action::done())
}

struct Seal<K>(K);

#[controller]
impl<K: Clone> Seal<K> {
    async fn reconcile(&self, _: Object<K>) -> Result<Action> {
        Ok(Action::done())
    }
}

fn main() {}
