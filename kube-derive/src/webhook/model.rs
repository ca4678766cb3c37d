//! What the function means: whether it judges or changes, its kind, read off its arguments, and when it is asked.

use syn::{ItemFn, Type};

use super::attr::Input;
use crate::report::Report;
use crate::said::{Function, Sort};
use crate::ty;

const SORT: Sort = Sort {
    what: "a webhook function",
    most: 6,
    instead: "one `State<T>`",
    beside: "change",
    one_kind: Some(
        "a webhook is about one kind, so its function has no parameters of type; name the kind in `Change<..>`",
    ),
    returns: "a webhook function says what it decided; write `-> Verdict`, or `-> Result<(), Denied>`",
};

/// A webhook, ready to be expanded.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) function: Function,
    pub(super) kind: Type,
    /// Without the object that is changed.
    pub(super) arguments: Vec<Type>,
    pub(super) mutates: bool,
    pub(super) input: Input,
}

impl Model {
    /// Builds the model; nothing where the kind cannot be told.
    pub(super) fn new(item: &ItemFn, input: Input, report: &mut Report) -> Option<Self> {
        let mut arguments = SORT.arguments(item, report);
        let mutates = does(item, &input, report);
        let kind = if mutates {
            changed(item, &mut arguments, report)?
        } else {
            judged(item, &arguments, report)?
        };
        only_of_mutation(&input, mutates, item, report);
        Some(Self { function: Function::new(item), kind, arguments, mutates, input })
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
