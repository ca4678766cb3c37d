//! CEL for Kubernetes: `x-kubernetes-validations` in, what is wrong with the rules, or with an object, out.
//!
//! ```
//! use kube_rules::Validator;
//! use serde_json::json;
//!
//! let mut schema = json!({"type": "object", "properties": {"spec": {
//!     "type": "object",
//!     "properties": {"replicas": {"type": "integer"}},
//!     "x-kubernetes-validations": [{"rule": "self.replicas < 5", "message": "too many"}],
//! }}});
//! assert!(kube_rules::mistakes(&schema, "schema").is_empty());
//! let verdict = Validator::new(&schema).validate(&json!({"spec": {"replicas": 7}}), None);
//! assert_eq!(verdict.mistakes[0].to_string(), "spec: Invalid value: too many");
//!
//! schema["properties"]["spec"]["x-kubernetes-validations"][0]["rule"] = json!("self.replica < 5");
//! let mistakes = kube_rules::mistakes(&schema, "schema");
//! assert!(mistakes[0].detail.contains("undefined field 'replica'"));
//! ```
//!
//! The parser is the crate `cel`'s. Its interpreter is not used: it cannot be stopped by a budget, knows no types of a schema, and
//! fails in other words than the API server.
//!
//! # Differs
//!
//! - Chains of operators (`a + b + ..`) may have a thousand members; the API server takes 250.
//! - Why a pattern is none is told in another library's words.
//! - Copies of lists and texts are bounded beyond the API server's prices, which leave them out: 4 million items, 16 MiB a text.
//! - A timestamp with an offset is printed in UTC.

mod types;
mod builtin;
mod declarations;
mod issue;
mod depth;
mod time;
mod pattern;
mod schema;
mod authorizer;
mod syntax;
mod check;
mod kinds;
mod value;
mod operators;
mod library;
mod eval;
mod cost;
mod mistake;
mod rule;
mod definition;
mod validator;
mod admission;

pub use admission::CONDITIONS_COST_LIMIT;
pub use admission::Environment;
pub use admission::Evaluated;
pub use admission::Expression;
pub use admission::Expressions;
pub use admission::Returns;
pub use admission::Subject;
pub use admission::Wrong;
pub use authorizer::Authorizer;
pub use authorizer::Decision;
pub use authorizer::Question;
pub use builtin::BuiltinStruct;
pub use builtin::BuiltinTypes;
pub use builtin::builtin_schema;
pub use definition::RULE_COST_LIMIT;
pub use definition::SCHEMA_COST_LIMIT;
pub use definition::form_mistakes;
pub use definition::mistakes;
pub use eval::Answer;
pub use mistake::Mistake;
pub use mistake::MistakeKind;
pub use rule::Rule;
pub use schema::is_identifier;
pub use validator::CALL_COST_LIMIT;
pub use validator::OBJECT_COST_LIMIT;
pub use validator::Validator;
pub use validator::Verdict;
