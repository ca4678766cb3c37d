//! JSON in, YAML as kubectl writes it out: byte for byte, also where that is odd.
//!
//! Mirrors: kubernetes vendor/sigs.k8s.io/yaml/goyaml.v2 (encode.go, emitterc.go, sorter.go)
//! Differs: text with the rare line ends of Unicode in it is quoted with escapes.

use std::cmp::Ordering;

use serde_json::Map;
use serde_json::Value;

/// A line is folded at the first space behind this column.
const WIDTH: usize = 80;
/// A longer key does not stand on one line with its value.
const SIMPLE_KEY: usize = 128;

/// The document, with a line's end.
pub fn of(value: &Value) -> String {
    let mut writer = Writer { out: String::new() };
    match value {
        Value::Object(map) if !map.is_empty() => writer.map(map, 0, false),
        Value::Array(items) if !items.is_empty() => writer.list(items, 0, false),
        scalar => {
            writer.scalar(scalar, 0);
            writer.out.push('\n');
        }
    }
    writer.out
}

struct Writer {
    out: String,
}

impl Writer {
    /// `inline`: the first key goes on in a line that is begun.
    fn map(&mut self, map: &Map<String, Value>, indent: usize, inline: bool) {
        let mut entries: Vec<(&String, &Value)> = map.iter().collect();
        entries.sort_by(|(one, _), (other, _)| order(one, other));
        for (number, (key, value)) in entries.into_iter().enumerate() {
            if number > 0 || !inline {
                self.indent(indent);
            }
            if key.len() > SIMPLE_KEY || key.contains('\n') {
                self.out.push_str("? ");
                self.text(key, indent + 2);
                self.out.push('\n');
                self.indent(indent);
            } else {
                self.text(key, indent);
            }
            self.out.push(':');
            match value {
                Value::Object(map) if !map.is_empty() => {
                    self.out.push('\n');
                    self.map(map, indent + 2, false);
                }
                // A list in a map is not indented.
                Value::Array(items) if !items.is_empty() => {
                    self.out.push('\n');
                    self.list(items, indent, false);
                }
                scalar => {
                    self.out.push(' ');
                    self.scalar(scalar, indent + 2);
                    self.out.push('\n');
                }
            }
        }
    }

    fn list(&mut self, items: &[Value], indent: usize, inline: bool) {
        for (number, item) in items.iter().enumerate() {
            if number > 0 || !inline {
                self.indent(indent);
            }
            self.out.push_str("- ");
            match item {
                Value::Object(map) if !map.is_empty() => self.map(map, indent + 2, true),
                Value::Array(items) if !items.is_empty() => self.list(items, indent + 2, true),
                scalar => {
                    self.scalar(scalar, indent + 2);
                    self.out.push('\n');
                }
            }
        }
    }

