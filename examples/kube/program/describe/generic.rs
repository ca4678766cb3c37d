//! A kind that nobody describes in its own way: all of its members, with titles made of their names.

use serde_json::Value;

use super::super::printing::plain;
use super::text::Description;

const ACRONYMS: [&str; 4] = ["API", "URL", "UID", "GUID"];
/// What was told before all others, and what nobody wants to see.
const SKIPPED: [&str; 5] = [
    ".metadata.managedFields",
    ".metadata.name",
    ".metadata.namespace",
    ".metadata.labels",
    ".metadata.annotations",
];

pub fn describe(object: &Value, into: &mut Description) {
    into.names(object, true);
    into.notes(object);
    members(object, "", 0, into);
}

fn members(object: &Value, path: &str, level: usize, into: &mut Description) {
    for (name, value) in super::text::members(object) {
        let path = format!("{path}.{name}");
        if SKIPPED.contains(&path.as_str()) {
            continue;
        }
        let title = title(name);
        match value {
            Value::Object(_) => {
                into.line(level, format_args!("{title}:"));
                members(value, &path, level + 1, into);
            }
            Value::Array(items) => {
                into.line(level, format_args!("{title}:"));
                for item in items {
                    match item {
                        Value::Object(_) => members(item, &path, level + 1, into),
                        other => into.line(level + 1, plain(other)),
                    }
                }
            }
            other => into.field(level, &title, plain(other)),
        }
    }
}

/// `lastTransitionTime` is `Last Transition Time`.
fn title(name: &str) -> String {
    if name.chars().any(|character| !character.is_alphabetic() && character != '-') {
        return name.to_owned();
    }
    let mut words: Vec<String> = Vec::new();
    let mut parts = words_of(name).into_iter().peekable();
    while let Some(part) = parts.next() {
        let capitals =
            part.len() >= 2 && !part.chars().any(|it| it.is_alphabetic() && !it.is_uppercase());
        match parts.next_if(|next| capitals && next.starts_with(char::is_uppercase)) {
            Some(next) => words.push(part + &next),
            None => words.push(part),
        }
    }
    words.iter().map(|word| capital(word)).collect::<Vec<_>>().join(" ")
}

fn capital(word: &str) -> String {
    let upper = word.to_uppercase();
    if ACRONYMS.contains(&upper.as_str()) {
        return upper;
    }
    let mut characters = word.chars();
    match characters.next() {
        Some(first) if word.to_lowercase() == word => {
            first.to_uppercase().chain(characters).collect()
        }
        _ => word.to_owned(),
    }
}

/// Cut where small letters, capitals and all else meet; the last capital before small letters is theirs.
fn words_of(name: &str) -> Vec<String> {
    let class = |character: char| match character {
        it if it.is_lowercase() => 1,
        it if it.is_uppercase() => 2,
        _ => 3,
    };
    let mut words: Vec<String> = Vec::new();
    let mut last = 0;
    for character in name.chars() {
        let class = class(character);
        match words.last_mut() {
            Some(word) if class == last => word.push(character),
            Some(word) if (last, class) == (2, 1) => {
                let mut next: String = word.pop().into_iter().collect();
                next.push(character);
                if word.is_empty() {
                    words.pop();
                }
                words.push(next);
            }
            _ => words.push(character.to_string()),
        }
        last = class;
    }
    words
}
