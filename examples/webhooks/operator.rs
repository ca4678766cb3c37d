//! Ships: what is filled in, what is refused, by webhooks and by policies.

use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::prelude::*;

/// A ship that is to be built.
#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", kind = "Ship", namespaced)]
#[resource(rule(
    cel = "self.masts > 0 || has(self.engine)",
    message = "a ship has masts or an engine"
))]
pub struct ShipSpec {
    #[resource(minimum = 0, maximum = 7, print_column(name = "Masts"))]
    pub masts: i32,
    #[resource(max_length = 40)]
    pub engine: Option<String>,
    #[resource(enum("sail", "steam"), selectable, print_column(name = "Class"))]
    pub class: Option<String>,
    #[resource(immutable, max_length = 40)]
    pub name: String,
}

/// What the harbour takes.
struct Harbour {
    masts: i32,
}

/// The class follows from the rest, unless somebody says it.
#[webhook(mutate)]
async fn classify(ship: &mut Ship) -> Result<(), Denied> {
    let steam = ship.spec.engine.is_some();
    ship.spec.class.get_or_insert_with(|| if steam { "steam" } else { "sail" }.to_owned());
    Ok(())
}

/// No ship is larger than the harbour.
#[webhook(validate, timeout = "5s")]
async fn seaworthy(change: Change<Ship>, harbour: State<Harbour>) -> Verdict {
    let masts = change.new_object().map_or(0, |ship| ship.spec.masts);
    if masts > harbour.masts {
        return Verdict::deny(format!("the harbour takes {} masts", harbour.masts));
    }
    let verdict = Verdict::allow();
    if masts == harbour.masts { verdict.warn("it just fits") } else { verdict }
}

/// None loses more than one mast at once: where the two states are enough to tell, no webhook has to run.
#[policy(
    kind = Ship,
    on(update),
    variable(name = "lost", cel = "oldObject.spec.masts - object.spec.masts"),
    rule(
        cel = "variables.lost <= 1",
        message_expression = "'one mast at a time, not ' + string(variables.lost)"
    )
)]
pub struct OneMast;

/// A list of cargo gets no shorter: also kinds of Kubernetes can have rules.
#[policy(
    kind = ConfigMap,
    on(update),
    labels = "cargo",
    rule(
        cel = "size(object.?data.orValue({})) >= size(oldObject.?data.orValue({}))",
        message = "cargo stays on board",
        reason = Forbidden
    )
)]
pub struct CargoStays;

/// Everything together.
pub fn operator() -> Operator {
    Operator::new("webhooks-example")
        .state(Harbour { masts: 5 })
        .webhook(classify)
        .webhook(seaworthy)
        .policy(OneMast)
        .policy(CargoStays)
}
