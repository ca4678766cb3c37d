//! The most that a function of Kubernetes' libraries can cost.
//!
//! Mirrors: apiserver pkg/cel/library/cost.go, cel-go ext/lists.go, cel-go ext/sets.go

use super::Estimator;
use super::Known;
use super::LETTER;
use super::PATTERN;
use super::call::Price;
use super::call::or_unknown;
use super::range::Range;
use crate::types::Type;

/// The length that the pattern of a named format is priced at.
const LONGEST_PATTERN: f64 = 128.0;
/// The length of the name of a format.
const LONGEST_FORMAT: u64 = 64;
/// An address of version 4 or 6, in bytes.
const ADDRESS: Range = Range { min: 4, max: 16 };
const ONE: Range = Range::fixed(1);
/// What only looks into a value that was read.
const ACCESSORS: [&str; 27] = [
    "masked",
    "prefixLength",
    "family",
    "isUnspecified",
    "isLoopback",
    "isLinkLocalMulticast",
    "isLinkLocalUnicast",
    "isGlobalUnicast",
    "format.named",
    "sign",
    "asInteger",
    "isInteger",
    "asApproximateFloat",
    "isGreaterThan",
    "isLessThan",
    "compareTo",
    "add",
    "sub",
    "major",
    "minor",
    "patch",
    "getScheme",
    "getHostname",
    "getHost",
    "getPort",
    "getEscapedPath",
    "getQuery",
];

fn new_list(factor: f64, size: Range) -> Price {
    Price::sized(size.scaled(factor).plus(ONE).plus(Range::fixed(10)), size)
}

fn literal_or(known: &Known, otherwise: u64) -> u64 {
    known.int.map_or(otherwise, |number| u64::try_from(number).unwrap_or(0))
}

/// What is priced by the overload.
pub(super) fn by_overload(overload: &str, target: Option<&Known>, args: &[Known]) -> Option<Price> {
    let sets = |factor: f64, one: &Known, other: &Known| {
        let pairs = or_unknown(one).times(or_unknown(other));
        Price::of(pairs.scaled(factor).plus(ONE))
    };
    Some(match (overload, target, args) {
        ("list_sets_contains_list" | "list_sets_intersects_list", _, [one, other]) => {
            sets(1.0, one, other)
        }
        ("list_sets_equivalent_list", _, [one, other]) => sets(2.0, one, other),
        ("list_slice", Some(target), [start, end]) => {
            let end = literal_or(end, or_unknown(target).max);
            new_list(1.0, Range::fixed(end.wrapping_sub(literal_or(start, 0))))
        }
        ("lists_range", None, [count]) => new_list(1.0, Range::fixed(literal_or(count, u64::MAX))),
        ("list_reverse", Some(target), []) => new_list(1.0, or_unknown(target)),
        ("list_flatten" | "list_flatten_int", Some(target), args) => {
            let depth = args.first().map_or(1, |depth| literal_or(depth, u64::MAX));
            #[expect(clippy::cast_precision_loss, reason = "so does cel-go")]
            new_list(depth as f64, or_unknown(target))
        }
        ("list_distinct", Some(target), []) => squared(2.0, target),
        (overload, Some(target), []) if overload.ends_with("_sort") => {
            squared(sort_factor(overload), target)
        }
        (overload, Some(_), [keys]) if overload.ends_with("_sortByAssociatedKeys") => {
            squared(sort_factor(overload), keys)
        }
        _ => return None,
    })
}

fn squared(factor: f64, list: &Known) -> Price {
    let size = or_unknown(list);
    new_list(factor, size.times(size))
}

fn sort_factor(overload: &str) -> f64 {
    let of_letters = ["list_string_", "list_bytes_"].iter().any(|head| overload.starts_with(head));
    if of_letters { 2.0 + LETTER } else { 2.0 }
}

