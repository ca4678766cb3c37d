//! Strings in, names out that can stand in a path and change nothing else of it.
//!
//! Mirrors: client-go rest/request.go (IsValidPathSegmentName)
//! Differs: refuses, besides `.`, `..`, `/` and `%`, whatever has a meaning in a URL, control characters and
//! everything outside ASCII; checked once, when the value is built.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;
use crate::error::ErrorKind;
use crate::status::excerpt;

/// The longest name: longer ones do not fit the server's store.
const LONGEST: usize = 1024;

/// The name of an object of any kind, as it can stand in a path.
///
/// Most kinds are stricter (lower case, digits, `-` and `.`); RBAC names may hold `:`. That is for the server to say.
///
/// ```
/// # use kube_core::Name;
/// assert!(Name::try_from("system:node").is_ok());
/// let error = Name::try_from("web?dryRun=All").unwrap_err();
/// assert_eq!(error.to_string(), "`web?dryRun=All` cannot be a name: it holds `?`; leave that character out");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(Box<str>);

/// The name of a namespace: a DNS label.
///
/// ```
/// # use kube_core::Namespace;
/// assert!(Namespace::try_from("prod").is_ok());
/// assert!(Namespace::try_from("prod/secrets").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Namespace(Box<str>);

impl Name {
    fn check(text: &str) -> Result<(), Error> {
        let refuse = |why: &str| Err(refused(text, "name", why));
        match text {
            "" => return refuse("it is empty; say which object is meant"),
            "." | ".." => return refuse("it means a folder in a path; use the object's own name"),
            _ => {}
        }
        if text.len() > LONGEST {
            return refuse("it is longer than 1024 bytes; use the object's own name");
        }
        let allowed = |character: char| {
            matches!(character, ' '..='~') && !matches!(character, '/' | '%' | '?' | '#' | '\\')
        };
        match text.chars().find(|character| !allowed(*character)) {
            None => Ok(()),
            Some(character) => refuse(&format!(
                "it holds `{}`; leave that character out",
                character.escape_default()
            )),
        }
    }
}

impl Namespace {
    /// The namespace in which things land when nobody says otherwise.
    #[must_use]
    pub fn default_one() -> Self {
        Self("default".into())
    }

    fn check(text: &str) -> Result<(), Error> {
        let edge = |byte: Option<&u8>| {
            byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        let bytes = text.as_bytes();
        let inside =
            |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
        if text.is_empty() {
            return Err(refused(text, "namespace", "it is empty; say which namespace is meant"));
        }
        if bytes.len() > 63
            || !edge(bytes.first())
            || !edge(bytes.last())
            || !bytes.iter().all(inside)
        {
            let why = "use at most 63 of a-z, 0-9 and `-`, with a letter or digit at both ends";
            return Err(refused(text, "namespace", why));
        }
        Ok(())
    }
}

fn refused(text: &str, what: &str, why: &str) -> Error {
    Error::new(
        ErrorKind::Input,
        format!("`{}` cannot be a {what}: {why}", excerpt(text.as_bytes(), 128)),
    )
}

/// What both have in common; a macro, as Rust has no other way to give two types the same conversions.
macro_rules! text {
    ($type:ident) => {
        impl $type {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<&str> for $type {
            type Error = Error;

            fn try_from(text: &str) -> Result<Self, Error> {
                Self::check(text)?;
                Ok(Self(text.into()))
            }
        }

        impl TryFrom<String> for $type {
            type Error = Error;

            fn try_from(text: String) -> Result<Self, Error> {
                Self::check(&text)?;
                Ok(Self(text.into()))
            }
        }

        impl TryFrom<&String> for $type {
            type Error = Error;

            fn try_from(text: &String) -> Result<Self, Error> {
                Self::try_from(text.as_str())
            }
        }

        impl From<&$type> for $type {
            fn from(text: &Self) -> Self {
                text.clone()
            }
        }

        impl FromStr for $type {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                Self::try_from(text)
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text!(Name);
text!(Namespace);
