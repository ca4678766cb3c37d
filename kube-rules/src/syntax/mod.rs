//! The text of a rule in, its tree out: the parser is the crate `cel`'s.

mod convert;
mod macros;
mod tree;

use std::sync::LazyLock;

use cel::Env;

use crate::depth::DEEPEST;
use crate::depth::everywhere;
use crate::depth::too_deep;
use crate::issue::Issue;
use crate::issue::Place;

pub(crate) use tree::Call;
pub(crate) use tree::Entry;
pub(crate) use tree::Expr;
pub(crate) use tree::Fold;
pub(crate) use tree::Literal;
pub(crate) use tree::Node;
pub(crate) use tree::Parsed;
pub(crate) use tree::Select;

static ENV: LazyLock<Env> = LazyLock::new(env);

/// What the parser needs to know: the macros.
fn env() -> Env {
    let mut env = Env::default();
    for each in macros::all() {
        env.add_macro(each).expect("no two macros have one name and as many arguments");
    }
    env
}

/// Parses an expression. Who calls leaves it as much stack as the expression needs.
pub(crate) fn parse(source: &str) -> Result<Parsed, Vec<Issue>> {
    let parser = ENV.parser();
    let deepest = u16::try_from(DEEPEST).unwrap_or(u16::MAX);
    match parser.max_recursion_depth(deepest).parse_with_source_info(source) {
        Ok((root, info)) => match convert::depth(&root) {
            depth if depth > convert::DEEPEST_TREE => {
                Err(everywhere("max recursion depth exceeded"))
            }
            depth => Ok(convert::convert(&root, depth, source, &info)),
        },
        Err(errors)
            if errors.errors.iter().any(|error| error.msg.contains("Recursion limit of")) =>
        {
            Err(too_deep())
        }
        Err(errors) => Err(errors
            .errors
            .into_iter()
            .map(|error| {
                let (line, column) = error.pos;
                let place = Place {
                    line: usize::try_from(line).unwrap_or(0),
                    column: usize::try_from(column - 1).unwrap_or(0),
                };
                // Where Go's parser only expects the end, this one lists what could go on.
                let text = match error.msg.split_once(" expecting {<EOF>, ") {
                    Some((found, _)) => format!("{found} expecting <EOF>"),
                    None => error.msg,
                };
                Issue { place, text, meant: None }
            })
            .collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expected: &str) {
        let issues = parse(source).err().unwrap_or_default();
        assert_eq!(crate::issue::report(source, &issues), expected);
    }

    #[test]
    fn what_cannot_be_parsed_is_pointed_at() {
        check(
            "self.a +",
            "ERROR: <input>:1:9: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}\n | self.a +\n | ........^",
        );
        check(
            "has(self)",
            "ERROR: <input>:1:5: invalid argument to has() macro\n | has(self)\n | ....^",
        );
        check(
            "self.all(1, true)",
            "ERROR: <input>:1:10: argument must be a simple name\n | self.all(1, true)\n | .........^",
        );
    }
}
