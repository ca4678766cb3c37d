//! The rules of one place evaluated: a value in, what they say of it into the verdict.

use serde_json::Value as Json;

use super::CALL_COST_LIMIT;
use super::Correlation;
use super::Guard;
use super::Spent;
use super::Verdict;
use crate::eval::Answer;
use crate::eval::evaluate;
use crate::kinds::quoted;
use crate::mistake::Mistake;
use crate::mistake::MistakeKind;
use crate::mistake::below;
use crate::mistake::shown;
use crate::rule::Compiled;
use crate::rule::Expression;
use crate::value::Fault;
use crate::value::Meter;
use crate::value::Value;
use crate::value::read;

/// The longest message that a rule makes, in bytes.
const LONGEST_MESSAGE: usize = 5 * 1024;

pub(super) struct Run {
    pub(super) verdict: Verdict,
    /// What may still be spent.
    pub(super) budget: u64,
}

/// A place that is checked.
struct Site<'a> {
    guard: &'a Guard,
    path: &'a str,
    value: &'a Json,
    old: Option<&'a Json>,
    /// Some rule here asks for the state before.
    old_asked: bool,
}

impl Run {
    pub(super) fn rules(
        &mut self,
        guard: &Guard,
        path: &str,
        value: &Json,
        old: Option<&Json>,
        correlation: &Correlation<'_>,
    ) -> Result<(), Spent> {
        if guard.rules.is_empty() {
            return Ok(());
        }
        let old_asked = guard.rules.iter().any(Compiled::uses_old);
        let site = Site { guard, path, value, old, old_asked };
        if self.budget == 0 {
            return self.spent(&site, OUT_OF_BUDGET);
        }
        for compiled in &guard.rules {
            self.rule(&site, compiled, correlation)?;
        }
        Ok(())
    }

    /// A mistake that names the type of the place instead of its value.
    fn refuse(&mut self, site: &Site<'_>, why: impl Into<String>) {
        let bad = Some(quoted(&site.guard.stated));
        self.verdict.mistakes.push(Mistake::new(shown(site.path), MistakeKind::Invalid, bad, why));
    }

    fn spent<T>(&mut self, site: &Site<'_>, why: &str) -> Result<T, Spent> {
        self.refuse(site, why);
        Err(Spent)
    }

    fn rule(
        &mut self,
        site: &Site<'_>,
        compiled: &Compiled,
        correlation: &Correlation<'_>,
    ) -> Result<(), Spent> {
        let condition = match &compiled.condition {
            None => return Ok(()),
            Some(Err(why)) => {
                self.refuse(site, format!("rule compile error: {why}"));
                return Ok(());
            }
            Some(Ok(condition)) => condition,
        };
        let optional = compiled.rule.optional_old_self == Some(true);
        if compiled.uses_old() && site.old.is_none() && !optional {
            return Ok(());
        }
        let mut meter = Meter::new(CALL_COST_LIMIT);
        let outcome = ask(site, condition, optional, &mut meter);
        if meter.cost() > self.budget {
            return self.spent(site, OUT_OF_BUDGET);
        }
        self.budget -= meter.cost();
        let label = compiled.rule.label();
        match outcome {
            Ok(Answer::Bool(true)) => Ok(()),
            Ok(_) => self.broken(site, compiled, correlation),
            Err(Fault::OverBudget) => self.spent(
                site,
                &format!(
                    "'operation cancelled: actual cost limit exceeded': no further validation rules \
                     will be run due to call cost exceeds limit for rule: {label}"
                ),
            ),
            Err(Fault::Error(why)) if why.starts_with("no such overload") => {
                self.refuse(
                    site,
                    format!(
                        "'{why}': call arguments did not match a supported operator, function or macro \
                         signature for rule: {label}"
                    ),
                );
                Ok(())
            }
            Err(Fault::Error(why)) => {
                self.refuse(site, format!("{why} evaluating rule: {label}"));
                Ok(())
            }
        }
    }

    fn broken(
        &mut self,
        site: &Site<'_>,
        compiled: &Compiled,
        correlation: &Correlation<'_>,
    ) -> Result<(), Spent> {
        let forgiven = !compiled.uses_old() && correlation.unchanged();
        let field = match &compiled.field {
            Some(field) => below(site.path, field),
            None => shown(site.path),
        };
        let said = match self.message(site, compiled) {
            Ok(said) => said,
            Err(why) => {
                let bad = Some(quoted(&site.guard.stated));
                let mistake = Mistake::new(field.clone(), MistakeKind::Invalid, bad, why);
                self.tell(mistake, forgiven);
                return Err(Spent);
            }
        };
        let detail = said.unwrap_or_else(|| compiled.rule.default_message());
        let whole = !matches!(&*site.guard.stated, "object" | "array");
        let bad = whole.then(|| site.value.as_str().map_or_else(|| site.value.to_string(), quoted));
        let kind = match compiled.rule.reason.as_deref() {
            Some("FieldValueForbidden") => MistakeKind::Forbidden,
            Some("FieldValueRequired") => MistakeKind::Required,
            Some("FieldValueDuplicate") => MistakeKind::Duplicate,
            _ => MistakeKind::Invalid,
        };
        let detail = if kind == MistakeKind::Duplicate { String::new() } else { detail };
        self.tell(Mistake::new(field, kind, bad, detail), forgiven);
        Ok(())
    }

    fn tell(&mut self, mistake: Mistake, forgiven: bool) {
        if forgiven {
            self.verdict.warnings.push(mistake);
        } else {
            self.verdict.mistakes.push(mistake);
        }
    }

    /// What the rule's expression says; none: it says nothing that can be used. The error ends the run.
    fn message(&mut self, site: &Site<'_>, compiled: &Compiled) -> Result<Option<String>, String> {
        let Some(Ok(message)) = &compiled.message else { return Ok(None) };
        let mut meter = Meter::new(CALL_COST_LIMIT);
        let outcome = ask(site, message, false, &mut meter);
        if meter.cost() > self.budget {
            return Err(
                "messageExpression evaluation failed due to running out of cost budget, no \
                        further validation rules will be run"
                    .to_owned(),
            );
        }
        let text = match outcome {
            Ok(Answer::Text(text)) => text.trim().to_owned(),
            Err(Fault::OverBudget) => {
                return Err(format!(
                    "no further validation rules will be run due to call cost exceeds limit for \
                     messageExpression: {}",
                    quoted(&compiled.rule.message_expression)
                ));
            }
            _ => String::new(),
        };
        self.budget -= meter.cost();
        let usable = !text.is_empty() && text.len() <= LONGEST_MESSAGE && !text.contains('\n');
        Ok(usable.then_some(text))
    }
}

const OUT_OF_BUDGET: &str = "validation failed due to running out of cost budget, no further validation \
                             rules will be run";

fn ask(
    site: &Site<'_>,
    expression: &Expression,
    optional: bool,
    meter: &mut Meter,
) -> Result<Answer, Fault> {
    let shape = &site.guard.shape;
    let variables = || {
        let mut variables = vec![("self", read(site.value, shape)?)];
        if site.old_asked {
            match (optional, site.old) {
                (true, None) => variables.push(("oldSelf", Value::Optional(None))),
                (true, Some(old)) => variables.push(("oldSelf", Value::some(read(old, shape)?))),
                (false, Some(old)) => variables.push(("oldSelf", read(old, shape)?)),
                (false, None) => {}
            }
        }
        Ok(variables)
    };
    evaluate(&expression.checked, variables, meter)
}
