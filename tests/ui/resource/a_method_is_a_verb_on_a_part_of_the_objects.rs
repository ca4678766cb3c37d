use kube_core::Resource;

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", scale(spec = ".spec.size", status = ".status.size"), status = ShopStatus)]
#[resource(method(name = get_scale, verb = gett, subresource = "scale"))]
#[resource(method(name = put_scale, verb = replace, subresource = "scale"))]
#[resource(method(name = watch_scale, verb = observe, subresource = "scale"))]
#[resource(method(name = approve, verb = update, subresource = "approval"))]
#[resource(method(name = show, verb = get, subresource = "Scale/x y"))]
#[resource(method(name = all_scales, verb = list, subresource = "scale"))]
#[resource(method(name = apply_scale, verb = apply, subresource = "scale"))]
#[resource(method(name = make, verb = create))]
#[resource(method(name = peek, verb = get, subresource = "scale", input = ShopStatus))]
#[resource(method(name = change, verb = patch, subresource = "scale", input = ShopStatus))]
#[resource(method(name = delete, verb = get, subresource = "scale"))]
#[resource(method(name = some::where_else, verb = get, subresource = "scale"))]
#[resource(method(name = twice, verb = get, subresource = "scale"))]
#[resource(method(name = twice, verb = get, subresource = "status"))]
pub struct ShopSpec {
    size: i32,
}

#[derive(kube_core::Schema, Clone, Debug, Default)]
pub struct ShopStatus {
    size: i32,
}

#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", method(name = report, verb = patch, subresource = "status"))]
pub struct BareSpec {
    size: i32,
}

fn main() {}
