//! One entry of `x-kubernetes-validations`: what it says, and what it is compiled to.

mod compile;
mod field_path;

use serde_json::Value;

pub(crate) use compile::Compiled;
pub(crate) use compile::Compiler;
pub(crate) use compile::Expression;
pub(crate) use compile::wrong_literal;
pub(crate) use field_path::field_path;

/// A rule as a schema states it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rule {
    /// The expression that must be true.
    pub rule: String,
    /// What is said if it is not.
    pub message: String,
    /// An expression of what is said if it is not.
    pub message_expression: String,
    /// The reason that is given: `FieldValueInvalid` unless stated.
    pub reason: Option<String>,
    /// The field that is blamed, as a path below the place of the rule.
    pub field_path: String,
    /// It is also asked when there is no state before; `oldSelf` is optional then.
    pub optional_old_self: Option<bool>,
}

impl Rule {
    /// Reads an entry; what has the wrong type is left out, as the schema of the schema refuses it.
    #[must_use]
    pub fn read(entry: &Value) -> Self {
        let text =
            |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Self {
            rule: text("rule"),
            message: text("message"),
            message_expression: text("messageExpression"),
            reason: entry.get("reason").and_then(Value::as_str).map(str::to_owned),
            field_path: text("fieldPath"),
            optional_old_self: entry.get("optionalOldSelf").and_then(Value::as_bool),
        }
    }

    /// All rules of a schema's node.
    pub(crate) fn of_schema(schema: &Value) -> Vec<Self> {
        let entries = schema.get("x-kubernetes-validations").and_then(Value::as_array);
        entries.into_iter().flatten().map(Self::read).collect()
    }

    /// What stands for the rule in errors.
    pub(crate) fn label(&self) -> &str {
        let message = if self.message.is_empty() { &self.rule } else { &self.message };
        message.trim()
    }

    /// What is said of an object that breaks it.
    pub(crate) fn default_message(&self) -> String {
        if self.message.is_empty() {
            format!("failed rule: {}", self.label())
        } else {
            self.label().to_owned()
        }
    }

    /// As Go prints its internal form.
    pub(crate) fn printed(&self) -> String {
        let quoted = |text: &str| {
            let plain = Value::from(text).to_string();
            plain.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
        };
        let or_null = |text: Option<String>| text.unwrap_or_else(|| "null".to_owned());
        format!(
            "{{\"Rule\":{},\"Message\":{},\"MessageExpression\":{},\"Reason\":{},\"FieldPath\":{},\
             \"OptionalOldSelf\":{}}}",
            quoted(&self.rule),
            quoted(&self.message),
            quoted(&self.message_expression),
            or_null(self.reason.as_deref().map(quoted)),
            quoted(&self.field_path),
            or_null(self.optional_old_self.map(|set| set.to_string())),
        )
    }
}
