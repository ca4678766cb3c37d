//! The front of an object's JSON in; where its `managedFields` stand out, if it is written as API servers write it.

use std::ops::Range;

use super::extent::Extent;

/// Where the value of `managedFields` stands, if there is one. None at all unless the metadata is whole, has a name, and nothing but
/// the kind comes before it.
pub(super) fn managed_fields(json: &[u8]) -> Option<Option<Range<usize>>> {
    let mut front = Front { json, at: 0 };
    front.token(b'{')?;
    while front.member()? != b"\"metadata\"" {
        front.value()?;
        front.token(b',')?;
    }
    front.token(b'{')?;
    let (mut is_named, mut managed_fields) = (false, None);
    loop {
        let member = front.member()?;
        let value = front.value()?;
        match member {
            b"\"name\"" => is_named = value.len() > 2 && json[value.start] == b'"',
            b"\"managedFields\"" if managed_fields.is_none() => managed_fields = Some(value),
            b"\"managedFields\"" => return None,
            member if member.contains(&b'\\') => return None,
            _ => {}
        }
        if front.token(b',').is_none() {
            front.token(b'}')?;
            return is_named.then_some(managed_fields);
        }
    }
}

struct Front<'a> {
    json: &'a [u8],
    at: usize,
}

impl<'a> Front<'a> {
    fn skip_blanks(&mut self) {
        let rest = &self.json[self.at..];
        self.at += rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    }

    /// Past this byte, if it is the next one.
    fn token(&mut self, byte: u8) -> Option<()> {
        self.skip_blanks();
        (*self.json.get(self.at)? == byte).then(|| self.at += 1)
    }

    fn value(&mut self) -> Option<Range<usize>> {
        self.skip_blanks();
        let start = self.at;
        self.at += Extent::default().advance(&self.json[start..])?;
        Some(start..self.at)
    }

    /// Past a member's name, in its quotes, and its colon.
    fn member(&mut self) -> Option<&'a [u8]> {
        let name = self.value()?;
        self.token(b':')?;
        Some(&self.json[name])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(json: &str) -> Option<Option<&str>> {
        managed_fields(json.as_bytes()).map(|range| range.map(|range| &json[range]))
    }

    #[test]
    fn managed_fields_are_found_in_the_metadata_only() {
        for (json, expected) in [
            (r#"{"metadata":{"name":"a"}}"#, None),
            (
                r#"{"kind":"A","apiVersion":"v1","metadata":{"name":"a","labels":{"managedFields":"[1]"}},"spec":{"managedFields":[2]}}"#,
                None,
            ),
            (
                r#"{"metadata":{"managedFields":[{"f:a":"}]\""}],"name":"a"},"spec":1"#,
                Some(r#"[{"f:a":"}]\""}]"#),
            ),
            (
                " { \"metadata\" : {\n\"name\" : \"a\" , \"managedFields\" : null\t} , ",
                Some("null"),
            ),
        ] {
            assert_eq!(found(json), Some(expected), "{json}");
        }
    }

    #[test]
    fn what_is_written_in_another_way_is_left_to_who_reads_with_more_care() {
        for json in [
            "",
            "7",
            "[]",
            r#"{"spec":{}}"#,
            r#"{"metadata":[{"name":"a"}]}"#,
            r#"{"metadata":{}}"#,
            r#"{"metadata":{"name":""}}"#,
            r#"{"metadata":{"name":123}}"#,
            r#"{"metadata":{"namespace":"a"}}"#,
            r#"{"metadata":{"name":"a","managed\u0046ields":[1]}}"#,
            r#"{"metadata":{"name":"a","managedFields":[1],"managedFields":[2]}}"#,
            r#"{"metadata":{"name":"a" "uid":"b"}}"#,
            r#"{"metadata":{"name":"a","managedFields":[{"a":"b"#,
            r#"{"metadata":{"name":"a""#,
        ] {
            assert_eq!(found(json), None, "{json}");
        }
    }
}
