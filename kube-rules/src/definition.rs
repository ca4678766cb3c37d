//! A CRD's schema in, what is wrong with its rules out: their form, their types, and what they can cost.
//!
//! Mirrors: apiextensions-apiserver pkg/apis/apiextensions/validation/validation.go, cel_validation.go
//! Differs: properties are gone through in the order of their names.

use serde_json::Value;

use crate::mistake::Mistake;
use crate::mistake::MistakeKind;
use crate::rule::Compiled;
use crate::rule::Compiler;
use crate::rule::Rule;
use crate::rule::field_path;
use crate::schema::Declarations;
use crate::schema::Shape;
use crate::schema::is_embedded;

/// The most that one rule may cost for all places that it is checked at, in units.
pub const RULE_COST_LIMIT: u64 = 10_000_000;
/// The most that all rules of a schema may cost, in units.
pub const SCHEMA_COST_LIMIT: u64 = 100_000_000;
/// So many of the most expensive rules are named.
const MOST_EXPENSIVE: usize = 4;
const REASONS: [&str; 4] =
    ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

/// What is wrong with the rules of a structural schema; `at` is where the schema stands, for messages.
#[must_use]
pub fn mistakes(schema: &Value, at: &str) -> Vec<Mistake> {
    let mut walk = Walk::default();
    let place =
        Place { at: at.to_owned(), root: true, in_scope: false, count: Some(1), barred: None };
    let found = walk.node(schema, &place);
    let mut mistakes = found.form;
    mistakes.extend(found.compiled);
    if walk.total > SCHEMA_COST_LIMIT {
        walk.expensive.sort_by_key(|(_, cost)| std::cmp::Reverse(*cost));
        let why = "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 \
                   schema";
        for (at, _) in walk.expensive.into_iter().take(MOST_EXPENSIVE) {
            mistakes.push(Mistake::new(at, MistakeKind::Forbidden, None, why));
        }
        let name = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema";
        mistakes.push(too_expensive(at.to_owned(), name, walk.total, SCHEMA_COST_LIMIT));
    }
    mistakes
}

/// What is wrong with how the rules of a schema are stated, whatever the schema is: missing texts, line breaks, reasons and
/// paths that there are not. All of it is in [`mistakes`] as well, which needs a schema that is structural.
#[must_use]
pub fn form_mistakes(schema: &Value, at: &str) -> Vec<Mistake> {
    let mut found = Vec::new();
    for (index, rule) in Rule::of_schema(schema).iter().enumerate() {
        check_form(rule, schema, &format!("{at}.x-kubernetes-validations[{index}]"), &mut found);
    }
    for name in ["additionalProperties", "items"] {
        if let Some(below) = schema.get(name).filter(|below| below.is_object()) {
            found.extend(form_mistakes(below, &format!("{at}.{name}")));
        }
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, below) in properties.into_iter().flatten() {
        found.extend(form_mistakes(below, &format!("{at}.properties[{name}]")));
    }
    found
}

/// Where in a schema a node is.
#[derive(Clone)]
struct Place {
    at: String,
    root: bool,
    /// This node or one above it has rules.
    in_scope: bool,
    /// How often a value of the node can occur; none: without limit.
    count: Option<u64>,
    /// From here on `oldSelf` has no counterpart.
    barred: Option<String>,
}

/// What is wrong below a node: with the form of rules, and with what was compiled of them.
#[derive(Default)]
struct Found {
    form: Vec<Mistake>,
    compiled: Vec<Mistake>,
}

impl Found {
    fn add(&mut self, other: Self) {
        self.form.extend(other.form);
        self.compiled.extend(other.compiled);
    }
}

#[derive(Default)]
struct Walk {
    total: u64,
    expensive: Vec<(String, u64)>,
}

