//! Which number is which field: the table of messages, parsed once.

use std::collections::HashMap;
use std::sync::OnceLock;

const TEXT: &str = include_str!("messages.txt");

/// What a field is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Text,
    Bytes,
    Integer,
    Boolean,
    Double,
    Time {
        micro: bool,
    },
    Quantity,
    Duration,
    IntOrString,
    /// JSON in a message of its own.
    Json,
    /// Texts in a message of their own.
    Items,
    Schemas,
    SchemaOrBool,
    SchemaOrTexts,
    Message(&'static str),
    /// A message whose members stand in its parent.
    Inline(&'static str),
    List(Box<Self>),
    Map(Box<Self>),
}

#[derive(Debug)]
pub(super) struct Field {
    number: u64,
    pub(super) name: &'static str,
    pub(super) of: Of,
    /// A zero was set, not left out.
    pub(super) zero_counts: bool,
}

#[derive(Debug, Default)]
pub(super) struct Message {
    fields: Vec<Field>,
}

impl Message {
    pub(super) fn field(&self, number: u64) -> Option<&Field> {
        self.fields.iter().find(|field| field.number == number)
    }
}

#[derive(Debug, Default)]
pub(super) struct Table {
    roots: HashMap<(&'static str, &'static str), &'static str>,
    messages: HashMap<&'static str, Message>,
}

impl Table {
    pub(super) fn root(&self, api_version: &str, kind: &str) -> Option<&Message> {
        self.messages.get(self.roots.get(&(api_version, kind))?)
    }

    #[cfg(test)]
    pub(super) fn kinds(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.roots.keys().copied()
    }

    pub(super) fn message(&self, name: &str) -> Result<&Message, String> {
        self.messages.get(name).ok_or_else(|| format!("the message {name} is not known"))
    }
}

/// The table.
pub(super) fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| parse(TEXT))
}

fn parse(text: &'static str) -> Table {
    let mut table = Table::default();
    let mut current = "";
    for line in text.lines() {
        let words: Vec<&'static str> = line.split_whitespace().collect();
        match (line.starts_with(' '), words.as_slice()) {
            (false, ["kind", api_version, kind, message]) => {
                table.roots.insert((api_version, kind), message);
            }
            (false, ["message", name]) => {
                current = name;
                table.messages.insert(name, Message::default());
            }
            (true, [name, number, of]) => {
                if let (Ok(number), Some(message)) =
                    (number.parse(), table.messages.get_mut(current))
                {
                    let zero_counts = of.starts_with('*');
                    let of = match (self::of(of.trim_start_matches('*')), *name) {
                        (Of::Message(message), "-") => Of::Inline(message),
                        (of, _) => of,
                    };
                    message.fields.push(Field { number, name, of, zero_counts });
                }
            }
            _ => {}
        }
    }
    table
}

fn of(text: &'static str) -> Of {
    if let Some(item) = text.strip_prefix("[]") {
        return Of::List(Box::new(of(item)));
    }
    if let Some(value) = text.strip_prefix("{}") {
        return Of::Map(Box::new(of(value)));
    }
    match text {
        "string" => Of::Text,
        "bytes" => Of::Bytes,
        "int" => Of::Integer,
        "bool" => Of::Boolean,
        "double" => Of::Double,
        "time" => Of::Time { micro: false },
        "micro" => Of::Time { micro: true },
        "quantity" => Of::Quantity,
        "duration" => Of::Duration,
        "intstr" => Of::IntOrString,
        "json" => Of::Json,
        "items" => Of::Items,
        "schemas" => Of::Schemas,
        "schemabool" => Of::SchemaOrBool,
        "schematexts" => Of::SchemaOrTexts,
        message => Of::Message(message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(of: &Of) -> Option<&'static str> {
        match of {
            Of::Message(name) | Of::Inline(name) => Some(name),
            Of::List(of) | Of::Map(of) => named(of),
            _ => None,
        }
    }

    #[test]
    fn every_message_that_is_named_is_there() {
        let table = table();
        assert!(table.messages.len() > 200);
        for (name, message) in &table.messages {
            for field in &message.fields {
                let known = named(&field.of).is_none_or(|of| table.messages.contains_key(of));
                assert!(known, "{name} {}", field.name);
            }
        }
        for message in table.roots.values() {
            assert!(table.messages.contains_key(message), "{message}");
        }
    }
}
