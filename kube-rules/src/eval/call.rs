//! A call: logic that need not look at both sides, operators, and the functions of the library.

use super::Machine;
use super::field;
use super::optional_field;
use super::price;
use crate::library;
use crate::operators;
use crate::syntax::Call;
use crate::syntax::Expr;
use crate::syntax::Literal;
use crate::syntax::Node;
use crate::value::Fault;
use crate::value::Outcome;
use crate::value::Text;
use crate::value::Value;
use crate::value::compare;
use crate::value::equal;

impl<'a> Machine<'a, '_> {
    pub(super) fn call(&mut self, node: &'a Node, call: &'a Call) -> Outcome<'a> {
        match (call.function.as_str(), call.args.as_slice()) {
            ("_&&_", [one, other]) => self.logic(one, other, false),
            ("_||_", [one, other]) => self.logic(one, other, true),
            ("_?_:_", [condition, then, otherwise]) => match self.value(condition)?.bool()? {
                true => self.value(then),
                false => self.value(otherwise),
            },
            ("@not_strictly_false", [value]) => {
                let outcome = self.value(value);
                self.meter.charge(1)?;
                match outcome {
                    Err(Fault::OverBudget) => Err(Fault::OverBudget),
                    Ok(Value::Bool(false)) => Ok(Value::Bool(false)),
                    _ => Ok(Value::Bool(true)),
                }
            }
            ("_?._", [of, Node { expr: Expr::Literal(Literal::String(name)), .. }]) => {
                let of = self.value(of)?;
                self.meter.charge(1)?;
                let name = Value::String(Text::There(name));
                match of {
                    Value::Optional(of) => optional_field(of.as_deref(), &name),
                    of => optional_field(Some(&of), &name),
                }
            }
            ("_[_]" | "_[?_]", [of, key]) => {
                let (of, key) = (self.value(of)?, self.value(key)?);
                self.meter.charge(1)?;
                match of {
                    Value::Optional(of) => optional_field(of.as_deref(), &key),
                    of if call.function == "_[?_]" => optional_field(Some(&of), &key),
                    of => field(&of, &key),
                }
            }
            _ => self.strict(node, call),
        }
    }

    /// `and` and `or`: one side that decides is enough, whatever the other fails with.
    fn logic(&mut self, one: &'a Node, other: &'a Node, deciding: bool) -> Outcome<'a> {
        let mut fault = None;
        for side in [one, other] {
            match self.value(side) {
                Ok(Value::Bool(value)) if value == deciding => return Ok(Value::Bool(deciding)),
                Ok(Value::Bool(_)) => {}
                Ok(_) => fault = fault.or(Some(Fault::Error("no such overload".to_owned()))),
                Err(Fault::OverBudget) => return Err(Fault::OverBudget),
                Err(error) => fault = fault.or(Some(error)),
            }
        }
        fault.map_or(Ok(Value::Bool(!deciding)), Err)
    }

    fn strict(&mut self, node: &'a Node, call: &'a Call) -> Outcome<'a> {
        // What is absent is asked for only if it is needed.
        if let ("or" | "orValue", Some(target), [other]) =
            (call.function.as_str(), &call.target, call.args.as_slice())
        {
            let target = self.value(target)?;
            return match target {
                Value::Optional(None) => self.value(other),
                Value::Optional(Some(value)) if call.function == "orValue" => Ok((*value).clone()),
                Value::Optional(_) => Ok(target),
                _ => Fault::no_overload(),
            };
        }
        let mut args = Vec::with_capacity(call.args.len() + 1);
        for each in call.target.as_deref().into_iter().chain(&call.args) {
            args.push(self.value(each)?);
        }
        if call.function == "_+_" {
            let sizes: u64 = args.iter().map(Value::size).sum();
            if matches!(args.first(), Some(Value::List(_))) {
                self.meter.copy(usize::try_from(sizes).unwrap_or(usize::MAX))?;
            } else {
                self.meter.text(usize::try_from(sizes).unwrap_or(usize::MAX))?;
            }
        }
        // Looking at a value is charged before it is looked at.
        let before = if is_priced_by_result(&call.function) {
            0
        } else {
            price::of_call(&call.function, &args, &Value::Null)
        };
        self.meter.charge(before)?;
        let result = operator(&call.function, &args)
            .unwrap_or_else(|| library::call(self.meter, &call.function, &args))
            .map_err(|fault| named(fault, &call.function, &args))?;
        if is_priced_by_result(&call.function) {
            self.meter.charge(price::of_call(&call.function, &args, &result))?;
        }
        Ok(self.typed(node, call, result))
    }

    /// The sum of no durations is a duration.
    fn typed(&self, node: &Node, call: &Call, result: Value<'a>) -> Value<'a> {
        use crate::types::Type;
        match (call.function.as_str(), &result, self.checked.of(node)) {
            ("sum", Value::Int(0), Type::Duration) => Value::Duration(0),
            ("sum", Value::Int(0), Type::Double) => Value::Double(0.0),
            ("sum", Value::Int(0), Type::Uint) => Value::Uint(0),
            _ => result,
        }
    }
}

