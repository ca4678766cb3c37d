//! The functions of CEL and of Kubernetes: a name and arguments in, a value out. One file a family.
//!
//! Mirrors: cel-go ext, apiserver pkg/cel/library
//! Differs: functions of the authorizer are declared and never reached, as `authorizer` is no variable of a rule.

mod collection;
mod convert;
mod lists;
mod net;
mod optional;
mod pattern;
mod printf;
mod scalars;
mod strings;
mod times;

pub(crate) use lists::has_item;

use crate::declarations;
use crate::value::Fault;
use crate::value::Meter;
use crate::value::Outcome;
use crate::value::Value;

/// Functions of one family; none: the name is of another.
type Family = for<'a> fn(&mut Meter, &str, &[Value<'a>]) -> Option<Outcome<'a>>;

/// Functions that only a policy can reach.
fn is_authorizer(name: &str) -> bool {
    declarations::overloads(name).into_iter().flatten().all(|overload| {
        overload
            .arguments
            .first()
            .is_some_and(|of| of.to_string().starts_with("kubernetes.authorization."))
    })
}

static FAMILIES: [Family; 10] = [
    convert::call,
    strings::call,
    lists::call,
    collection::call,
    optional::call,
    pattern::call,
    times::call,
    scalars::call,
    net::call,
    printf::call,
];

/// Calls a function; of a call on a value, that is the first argument.
pub(crate) fn call<'a>(meter: &mut Meter, name: &str, args: &[Value<'a>]) -> Outcome<'a> {
    for family in FAMILIES {
        if let Some(outcome) = family(meter, name, args) {
            return outcome;
        }
    }
    if declarations::overloads(name).is_some_and(|all| !all.is_empty()) && !is_authorizer(name) {
        return Fault::no_overload();
    }
    Fault::error(format!("unsupported function `{name}`: this server does not know it"))
}