impl Walk {
    fn node(&mut self, schema: &Value, place: &Place) -> Found {
        let mut found = Found::default();
        let rules = Rule::of_schema(schema);
        let place = Place { in_scope: place.in_scope || !rules.is_empty(), ..place.clone() };
        let inner = |step: &str, barred: bool| Place {
            at: format!("{}.{step}", place.at),
            root: false,
            in_scope: place.in_scope,
            count: most_elements(schema).and_then(|most| Some(place.count?.saturating_mul(most))),
            barred: place.barred.clone().or_else(|| barred.then(|| place.at.clone())),
        };
        if let Some(below) = schema.get("additionalProperties").filter(|below| below.is_object()) {
            found.add(self.node(below, &inner("additionalProperties", false)));
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, below) in properties.into_iter().flatten() {
            found.add(self.node(below, &inner(&format!("properties[{name}]"), false)));
        }
        if let Some(below) = schema.get("items").filter(|below| below.is_object()) {
            let mapped =
                schema.get("x-kubernetes-list-type").and_then(Value::as_str) == Some("map");
            found.add(self.node(below, &inner("items", !mapped)));
        }
        for (index, rule) in rules.iter().enumerate() {
            let at = format!("{}.x-kubernetes-validations[{index}]", place.at);
            check_form(rule, schema, &at, &mut found.form);
        }
        if found.form.is_empty() && !rules.is_empty() {
            self.compile(rules, schema, &place, &mut found.compiled);
        }
        found
    }

    fn compile(
        &mut self,
        rules: Vec<Rule>,
        schema: &Value,
        place: &Place,
        mistakes: &mut Vec<Mistake>,
    ) {
        let shape = Shape::read(schema, place.root || is_embedded(schema));
        let Some(declarations) = Declarations::of(&shape) else {
            let why = "internal error: failed to construct type information for \
                       x-kubernetes-validations rules: unable to convert structural schema to CEL \
                       declarations";
            let at = format!("{}.x-kubernetes-validations", place.at);
            mistakes.push(Mistake::new(at, MistakeKind::Internal, None, why));
            return;
        };
        let compiler = Compiler { declarations, schema };
        for (index, rule) in rules.into_iter().enumerate() {
            let at = format!("{}.x-kubernetes-validations[{index}]", place.at);
            let compiled = compiler.compile(rule);
            self.judge(&compiled, &at, place, compiler.occurrences(), mistakes);
        }
    }

    fn judge(
        &mut self,
        compiled: &Compiled,
        at: &str,
        place: &Place,
        occurrences: u64,
        mistakes: &mut Vec<Mistake>,
    ) {
        let rule = &compiled.rule;
        let invalid = |member: &str, bad: String, why: &str| {
            Mistake::new(format!("{at}.{member}"), MistakeKind::Invalid, Some(bad), why)
        };
        match &compiled.condition {
            Some(Ok(condition)) => {
                let cost = condition.cost.saturating_mul(place.count.unwrap_or(occurrences));
                self.charge(format!("{at}.rule"), "estimated rule cost", cost, mistakes);
            }
            Some(Err(why)) => mistakes.push(invalid("rule", rule.printed(), why)),
            None => {}
        }
        match &compiled.message {
            Some(Ok(message)) => {
                let name = "estimated messageExpression cost";
                self.charge(format!("{at}.messageExpression"), name, message.cost, mistakes);
            }
            Some(Err(why)) => mistakes.push(invalid("messageExpression", rule.printed(), why)),
            None => {}
        }
        if compiled.uses_old() {
            if let Some(barred) = &place.barred {
                let why = format!(
                    "oldSelf cannot be used on the uncorrelatable portion of the schema within {barred}"
                );
                mistakes.push(invalid("rule", Value::from(rule.rule.as_str()).to_string(), &why));
            }
        } else if let Some(set) = rule.optional_old_self {
            let why = "may not be set if oldSelf is not used in rule";
            mistakes.push(invalid("optionalOldSelf", set.to_string(), why));
        }
    }