/// The function that takes no such values, as cel-go names it.
fn named(fault: Fault, function: &str, args: &[Value<'_>]) -> Fault {
    match &fault {
        Fault::Error(why) if why == "no such overload" => {}
        _ => return fault,
    }
    let bare = !matches!(
        args.first(),
        Some(Value::Null | Value::List(_) | Value::Map(_) | Value::Type(_) | Value::Optional(_))
    );
    let text = match function {
        "size" => "no such overload: size".to_owned(),
        "startsWith" | "endsWith" | "contains" | "matches" | "containsIP" | "containsCIDR"
        | "_==_" | "_!=_" | "@in" => return fault,
        "_+_" if matches!(args.first(), Some(Value::List(_))) => return fault,
        operator if operator.contains('_') && bare => return fault,
        operator if operator.contains('_') => format!("no such overload: {operator}"),
        "max" | "min" | "isSorted" | "sum" | "join" => return fault,
        function => {
            let types: Vec<&str> = args.iter().map(Value::type_name).collect();
            format!("no such overload: {function}({})", types.join(", "))
        }
    };
    Fault::Error(text)
}

fn is_priced_by_result(function: &str) -> bool {
    matches!(function, "join" | "slice" | "lists.range" | "reverse")
}

fn operator<'a>(function: &str, args: &[Value<'a>]) -> Option<Outcome<'a>> {
    Some(match (function, args) {
        ("_==_", [one, other]) => equal(one, other).map(Value::Bool),
        ("_!=_", [one, other]) => equal(one, other).map(|equal| Value::Bool(!equal)),
        ("_<_", [one, other]) => compare(one, other).map(|order| Value::Bool(order.is_lt())),
        ("_<=_", [one, other]) => compare(one, other).map(|order| Value::Bool(order.is_le())),
        ("_>_", [one, other]) => compare(one, other).map(|order| Value::Bool(order.is_gt())),
        ("_>=_", [one, other]) => compare(one, other).map(|order| Value::Bool(order.is_ge())),
        ("_+_", [one, other]) => operators::add(one, other),
        ("_-_", [one, other]) => operators::subtract(one, other),
        ("_*_", [one, other]) => operators::multiply(one, other),
        ("_/_", [one, other]) => operators::divide(one, other),
        ("_%_", [one, other]) => operators::remainder(one, other),
        ("-_", [value]) => operators::negate(value),
        ("!_", [value]) => value.bool().map(|value| Value::Bool(!value)),
        ("@in", [item, Value::List(list)]) => library::has_item(list, item).map(Value::Bool),
        ("@in", [key, Value::Map(map)]) => match map.find(key) {
            Some(Err(fault)) => Err(fault),
            found => Ok(Value::Bool(found.is_some())),
        },
        ("@in", _) => Fault::no_overload(),
        _ => return None,
    })
}
