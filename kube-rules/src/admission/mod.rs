//! The expressions of webhooks and of policies: a text in; what is wrong with it, or something to evaluate, out.
//!
//! Mirrors: apiserver pkg/admission/plugin/cel/compile.go, composition.go

mod declare;
mod run;

use std::collections::BTreeMap;

use serde_json::Value as Json;

pub use run::Evaluated;
pub use run::Expressions;
use run::Member;
pub use run::Subject;

use crate::check::Checked;
use crate::check::check;
use crate::depth::reading;
use crate::issue::report;
use crate::rule::wrong_literal;
use crate::schema::Declarations;
use crate::schema::Declared;
use crate::schema::Objects;
use crate::schema::Shape;
use crate::syntax::parse;
use crate::types::Type;

/// The most that all match conditions may cost for one write, in units: about a quarter of a second.
pub const CONDITIONS_COST_LIMIT: u64 = 2_500_000;
/// The name of the type of a policy's variables.
const VARIABLES: &str = "kubernetes.variables";

/// What an expression has to come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Returns {
    /// True or false.
    Bool,
    /// A text.
    Text,
    /// A text, or nothing.
    TextOrNull,
    /// Whatever it is.
    Anything,
}

/// Why an expression cannot be evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wrong {
    /// In the API server's words.
    pub detail: String,
    /// It is well written and of the right type, and still no program.
    pub internal: bool,
    /// The name that was probably meant, where one is not known.
    pub meant: Option<String>,
}

/// A compiled expression.
#[derive(Debug, Clone)]
pub struct Expression {
    checked: Checked,
}

/// What expressions may name, and of which types it is.
///
/// ```
/// use kube_rules::{Answer, Environment, Returns, Subject};
/// use serde_json::json;
///
/// let mut environment = Environment::new().authorizer();
/// environment.variable("replicas", "object.spec.replicas").unwrap();
/// let rules = environment.together([Some("variables.replicas < 5")], Returns::Bool);
/// let object = json!({"spec": {"replicas": 7}});
/// let evaluated = rules.evaluate(&Subject::new(&json!({})).object(&object), 10_000_000)?;
/// assert_eq!(evaluated.answers, [Some(Ok(Answer::Bool(false)))]);
///
/// let wrong = environment.compile("variables.replica < 5", Returns::Bool).unwrap_err();
/// assert!(wrong.detail.contains("undefined field 'replica'"));
/// assert_eq!(wrong.meant.as_deref(), Some("replicas"));
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone)]
pub struct Environment {
    objects: Objects,
    named: Vec<(String, Type)>,
    variables: Vec<Variable>,
    composed: bool,
}

/// A variable of a policy.
#[derive(Debug, Clone)]
struct Variable {
    name: String,
    compiled: Result<Expression, Wrong>,
}

impl Default for Environment {
    fn default() -> Self {
        Self::new()
    }
}

impl Environment {
    /// What every expression may name: `object`, `oldObject`, `request` and `namespaceObject`.
    #[must_use]
    pub fn new() -> Self {
        let mut objects = Objects::default();
        let request = declare::request(&mut objects);
        let namespace = declare::namespace(&mut objects);
        let named = [
            ("object", Type::Dyn),
            ("oldObject", Type::Dyn),
            ("namespaceObject", namespace),
            ("request", request),
        ];
        let named = named.map(|(name, of)| (name.to_owned(), of)).to_vec();
        Self { objects, named, variables: Vec::new(), composed: false }
    }

    /// With `params`, of which nothing is known.
    #[must_use]
    pub fn params(self) -> Self {
        self.with("params", Type::Dyn)
    }

    /// With `authorizer` and `authorizer.requestResource`.
    #[must_use]
    pub fn authorizer(self) -> Self {
        let named = |name: &str| Type::Object(format!("kubernetes.authorization.{name}").into());
        self.with("authorizer", named("Authorizer"))
            .with("authorizer.requestResource", named("ResourceCheck"))
    }

    /// Without `authorizer`, as messages have it.
    #[must_use]
    pub fn without_authorizer(mut self) -> Self {
        self.named.retain(|(name, _)| !name.starts_with("authorizer"));
        self
    }

    /// With `variables`, though there may be none.
    #[must_use]
    pub fn composed(mut self) -> Self {
        self.declare_variables();
        self
    }

    /// With an object and its state before of this structural schema, so that its fields are known.
    #[must_use]
    pub fn typed(self, schema: &Json) -> Self {
        let shape = Shape::read(&declare::with_metadata(schema), true);
        self.declared(&shape, &["object", "oldObject"])
    }

    /// With the options of a connection of this schema in place of the object: they have no metadata, and nothing was there before.
    #[must_use]
    pub fn connected(self, options: &Json) -> Self {
        self.declared(&Shape::read(options, false), &["object"])
    }

