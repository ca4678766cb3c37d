//! The functions of CEL and of Kubernetes: a name and arguments in, a value out. One file a family.
//!
//! Mirrors: cel-go ext, apiserver pkg/cel/library

mod authorizer;
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

static FAMILIES: [Family; 11] = [
    authorizer::call,
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
    if declarations::overloads(name).is_some_and(|all| !all.is_empty()) {
        return Fault::no_overload();
    }
    Fault::error(format!("unsupported function `{name}`: this server does not know it"))
}
