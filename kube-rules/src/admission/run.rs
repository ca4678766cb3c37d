//! Expressions evaluated for one write: what it is about in, an answer for each, or why there is none, out.
//!
//! Mirrors: apiserver pkg/admission/plugin/cel/activation.go, composition.go

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;
use std::rc::Weak;

use serde_json::Value as Json;

use super::Expression;
use super::Variable;
use super::Wrong;
use crate::authorizer::Asking;
use crate::authorizer::Authorizer;
use crate::authorizer::Stage;
use crate::eval::Answer;
use crate::eval::roomy;
use crate::eval::value_of;
use crate::kinds::quoted;
use crate::validator::CALL_COST_LIMIT;
use crate::value::Fault;
use crate::value::Fields;
use crate::value::Meter;
use crate::value::Outcome;
use crate::value::Value;
use crate::value::loose;

const SPENT: &str =
    "validation failed due to running out of cost budget, no further validation rules will be run";
const OVER: &str = "operation cancelled: actual cost limit exceeded";
static NOTHING: Json = Json::Null;

/// What a write is about.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    object: &'a Json,
    old: &'a Json,
    request: &'a Json,
    params: &'a Json,
    namespace: &'a Json,
    authorizer: Option<&'a dyn Authorizer>,
}

impl fmt::Debug for Subject<'_> {
    /// Without the objects: there may be Secrets among them.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Subject").finish_non_exhaustive()
    }
}

impl<'a> Subject<'a> {
    /// A request, as an `AdmissionReview` has it, about nothing yet.
    #[must_use]
    pub fn new(request: &'a Json) -> Self {
        let none = &NOTHING;
        Self { object: none, old: none, request, params: none, namespace: none, authorizer: None }
    }

    /// The object as it is to be; null when it is deleted.
    #[must_use]
    pub fn object(self, object: &'a Json) -> Self {
        Self { object, ..self }
    }

    /// The object as it was; null when it is new.
    #[must_use]
    pub fn old(self, old: &'a Json) -> Self {
        Self { old, ..self }
    }

    /// What the policy is bound with.
    #[must_use]
    pub fn params(self, params: &'a Json) -> Self {
        Self { params, ..self }
    }

    /// The namespace that the object is in; null where it is in none.
    #[must_use]
    pub fn namespace(self, namespace: &'a Json) -> Self {
        Self { namespace, ..self }
    }

    /// Who answers what somebody may do.
    #[must_use]
    pub fn authorizer(self, authorizer: &'a dyn Authorizer) -> Self {
        Self { authorizer: Some(authorizer), ..self }
    }

    fn values(&self) -> Vec<(&'static str, Value<'a>)> {
        let mut values = vec![
            ("object", loose(self.object)),
            ("oldObject", loose(self.old)),
            ("request", loose(self.request)),
            ("params", loose(self.params)),
            ("namespaceObject", loose(self.namespace)),
        ];
        if let Some(authorizer) = self.authorizer {
            let whom = Asking::new(authorizer);
            let mut own = Asking { stage: Stage::Resource, ..whom.clone() };
            let text = |path: &str| {
                self.request.pointer(path).and_then(Json::as_str).unwrap_or_default().to_owned()
            };
            own.question.group = text("/requestResource/group");
            own.question.resource = text("/requestResource/resource");
            own.question.subresource = text("/requestSubResource");
            own.question.namespace = text("/namespace");
            own.question.name = text("/name");
            values.push(("authorizer", Value::Asking(Rc::new(whom))));
            values.push(("authorizer.requestResource", Value::Asking(Rc::new(own))));
        }
        values
    }
}

/// Expressions that are evaluated together.
#[derive(Debug, Clone)]
pub struct Expressions {
    pub(super) variables: Vec<Variable>,
    pub(super) members: Vec<Option<Member>>,
    pub(super) composed: bool,
}

/// One of them: its text, and what it was compiled to.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) text: Box<str>,
    pub(super) compiled: Result<Expression, Wrong>,
}

/// What expressions came to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Evaluated {
    /// In their order; an error is told in the API server's words.
    pub answers: Vec<Option<Result<Answer, String>>>,
    /// What of the budget is left.
    pub left: u64,
}

