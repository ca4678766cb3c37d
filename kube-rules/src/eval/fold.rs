//! A loop of a macro: each item in turn, until the condition fails.

use super::Machine;
use crate::syntax::Expr;
use crate::syntax::Fold;
use crate::syntax::Node;
use crate::value::Fault;
use crate::value::Outcome;
use crate::value::Value;

impl<'a> Machine<'a, '_> {
    pub(super) fn fold(&mut self, fold: &'a Fold) -> Outcome<'a> {
        let range = self.value(&fold.range)?;
        let outside = self.variables.len();
        let sum = self.value(&fold.init)?;
        self.variables.push((&fold.sum, sum));
        let outcome = self.steps(fold, &range, outside);
        self.variables.truncate(outside + 1);
        // The step's errors are the sum's: a quantifier goes on and may yet find its answer.
        let outcome = match outcome {
            Ok(None) => self.value(&fold.result),
            Ok(Some(fault)) | Err(fault) => Err(fault),
        };
        self.variables.truncate(outside);
        outcome
    }

    /// Goes through the range; the error that the sum has become, if it has.
    fn steps(
        &mut self,
        fold: &'a Fold,
        range: &Value<'a>,
        outside: usize,
    ) -> Result<Option<Fault>, Fault> {
        let mut failed = None;
        let absorbing = is_quantifier(&fold.step);
        let (keys, count) = match range {
            Value::List(list) => (None, list.len()),
            Value::Map(map) => (Some(map.keys()), map.len()),
            other => {
                return Fault::error(format!("got '{}', expected iterable type", go_name(other)));
            }
        };
        let count = keys.as_ref().map_or(count, Vec::len);
        for at in 0..count {
            let (item, second) = match (range, &keys) {
                (Value::Map(map), Some(keys)) => {
                    let key = keys[at].clone();
                    let value = match fold.second.is_some() {
                        true => Some(map.find(&key).unwrap_or_else(Fault::no_overload)?),
                        false => None,
                    };
                    (key, value)
                }
                (Value::List(list), _) => {
                    let value = list.item(at).unwrap_or_else(Fault::no_overload)?;
                    match fold.second.is_some() {
                        true => (Value::count(at), Some(value)),
                        false => (value, None),
                    }
                }
                _ => return Fault::no_overload(),
            };
            self.variables.truncate(outside + 1);
            self.variables.push((&fold.item, item));
            if let (Some(name), Some(second)) = (&fold.second, second) {
                self.variables.push((name, second));
            }
            if failed.is_none() && !self.value(&fold.condition)?.bool()? {
                break;
            }
            let step = self.step(&fold.step, outside);
            match step {
                Ok(sum) => {
                    // With an error behind it, only the answer that ends the loop counts.
                    if failed.is_none() || ends(fold, &sum) {
                        failed = None;
                        self.variables[outside].1 = sum;
                    }
                }
                // The first error is the one that is told.
                Err(Fault::Error(why)) if absorbing => {
                    failed.get_or_insert(Fault::Error(why));
                }
                Err(fault) => return Err(fault),
            }
        }
        Ok(failed)
    }

    /// One step; a list that is only added to is added to in place.
    fn step(&mut self, step: &'a Node, outside: usize) -> Outcome<'a> {
        let appended = match &step.expr {
            Expr::Call(call) if call.function == "_+_" => match call.args.as_slice() {
                [
                    Node { expr: Expr::Ident(sum), .. },
                    Node { expr: Expr::List { items, optional }, .. },
                ] if *sum == self.variables[outside].0 && optional.is_empty() => Some(items),
                _ => None,
            },
            Expr::Call(call) if call.function == "_?_:_" => match call.args.as_slice() {
                [condition, then, Node { expr: Expr::Ident(sum), .. }]
                    if *sum == self.variables[outside].0 =>
                {
                    if self.value(condition)?.bool()? {
                        return self.step(then, outside);
                    }
                    self.meter.charge(1)?;
                    return Ok(std::mem::replace(&mut self.variables[outside].1, Value::Null));
                }
                _ => None,
            },
            _ => None,
        };
        let Some(items) = appended else { return self.value(step) };
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            values.push(self.value(item)?);
        }
        // The price of the two lists and of joining them.
        self.meter.charge(1 + super::price::LIST + 1)?;
        let mut sum = std::mem::replace(&mut self.variables[outside].1, Value::Null);
        match &mut sum {
            Value::List(list) => match list.own() {
                Some(own) => {
                    own.append(&mut values);
                    Ok(sum)
                }
                None => crate::operators::add(&sum, &Value::list(values)),
            },
            _ => Fault::no_overload(),
        }
    }
}

/// The type of a value in Go.
fn go_name(value: &Value<'_>) -> &'static str {
    match value {
        Value::Null => "types.Null",
        Value::Bool(_) => "types.Bool",
        Value::Int(_) => "types.Int",
        Value::Uint(_) => "types.Uint",
        Value::Double(_) => "types.Double",
        Value::String(_) => "types.String",
        Value::Bytes(_) => "types.Bytes",
        Value::Duration(_) => "types.Duration",
        Value::Timestamp(_) => "types.Timestamp",
        other => other.type_name(),
    }
}

/// Whether no further item can change the answer of a quantifier.
fn ends(fold: &Fold, sum: &Value<'_>) -> bool {
    let Expr::Call(call) = &fold.step.expr else { return false };
    match (call.function.as_str(), sum) {
        ("_&&_", Value::Bool(sum)) => !*sum,
        ("_||_", Value::Bool(sum)) => *sum,
        _ => false,
    }
}

/// `all` and `exists` go on after an error.
fn is_quantifier(step: &Node) -> bool {
    matches!(&step.expr, Expr::Call(call) if matches!(call.function.as_str(), "_&&_" | "_||_"))
}
