//! What the function or the type means: its name, its kind, read off its arguments, and its wiring.

use proc_macro2::Ident;
use syn::{GenericParam, Generics, ItemFn, Type, TypeParam, TypeParamBound, WherePredicate};

use super::input::Input;
use crate::report::Report;
use crate::said::Sort;
use crate::ty;

/// A function that is a controller.
pub(super) const FUNCTION: Sort = Sort {
    what: "a reconcile function",
    most: 8,
    instead: "one `State<T>`",
    beside: "object",
    // The kind may be one: `check_parameters`.
    one_kind: None,
    returns: "a reconcile function says how it ended; write `-> Result<Action>`, and `Ok(Action::done())` at its end",
};

/// Traits that make no kind of a type.
const NO_KINDS: [&str; 10] = [
    "Send",
    "Sync",
    "Sized",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Serialize",
    "Deserialize",
    "DeserializeOwned",
];

/// A controller, ready to be expanded.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) name: String,
    /// Whether it is written for many kinds, of which one is chosen where it is used.
    pub(super) of_any_kind: bool,
    /// The kind that is reconciled.
    pub(super) kind: Type,
    pub(super) arguments: Vec<Type>,
    pub(super) input: Input,
}

impl Model {
    /// Builds the model of what is called `name`, is generic in this way and reconciles with this function. Where the kind cannot be told that is
    /// noted, and another one stands for it, so that nobody who names the controller is told of more than that.
    pub(super) fn new(
        name: String,
        generics: &Generics,
        function: &ItemFn,
        sort: &Sort,
        input: Input,
        report: &mut Report,
    ) -> Self {
        let arguments = sort.arguments(function, report);
        let kind = kind(&function.sig.ident, &arguments, report);
        let kind = kind.unwrap_or_else(any_kind);
        let text = ty::text(&kind);
        let parameter = generics.type_params().find(|parameter| parameter.ident == text);
        if let Some(parameter) = parameter.filter(|it| !is_bound(it, generics)) {
            let name = &parameter.ident;
            report.at(
                parameter,
                format!("`{name}` is reconciled, so it is a kind; write `{name}: Resource`"),
            );
        }
        let of_any_kind = parameter.is_some();
        Self { name, of_any_kind, kind, arguments, input }
    }
}

/// Whether anything is said of a parameter that could make it a kind: `Resource`, or a trait of the user's that is more than that.
fn is_bound(parameter: &TypeParam, generics: &Generics) -> bool {
    let said = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    let said = said.filter_map(|predicate| match predicate {
        WherePredicate::Type(said) if parameter.ident == ty::text(&said.bounded_ty) => {
            Some(&said.bounds)
        }
        _ => None,
    });
    let bounds = parameter.bounds.iter().chain(said.flatten());
    let mut traits = bounds.filter_map(|bound| match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last(),
        _ => None,
    });
    traits.any(|last| !NO_KINDS.iter().any(|name| last.ident == name))
}

/// The parameters of a function that is a controller: its kind, and no others.
pub(super) fn check_parameters(generics: &Generics, model: &Model, report: &mut Report) {
    for parameter in &generics.params {
        match parameter {
            GenericParam::Type(parameter) if parameter.ident == ty::text(&model.kind) => {}
            GenericParam::Type(other) => {
                let name = &other.ident;
                report.at(
                    name,
                    format!("a controller is generic over its kind only; write a type for `{name}`, or reconcile `Object<{name}>`"),
                );
            }
            GenericParam::Lifetime(lifetime) => {
                report.at(
                    lifetime,
                    "a reconcile function borrows nothing; take what it is given by value",
                );
            }
            GenericParam::Const(number) => {
                report.at(
                    &number.ident,
                    "a controller is generic over its kind only; take the number from a `State<T>`",
                );
            }
        }
    }
}

/// Stands for a kind that cannot be told.
pub(super) fn any_kind() -> Type {
    syn::parse_quote!(::kube_runtime::__private::AnyKind)
}

/// `K` of the argument `Object<K>`, or of `Cx<K>` where no object is asked for.
fn kind(function: &Ident, arguments: &[Type], report: &mut Report) -> Option<Type> {
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
        function,
        "which kind is reconciled is not said; add the argument `object: Object<Kind>`",
    );
    None
}