    fn declared(mut self, shape: &Shape, names: &[&str]) -> Self {
        if let Some(declared) = Declarations::named(shape, "Object") {
            self.objects.extend(&declared.objects);
            for (name, of) in &mut self.named {
                if names.contains(&name.as_str()) {
                    of.clone_from(&declared.root.of);
                }
            }
        }
        self
    }

    /// Adds a variable, which those after it and all expressions may name; one that is wrong fails what names it.
    ///
    /// # Errors
    /// It is wrong.
    pub fn variable(&mut self, name: &str, expression: &str) -> Result<(), Wrong> {
        self.declare_variables();
        let compiled = self.compile(expression, Returns::Anything);
        let outcome = compiled.as_ref().map(|_| ()).map_err(Clone::clone);
        self.variables.retain(|own| own.name != name);
        self.variables.push(Variable { name: name.to_owned(), compiled });
        self.declare_variables();
        outcome
    }

    /// Compiles an expression.
    ///
    /// # Errors
    /// It is wrong.
    pub fn compile(&self, expression: &str, returns: Returns) -> Result<Expression, Wrong> {
        let wrong = |detail: String, internal: bool| Wrong { detail, internal, meant: None };
        let compiled = reading(expression, || {
            let checked = check(parse(expression)?, self.named.clone(), &self.objects)?;
            let of = checked.of(&checked.root).clone();
            if let Some(why) = misfit(&of, returns) {
                return Ok(Err(wrong(why, false)));
            }
            if let Some(why) = wrong_literal(&checked.root) {
                return Ok(Err(wrong(format!("program instantiation failed: {why}"), true)));
            }
            Ok(Ok(Expression { checked }))
        });
        compiled.map_err(|issues| {
            let detail = format!("compilation failed: {}", report(expression, &issues));
            let meant = issues.into_iter().find_map(|issue| issue.meant);
            Wrong { meant, ..wrong(detail, false) }
        })?
    }

    /// Compiles expressions that are evaluated together; for one that is none, there is no answer.
    #[must_use]
    pub fn together<'t>(
        &self,
        expressions: impl IntoIterator<Item = Option<&'t str>>,
        returns: Returns,
    ) -> Expressions {
        let member = |text: Option<&str>| {
            text.map(|text| Member { text: text.into(), compiled: self.compile(text, returns) })
        };
        let members = expressions.into_iter().map(member).collect();
        Expressions { variables: self.variables.clone(), members, composed: self.composed }
    }

    fn with(mut self, name: &str, of: Type) -> Self {
        self.named.push((name.to_owned(), of));
        self
    }

    fn declare_variables(&mut self) {
        let fields: BTreeMap<_, _> = self
            .variables
            .iter()
            .map(|variable| {
                let of = match &variable.compiled {
                    Ok(expression) => kept(expression.checked.of(&expression.checked.root)),
                    Err(_) => Type::Dyn,
                };
                (variable.name.clone(), Declared::plain(of))
            })
            .collect();
        let of = self.objects.add(VARIABLES, fields);
        if !std::mem::replace(&mut self.composed, true) {
            self.named.push(("variables".to_owned(), of));
        }
    }
}

/// What is known of a variable's type where it is named.
fn kept(of: &Type) -> Type {
    match of {
        Type::List(item) => Type::list(kept(item)),
        Type::Map(key, value) => Type::map(kept(key), kept(value)),
        Type::Bool
        | Type::Bytes
        | Type::Double
        | Type::Duration
        | Type::Int
        | Type::Null
        | Type::String
        | Type::Timestamp
        | Type::Uint => of.clone(),
        _ => Type::Dyn,
    }
}

/// Why the type is not what the expression has to come to.
fn misfit(of: &Type, returns: Returns) -> Option<String> {
    let (allowed, told): (&[Type], &str) = match returns {
        Returns::Bool => (&[Type::Bool], "bool"),
        Returns::Text => (&[Type::String], "string"),
        Returns::TextOrNull => (&[Type::String, Type::Null], "one of [string null_type]"),
        Returns::Anything => return None,
    };
    (!allowed.contains(of)).then(|| format!("must evaluate to {told} but got {}", full_name(of)))
}

/// A type by the name that it is declared with.
fn full_name(of: &Type) -> String {
    let head = match of {
        Type::Null => "null_type".to_owned(),
        Type::Duration => "google.protobuf.Duration".to_owned(),
        Type::Timestamp => "google.protobuf.Timestamp".to_owned(),
        other => other.to_string().split('(').next().unwrap_or_default().to_owned(),
    };
    let within: Vec<String> = of.parameters().into_iter().map(full_name).collect();
    if within.is_empty() { head } else { format!("{head}({})", within.join(", ")) }
}

#[cfg(test)]
mod tests;
