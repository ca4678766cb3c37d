//! The rules of a schema, compiled: an object and what it was before in, the rules that it breaks out.
//!
//! Mirrors: apiextensions-apiserver pkg/apiserver/schema/cel/validation.go
//! Differs: the properties of an object are gone through in the order of their names.

mod correlate;
mod run;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::mistake::Mistake;
use crate::mistake::below;
use crate::rule::Compiled;
use crate::rule::Compiler;
use crate::rule::Rule;
use crate::schema::Declarations;
use crate::schema::Shape;
use crate::schema::is_embedded;
use correlate::Correlation;
use correlate::old_item;
use run::Run;

/// The most that one rule may cost when it is evaluated, in units: about a tenth of a second.
pub const CALL_COST_LIMIT: u64 = 1_000_000;
/// The most that all rules may cost for one object, in units: about a second.
pub const OBJECT_COST_LIMIT: u64 = 10_000_000;

/// The rules of a CRD's schema.
#[derive(Debug, Clone)]
pub struct Validator {
    root: Option<Guard>,
}

/// What the rules say of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// Why the object is refused; none: it is accepted.
    pub mistakes: Vec<Mistake>,
    /// Rules that are broken where nothing was changed.
    pub warnings: Vec<Mistake>,
}

/// The rules at one place of a schema and below it.
#[derive(Debug, Clone, Default)]
struct Guard {
    shape: Arc<Shape>,
    /// The type that the schema states, as errors print it.
    stated: String,
    rules: Vec<Compiled>,
    properties: BTreeMap<String, Self>,
    additional: Option<Box<Self>>,
    items: Option<Box<Self>>,
}

impl Validator {
    /// Compiles the rules of an `openAPIV3Schema`. A rule that cannot be compiled refuses every object.
    #[must_use]
    pub fn new(schema: &Value) -> Self {
        Self { root: Guard::build(schema, true) }
    }

    /// The schema has rules.
    #[must_use]
    pub fn has_rules(&self) -> bool {
        self.root.is_some()
    }

    /// Evaluates the rules for an object; on an update, `old` is what it was before.
    #[must_use]
    pub fn validate(&self, object: &Value, old: Option<&Value>) -> Verdict {
        let Some(root) = &self.root else { return Verdict::default() };
        let mut run = Run { verdict: Verdict::default(), budget: OBJECT_COST_LIMIT };
        let correlation = Correlation::root(object, old, &root.shape);
        // Without budget nothing more is said than that.
        let _ = root.check(&mut run, "", object, old, correlation);
        run.verdict
    }
}

/// The budget is spent: no further rule is evaluated.
struct Spent;

impl Guard {
    fn build(schema: &Value, resource: bool) -> Option<Self> {
        let inner = |name: &str| {
            let below = schema.get(name).filter(|below| below.is_object())?;
            Self::build(below, is_embedded(below)).map(Box::new)
        };
        let properties = schema.get("properties").and_then(Value::as_object);
        let properties: BTreeMap<String, Self> = properties
            .into_iter()
            .flatten()
            .filter_map(|(name, below)| {
                Some((name.clone(), Self::build(below, is_embedded(below))?))
            })
            .collect();
        let rules = Rule::of_schema(schema);
        let (additional, items) = (inner("additionalProperties"), inner("items"));
        if rules.is_empty() && properties.is_empty() && additional.is_none() && items.is_none() {
            return None;
        }
        let shape = Arc::new(Shape::read(schema, resource));
        let rules = match Declarations::of(&shape) {
            Some(declarations) => {
                let compiler = Compiler { declarations, schema };
                rules.into_iter().map(|rule| compiler.compile(rule)).collect()
            }
            None => Vec::new(),
        };
        let stated = schema.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        Some(Self { shape, stated, rules, properties, additional, items })
    }

    fn check<'a>(
        &self,
        run: &mut Run,
        path: &str,
        value: &'a Value,
        old: Option<&'a Value>,
        correlation: Correlation<'a>,
    ) -> Result<(), Spent> {
        if value.is_null() {
            return Ok(());
        }
        let old = old.filter(|old| !old.is_null());
        run.rules(self, path, value, old, &correlation)?;
        match value {
            Value::Array(items) => {
                let Some(guard) = &self.items else { return Ok(()) };
                for (index, item) in items.iter().enumerate() {
                    let old = old_item(&self.shape, item, old);
                    let below = correlation.item(index);
                    guard.check(run, &format!("{path}[{index}]"), item, old, below)?;
                }
            }
            Value::Object(object) => {
                for (name, value) in object {
                    let old = old.and_then(|old| old.get(name));
                    if let Some(guard) = &self.additional {
                        let path = format!("{path}[{name}]");
                        guard.check(run, &path, value, old, correlation.key(name))?;
                    }
                    if let Some(guard) = self.properties.get(name) {
                        guard.check(run, &below(path, name), value, old, correlation.key(name))?;
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}