    fn scalar(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Object(_) => self.out.push_str("{}"),
            Value::Array(_) => self.out.push_str("[]"),
            Value::String(text) => self.text(text, indent),
            Value::Null => self.out.push_str("null"),
            other => self.out.push_str(&other.to_string()),
        }
    }

    fn indent(&mut self, indent: usize) {
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    fn column(&self) -> usize {
        let line = self.out.rfind('\n').map_or(0, |end| end + 1);
        self.out[line..].chars().count()
    }

    /// A text in the style that is the first of those it may have.
    fn text(&mut self, text: &str, indent: usize) {
        let form = Form::of(text);
        if text.contains('\n') {
            match form.block {
                true => self.literal(text, indent),
                false => self.double(text, indent),
            }
        } else if means_something(text) {
            self.double(text, indent);
        } else if form.plain {
            self.folded(text, indent, true);
        } else if form.single {
            self.out.push('\'');
            self.folded(&text.replace('\'', "''"), indent, false);
            self.out.push('\'');
        } else {
            self.double(text, indent);
        }
    }

    /// Plain, or between single quotes, where the first and the last character are no place for a line's end.
    fn folded(&mut self, text: &str, indent: usize, plain: bool) {
        let characters: Vec<char> = text.chars().collect();
        let mut before_was_space = false;
        for (index, character) in characters.iter().enumerate() {
            let space = *character == ' ';
            let inside = plain || (index > 0 && index + 1 < characters.len());
            let alone = characters.get(index + 1) != Some(&' ');
            if space && !before_was_space && inside && alone && self.column() > WIDTH {
                self.out.push('\n');
                self.indent(indent);
            } else {
                self.out.push(*character);
            }
            before_was_space = space;
        }
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.out.push('|');
        if text.starts_with([' ', '\n']) {
            self.out.push('2');
        }
        match text.strip_suffix('\n') {
            None => self.out.push('-'),
            Some(rest) if rest.is_empty() || rest.ends_with('\n') => self.out.push('+'),
            Some(_) => {}
        }
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            self.out.push('\n');
            if !line.is_empty() {
                self.indent(indent);
                self.out.push_str(line);
            }
        }
    }

    fn double(&mut self, text: &str, indent: usize) {
        self.out.push('"');
        let characters: Vec<char> = text.chars().collect();
        // They look for it at the front wherever they are.
        let marked = characters.first() == Some(&'\u{feff}');
        let mut before_was_space = false;
        for (index, character) in characters.iter().copied().enumerate() {
            let inside = index > 0 && index + 1 < characters.len();
            if marked || !is_printable(character) || matches!(character, '"' | '\\' | '\n') {
                self.escaped(character);
                before_was_space = false;
            } else if character == ' ' && !before_was_space && inside && self.column() > WIDTH {
                self.out.push('\n');
                self.indent(indent);
                if characters.get(index + 1) == Some(&' ') {
                    self.out.push('\\');
                }
                before_was_space = true;
            } else {
                self.out.push(character);
                before_was_space = character == ' ';
            }
        }
        self.out.push('"');
    }

    fn escaped(&mut self, character: char) {
        let short = match character {
            '\0' => Some('0'),
            '\x07' => Some('a'),
            '\x08' => Some('b'),
            '\t' => Some('t'),
            '\n' => Some('n'),
            '\x0b' => Some('v'),
            '\x0c' => Some('f'),
            '\r' => Some('r'),
            '\x1b' => Some('e'),
            '"' => Some('"'),
            '\\' => Some('\\'),
            '\u{85}' => Some('N'),
            '\u{a0}' => Some('_'),
            '\u{2028}' => Some('L'),
            '\u{2029}' => Some('P'),
            _ => None,
        };
        self.out.push('\\');
        match (short, u32::from(character)) {
            (Some(short), _) => self.out.push(short),
            (None, code @ ..=0xff) => self.out.push_str(&format!("x{code:02X}")),
            (None, code @ ..=0xffff) => self.out.push_str(&format!("u{code:04X}")),
            (None, code) => self.out.push_str(&format!("U{code:08X}")),
        }
    }
}

