//! What the function means: whether it judges or changes, its kind, read off its arguments, and when it is asked.

use proc_macro2::Ident;
use syn::{Attribute, FnArg, ItemFn, ReturnType, Type, Visibility};

use super::attr::Input;
use crate::report::Report;
use crate::ty;

/// How many arguments a webhook function can have.
const MOST: usize = 6;

/// A webhook, ready to be expanded.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) visibility: Visibility,
    pub(super) name: Ident,
    /// For the function that returns the webhook.
    pub(super) outer: Vec<Attribute>,
    /// `cfg`s, for everything.
    pub(super) conditions: Vec<Attribute>,
    /// The user's function.
    pub(super) function: ItemFn,
    pub(super) kind: Type,
    /// Without the object that is changed.
    pub(super) arguments: Vec<Type>,
    pub(super) mutates: bool,
    pub(super) input: Input,
}

impl Model {
    /// Builds the model; nothing where the kind cannot be told.
    pub(super) fn new(item: &ItemFn, input: Input, report: &mut Report) -> Option<Self> {
        signature(item, report);
        let mut arguments: Vec<Type> = item
            .sig
            .inputs
            .iter()
            .filter_map(|argument| match argument {
                FnArg::Typed(argument) => Some((*argument.ty).clone()),
                FnArg::Receiver(receiver) => {
                    report.at(
                        receiver,
                        "a webhook function has no `self`; what it needs beside the change is a `State<T>`",
                    );
                    None
                }
            })
            .collect();
        let mutates = does(item, &input, report);
        let kind = if mutates {
            changed(item, &mut arguments, report)?
        } else {
            judged(item, &arguments, report)?
        };
        only_of_mutation(&input, mutates, item, report);
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
            mutates,
            input,
        })
    }
}

/// Whether it changes the object.
fn does(item: &ItemFn, input: &Input, report: &mut Report) -> bool {
    match (&input.validate, &input.mutate) {
        (Some(_), Some(second)) => {
            report.at(second, "a webhook either judges or changes; write one function for each");
        }
        (None, None) => report.at(
            &item.sig.ident,
            "whether it judges or changes is not said; write `#[webhook(validate)]` or `#[webhook(mutate)]`",
        ),
        _ => {}
    }
    input.mutate.is_some()
}

fn signature(item: &ItemFn, report: &mut Report) {
    let signature = &item.sig;
    if signature.asyncness.is_none() {
        report.at(signature.fn_token, "a webhook function is async; write `async fn`");
    }
    if !signature.generics.params.is_empty() {
        report.at(
            &signature.generics,
            "a webhook is about one kind, so its function has no parameters of type; name the kind in `Change<..>`",
        );
    }
    if signature.inputs.len() > MOST {
        let last = signature.inputs.iter().nth(MOST);
        report.at(
            last,
            format!("a webhook function has at most {MOST} arguments; put some of them into one `State<T>`"),
        );
    }
    if matches!(signature.output, ReturnType::Default) {
        report.at(
            &signature.ident,
            "a webhook function says what it decided; write `-> Verdict`, or `-> Result<(), Denied>`",
        );
    }
}

/// `K` of the first argument `&mut K`, which is taken from the others.
fn changed(item: &ItemFn, arguments: &mut Vec<Type>, report: &mut Report) -> Option<Type> {
    match arguments.first() {
        Some(Type::Reference(reference)) if reference.mutability.is_some() => {
            let kind = (*reference.elem).clone();
            arguments.remove(0);
            Some(kind)
        }
        _ => {
            report.at(
                &item.sig.ident,
                "what is changed is not said; the first argument is `object: &mut Kind`",
            );
            None
        }
    }
}

/// `K` of the argument `Change<K>`.
fn judged(item: &ItemFn, arguments: &[Type], report: &mut Report) -> Option<Type> {
    let kinds: Vec<&Type> =
        arguments.iter().filter_map(|argument| ty::inner(argument, "Change")).collect();
    if let Some(second) = kinds.get(1) {
        report.at(second, "a webhook is about one change; keep one `Change<..>`");
    }
    if kinds.is_empty() {
        report.at(
            &item.sig.ident,
            "which kind is judged is not said; add the argument `change: Change<Kind>`",
        );
    }
    kinds.first().map(|kind| (*kind).clone())
}

fn only_of_mutation(input: &Input, mutates: bool, item: &ItemFn, report: &mut Report) {
    if input.reinvoked && !mutates {
        report.at(
            &item.sig.ident,
            "`reinvoked` is of a webhook that changes objects; this one judges what is final",
        );
    }
}
