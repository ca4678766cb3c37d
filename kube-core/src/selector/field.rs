//! A set of requirements on fields: text or terms in, the server's text out.

use std::fmt;
use std::str::FromStr;

use super::refused;
use crate::error::Error;
use crate::error::Result;

/// The objects with these values in these fields; without any term, all objects.
///
/// Every kind has `metadata.name` and `metadata.namespace`; some have more (`status.phase` of Pods), which only the server
/// knows.
///
/// ```
/// # use kube_core::selector::FieldSelector;
/// let selector = FieldSelector::try_from("spec.nodeName=a, status.phase!=Running").unwrap();
/// assert_eq!(selector.to_string(), "spec.nodeName=a,status.phase!=Running");
/// assert_eq!(FieldSelector::named("a,b=c").to_string(), r"metadata.name=a\,b\=c");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FieldSelector {
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Term {
    field: Box<str>,
    value: Box<str>,
    differs: bool,
}

impl FieldSelector {
    /// Every object.
    #[must_use]
    pub fn everything() -> Self {
        Self::default()
    }

    /// The one object of this name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self::default().and("metadata.name".into(), name.into(), false)
    }

    /// Whether every object is meant.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.terms.is_empty()
    }

    /// Those among them whose field has this value.
    ///
    /// # Errors
    ///
    /// The field's path holds a character that separates terms.
    pub fn equals(self, field: &str, value: &str) -> Result<Self> {
        Ok(self.and(checked(field)?, value.into(), false))
    }

    /// Those among them whose field has another value.
    ///
    /// # Errors
    ///
    /// The field's path holds a character that separates terms.
    pub fn not_equals(self, field: &str, value: &str) -> Result<Self> {
        Ok(self.and(checked(field)?, value.into(), true))
    }

    /// Whether an object of this name is meant, as far as that can be told without its contents: `None` where another field decides, which only
    /// the server knows.
    ///
    /// ```
    /// # use kube_core::selector::FieldSelector;
    /// let selector = FieldSelector::try_from("metadata.name!=a,status.phase=Running").unwrap();
    /// assert_eq!(selector.selects(Some("prod"), "a"), Some(false));
    /// assert_eq!(selector.selects(Some("prod"), "b"), None);
    /// assert_eq!(FieldSelector::named("b").selects(Some("prod"), "b"), Some(true));
    /// ```
    #[must_use]
    pub fn selects(&self, namespace: Option<&str>, name: &str) -> Option<bool> {
        let mut all = Some(true);
        for term in &self.terms {
            let present = match &*term.field {
                "metadata.name" => name,
                "metadata.namespace" => namespace.unwrap_or_default(),
                _ => {
                    all = None;
                    continue;
                }
            };
            if (present == &*term.value) == term.differs {
                return Some(false);
            }
        }
        all
    }

    /// The terms are kept in order, so that equal selectors print alike.
    fn and(mut self, field: Box<str>, value: Box<str>, differs: bool) -> Self {
        self.terms.push(Term { field, value, differs });
        self.terms.sort();
        self.terms.dedup();
        self
    }
}

fn checked(field: &str) -> Result<Box<str>> {
    let wrong = |c: char| c.is_whitespace() || c.is_control() || ",=!\\".contains(c);
    if field.is_empty() || field.contains(wrong) {
        return Err(refused(field, "a field is a path like `metadata.name`"));
    }
    Ok(field.into())
}

impl fmt::Display for FieldSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, term) in self.terms.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            let operator = if term.differs { "!=" } else { "=" };
            write!(f, "{comma}{}{operator}", term.field)?;
            for character in term.value.chars() {
                if matches!(character, '\\' | ',' | '=') {
                    f.write_str("\\")?;
                }
                write!(f, "{character}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for FieldSelector {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut selector = Self::default();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let Some(at) = rest.find(['=', '!', ',']) else {
                return Err(refused(text, "each term is `field=value` or `field!=value`"));
            };
            let (field, after) = rest.split_at(at);
            let operators = [("!=", true), ("==", false), ("=", false)];
            let operator = operators
                .into_iter()
                .find_map(|(token, differs)| Some((after.strip_prefix(token)?, differs)));
            let Some((after, differs)) = operator else {
                return Err(refused(text, "each term is `field=value` or `field!=value`"));
            };
            let (value, left) = unescaped(after)
                .ok_or_else(|| refused(text, "a `\\` stands before `\\`, `,` or `=` only"))?;
            selector = selector.and(checked(field.trim())?, value.trim().into(), differs);
            rest = left.trim_start();
        }
        Ok(selector)
    }
}

/// The value up to the next comma, and what comes after the comma.
fn unescaped(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            ',' => return Some((value, &text[at + 1..])),
            '=' => return None,
            '\\' => match characters.next() {
                Some((_, escaped @ ('\\' | ',' | '='))) => value.push(escaped),
                _ => return None,
            },
            other => value.push(other),
        }
    }
    Some((value, ""))
}

impl TryFrom<&str> for FieldSelector {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self> {
        text.parse()
    }
}

impl TryFrom<String> for FieldSelector {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl TryFrom<&String> for FieldSelector {
    type Error = Error;

    fn try_from(text: &String) -> Result<Self> {
        text.parse()
    }
}

impl From<&Self> for FieldSelector {
    fn from(selector: &Self) -> Self {
        selector.clone()
    }
}
