//! What the function means: its kind, read off its arguments, and its wiring.

use syn::{ItemFn, Type};

use super::input::Input;
use crate::report::Report;
use crate::said::{Function, Sort};
use crate::ty;

const SORT: Sort = Sort {
    what: "a reconcile function",
    most: 8,
    beside: "object",
    one_kind: "a controller is of one kind, so its function has no parameters of type; name the kind in `Object<..>`",
    returns: "a reconcile function says how it ended; write `-> Result<Action>`, and `Ok(Action::done())` at its end",
};

/// A controller, ready to be expanded.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) function: Function,
    /// The kind that is reconciled.
    pub(super) kind: Type,
    pub(super) arguments: Vec<Type>,
    pub(super) input: Input,
}

impl Model {
    /// Builds the model; nothing where the kind cannot be told.
    pub(super) fn new(item: &ItemFn, input: Input, report: &mut Report) -> Option<Self> {
        let arguments = SORT.arguments(item, report);
        let kind = kind(item, &arguments, report)?;
        Some(Self { function: Function::new(item), kind, arguments, input })
    }
}

/// `K` of the argument `Object<K>`, or of `Cx<K>` where no object is asked for.
fn kind(item: &ItemFn, arguments: &[Type], report: &mut Report) -> Option<Type> {
    let objects: Vec<&Type> =
        arguments.iter().filter_map(|argument| ty::inner(argument, "Object")).collect();
    if let [first, others @ ..] = &objects[..] {
        for other in others {
            let (first, second) = (ty::text(first), ty::text(other));
            report.at(
                other,
                if first == second {
                    format!("the object is given twice; keep one `Object<{first}>`")
                } else {
                    format!("this controller is of `{first}` already; read a `{second}` from a `Lister<{second}>`")
                },
            );
        }
        return Some((*first).clone());
    }
    if let Some(kind) = arguments.iter().find_map(|argument| ty::inner(argument, "Cx")) {
        return Some(kind.clone());
    }
    report.at(
        &item.sig.ident,
        "which kind is reconciled is not said; add the argument `object: Object<Kind>`",
    );
    None
}
