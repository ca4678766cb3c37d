//! `fieldPath` of a rule: `.spec['a.b']` in, the path that errors print out, if the schema has such a field.
//!
//! Mirrors: apiextensions-apiserver pkg/apiserver/schema/cel/validation.go

use serde_json::Value;

/// The path that is blamed; none: it is no path of the schema.
pub(crate) fn field_path(text: &str, schema: &Value) -> Option<String> {
    let (mut path, mut rest, mut at) = (String::new(), text, schema);
    while !rest.is_empty() {
        let (name, after) = step(rest)?;
        let properties = at.get("properties").and_then(Value::as_object);
        match properties.filter(|properties| !properties.is_empty()) {
            Some(properties) => {
                at = properties.get(&name)?;
                path = crate::mistake::below(&path, &name);
            }
            None => {
                at = at.get("additionalProperties").filter(|below| below.is_object())?;
                path = format!("{path}[{name}]");
            }
        }
        rest = after;
    }
    Some(path)
}

fn step(text: &str) -> Option<(String, &str)> {
    if let Some(rest) = text.strip_prefix('.') {
        let end = rest.find(['.', '[', ']']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        return (!name.is_empty()).then(|| (name.to_owned(), after));
    }
    let rest = text.strip_prefix("['")?;
    let mut name = String::new();
    let mut letters = rest.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\'' => return rest[at + 1..].strip_prefix(']').map(|after| (name, after)),
            '\\' => name.push(match letters.next()?.1 {
                'a' => '\u{7}',
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'v' => '\u{b}',
                plain @ ('\'' | '\\') => plain,
                _ => return None,
            }),
            letter => name.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_path_names_fields_that_the_schema_has() {
        let schema = json!({"properties": {"spec": {"properties": {
            "a.b": {"type": "string"}, "map": {"additionalProperties": {"type": "string"}}}}}});
        let rows = [
            (".spec", Some("spec")),
            (".spec['a.b']", Some("spec.a.b")),
            (".spec.map['key']", Some("spec.map[key]")),
            (".spec.other", None),
            ("spec", None),
            (".spec[0]", None),
        ];
        for (text, expected) in rows {
            assert_eq!(field_path(text, &schema).as_deref(), expected, "{text}");
        }
    }
}
