//! The most that a call can cost, and how large its result can be.

use super::Entries;
use super::Estimator;
use super::Known;
use super::LETTER;
use super::PATTERN;
use super::library;
use super::range::Range;
use crate::syntax::Call;
use crate::syntax::Node;

/// The price of a call without its arguments, and the size of its result if that is known.
pub(super) struct Price {
    pub(super) cost: Range,
    pub(super) size: Option<Range>,
}

impl Price {
    pub(super) fn of(cost: Range) -> Self {
        Self { cost, size: None }
    }

    pub(super) fn sized(cost: Range, size: Range) -> Self {
        Self { cost, size: Some(size) }
    }
}

impl Estimator<'_> {
    pub(super) fn call(&mut self, node: &Node, call: &Call) -> Range {
        if let ("dyn", [arg]) = (call.function.as_str(), call.args.as_slice()) {
            let cost = self.cost(arg);
            self.copy_sizes(node, arg);
            return cost.plus(Range::fixed(1));
        }
        let (mut costs, mut args) = (Vec::new(), Vec::new());
        for arg in &call.args {
            costs.push(self.cost(arg));
            args.push(self.known(arg));
        }
        let overloads = &self.checked.overloads[node.id];
        if overloads.is_empty() {
            return Range::NOTHING;
        }
        let mut sum = Range::NOTHING;
        let target = call.target.as_ref().map(|target| {
            sum = self.cost(target);
            self.known(target)
        });
        let mut cost = Range { min: u64::MAX, max: 0 };
        let mut size: Option<Range> = None;
        for overload in overloads {
            let price = self.price(node, call, overload.id, target.as_ref(), &args, &costs);
            cost = cost.or(price.cost);
            if let Some(new) = price.size {
                size = Some(size.map_or(new, |size| size.or(new)));
            }
            if let Some(of) = call.args.first()
                && let Some(step) = match overload.id {
                    "index_list" => Some("@items"),
                    "index_map" => Some("@values"),
                    _ => None,
                }
            {
                size = self.entries_of(of).map(|entries| entries.value);
                let path = self.below(of, step);
                self.paths.insert(node.id, path);
            }
            if size.is_none() {
                size = self.size(node);
            }
        }
        if let Some(size) = size {
            self.sizes.insert(node.id, size);
        }
        sum.plus(cost)
    }

    fn price(
        &mut self,
        node: &Node,
        call: &Call,
        overload: &str,
        target: Option<&Known>,
        args: &[Known],
        costs: &[Range],
    ) -> Price {
        let all = costs.iter().fold(Range::NOTHING, |sum, cost| sum.plus(*cost));
        if let Some(price) = library::by_overload(overload, target, args)
            .or_else(|| self.by_name(&call.function, overload, target, args))
        {
            return Price { cost: price.cost.plus(all), size: price.size };
        }
        if let Some(price) = self.logic(node, overload, args, costs) {
            return price;
        }
        let price = self.standard(node, overload, target, args);
        Price { cost: price.cost.plus(all), size: price.size }
    }

    /// Of `and`, `or` and `?:` not every side is evaluated.
    fn logic(
        &mut self,
        node: &Node,
        overload: &str,
        args: &[Known],
        costs: &[Range],
    ) -> Option<Price> {
        match (overload, costs) {
            ("logical_and" | "logical_or", [one, other]) => {
                Some(Price::of(Range { min: one.min, max: one.plus(*other).max }))
            }
            ("conditional", [condition, then, otherwise]) => {
                let size = or_unknown(&args[1]).or(or_unknown(&args[2]));
                self.joined(node, args[1].entries, args[2].entries);
                Some(Price::sized(condition.plus(then.or(*otherwise)), size))
            }
            _ => None,
        }
    }

    fn joined(&mut self, node: &Node, one: Option<Entries>, other: Option<Entries>) {
        if let (Some(one), Some(other)) = (one, other) {
            self.entries.insert(node.id, one.or(other));
        }
    }

    fn standard(
        &mut self,
        node: &Node,
        overload: &str,
        target: Option<&Known>,
        args: &[Known],
    ) -> Price {
        let letters = |size: Range| size.scaled(LETTER);
        match (overload, target, args) {
            ("string_format", Some(target), _) => Price::of(letters(or_unknown(target))),
            ("string_to_bytes", _, [arg]) => {
                let size = or_unknown(arg);
                let made = Range { min: size.min, max: size.max.wrapping_mul(4) };
                Price::sized(letters(size), made)
            }
            ("bytes_to_string", _, [arg]) => {
                let size = or_unknown(arg);
                Price::sized(letters(size), Range { min: size.min / 4, max: size.max })
            }
            ("strings_quote", _, [arg]) => {
                let size = or_unknown(arg);
                let most = size.max.wrapping_mul(2).wrapping_add(2);
                Price::sized(letters(size), Range { min: size.min.saturating_add(2), max: most })
            }
            ("starts_with_string" | "ends_with_string", _, [arg]) => {
                Price::of(letters(or_unknown(arg)))
            }
            ("in_list", _, [_, list]) => Price::of(or_unknown(list).scaled(1.0)),
            ("matches_string", Some(target), [pattern]) => {
                let text = letters(or_unknown(target).plus(Range::fixed(1)));
                Price::of(text.times(or_unknown(pattern).scaled(PATTERN)))
            }
            ("contains_string", Some(target), [arg]) => {
                Price::of(letters(or_unknown(target)).times(letters(or_unknown(arg))))
            }
            ("add_string" | "add_bytes" | "add_list", _, [one, other]) => {
                let size = or_unknown(one).plus(or_unknown(other));
                self.joined(node, one.entries, other.entries);
                let cost = if overload == "add_list" { Range::fixed(1) } else { letters(size) };
                Price::sized(cost, size)
            }
            (overload, _, [one, other]) if compares_letters(overload) => {
                let most = or_unknown(one).max.min(or_unknown(other).max);
                Price::of(letters(Range { min: u64::from(most > 0), max: most }))
            }
            _ => Price::of(Range::fixed(1)),
        }
    }
}

fn compares_letters(overload: &str) -> bool {
    let ordered = ["less", "greater"].iter().any(|order| overload.starts_with(order));
    let of_letters = overload.ends_with("_string") || overload.ends_with("_bytes");
    matches!(overload, "equals" | "not_equals") || (ordered && of_letters)
}

pub(super) fn or_unknown(known: &Known) -> Range {
    known.size.unwrap_or(Range::UNKNOWN)
}
