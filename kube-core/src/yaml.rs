//! YAML as JSON's values: a text in, what it says, or where it says nothing, out.
//!
//! All YAML is read here, and becomes a type afterwards: the parser is compiled once then, and not for each type and its fields.

use serde::Deserialize as _;
use serde::Deserializer;
use serde::de::Error as _;
use serde_json::Value;
use serde_saphyr::options::DuplicateKeyPolicy;

/// Line and column of what is no YAML, if that is known. The parser's own words are left out: they may repeat a secret.
pub(crate) type Place = Option<(u64, u64)>;

/// The value of one document, which has no key twice and at most so many nodes, that deep in each other.
pub(crate) fn read(text: &str, max_depth: usize, max_nodes: usize) -> Result<Value, Place> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: max_depth, max_documents: 1, max_nodes: max_nodes },
        duplicate_keys: DuplicateKeyPolicy::Error,
        // `y` and `no` are texts, but where [`truth`] is asked for.
        strict_booleans: true,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| error.location().map(|at| (at.line(), at.column())))
}

/// Whether something is so, in any of the words that Kubernetes' YAML has for that; nothing is no.
pub(crate) fn truth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let word = match &value {
        Value::Bool(truth) => return Ok(*truth),
        Value::Null => return Ok(false),
        Value::String(word) => word.to_ascii_lowercase(),
        _ => String::new(),
    };
    match word.as_str() {
        "y" | "yes" | "on" => Ok(true),
        "n" | "no" | "off" => Ok(false),
        _ => Err(D::Error::custom("neither true nor false")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn words_are_texts_and_what_is_said_twice_too_much_or_too_deep_is_refused() {
        let read = |text| read(text, 3, 8);
        assert_eq!(
            read("y: no\nyes: [true, 1, '1']"),
            Ok(json!({ "y": "no", "yes": [true, 1, "1"] }))
        );
        assert_eq!(read("a: &x [1]\nb: *x"), Ok(json!({ "a": [1], "b": [1] })));
        assert_eq!(read("a: 1\na: 2"), Err(Some((2, 1))));
        for text in ["a: [", "[[[[1]]]]", "[1, 2, 3, 4, 5, 6, 7, 8]", "a\n---\nb"] {
            read(text).unwrap_err();
        }
    }
    #[test]
    fn what_is_so_is_said_in_any_word_of_yaml_1_1_and_not_in_quotes() {
        for (said, expected) in [
            ("true", Some(true)),
            ("True", Some(true)),
            ("yes", Some(true)),
            ("On", Some(true)),
            ("FALSE", Some(false)),
            ("no", Some(false)),
            ("off", Some(false)),
            ("n", Some(false)),
            ("", Some(false)),
            ("~", Some(false)),
            ("'true'", None),
            ("1", None),
            ("[yes]", None),
        ] {
            assert_eq!(truth(read(said, 3, 8).unwrap()).ok(), expected, "{said}");
        }
    }
}
