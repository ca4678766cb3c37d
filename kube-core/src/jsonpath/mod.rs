//! Templates as `kubectl -o jsonpath` has them: a template and an object in, text out.
//!
//! Promises:
//! - The text is kubectl's, byte for byte, also where kubectl is odd: `$` is the object at hand, `{.}` is nothing, `['a.b']` are two names.
//! - A template is read once and used as often as wanted, by many at the same time.
//! - No template makes a program run out of memory or of stack.
//!
//! Mirrors: client-go util/jsonpath
//! Differs: the members of an object come in the order of their names, not in a random one; messages are ours.

mod error;
mod eval;
mod node;
mod parse;
mod print;

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;

use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::status::excerpt;

use error::JsonPathError;
use eval::Evaluation;
use node::Action;

/// How many values a step may lead to, if nobody says otherwise: a few `..` in a row find the same ones again and again.
const MOST: usize = 4_000_000;

/// The longest text that a template may lead to, in bytes.
const LONGEST: usize = 256 << 20;

/// A template that was read.
///
/// ```
/// # use kube_core::JsonPath;
/// # use serde_json::json;
/// # fn main() -> kube_core::Result<()> {
/// let template = JsonPath::new(r#"{range .items[?(@.ready==true)]}{.name}{"\n"}{end}"#)?;
/// let list = json!({ "items": [{ "name": "a", "ready": true }, { "name": "b", "ready": false }] });
/// assert_eq!(template.render(&list)?, "a\n");
/// let error = JsonPath::new("{.items[}").unwrap_err();
/// assert_eq!(error.to_string(), "failed to read the JSONPath `{.items[}`: a `[` is not closed: end it with `]`");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct JsonPath {
    template: String,
    actions: Vec<Action>,
    missing_keys: bool,
    most: usize,
}

impl JsonPath {
    /// Reads a template: text, with paths in braces.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn new(template: &str) -> Result<Self> {
        let wrong = |why| JsonPathError::Parse { template: shown(template), why };
        let actions = parse::template(template).map_err(wrong)?;
        Ok(Self { template: template.to_owned(), actions, missing_keys: true, most: MOST })
    }

    /// Reads a single path, where the braces and the first dot may be left out, as `kubectl --sort-by` and `wait --for=jsonpath` take it.
    ///
    /// # Errors
    /// It cannot be read, or is more than a path.
    pub fn relaxed(path: &str) -> Result<Self> {
        let inner = match (path.strip_prefix('{'), path.ends_with('}')) {
            (Some(inner), true) => inner.strip_suffix('}').unwrap_or(inner),
            _ => path,
        };
        let inner = inner.strip_prefix('.').unwrap_or(inner);
        if inner.is_empty() || inner.contains(['{', '}']) {
            let why = "it is to be one path, as `.metadata.name` or `{.metadata.name}`".to_owned();
            return Err(JsonPathError::Parse { template: shown(path), why }.into());
        }
        Self::new(&format!("{{.{inner}}}"))
    }

    /// Whether a member that is not there is no error; so by default, as with `kubectl get`.
    #[must_use]
    pub fn missing_keys(mut self, allowed: bool) -> Self {
        self.missing_keys = allowed;
        self
    }

    /// How many values a step may lead to, and how often parts may be used, before it is an error; four million if not said.
    #[must_use]
    pub fn at_most(mut self, values: usize) -> Self {
        self.most = values;
        self
    }

    /// The text for this object, or for a list of them.
    ///
    /// # Errors
    /// A path asks for what cannot be, as an index of something that is no list; the object cannot be written as JSON.
    pub fn render<T: Serialize>(&self, object: &T) -> Result<String> {
        let object = json(object)?;
        let mut text = String::new();
        for results in self.results(&object)? {
            for (index, value) in results.iter().enumerate() {
                if index > 0 {
                    text.push(' ');
                }
                print::value(&mut text, value);
                if text.len() > LONGEST {
                    let why =
                        format!("its text is longer than {LONGEST} bytes: say more of the path");
                    return Err(JsonPathError::Use { template: shown(&self.template), why }.into());
                }
            }
        }
        Ok(text)
    }

    /// All values that its paths find, and its texts between them, in order.
    ///
    /// # Errors
    /// As of [`render`](Self::render).
    pub fn find<T: Serialize>(&self, object: &T) -> Result<Vec<Value>> {
        let object = json(object)?;
        let results = self.results(&object)?;
        Ok(results.into_iter().flatten().map(Cow::into_owned).collect())
    }

    fn results<'a>(&self, object: &'a Value) -> Result<Vec<Vec<Cow<'a, Value>>>> {
        let evaluation = Evaluation::new(&self.actions, self.missing_keys, self.most);
        let wrong = |why| JsonPathError::Use { template: shown(&self.template), why };
        Ok(evaluation.run(object).map_err(wrong)?)
    }
}

fn json(object: &impl Serialize) -> Result<Value> {
    let why = "the object cannot be written as JSON";
    serde_json::to_value(object).map_err(|_| Error::new(ErrorKind::Input, why))
}

fn shown(template: &str) -> String {
    excerpt(template.as_bytes(), 256).to_string()
}

impl std::str::FromStr for JsonPath {
    type Err = Error;

    fn from_str(template: &str) -> Result<Self> {
        Self::new(template)
    }
}

#[cfg(test)]
mod tests;
