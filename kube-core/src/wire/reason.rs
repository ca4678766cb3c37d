//! What a decoder says in, where and why it failed out, without anything that stood there.

use serde_json::error::Category;

use super::extent::Extent;

pub(super) const NOT_UTF8: &str = "it is not UTF-8";

/// ``.spec.replicas: invalid type: string, expected i32``
pub(super) fn of(error: &serde_json::Error, json: &[u8]) -> String {
    let place = path(json, offset(json, error.line(), error.column()));
    let why = without_content(error);
    if place.is_empty() { why } else { format!("{place}: {why}") }
}

/// serde quotes the value that it did not expect; that may be a password.
fn without_content(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    match error.classify() {
        // The parser's own words, always the same.
        Category::Syntax | Category::Eof | Category::Io => return message.to_owned(),
        Category::Data => {}
    }
    if message.starts_with("missing field `") || message.starts_with("duplicate field `") {
        return message.to_owned();
    }
    for unexpected in ["invalid type: ", "invalid value: ", "invalid length "] {
        let (Some(found), Some((_, expected))) =
            (message.strip_prefix(unexpected), message.rsplit_once(", expected "))
        else {
            continue;
        };
        let sort: String = found.chars().take_while(|c| c.is_alphabetic() || *c == ' ').collect();
        return format!("{}, expected {expected}", format!("{unexpected}{sort}").trim_end());
    }
    if message.starts_with("unknown field `") {
        return "there is no such field".to_owned();
    }
    if message.starts_with("unknown variant `") {
        return "it is none of the values that are allowed".to_owned();
    }
    "its value is not allowed".to_owned()
}

/// The parser counts lines and columns.
fn offset(json: &[u8], line: usize, column: usize) -> usize {
    let mut start = 0;
    for _ in 1..line {
        match memchr::memchr(b'\n', &json[start..]) {
            Some(more) => start += more + 1,
            None => return json.len(),
        }
    }
    (start + column).min(json.len())
}

/// The path of the value in which that byte stands.
fn path(json: &[u8], offset: usize) -> String {
    let mut stack: Vec<Step> = Vec::new();
    let mut at = 0;
    while at < offset {
        match json[at] {
            b'"' => {
                let end =
                    Extent::default().advance(&json[at..]).map_or(json.len(), |more| at + more);
                if let Some(Step::Member { name, in_key: in_key @ true }) = stack.last_mut() {
                    *name = Some((at + 1, end.saturating_sub(1)));
                    *in_key = false;
                }
                at = end;
                continue;
            }
            b'{' => stack.push(Step::Member { name: None, in_key: true }),
            b'[' => stack.push(Step::Index(0)),
            b'}' | b']' => {
                stack.pop();
            }
            b',' => match stack.last_mut() {
                Some(Step::Member { in_key, .. }) => *in_key = true,
                Some(Step::Index(index)) => *index += 1,
                None => {}
            },
            _ => {}
        }
        at += 1;
    }
    let mut path = String::new();
    for step in stack {
        match step {
            Step::Member { name: Some((start, end)), .. } => {
                path.push('.');
                path.push_str(printable(json.get(start..end).unwrap_or_default()));
            }
            Step::Member { name: None, .. } => {}
            Step::Index(index) => path.push_str(&format!("[{index}]")),
        }
        if path.len() > 200 {
            path.push_str("..");
            break;
        }
    }
    path
}

enum Step {
    /// A member of an object: where its name stands; whether a name is next.
    Member {
        name: Option<(usize, usize)>,
        in_key: bool,
    },
    Index(usize),
}

/// Names of fields and usual keys; anything else may be content.
fn printable(name: &[u8]) -> &str {
    let usual = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_./$".contains(byte);
    match std::str::from_utf8(name) {
        Ok(text) if name.len() <= 64 && name.iter().all(usual) => text,
        _ => "(..)",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use k8s_openapi::api::apps::v1::Deployment;
    use k8s_openapi::api::core::v1::Secret;
    use serde::Deserialize;
    use serde::de::DeserializeOwned;

    use super::*;

    fn reason<K: DeserializeOwned>(json: &str) -> String {
        match serde_json::from_str::<K>(json) {
            Ok(_) => "fits".to_owned(),
            Err(error) => of(&error, json.as_bytes()),
        }
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "camelCase")]
    struct Sample {
        #[serde(rename = "sort")]
        _sort: Option<Sort>,
        #[serde(rename = "map")]
        _map: Option<BTreeMap<String, u8>>,
        #[serde(rename = "must")]
        _must: (u8, u8),
    }

    #[derive(Deserialize)]
    enum Sort {
        A,
        B,
    }

    #[test]
    fn a_reason_says_where_and_what_was_expected() {
        for (json, expected) in [
            (
                r#"{"spec":{"replicas":"canary"}}"#,
                ".spec.replicas: invalid type: string, expected i32",
            ),
            (
                "{\n \"spec\": {\n  \"template\": {\"spec\": {\"containers\": [{\"name\":\"a\"}, {\"name\": 7}]}}}}",
                ".spec.template.spec.containers[1].name: invalid type: integer, expected a string",
            ),
            (
                r#"{"apiVersion":"canary","kind":"Deployment"}"#,
                r#".apiVersion: invalid value: string, expected apps/v1"#,
            ),
            (
                r#"{"metadata":{"labels":{"app":["canary"]}}}"#,
                ".metadata.labels.app: invalid type: sequence, expected a string",
            ),
            (r#"{"metadata":{"name":"a"},"spec":NaN}"#, ".spec: expected value"),
            (r#"{"spec":{"replicas":1"#, ".spec.replicas: EOF while parsing an object"),
        ] {
            assert_eq!(reason::<Deployment>(json), expected);
        }
    }

    #[test]
    fn a_reason_never_holds_content() {
        for json in [
            r#"{"must":[1,2],"sort":"canary"}"#,
            r#"{"must":[1,2],"map":{"can ary":"canary, expected canary"}}"#,
            r#"{"must":[1,"canary"]}"#,
            r#"{"must":[1]}"#,
            r#"{"must":"canary\", expected ` at line 7"}"#,
            r#"{}"#,
        ] {
            let reason = reason::<Sample>(json);
            assert!(!reason.contains("canary") && !reason.contains("can ary"), "{reason}");
        }
        assert_eq!(reason::<Sample>(r#"{"muts":[1,2]}"#), ".muts: there is no such field");
        assert_eq!(reason::<Sample>("{}"), "missing field `must`");
        assert_eq!(
            reason::<Sample>(r#"{"must":[1,2],"must":[1,2]}"#),
            ".must: duplicate field `must`"
        );
        assert_eq!(
            reason::<Sample>(r#"{"sort":"C"}"#),
            ".sort: it is none of the values that are allowed"
        );
        assert_eq!(
            reason::<Sample>(r#"{"must":[1]}"#),
            ".must: invalid length, expected a tuple of size 2"
        );
        let secret = reason::<Secret>(r#"{"data":{"password":"canary!"}}"#);
        assert_eq!(secret, ".data.password: its value is not allowed");
        let _ = (Sort::A, Sort::B);
    }

    #[test]
    fn a_path_is_short() {
        let deep = format!("{}1", r#"{"member":"#.repeat(100));
        let path = path(deep.as_bytes(), deep.len());
        assert!(path.len() < 280 && path.ends_with(".."), "{path}");
    }
}
