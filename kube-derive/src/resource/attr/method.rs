//! `method(name = update_approval, verb = update, subresource = "approval")`: one verb on one part of the objects, as a method of their typed client.
//!
//! Mirrors: kubernetes code-generator cmd/client-gen/generators/util/tags.go (`+genclient:method`)
//! Differs: a verb on whole objects is no method of its own, but for `get` and `list`, which may read them as another type.

use darling::FromMeta;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{LitStr, Path};

use super::is_label;
use crate::report::{Report, nearest};

/// What a typed client has already, and would be called instead.
const TAKEN: [&str; 22] = [
    "apply",
    "as_kind",
    "client",
    "clone",
    "create",
    "delete",
    "delete_collection",
    "get",
    "list",
    "metadata_only",
    "modify",
    "namespace",
    "part_whatever_is_allowed",
    "patch",
    "patch_whatever_is_allowed",
    "replace",
    "scale",
    "status",
    "subresource",
    "table",
    "until",
    "watch",
];

/// A method, as written.
#[derive(Debug, FromMeta)]
pub(crate) struct Written {
    name: Path,
    verb: Path,
    #[darling(default)]
    subresource: Option<LitStr>,
    #[darling(default)]
    input: Option<Path>,
    #[darling(default)]
    result: Option<Path>,
}

/// What it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MethodVerb {
    Get,
    List,
    Create,
    Update,
    Patch,
    Apply,
}

const VERBS: [(&str, MethodVerb); 6] = [
    ("get", MethodVerb::Get),
    ("list", MethodVerb::List),
    ("create", MethodVerb::Create),
    ("update", MethodVerb::Update),
    ("patch", MethodVerb::Patch),
    ("apply", MethodVerb::Apply),
];

/// A method, ready to be expanded.
#[derive(Debug)]
pub(crate) struct Method {
    pub(crate) name: Ident,
    pub(crate) verb: MethodVerb,
    pub(crate) subresource: Option<String>,
    /// Of what is sent.
    pub(crate) input: TokenStream,
    /// Of what the server answers.
    pub(crate) result: TokenStream,
}

/// Whose methods they are.
pub(crate) struct Whose<'a> {
    pub(crate) object: &'a Ident,
    pub(crate) read_only: bool,
    /// The parts of a custom kind; those of an existing one are not known.
    pub(crate) parts: Option<&'a [&'static str]>,
}

/// The methods; what is wrong is noted.
pub(crate) fn methods(written: &[Written], whose: &Whose<'_>, report: &mut Report) -> Vec<Method> {
    let mut methods: Vec<Method> = Vec::new();
    for one in written {
        let Some(method) = method(one, whose, report) else { continue };
        let name = &method.name;
        if methods.iter().any(|other| other.name == *name) {
            report.at(&one.name, format!("there are two methods `{name}`; keep one"));
        } else {
            methods.push(method);
        }
    }
    methods
}

/// Nothing where it could not be expanded.
fn method(written: &Written, whose: &Whose<'_>, report: &mut Report) -> Option<Method> {
    let name = name(&written.name, report);
    let verb = verb(&written.verb, report);
    if let Some(subresource) = &written.subresource {
        part(subresource, whose, report);
    }
    let (name, verb) = (name?, verb?);
    if !fits(written, verb, whose, report) {
        return None;
    }
    let meant = |path| meant(path, whose.object);
    let (input, result) = (written.input.as_ref().map(meant), written.result.as_ref().map(meant));
    let input = match verb {
        MethodVerb::Create | MethodVerb::Update => body(written, input, whose, report),
        MethodVerb::Apply => {
            input.unwrap_or_else(|| format_ident!("{}Apply", whose.object).into_token_stream())
        }
        MethodVerb::Get | MethodVerb::List | MethodVerb::Patch => quote!(),
    };
    Some(Method {
        name,
        verb,
        subresource: written.subresource.as_ref().map(LitStr::value),
        input,
        result: result.unwrap_or_else(|| whose.object.to_token_stream()),
    })
}