    fn charge(&mut self, at: String, name: &str, cost: u64, mistakes: &mut Vec<Mistake>) {
        if cost > RULE_COST_LIMIT {
            mistakes.push(too_expensive(at.clone(), name, cost, RULE_COST_LIMIT));
        }
        self.total = self.total.saturating_add(cost);
        if cost >= SCHEMA_COST_LIMIT / 100 {
            self.expensive.push((at, cost));
        }
    }
}

/// By how much more often a value below can occur; none: without limit.
fn most_elements(schema: &Value) -> Option<u64> {
    let limit = |name: &str| {
        let limit = schema.get(name).and_then(Value::as_i64)?;
        Some(u64::try_from(limit).unwrap_or(0))
    };
    match schema.get("type").and_then(Value::as_str) {
        Some("object") if schema.get("additionalProperties").is_some() => limit("maxProperties"),
        Some("array") => limit("maxItems"),
        _ => Some(1),
    }
}

#[expect(clippy::cast_precision_loss, reason = "so does the API server")]
fn too_expensive(at: String, name: &str, cost: u64, limit: u64) -> Mistake {
    let factor = cost as f64 / limit as f64;
    let factor = if factor > 100.0 {
        "more than 100x".to_owned()
    } else if factor < 1.5 {
        format!("{factor:.6}x")
    } else {
        format!("{factor:.1}x")
    };
    let why = format!(
        "{name} exceeds budget by factor of {factor} (try simplifying the rule, or adding maxItems, \
         maxProperties, and maxLength where arrays, maps, and strings are declared)"
    );
    Mistake::new(at, MistakeKind::Forbidden, None, why)
}

fn check_form(rule: &Rule, schema: &Value, at: &str, mistakes: &mut Vec<Mistake>) {
    let broken = |text: &str| text.contains(['\n', '\r']);
    let quoted = |text: &str| Some(Value::from(text).to_string());
    let mut add = |member: &str, kind: MistakeKind, bad: Option<String>, why: String| {
        mistakes.push(Mistake::new(format!("{at}.{member}"), kind, bad, why));
    };
    let (text, message) = (rule.rule.trim(), rule.message.trim());
    if text.is_empty() {
        add("rule", MistakeKind::Required, None, "rule is not specified".to_owned());
    } else if !rule.message.is_empty() && message.is_empty() {
        let why = "must be non-empty if specified".to_owned();
        add("message", MistakeKind::Invalid, quoted(&rule.message), why);
    } else if broken(message) {
        let why = "must not contain line breaks".to_owned();
        add("message", MistakeKind::Invalid, quoted(&rule.message), why);
    } else if broken(text) && message.is_empty() {
        let why = "message must be specified if rule contains line breaks".to_owned();
        add("message", MistakeKind::Required, None, why);
    }
    if !rule.message_expression.is_empty() && rule.message_expression.trim().is_empty() {
        let why = "messageExpression must be non-empty if specified".to_owned();
        add("messageExpression", MistakeKind::Required, None, why);
    }
    if let Some(reason) = rule.reason.as_deref().filter(|reason| !REASONS.contains(reason)) {
        let known: Vec<String> = REASONS.iter().map(|reason| format!("\"{reason}\"")).collect();
        let why = format!("supported values: {}", known.join(", "));
        add("reason", MistakeKind::NotSupported, quoted(reason), why);
    }
    if rule.field_path.is_empty() {
        return;
    }
    let path = &rule.field_path;
    if path.trim().is_empty() {
        let why = "must be non-empty if specified".to_owned();
        add("fieldPath", MistakeKind::Invalid, quoted(path), why);
    }
    if broken(path) {
        let why = "must not contain line breaks".to_owned();
        add("fieldPath", MistakeKind::Invalid, quoted(path), why);
    }
    if field_path(path, schema).is_none() {
        add("fieldPath", MistakeKind::Invalid, quoted(path), "must be a valid path".to_owned());
    }
}