impl Expressions {
    /// Evaluates all expressions within a budget, in the API server's units.
    ///
    /// # Errors
    /// The budget is spent.
    pub fn evaluate(&self, subject: &Subject<'_>, budget: u64) -> Result<Evaluated, String> {
        let levels = |compiled: &Result<Expression, Wrong>| match compiled {
            Ok(expression) => expression.checked.depth,
            Err(_) => 0,
        };
        let own = self.members.iter().flatten().map(|member| levels(&member.compiled)).max();
        // A variable is evaluated within what names it.
        let depth = own.unwrap_or(0)
            + self.variables.iter().map(|own| levels(&own.compiled)).sum::<usize>();
        roomy(depth, || self.run(subject, budget))
            .unwrap_or_else(|| Err("no room on the stack for the expressions".to_owned()))
    }

    fn run(&self, subject: &Subject<'_>, budget: u64) -> Result<Evaluated, String> {
        let mut values: Vec<(&str, Value<'_>)> = subject.values();
        let variables = self.composed.then(|| Variables::new(&self.variables, values.clone()));
        if let Some(variables) = &variables {
            values.push(("variables", Value::Deferred(Rc::clone(variables) as Rc<dyn Fields<'_>>)));
        }
        let mut left = budget;
        let mut answers = Vec::with_capacity(self.members.len());
        for member in &self.members {
            let Some(Member { text, compiled }) = member else {
                answers.push(None);
                continue;
            };
            let expression = match compiled {
                Ok(expression) => expression,
                Err(wrong) => {
                    answers.push(Some(Err(format!("compilation error: {}", wrong.detail))));
                    continue;
                }
            };
            let mut meter = Meter::new(CALL_COST_LIMIT);
            let outcome = value_of(&expression.checked, values.clone(), &mut meter);
            let shared = variables.as_ref().map_or(0, |variables| variables.cost.take());
            left = left.checked_sub(shared).ok_or(SPENT)?;
            left = left.checked_sub(meter.cost()).ok_or(SPENT)?;
            answers.push(Some(match outcome {
                Ok(value) => Ok(Answer::of(&value)),
                Err(fault) => {
                    Err(format!("expression '{text}' resulted in error: {}", told(&fault)))
                }
            }));
        }
        Ok(Evaluated { answers, left })
    }
}

fn told(fault: &Fault) -> &str {
    match fault {
        Fault::Error(why) => why,
        Fault::OverBudget => OVER,
    }
}

/// The variables of a policy: each is evaluated when it is first named.
struct Variables<'a> {
    own: Weak<Self>,
    variables: &'a [Variable],
    values: Vec<(&'a str, Value<'a>)>,
    known: RefCell<BTreeMap<&'a str, Outcome<'a>>>,
    /// Of what was evaluated and is not yet paid.
    cost: Cell<u64>,
}

impl<'a> Variables<'a> {
    fn new(variables: &'a [Variable], values: Vec<(&'a str, Value<'a>)>) -> Rc<Self> {
        Rc::new_cyclic(|own| Self {
            own: Weak::clone(own),
            variables,
            values,
            known: RefCell::default(),
            cost: Cell::default(),
        })
    }

    fn evaluated(&self, variable: &'a Variable) -> Outcome<'a> {
        let name = quoted(&variable.name);
        let expression = match &variable.compiled {
            Ok(expression) => expression,
            Err(wrong) => {
                let why = &wrong.detail;
                return Fault::error(format!("composited variable {name} fails to compile: {why}"));
            }
        };
        let mut values = self.values.clone();
        if let Some(own) = self.own.upgrade() {
            values.push(("variables", Value::Deferred(own as Rc<dyn Fields<'a> + 'a>)));
        }
        let mut meter = Meter::new(CALL_COST_LIMIT);
        let outcome = value_of(&expression.checked, values, &mut meter);
        self.cost.set(self.cost.get().saturating_add(meter.cost()));
        outcome.map_err(|fault| {
            let why = told(&fault);
            Fault::Error(format!("composited variable {name} fails to evaluate: {why}"))
        })
    }
}

impl fmt::Debug for Variables<'_> {
    /// Without their values: there may be Secrets among them.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.variables.iter().map(|own| own.name.as_str()).collect();
        formatter.debug_struct("Variables").field("names", &names).finish_non_exhaustive()
    }
}

impl<'a> Fields<'a> for Variables<'a> {
    fn find(&self, name: &str) -> Option<Outcome<'a>> {
        let variable = self.variables.iter().find(|own| own.name == name)?;
        if let Some(known) = self.known.borrow().get(name) {
            return Some(known.clone());
        }
        let outcome = self.evaluated(variable);
        self.known.borrow_mut().insert(&variable.name, outcome.clone());
        Some(outcome)
    }
}
