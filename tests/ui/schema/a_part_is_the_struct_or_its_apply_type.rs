use kube_core::{Resource, Schema};

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1")]
pub struct ShopSpec {
    door: Door,
    windows: Vec<Window>,
}

#[derive(Schema, Clone, Debug)]
pub struct Door {
    color: String,
}

#[derive(Schema, Clone, Debug)]
pub struct Window {
    width: u32,
}

fn main() {
    let _ = Shop::named("a").door(DoorApply::new().color("red")).windows([WindowApply::new()]);
    let _ = Shop::named("a").door(WindowApply::new().width(3));
    let _ = Shop::named("a").windows([Door { color: "red".to_owned() }]);
    let _ = Shop::named("a").door("red");
}