/// Whether the verb can be on what it is said to be on, and send what it is said to.
fn fits(written: &Written, verb: MethodVerb, whose: &Whose<'_>, report: &mut Report) -> bool {
    let writes = !matches!(verb, MethodVerb::Get | MethodVerb::List);
    let custom = whose.parts.is_some();
    match (verb, &written.subresource) {
        _ if whose.read_only && writes => report.at(
            &written.verb,
            "it changes something, and `read_only` allows nothing that does; write `only_verbs(get, list, watch)` instead, which is about whole objects",
        ),
        (MethodVerb::List, Some(part)) => report.at(
            part,
            "a list is one of whole objects, a subresource is of one object; write `verb = get`, with what it answers as `result`",
        ),
        (MethodVerb::Apply, Some(part)) if custom && part.value() == "scale" => report.at(
            &written.verb,
            "an API server cannot apply to the scale of a custom kind; write `verb = patch`",
        ),
        (_, None) if writes => report.at(
            &written.name,
            "the client has this verb on whole objects; add `subresource = \"..\"`, the part that the method is about",
        ),
        _ => {
            let sent = match verb {
                MethodVerb::Get | MethodVerb::List => "nothing",
                MethodVerb::Patch => "a `Patch`",
                MethodVerb::Create | MethodVerb::Update | MethodVerb::Apply => return true,
            };
            let Some(input) = &written.input else { return true };
            report.at(input, format!("it sends {sent}; remove `input`"));
        }
    }
    false
}

/// What is sent as a whole: the kind itself, unless something else is said; a view is not whole.
fn body(
    written: &Written,
    given: Option<TokenStream>,
    whose: &Whose<'_>,
    report: &mut Report,
) -> TokenStream {
    let object = whose.object.to_token_stream();
    let body = given.unwrap_or_else(|| object.clone());
    if whose.parts.is_none() && body.to_string() == object.to_string() {
        let place = written.input.as_ref().unwrap_or(&written.verb);
        report.at(place, "a view names a part of its objects, and what is sent here is taken for the whole; say the type of it: `input = Scale`");
    }
    body
}

/// The type as it is named outside of the expansion.
fn meant(path: &Path, object: &Ident) -> TokenStream {
    if path.is_ident("Self") { object.to_token_stream() } else { path.to_token_stream() }
}

fn name(written: &Path, report: &mut Report) -> Option<Ident> {
    let Some(name) = written.get_ident() else {
        report.at(written, "it is the name of a method; write `name = update_approval`");
        return None;
    };
    let text = name.to_string();
    if TAKEN.contains(&text.as_str()) {
        report.at(name, format!("a typed client has a method `{text}` already, which would be called instead; choose another name"));
        return None;
    }
    Some(name.clone())
}

fn verb(written: &Path, report: &mut Report) -> Option<MethodVerb> {
    let text = written.get_ident().map(ToString::to_string).unwrap_or_default();
    if let Some((_, verb)) = VERBS.iter().find(|(name, _)| *name == text) {
        return Some(*verb);
    }
    let names = VERBS.iter().map(|(name, _)| *name);
    let near = if text == "replace" { Some("update") } else { nearest(&text, names.clone()) };
    let meant = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", names.collect::<Vec<_>>().join(", ")),
    };
    report.at(written, format!("`{text}` is not the verb of a method; {meant}"));
    None
}

/// The part that it is about.
fn part(written: &LitStr, whose: &Whose<'_>, report: &mut Report) {
    let text = written.value();
    if !text.split('/').all(is_label) {
        report.at(written, format!("`{text}` is not a subresource: it is in lower-case letters, digits and dashes, as `approval`"));
        return;
    }
    if whose.parts.is_none_or(|parts| parts.contains(&text.as_str())) {
        return;
    }
    let remedy = match text.as_str() {
        "status" => "add `status = ShopStatus`".to_owned(),
        "scale" => "add `scale(..)`".to_owned(),
        other => {
            format!("`{other}` is of an existing kind: write a view of it (`existing = \"..\"`)")
        }
    };
    report.at(written, format!("a custom kind has the subresources `status` and `scale`, if it says so, and no others; {remedy}"));
}
