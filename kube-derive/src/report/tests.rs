//! What the report promises: all mistakes at once, the rest still read, the near name offered.

use super::{Known, Report, Usage, nearest};

#[derive(Debug, Default, darling::FromMeta)]
#[darling(default)]
struct Example {
    group: Option<String>,
    short_name: Option<String>,
}

impl Known for Example {
    const PLACE: &'static str = "an example";
    const USAGE: &'static [&'static [Usage]] =
        &[&[("group", "group = \"example.com\""), ("short_name", "short_name = \"ex\"")]];
}

fn read(attribute: syn::Attribute) -> (Example, Vec<String>) {
    let mut report = Report::default();
    let example = report.read(&[attribute]);
    (example, report.errors.iter().map(ToString::to_string).collect())
}

#[test]
fn every_mistake_is_found_and_the_rest_is_read() {
    let (example, errors) = read(syn::parse_quote!(#[resource(
        grop = "a", group = "b", short_name(x), group = "c"
    )]));
    assert_eq!(example.group.as_deref(), Some("b"));
    assert_eq!(
        errors,
        [
            "unknown attribute `grop` on an example; did you mean `group`?",
            "unexpected meta-item format `list`; write `short_name = \"ex\"`",
            "`group` is given twice; keep one",
        ]
    );
    assert_eq!(example.short_name, None);
}

#[test]
fn a_name_that_is_near_nothing_is_told_what_there_is() {
    let (_, errors) = read(syn::parse_quote!(#[resource(everything)]));
    assert_eq!(
        errors,
        ["unknown attribute `everything` on an example; known here: `group`, `short_name`"]
    );
}

#[test]
fn the_nearest_name_ignores_case_and_underscores() {
    let names = ["short_name", "print_column", "plural"];
    for (wrong, meant) in [
        ("shortname", Some("short_name")),
        ("printColumn", Some("print_column")),
        ("plurla", Some("plural")),
        ("colour", None),
    ] {
        assert_eq!(nearest(wrong, names.into_iter()), meant, "{wrong}");
    }
}
