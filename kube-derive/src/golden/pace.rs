//! The macros of each example in; how long their expansion takes, out.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::Instant;

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::Attribute;
use syn::Item;

use crate::path::Flavour;

/// How long the expansion of all that one example has may take.
const LIMIT: Duration = Duration::from_millis(5);
/// The least of so many is what it takes: the rest is what else the machine does.
const TIMES: usize = 50;

/// The source files of the examples.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources.extend(sources_of(&path));
        }
    }
    sources.sort();
    sources
}

fn sources_of(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

fn derives(attributes: &[Attribute], name: &str) -> bool {
    let derives = attributes.iter().filter(|attribute| attribute.path().is_ident("derive"));
    derives.map(|derive| derive.to_token_stream().to_string()).any(|derive| derive.contains(name))
}

/// The arguments of an attribute, which is not there any more then.
fn taken(attributes: &mut Vec<Attribute>, name: &str) -> Option<TokenStream> {
    let place = attributes.iter().position(|attribute| attribute.path().is_ident(name))?;
    let attribute = attributes.remove(place);
    let list = attribute.meta.require_list();
    Some(list.map_or_else(|_| TokenStream::new(), |list| list.tokens.clone()))
}

type Expansion = Box<dyn Fn() -> TokenStream>;

/// What the compiler would ask of us for one item.
fn expansions(item: Item) -> Vec<Expansion> {
    let mut all: Vec<Expansion> = Vec::new();
    let mut derived = |attributes: &[Attribute], tokens: TokenStream| {
        if derives(attributes, "Resource") {
            let tokens = tokens.clone();
            all.push(Box::new(move || crate::resource::derive(tokens.clone(), Flavour::Runtime)));
        }
        if derives(attributes, "Schema") {
            all.push(Box::new(move || crate::schema::derive(tokens.clone(), Flavour::Runtime)));
        }
    };
    match item {
        Item::Struct(mut item) => {
            derived(&item.attrs, item.to_token_stream());
            if let Some(arguments) = taken(&mut item.attrs, "policy") {
                let tokens = item.to_token_stream();
                all.push(Box::new(move || crate::policy::policy(arguments.clone(), &tokens)));
            }
        }
        Item::Enum(item) => derived(&item.attrs, item.to_token_stream()),
        Item::Fn(mut item) => {
            if let Some(arguments) = taken(&mut item.attrs, "controller") {
                let tokens = item.to_token_stream();
                all.push(Box::new(move || {
                    crate::controller::controller(arguments.clone(), &tokens)
                }));
            }
            if let Some(arguments) = taken(&mut item.attrs, "webhook") {
                let tokens = item.to_token_stream();
                all.push(Box::new(move || crate::webhook::webhook(arguments.clone(), &tokens)));
            }
        }
        _ => {}
    }
    all
}

#[expect(clippy::disallowed_methods, reason = "it measures")]
fn least(expand: &Expansion) -> Duration {
    let took = (0..TIMES).map(|_| {
        let begun = Instant::now();
        let expanded = expand();
        let took = begun.elapsed();
        assert!(!expanded.is_empty(), "nothing was expanded");
        took
    });
    took.min().expect("it was expanded at least once")
}

#[test]
#[expect(clippy::print_stdout, reason = "it says what it measured")]
fn an_expansion_takes_five_milliseconds_at_most_for_all_of_an_example() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let mut all = Vec::new();
    for path in sources(&examples) {
        let file = syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap();
        let expansions: Vec<_> = file.items.into_iter().flat_map(expansions).collect();
        if expansions.is_empty() {
            continue;
        }
        let took: Vec<Duration> = expansions.iter().map(least).collect();
        let name = path.strip_prefix(&examples).unwrap().display().to_string();
        all.push((took.iter().sum::<Duration>(), name, took));
    }
    all.sort();
    for (took, name, each) in &all {
        println!("{took:>10.1?}  {name}: {each:.1?}");
    }
    assert!(all.len() >= 8, "{} examples were found: the check itself is broken", all.len());
    let (took, name, _) = all.last().unwrap();
    assert!(*took <= LIMIT, "{name} takes {took:?}");
}