impl Estimator<'_> {
    /// What is priced by the name of the function.
    pub(super) fn by_name(
        &self,
        function: &str,
        overload: &str,
        target: Option<&Known>,
        args: &[Known],
    ) -> Option<Price> {
        let letters = |known: &Known, factor: f64| or_unknown(known).scaled(factor * LETTER);
        Some(match (function, target, args) {
            ("isSorted" | "sum" | "max" | "min" | "indexOf" | "lastIndexOf", Some(target), _) => {
                self.over_items(target)
            }
            ("url", _, [arg]) => Price::sized(letters(arg, 1.0), or_unknown(arg)),
            ("lowerAscii" | "upperAscii" | "substring" | "trim", Some(target), _) => {
                Price::sized(letters(target, 1.0), or_unknown(target))
            }
            ("replace", Some(target), [old, new, ..]) => {
                let made = replaced(or_unknown(target), or_unknown(old), or_unknown(new));
                Price::sized(letters(target, 2.0), made)
            }
            ("split", Some(target), args) => {
                let most = args.get(1).map_or(or_unknown(target).max, |most| {
                    literal_or(most, or_unknown(target).max)
                });
                Price::sized(letters(target, 2.0), Range { min: 0, max: most })
            }
            ("join", Some(target), args) => {
                let size = self.joined_size(target, args.first());
                Price::sized(size.scaled(LETTER), size)
            }
            ("find" | "findAll", Some(target), [pattern, ..]) => {
                let text = or_unknown(target).plus(ONE).scaled(LETTER);
                let cost = text.times(or_unknown(pattern).scaled(PATTERN));
                Price::sized(cost, Range { min: 0, max: or_unknown(target).max })
            }
            ("ip", _, _) if overload == "cidr_ip" => Price::of(ONE),
            (
                "cidr" | "isIP" | "isCIDR" | "ip" | "quantity" | "isQuantity" | "semver"
                | "isSemver",
                _,
                [arg, ..],
            ) => Price::of(letters(arg, 1.0)),
            ("ip.isCanonical", _, [arg, ..]) => Price::of(letters(arg, 2.0)),
            ("containsIP" | "containsCIDR", _, [arg, ..]) => {
                let mut cost = ADDRESS.plus(ADDRESS).scaled(LETTER);
                if function == "containsCIDR" {
                    cost = cost.plus(ADDRESS.scaled(LETTER)).plus(ONE);
                }
                if overload.ends_with("_string") {
                    cost = cost.plus(letters(arg, 1.0));
                }
                Price::of(cost)
            }
            ("validate", _, [arg, ..]) => {
                Price::of(letters(arg, 1.0).scaled(LONGEST_PATTERN * PATTERN))
            }
            (function, _, _) if ACCESSORS.contains(&function) => Price::of(ONE),
            ("_==_", _, [one, other]) if one.of == other.of => equality(&one.of, other)?,
            _ => return None,
        })
    }

    fn item_size(&self, list: &Known) -> Option<(Type, Range)> {
        let of = (*list.of.parameters().first()?).clone();
        let mut path = list.path.clone();
        if !path.is_empty() {
            path.push("@items".to_owned());
        }
        Some((of, self.declared_size(&path).unwrap_or(Range::UNKNOWN)))
    }

    fn over_items(&self, target: &Known) -> Price {
        let Some((of, size)) = self.item_size(target) else {
            return Price::of(or_unknown(target).scaled(LETTER));
        };
        let mut item = ONE;
        if matches!(of, Type::String | Type::Bytes) {
            item = item.plus(size.scaled(LETTER));
        }
        Price::of(or_unknown(target).times(item))
    }

    fn joined_size(&self, target: &Known, separator: Option<&Known>) -> Range {
        let count = or_unknown(target);
        let items = self.item_size(target).map_or(Range::NOTHING, |(_, size)| count.times(size));
        let Some(separator) = separator else { return items };
        let between = Range { min: count.min.saturating_sub(1), max: count.max.saturating_sub(1) };
        items.plus(or_unknown(separator).times(between))
    }
}

/// How long a text can be in which one text is replaced by another.
fn replaced(size: Range, old: Range, new: Range) -> Range {
    let (mut count, mut kept) = (Range::NOTHING, Range::NOTHING);
    if old.min == 0 {
        (count.max, kept.max) = (size.max.saturating_add(1), size.max);
    } else if new.max <= old.min {
        kept.max = size.max;
    } else {
        count.max = ratio(size.max, old.min);
    }
    if old.max == 0 {
        (count.min, kept.min) = (size.min.saturating_add(1), size.min);
    } else if old.max <= new.min {
        kept.min = size.min;
    } else {
        count.min = ratio(size.min, old.max);
    }
    count.times(new).plus(kept)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
#[expect(clippy::cast_precision_loss, reason = "so does the API server")]
fn ratio(size: u64, part: u64) -> u64 {
    (size as f64 / part as f64).ceil() as u64
}

/// Kubernetes' own values are compared at a price of their own.
fn equality(of: &Type, other: &Known) -> Option<Price> {
    let name = match of {
        Type::Object(name) | Type::Opaque(name, _) => &**name,
        _ => return None,
    };
    Some(Price::of(match name {
        "net.IP" | "net.CIDR" | "kubernetes.Quantity" | "kubernetes.Semver" => ONE,
        "kubernetes.NamedFormat" => Range { min: 1, max: LONGEST_FORMAT }.scaled(LETTER),
        "kubernetes.URL" => {
            let most = other.size.map_or(1, |size| size.max);
            Range { min: 1, max: most }.scaled(LETTER)
        }
        _ => return None,
    }))
}
