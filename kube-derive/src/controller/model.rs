//! What the function means: its kind, read off its arguments, and its wiring.

use proc_macro2::Ident;
use syn::{Attribute, FnArg, ItemFn, ReturnType, Type, Visibility};

use super::input::Input;
use crate::report::Report;
use crate::ty;

/// How many arguments a reconcile function can have.
const MOST: usize = 8;

/// A controller, ready to be expanded.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) visibility: Visibility,
    pub(super) name: Ident,
    /// For the function that returns the controller.
    pub(super) outer: Vec<Attribute>,
    /// `cfg`s, for everything.
    pub(super) conditions: Vec<Attribute>,
    /// The user's function.
    pub(super) function: ItemFn,
    /// The kind that is reconciled.
    pub(super) kind: Type,
    pub(super) arguments: Vec<Type>,
    pub(super) input: Input,
}

impl Model {
    /// Builds the model; nothing where the kind cannot be told.
    pub(super) fn new(item: &ItemFn, input: Input, report: &mut Report) -> Option<Self> {
        signature(item, report);
        let arguments: Vec<Type> = item
            .sig
            .inputs
            .iter()
            .filter_map(|argument| match argument {
                FnArg::Typed(argument) => Some((*argument.ty).clone()),
                FnArg::Receiver(receiver) => {
                    report.at(
                        receiver,
                        "a reconcile function has no `self`; what it needs beside the object is a `State<T>`",
                    );
                    None
                }
            })
            .collect();
        let kind = kind(item, &arguments, report)?;
        let mut function = item.clone();
        let all = std::mem::take(&mut function.attrs);
        let (conditions, rest): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|attribute| attribute.path().is_ident("cfg"));
        let (outer, inner) = rest.into_iter().partition(|attribute| {
            ["doc", "deprecated", "must_use"].iter().any(|name| attribute.path().is_ident(name))
        });
        function.attrs = inner;
        function.vis = Visibility::Inherited;
        Some(Self {
            visibility: item.vis.clone(),
            name: item.sig.ident.clone(),
            outer,
            conditions,
            function,
            kind,
            arguments,
            input,
        })
    }
}

fn signature(item: &ItemFn, report: &mut Report) {
    let signature = &item.sig;
    if signature.asyncness.is_none() {
        report.at(signature.fn_token, "a reconcile function is async; write `async fn`");
    }
    if !signature.generics.params.is_empty() {
        report.at(
            &signature.generics,
            "a controller is of one kind, so its function has no parameters of type; name the kind in `Object<..>`",
        );
    }
    if signature.inputs.len() > MOST {
        let last = signature.inputs.iter().nth(MOST);
        report.at(
            last,
            format!("a reconcile function has at most {MOST} arguments; put some of them into one `State<T>`"),
        );
    }
    if matches!(signature.output, ReturnType::Default) {
        report.at(
            &signature.ident,
            "a reconcile function says how it ended; write `-> Result<Action>`, and `Ok(Action::done())` at its end",
        );
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
