//! Label selectors: the text of a query in, requirements that labels meet or not out.
//!
//! Mirrors: kubernetes apimachinery pkg/labels/selector.go

use crate::label::check_label_value;
use crate::label::check_qualified;
use crate::schema::FieldError;
use crate::schema::invalid_message;
use crate::store::Stored;
use serde_json::Value;

/// One condition on one label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Requirement {
    key: String,
    test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    Absent,
    Greater(i64),
    Less(i64),
}

impl Requirement {
    /// Whether the labels of `stored` meet it.
    pub(super) fn matches(&self, stored: &Stored) -> bool {
        let value = stored.label(&self.key);
        let number = || value.and_then(|value| value.parse::<i64>().ok());
        match &self.test {
            Test::In(values) => value.is_some_and(|value| values.iter().any(|own| own == value)),
            Test::NotIn(values) => value.is_none_or(|value| values.iter().all(|own| own != value)),
            Test::Exists => value.is_some(),
            Test::Absent => value.is_none(),
            Test::Greater(than) => number().is_some_and(|number| number > *than),
            Test::Less(than) => number().is_some_and(|number| number < *than),
        }
    }
}

/// The requirements of a selector.
///
/// # Errors
/// The text of the 400, without its start.
pub(super) fn parse(text: &str) -> Result<Vec<Requirement>, String> {
    let mut parser = Parser { tokens: lex(text), at: 0 };
    let mut requirements = Vec::new();
    match parser.peek() {
        Token::End => return Ok(requirements),
        Token::Word(_) | Token::Mark("!") => {}
        Token::Mark(mark) => {
            return Err(format!("found '{mark}', expected: !, identifier, or 'end of string'"));
        }
    }
    loop {
        let requirement = parser.requirement();
        requirements
            .push(requirement.map_err(|why| format!("unable to parse requirement: {why}"))?);
        match parser.next() {
            Token::End => return Ok(requirements),
            Token::Mark(",") => match parser.peek() {
                Token::Word(_) | Token::Mark("!") => {}
                other => {
                    return Err(format!(
                        "found '{}', expected: identifier after ','",
                        other.text()
                    ));
                }
            },
            other => {
                return Err(format!("found '{}', expected: ',' or 'end of string'", other.text()));
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Mark(&'static str),
    End,
}

impl Token {
    fn text(&self) -> &str {
        match self {
            Self::Word(word) => word,
            Self::Mark(mark) => mark,
            Self::End => "",
        }
    }
}

const MARKS: [&str; 9] = ["==", "!=", "=", "!", ",", "(", ")", ">", "<"];

fn lex(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        if let Some(mark) = MARKS.into_iter().find(|mark| rest.starts_with(mark)) {
            tokens.push(Token::Mark(mark));
            rest = &rest[mark.len()..];
        } else {
            let special = |c: char| c.is_whitespace() || "=!,()><".contains(c);
            let end = rest.find(special).unwrap_or(rest.len());
            tokens.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        rest = rest.trim_start();
    }
    tokens
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Token {
        self.tokens.get(self.at).cloned().unwrap_or(Token::End)
    }

    fn next(&mut self) -> Token {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let absent = self.peek() == Token::Mark("!");
        if absent {
            self.at += 1;
        }
        let key = match self.next() {
            Token::Word(key) => key,
            other => return Err(format!("found '{}', expected: identifier", other.text())),
        };
        let test = match self.peek() {
            _ if absent => Test::Absent,
            Token::End | Token::Mark(",") => Test::Exists,
            Token::Mark("=" | "==") => Test::In(vec![self.value()?]),
            Token::Mark("!=") => Test::NotIn(vec![self.value()?]),
            Token::Mark(">") => Test::Greater(self.number(&key)?),
            Token::Mark("<") => Test::Less(self.number(&key)?),
            Token::Word(word) if word == "in" => Test::In(self.values()?),
            Token::Word(word) if word == "notin" => Test::NotIn(self.values()?),
            other => {
                return Err(format!(
                    "found '{}', expected: in, notin, =, ==, !=, gt, lt",
                    other.text()
                ));
            }
        };
        let values = match &test {
            Test::In(values) | Test::NotIn(values) => values.as_slice(),
            _ => &[],
        };
        match mistakes(&key, values) {
            mistakes if mistakes.is_empty() => Ok(Requirement { key, test }),
            mistakes => Err(invalid_message(&mistakes)),
        }
    }

    /// The value after an operator; nothing there means the empty value.
    fn value(&mut self) -> Result<String, String> {
        self.at += 1;
        match self.peek() {
            Token::End | Token::Mark(",") => Ok(String::new()),
            Token::Word(word) => {
                self.at += 1;
                Ok(word)
            }
            Token::Mark(mark) => Err(format!("found '{mark}', expected: identifier")),
        }
    }

    fn number(&mut self, key: &str) -> Result<i64, String> {
        let value = self.value()?;
        value.parse().map_err(|_| {
            let mut mistakes = mistakes(key, &[]);
            let bad = Value::from(value.as_str());
            let why = "for 'Gt', 'Lt' operators, the value must be an integer";
            mistakes.push(FieldError::invalid("values[0]", &bad, why));
            mistakes.extend(value_mistakes(key, &[value]));
            invalid_message(&mistakes)
        })
    }

    fn values(&mut self) -> Result<Vec<String>, String> {
        self.at += 1;
        match self.next() {
            Token::Mark("(") => {}
            other => return Err(format!("found '{}', expected: '('", other.text())),
        }
        let mut values = Vec::new();
        let mut last = String::new();
        loop {
            match self.next() {
                Token::Word(word) => last = word,
                Token::Mark(",") => values.push(std::mem::take(&mut last)),
                Token::Mark(")") => {
                    values.push(last);
                    return Ok(values);
                }
                other => return Err(format!("found '{}', expected: ',' or ')'", other.text())),
            }
        }
    }
}

/// What is wrong with the key of a requirement and its values.
fn mistakes(key: &str, values: &[String]) -> Vec<FieldError> {
    let mut found = Vec::new();
    check_qualified("<nil>", key, &mut found);
    let joined = found.iter().map(|mistake| mistake.detail.as_str()).collect::<Vec<_>>().join("; ");
    let key_mistake = found.first().map(|_| FieldError::invalid("<nil>", &key.into(), joined));
    key_mistake.into_iter().chain(value_mistakes(key, values)).collect()
}

fn value_mistakes(key: &str, values: &[String]) -> Vec<FieldError> {
    let mut sorted: Vec<&str> = values.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    sorted.dedup();
    let mut found = Vec::new();
    for (index, value) in sorted.into_iter().enumerate() {
        check_label_value(&format!("values[{index}][{key}]"), &value.into(), &mut found);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start \
        and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', \
        regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
    const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric \
        characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. \
        'MyValue',  or 'my_value',  or '12345', regex used for validation is \
        '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

    /// As Kubernetes 1.36 answers.
    #[test]
    fn what_is_no_selector_is_refused_in_the_servers_words() {
        let refused = |text: &str| parse(text).unwrap_err();
        let requirement = |why: &str| format!("unable to parse requirement: {why}");
        for (text, why) in [
            ("a in (b", "found '', expected: ',' or ')'"),
            ("a===b", "found '=', expected: identifier"),
            ("!", "found '', expected: identifier"),
            ("a b", "found 'b', expected: in, notin, =, ==, !=, gt, lt"),
        ] {
            assert_eq!(refused(text), requirement(why), "{text}");
        }
        assert_eq!(refused(","), "found ',', expected: !, identifier, or 'end of string'");
        assert_eq!(refused("a,,b"), "found ',', expected: identifier after ','");
        assert_eq!(refused("!a b"), "found 'b', expected: ',' or 'end of string'");
        let key = format!("<nil>: Invalid value: \"_a\": name part {NAME}");
        assert_eq!(refused("_a"), requirement(&key));
        let value = format!("values[0][a]: Invalid value: \"_b\": {VALUE}");
        assert_eq!(refused("a=_b"), requirement(&value));
        let number = "values[0]: Invalid value: \"1x\": for 'Gt', 'Lt' operators, the value must \
                      be an integer";
        assert_eq!(refused("a>1x"), requirement(number));
    }
}
