//! The text of a label selector in, its requirements out.

use super::Requirement;
use super::refused;
use crate::error::Error;
use crate::error::Result;

/// `key`, `!key`, `key=value`, `key==value`, `key!=value`, `key in (a,b)`, `key notin (a,b)`, `key>1`, `key<1`,
/// joined by commas; blanks anywhere between.
pub(super) fn requirements(text: &str) -> Result<Vec<Requirement>> {
    let mut reader = Reader { whole: text, rest: text.trim_start() };
    let mut requirements = Vec::new();
    if reader.rest.is_empty() {
        return Ok(requirements);
    }
    loop {
        requirements.push(reader.requirement()?);
        if reader.rest.is_empty() {
            return Ok(requirements);
        }
        if !reader.take(",") {
            return Err(reader.unexpected("a comma"));
        }
    }
}

struct Reader<'a> {
    whole: &'a str,
    /// What is not read yet, without leading blanks.
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn requirement(&mut self) -> Result<Requirement> {
        if self.take("!") {
            let key = self.word();
            return Requirement::absent(key).map_err(|error| self.within(&error));
        }
        let key = self.word();
        if key.is_empty() {
            return Err(self.unexpected("a label's key"));
        }
        let requirement = if self.take("!=") {
            Requirement::not_equals(key, self.word())
        } else if self.take("==") || self.take("=") {
            Requirement::equals(key, self.word())
        } else if self.take(">") {
            Requirement::greater_than(key, self.number()?)
        } else if self.take("<") {
            Requirement::less_than(key, self.number()?)
        } else {
            match self.word() {
                "" => Requirement::exists(key),
                "in" => Requirement::one_of(key, self.values()?),
                "notin" => Requirement::none_of(key, self.values()?),
                other => {
                    let why = format!("`{other}` is no operator: use one of = != in notin < >");
                    return Err(refused(self.whole, &why));
                }
            }
        };
        requirement.map_err(|error| self.within(&error))
    }

    fn values(&mut self) -> Result<Vec<&'a str>> {
        if !self.take("(") {
            return Err(self.unexpected("`(`"));
        }
        let mut values = Vec::new();
        loop {
            values.push(self.word());
            if self.take(")") {
                return Ok(values);
            }
            if !self.take(",") {
                return Err(self.unexpected("a comma or `)`"));
            }
        }
    }

    fn number(&mut self) -> Result<i64> {
        let word = self.word();
        let why = || refused(self.whole, "`<` and `>` compare with a whole number");
        word.parse().map_err(|_| why())
    }

    /// Everything up to a blank or a character with a meaning.
    fn word(&mut self) -> &'a str {
        let ends = |character: char| character.is_whitespace() || "=!,()<>".contains(character);
        let (word, rest) = self.rest.split_at(self.rest.find(ends).unwrap_or(self.rest.len()));
        self.rest = rest.trim_start();
        word
    }

    fn take(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            None => false,
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
        }
    }

    fn unexpected(&self, wanted: &str) -> Error {
        let found = match self.rest.chars().next() {
            None => "its end".to_owned(),
            Some(character) => format!("`{}`", character.escape_default()),
        };
        refused(self.whole, &format!("{wanted} should stand where {found} is"))
    }

    fn within(&self, error: &Error) -> Error {
        let kind = error.kind();
        Error::new(
            kind,
            format!("{error} (in `{}`)", crate::status::excerpt(self.whole.as_bytes(), 128)),
        )
    }
}
