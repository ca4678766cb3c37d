//! Which objects a list or a watch is about: selector texts in, a test of stored objects out.

use super::label::{self, Requirement};
use crate::kind::Kind;
use crate::status::Failure;
use crate::store::Stored;

/// A test that objects pass or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    labels: Vec<Requirement>,
    fields: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    of: Of,
    equal: bool,
    value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    Name,
    Namespace,
    /// The index in the kind's table.
    Field(usize),
}

impl Selection {
    /// Parses both selectors for a kind.
    ///
    /// # Errors
    /// 400: a selector that is none, or names a field that the kind does not select by.
    pub(crate) fn parse(kind: &Kind, labels: &str, fields: &str) -> Result<Self, Failure> {
        let labels = label::parse(labels).map_err(Failure::bad_request)?;
        let mut terms = Vec::new();
        for text in split(fields) {
            terms.push(term(kind, &text)?);
        }
        Ok(Self { labels, fields: terms })
    }

    /// Whether every object passes.
    pub(crate) fn is_everything(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// The one name that can pass, if there is but one.
    pub(crate) fn name(&self) -> Option<&str> {
        let only = |term: &&Term| term.of == Of::Name && term.equal;
        self.fields.iter().find(only).map(|term| term.value.as_str())
    }

    /// Whether it looks at fields that other versions of the kind have elsewhere.
    pub(crate) fn has_fields(&self) -> bool {
        self.fields.iter().any(|term| matches!(term.of, Of::Field(_)))
    }

    /// Whether an object can pass that a webhook has yet to convert to `kind`'s version.
    pub(crate) fn may_match(&self, kind: &Kind, stored: &Stored) -> bool {
        let known = |term: &&Term| kind.hook.is_none() || !matches!(term.of, Of::Field(_));
        self.labels.iter().all(|requirement| requirement.matches(stored))
            && self.fields.iter().filter(known).all(|term| term.matches(stored))
    }

    pub(crate) fn matches(&self, stored: &Stored) -> bool {
        self.labels.iter().all(|requirement| requirement.matches(stored))
            && self.fields.iter().all(|term| term.matches(stored))
    }
}

impl Term {
    fn matches(&self, stored: &Stored) -> bool {
        let value = match self.of {
            Of::Name => &stored.name,
            Of::Namespace => &stored.namespace,
            Of::Field(index) => stored.facts.fields.get(index).map_or("", |value| value),
        };
        (value == self.value) == self.equal
    }
}

/// At commas that no backslash stands before.
fn split(text: &str) -> Vec<String> {
    let mut terms = vec![String::new()];
    let mut escaped = false;
    for character in text.chars() {
        match character {
            ',' if !escaped => {
                terms.push(String::new());
                continue;
            }
            _ => {}
        }
        escaped = character == '\\' && !escaped;
        if let Some(term) = terms.last_mut() {
            term.push(character);
        }
    }
    terms.retain(|term| !term.is_empty());
    terms
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => out.extend(characters.next()),
            other => out.push(other),
        }
    }
    out
}

fn term(kind: &Kind, text: &str) -> Result<Term, Failure> {
    let operators = [("!=", false), ("==", true), ("=", true)];
    let found = text.char_indices().find_map(|(at, _)| {
        let operator = operators.iter().find(|(sign, _)| text[at..].starts_with(sign))?;
        Some((at, *operator))
    });
    let Some((at, (sign, equal))) = found else {
        let message = format!("invalid selector: '{text}'; can't understand '{text}'");
        return Err(Failure::bad_request(message));
    };
    let (label, value) = (&text[..at], unescape(&text[at + sign.len()..]));
    let of = match label {
        "metadata.name" => Some(Of::Name),
        "metadata.namespace" if kind.kind != "Node" => Some(Of::Namespace),
        _ => kind.fields.iter().position(|field| field.label == label).map(Of::Field),
    };
    match of {
        Some(of) => Ok(Term { of, equal, value }),
        None => Err(Failure::bad_request(kind.refusal.message(&kind.kind, label))),
    }
}
