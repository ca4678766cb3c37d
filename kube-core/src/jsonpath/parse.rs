//! A template in, its parts out.
//!
//! Mirrors: client-go util/jsonpath/parser.go

use super::node::Action;
use super::node::Node;
use super::node::Slice;

/// How deep filters and unions may stand in each other.
const DEEPEST: usize = 16;

/// Reads a template, or says in one line what is wrong with it.
pub(super) fn template(text: &str) -> Result<Vec<Action>, String> {
    let mut parts = Vec::new();
    let mut parser = Parser { text, at: 0, depth: 0 };
    while parser.at < text.len() {
        let rest = &text[parser.at..];
        let open = rest.find('{').unwrap_or(rest.len());
        if open > 0 {
            parts.push(vec![Node::Text(rest[..open].to_owned())]);
            parser.at += open;
        }
        if parser.at < text.len() {
            parser.at += 1;
            parts.push(parser.action()?);
        }
    }
    Ok(parts)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

/// What ends a name.
fn ends_name(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}')
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn next(&mut self) -> Option<char> {
        let next = self.rest().chars().next()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// What stands between braces, up to the closing one.
    fn action(&mut self) -> Result<Action, String> {
        let mut nodes = Action::new();
        loop {
            let rest = self.rest();
            if rest.starts_with('}') {
                self.at += 1;
                return Ok(nodes);
            }
            if rest.starts_with("[?(") {
                self.at += 3;
                nodes.push(self.filter()?);
                continue;
            }
            if rest.starts_with("..") {
                self.recursive(&mut nodes)?;
                continue;
            }
            let begun = self.at;
            match self.next() {
                None | Some('\r' | '\n') => {
                    return Err("a `{` is not closed: end it with `}`".to_owned());
                }
                // The object at hand, which is where a path begins anyway.
                Some(' ' | '@' | '$') => {}
                Some('[') => self.brackets(&mut nodes)?,
                Some(quote @ ('"' | '\'')) => nodes.push(Node::Text(self.quoted(quote)?)),
                Some('.') => nodes.push(self.field()),
                Some(c) if c == '+' || c == '-' || c.is_ascii_digit() => {
                    self.at = begun;
                    nodes.push(self.number()?);
                }
                Some(c) if c == '_' || c.is_alphanumeric() => {
                    self.at = begun;
                    nodes.push(self.word());
                }
                Some(other) => {
                    return Err(format!("`{}` means nothing here", other.escape_debug()));
                }
            }
        }
    }

    fn recursive(&mut self, nodes: &mut Action) -> Result<(), String> {
        if nodes.last() == Some(&Node::Recursive) {
            return Err("`..` follows on `..`: one is enough".to_owned());
        }
        self.at += 2;
        nodes.push(Node::Recursive);
        if self.rest().starts_with(|c: char| c == '_' || c.is_alphanumeric()) {
            nodes.push(self.field());
        }
        Ok(())
    }

    /// A name; `\` before a character takes its meaning away.
    fn field(&mut self) -> Node {
        let mut name = String::new();
        while let Some(next) = self.rest().chars().next() {
            if ends_name(next) {
                break;
            }
            self.at += next.len_utf8();
            match next {
                '\\' => name.extend(self.next().filter(|escaped| *escaped != '\\')),
                next => name.push(next),
            }
        }
        if name == "*" { Node::Wildcard } else { Node::Field(name) }
    }

    fn word(&mut self) -> Node {
        let rest = self.rest();
        let word = &rest[..rest.find(ends_name).unwrap_or(rest.len())];
        self.at += word.len();
        match word {
            "true" => Node::Bool(true),
            "false" => Node::Bool(false),
            word => Node::Word(word.to_owned()),
        }
    }

    fn number(&mut self) -> Result<Node, String> {
        let rest = self.rest();
        let sign = usize::from(rest.starts_with(['+', '-']));
        let digits = rest[sign..].find(|c: char| c != '.' && !c.is_ascii_digit());
        let text = &rest[..digits.map_or(rest.len(), |digits| sign + digits)];
        self.at += text.len();
        if let Ok(int) = text.parse() {
            return Ok(Node::Int(int));
        }
        text.parse().map(Node::Float).map_err(|_| format!("`{text}` is no number"))
    }

    fn quoted(&mut self, quote: char) -> Result<String, String> {
        let mut text = String::new();
        loop {
            match self.next() {
                None | Some('\n') => {
                    return Err(format!("a text is not closed: end it with `{quote}`"));
                }
                Some(next) if next == quote => return Ok(text),
                Some('\\') => text.push(self.escaped()?),
                Some(next) => text.push(next),
            }
        }
    }

    /// What stands behind a `\` in a text.
    fn escaped(&mut self) -> Result<char, String> {
        let wrong = || {
            "a `\\` in a text has one of `abfnrtv\\'\"` behind it, or the number of a character"
                .to_owned()
        };
        let (digits, radix) = match self.next() {
            Some('a') => return Ok('\u{7}'),
            Some('b') => return Ok('\u{8}'),
            Some('f') => return Ok('\u{c}'),
            Some('n') => return Ok('\n'),
            Some('r') => return Ok('\r'),
            Some('t') => return Ok('\t'),
            Some('v') => return Ok('\u{b}'),
            Some(same @ ('\\' | '\'' | '"')) => return Ok(same),
            Some('x') => (2, 16),
            Some('u') => (4, 16),
            Some('U') => (8, 16),
            Some('0'..='7') => {
                self.at -= 1;
                (3, 8)
            }
            _ => return Err(wrong()),
        };
        let code = self.rest().get(..digits).ok_or_else(wrong)?;
        let number = u32::from_str_radix(code, radix).ok().and_then(char::from_u32);
        self.at += digits;
        number.ok_or_else(wrong)
    }

    /// What stands between brackets: a name, an index, a slice, or several of these.
    fn brackets(&mut self, nodes: &mut Action) -> Result<(), String> {
        let rest = self.rest();
        let closed = rest.find([']', '\n']).filter(|end| rest[*end..].starts_with(']'));
        let text = &rest[..closed.ok_or("a `[` is not closed: end it with `]`")?];
        self.at += text.len() + 1;
        if text.contains(',') {
            let part = |part: &str| self.nested(&format!("[{}]", part.trim_matches(' ')));
            let parts: Result<Vec<Action>, String> = text.split(',').map(part).collect();
            nodes.push(Node::Union(parts?));
            return Ok(());
        }
        let name = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
        match name.filter(|name| !name.contains('\'')) {
            Some(name) => nodes.extend(self.nested(&format!(".{name}"))?),
            None => nodes.push(Node::Slice(slice(if text == "*" { ":" } else { text })?)),
        }
        Ok(())
    }

    fn filter(&mut self) -> Result<Node, String> {
        let rest = self.rest();
        let mut quote = None;
        let mut closed = false;
        let mut before = '(';
        let mut end = None;
        for (at, next) in rest.char_indices() {
            match (next, quote) {
                ('\n', _) => break,
                ('"' | '\'', None) => quote = Some(next),
                (next, Some(quote)) if next == quote && before != '\\' => closed = true,
                (')', quote) if quote.is_some() == closed => {
                    end = Some(at);
                    break;
                }
                _ => {}
            }
            before = next;
        }
        let text = &rest[..end.ok_or("a filter is not closed: end it with `)]`")?];
        self.at += text.len() + 1;
        if self.next() != Some(']') {
            return Err("a filter is not closed: `)` has a `]` behind it".to_owned());
        }
        let sign = |c: char| matches!(c, '!' | '<' | '=' | '>');
        let begins = text.find(sign).filter(|at| *at > 0);
        let compared = begins.and_then(|begins| {
            let (left, right) = text.split_at(begins);
            let ends = right.find(|c| !sign(c))?;
            Some((left, right.split_at(ends)))
        });
        match compared {
            None => Ok(Node::Filter { left: self.nested(text)?, compare: None }),
            Some((left, (operator, right))) => Ok(Node::Filter {
                left: self.nested(left)?,
                compare: Some((operator.to_owned(), self.nested(right)?)),
            }),
        }
    }

    /// A path inside of another one.
    fn nested(&self, text: &str) -> Result<Action, String> {
        if self.depth == DEEPEST {
            return Err(format!("filters stand in each other more than {DEEPEST} deep"));
        }
        let text = format!("{text}}}");
        Parser { text: &text, at: 0, depth: self.depth + 1 }.action()
    }
}

fn slice(text: &str) -> Result<Slice, String> {
    let wrong = || format!("`{text}` is no index: write `[1]`, `[1:3]`, `['name']` or `[*]`");
    let mut parts = text.split(':');
    let mut part = || -> Result<(bool, Option<i64>), String> {
        match parts.next() {
            None => Ok((false, None)),
            Some("") => Ok((true, None)),
            Some(number) if number.starts_with('+') => Err(wrong()),
            Some(number) => Ok((true, Some(number.parse().map_err(|_| wrong())?))),
        }
    };
    let ((_, from), (ranges, to), (_, step)) = (part()?, part()?, part()?);
    if parts.next().is_some() {
        return Err(wrong());
    }
    Ok(Slice { from, to, step, single: !ranges })
}
