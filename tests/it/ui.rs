//! Wrong input of the macros: each file of `tests/ui` is named after the rule that it breaks, and says beside it what the user is told.

/// One run for all of them: the crates are checked once.
#[test]
fn wrong_input_is_told_where_why_and_what_to_do() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/*/*.rs");
}