fn is_printable(character: char) -> bool {
    matches!(character, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        && !matches!(character, '\u{feff}' | '\u{2028}' | '\u{2029}')
}

/// In which styles a text can be written.
struct Form {
    plain: bool,
    single: bool,
    block: bool,
}

impl Form {
    fn of(text: &str) -> Self {
        let characters: Vec<char> = text.chars().collect();
        let blank =
            |at: Option<&char>| at.is_none_or(|next| matches!(next, ' ' | '\t' | '\n' | '\r'));
        let mut indicators = text.starts_with("---") || text.starts_with("...");
        let (mut space_break, mut break_space, mut special) = (false, false, false);
        for (index, character) in characters.iter().copied().enumerate() {
            let before = index.checked_sub(1).and_then(|index| characters.get(index));
            let followed = blank(characters.get(index + 1));
            indicators |= match (index, character) {
                (0, '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>') => true,
                (0, '\'' | '"' | '%' | '@' | '`') => true,
                (0, '?' | '-') | (_, ':') => followed,
                (_, '#') => blank(before),
                _ => false,
            };
            special |= !is_printable(character);
            space_break |= character == '\n' && before == Some(&' ');
            break_space |= character == ' ' && before == Some(&'\n');
        }
        let edges = text.starts_with([' ', '\n']) || text.ends_with([' ', '\n']);
        let none = space_break || special;
        Self {
            plain: !(none || break_space || indicators || edges || text.contains('\n')),
            single: !(none || break_space),
            block: !(none || text.ends_with(' ') || text.is_empty()),
        }
    }
}

/// Whether the text, if it stood there plain, would be read as something else.
fn means_something(text: &str) -> bool {
    let Some(first) = text.chars().next() else { return true };
    let words = [
        "y", "yes", "true", "on", "n", "no", "false", "off", "null", "~", ".nan", ".inf", "+.inf",
        "-.inf",
    ];
    let capital = |word: &str| {
        let mut characters = word.chars();
        characters
            .next()
            .map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
    };
    let special = [".NaN", ".Inf", "+.Inf", "-.Inf"];
    let is = |word: &str| text == word || text == word.to_uppercase() || text == capital(word);
    if words.iter().any(|word| is(word)) || special.contains(&text) {
        return true;
    }
    match first {
        '0'..='9' | '+' | '-' | '.' => is_number(text) || is_base_60(text) || is_date(text),
        _ => false,
    }
}

fn is_number(text: &str) -> bool {
    let plain: String = text.chars().filter(|character| *character != '_').collect();
    let unsigned = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
    let digits =
        |text: &str, radix: u32| !text.is_empty() && text.chars().all(|it| it.is_digit(radix));
    for (prefix, radix) in [("0x", 16), ("0X", 16), ("0o", 8), ("0O", 8), ("0b", 2), ("0B", 2)] {
        if let Some(rest) = unsigned.strip_prefix(prefix) {
            return digits(rest, radix);
        }
    }
    let (number, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let exponent = exponent
        .is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent), 10));
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let all = |text: &str| text.chars().all(|character| character.is_ascii_digit());
    exponent && all(whole) && all(part) && !(whole.is_empty() && part.is_empty())
}

/// As `1:20`, which YAML 1.1 takes for 80.
fn is_base_60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let mut parts = whole.split(':');
    let digits = |text: &str| text.chars().all(|it| it.is_ascii_digit() || it == '_');
    let first = parts.next().unwrap_or("");
    let sixty = |part: &str| part.len() <= 2 && part.parse::<u8>().is_ok_and(|number| number < 60);
    let mut rest = parts.peekable();
    rest.peek().is_some()
        && first.starts_with(|it: char| it.is_ascii_digit())
        && digits(first)
        && digits(fraction)
        && rest.all(sixty)
}

/// As `2026-01-01`, alone or with a time behind it.
fn is_date(text: &str) -> bool {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let mut parts = date.split('-');
    let mut number = |widest: usize, narrowest: usize, most: u16| {
        parts.next().is_some_and(|part| {
            (narrowest..=widest).contains(&part.len())
                && part.parse::<u16>().is_ok_and(|number| number <= most)
        })
    };
    let date = number(4, 4, 9999) && number(2, 1, 12) && number(2, 1, 31) && parts.next().is_none();
    let hours = |time: &str| {
        time.split(':').count() >= 3 && time.starts_with(|it: char| it.is_ascii_digit())
    };
    date && time.is_none_or(hours)
}

/// The order of keys: digits by their number, letters after all else.
fn order(one: &str, other: &str) -> Ordering {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    for index in 0..one.len().min(other.len()) {
        let (left, right) = (one[index], other[index]);
        if left == right {
            continue;
        }
        match (left.is_alphabetic(), right.is_alphabetic()) {
            (true, true) => return left.cmp(&right),
            (true, false) => return Ordering::Greater,
            (false, true) => return Ordering::Less,
            (false, false) => {}
        }
        let led = (left == '0' || right == '0')
            && one[..index].iter().rev().take_while(|it| it.is_ascii_digit()).any(|it| *it != '0');
        let number = |characters: &[char]| {
            let digits: Vec<char> =
                characters[index..].iter().copied().take_while(char::is_ascii_digit).collect();
            let value = digits.iter().fold(u64::from(led), |sum, digit| {
                sum.wrapping_mul(10).wrapping_add(u64::from(digit.to_digit(10).unwrap_or(0)))
            });
            (value, digits.len())
        };
        return number(&one).cmp(&number(&other)).then(left.cmp(&right));
    }
    one.len().cmp(&other.len())
}
