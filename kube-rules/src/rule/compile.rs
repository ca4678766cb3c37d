//! A rule and the types of its place in the schema in, a checked tree and its price out, or why there is none.
//!
//! Mirrors: apiextensions-apiserver pkg/apiserver/schema/cel/compilation.go

use serde_json::Value;

use super::Rule;
use super::field_path;
use crate::check::Checked;
use crate::check::check;
use crate::cost::estimate;
use crate::depth::reading;
use crate::eval::convert;
use crate::issue::report;
use crate::schema::Declarations;
use crate::schema::REQUEST_BYTES;
use crate::syntax::Expr;
use crate::syntax::Literal;
use crate::syntax::Node;
use crate::syntax::parse;
use crate::types::Type;
use crate::value::Fault;

/// An expression with its price.
#[derive(Debug, Clone)]
pub(crate) struct Expression {
    pub(crate) checked: Checked,
    /// The most that it costs.
    pub(crate) cost: u64,
}

/// A compiled rule.
#[derive(Debug, Clone)]
pub(crate) struct Compiled {
    pub(crate) rule: Rule,
    /// None: the rule is empty, and holds.
    pub(crate) condition: Option<Result<Expression, String>>,
    pub(crate) message: Option<Result<Expression, String>>,
    /// The field that is blamed.
    pub(crate) field: Option<String>,
}

impl Compiled {
    pub(crate) fn uses_old(&self) -> bool {
        matches!(&self.condition, Some(Ok(expression)) if expression.checked.uses_old)
    }
}

/// Compiles the rules of one place in a schema.
#[derive(Debug)]
pub(crate) struct Compiler<'a> {
    pub(crate) declarations: Declarations,
    pub(crate) schema: &'a Value,
}

impl Compiler<'_> {
    pub(crate) fn compile(&self, rule: Rule) -> Compiled {
        let optional = rule.optional_old_self == Some(true);
        let condition = (!rule.rule.trim().is_empty()).then(|| {
            self.expression(&rule.rule, optional, &Type::Bool).map_err(|why| match why {
                Wrong::Text(report) => format!("compilation failed: {report}"),
                Wrong::Type => "cel expression must evaluate to a bool".to_owned(),
                Wrong::Program(why) => format!("program instantiation failed: {why}"),
            })
        });
        let message = (matches!(condition, Some(Ok(_))) && !rule.message_expression.is_empty())
            .then(|| {
                let text = &rule.message_expression;
                self.expression(text, optional, &Type::String).map_err(|why| match why {
                    Wrong::Text(report) => {
                        format!("messageExpression compilation failed: {report}")
                    }
                    Wrong::Type => "messageExpression must evaluate to a string".to_owned(),
                    Wrong::Program(why) => format!("messageExpression instantiation failed: {why}"),
                })
            });
        let field = match rule.field_path.as_str() {
            "" => None,
            path => field_path(path, self.schema).filter(|path| !path.is_empty()),
        };
        Compiled { rule, condition, message, field }
    }

    /// How often the place of the rule can occur in one object, if nothing above it is limited.
    pub(crate) fn occurrences(&self) -> u64 {
        REQUEST_BYTES / (self.declarations.root.least_bytes + 1)
    }

    fn expression(&self, text: &str, optional: bool, expected: &Type) -> Result<Expression, Wrong> {
        let own = self.declarations.root.of.clone();
        let old = if optional { Type::optional(own.clone()) } else { own.clone() };
        let variables = vec![("self".to_owned(), own), ("oldSelf".to_owned(), old)];
        let compiled = reading(text, || {
            let checked = check(parse(text)?, variables, &self.declarations.objects)?;
            if checked.of(&checked.root) != expected {
                return Ok(Err(Wrong::Type));
            }
            if let Some(why) = wrong_literal(&checked.root) {
                return Ok(Err(Wrong::Program(why)));
            }
            let cost = estimate(&checked, &self.declarations.root);
            Ok(Ok(Expression { checked, cost }))
        });
        compiled.map_err(|issues| Wrong::Text(report(text, &issues)))?
    }
}

const CONVERSIONS: [&str; 8] =
    ["bool", "bytes", "double", "duration", "int", "string", "timestamp", "uint"];

enum Wrong {
    Text(String),
    Type,
    Program(String),
}

/// What the API server evaluates once, before any object: patterns of `find`, and conversions of literals.
pub(crate) fn wrong_literal(node: &Node) -> Option<String> {
    let below: Vec<&Node> = match &node.expr {
        Expr::Literal(_) | Expr::Ident(_) => Vec::new(),
        Expr::Select(select) => vec![&select.of],
        Expr::Call(call) => {
            if matches!(call.function.as_str(), "find" | "findAll")
                && let Some(Node { expr: Expr::Literal(Literal::String(pattern)), .. }) =
                    call.args.first()
                && let Err(error) = crate::pattern::pattern(pattern)
            {
                return Some(format!("error parsing regexp: {error}"));
            }
            if let [Node { expr: Expr::Literal(literal), .. }] = call.args.as_slice()
                && CONVERSIONS.contains(&call.function.as_str())
                && let Err(Fault::Error(why)) = convert(&call.function, literal)
            {
                return Some(why);
            }
            call.target.as_deref().into_iter().chain(&call.args).collect()
        }
        Expr::List { items, .. } => items.iter().collect(),
        Expr::Map(entries) => entries.iter().flat_map(|entry| [&entry.key, &entry.value]).collect(),
        Expr::Struct { fields, .. } => fields.iter().map(|(_, value)| value).collect(),
        Expr::Fold(fold) => {
            vec![&fold.range, &fold.init, &fold.condition, &fold.step, &fold.result]
        }
    };
    below.into_iter().find_map(wrong_literal)
}
