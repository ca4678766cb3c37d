//! CEL for Kubernetes: `x-kubernetes-validations` in, what is wrong with the rules, or with an object, out.

mod types;
mod declarations;
mod issue;
mod depth;
mod time;
mod pattern;
mod schema;
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

pub use definition::RULE_COST_LIMIT;
pub use definition::SCHEMA_COST_LIMIT;
pub use definition::form_mistakes;
pub use definition::mistakes;
pub use mistake::Mistake;
pub use mistake::MistakeKind;
pub use rule::Rule;
pub use validator::CALL_COST_LIMIT;
pub use validator::OBJECT_COST_LIMIT;
pub use validator::Validator;
pub use validator::Verdict;
