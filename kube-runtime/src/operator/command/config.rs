//! What is said beside the command line: environment and configuration file in, values for the flags that are not given out.
//!
//! A flag goes before the environment, that before the file, and that before what the program says.

use std::ffi::OsString;
use std::io::Read as _;
use std::path::Path;
use std::path::PathBuf;

use clap::Arg;
use clap::ArgAction;
use clap::Command;
use clap::builder::OsStr;
use clap::error::ContextKind;
use clap::error::ContextValue;
use clap::error::ErrorKind;
use serde_json::Map;
use serde_json::Value;
use serde_saphyr::options::DuplicateKeyPolicy;

use super::log;
use crate::error::Error;
use crate::error::Result;

/// No configuration file is longer, in bytes.
pub(super) const LONGEST: u64 = 1 << 20;
/// The flags that a file or the environment cannot give: the first says which file that is, the others are asked for by people.
const ONLY_FLAGS: [&str; 4] = ["config", "help", "version", "verbose"];

/// Where values come from that no flag gives.
#[derive(Debug, Default)]
pub(super) struct Sources {
    /// What the names of variables begin with.
    prefix: String,
    pub(super) file: Option<File>,
}

/// A configuration file that was read: keys, each the long name of a flag, and their values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    pub(super) path: PathBuf,
    entries: Vec<(String, Vec<String>)>,
}

impl Sources {
    /// Those of an operator, its file read if one is named.
    ///
    /// # Errors
    /// A file that cannot be read, or that is not YAML with values for keys.
    pub(super) fn of(name: &str, arguments: &[OsString]) -> Result<Self> {
        let prefix = prefix(name);
        let path = named(arguments).or_else(|| std::env::var_os(format!("{prefix}_CONFIG")));
        let file = path.map(|path| File::read(Path::new(&path))).transpose()?;
        Ok(Self { prefix, file })
    }

    /// The operator's own flags, each with a variable of the environment.
    pub(super) fn environment(&self, command: Command) -> Command {
        if self.prefix.is_empty() {
            return command;
        }
        command.mut_args(|arg| match arg.get_long().map(str::to_owned) {
            Some(long) if !["help", "version", "verbose"].contains(&long.as_str()) => {
                let name = long.replace('-', "_").to_uppercase();
                arg.env(OsStr::from(format!("{}_{name}", self.prefix))).hide_env_values(true)
            }
            _ => arg,
        })
    }

    /// All flags, those that the file names with its values where nothing else gives one.
    pub(super) fn defaults(&self, command: Command) -> Command {
        let Some(file) = &self.file else { return command };
        command.mut_args(|arg| {
            let key = |(key, _): &&(String, Vec<String>)| arg.get_long() == Some(key);
            match file.entries.iter().find(key) {
                // It changes while the operator runs, so it is no value that is there once.
                Some((key, values)) if key != "log" => {
                    arg.required(false).default_values(values.iter().map(OsStr::from))
                }
                _ => arg,
            }
        })
    }

    /// What in the file no flag of `command` can have.
    pub(super) fn check(&self, command: &Command) -> Result<()> {
        self.file.as_ref().map_or(Ok(()), |file| file.check(command))
    }
}

/// The name of an operator as the beginning of a variable's name.
fn prefix(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
        .collect()
}

/// What `--config` says: it is needed before the rest can be read.
fn named(arguments: &[OsString]) -> Option<OsString> {
    let mut arguments = arguments.iter().skip(1).take_while(|argument| *argument != "--");
    while let Some(argument) = arguments.next() {
        if argument == "--config" {
            return arguments.next().cloned();
        }
        if let Some(path) = argument.to_str().and_then(|text| text.strip_prefix("--config=")) {
            return Some(path.into());
        }
    }
    None
}

impl File {
    fn read(path: &Path) -> Result<Self> {
        let read = || {
            let mut text = String::new();
            std::fs::File::open(path)?.take(LONGEST).read_to_string(&mut text)?;
            Ok::<_, std::io::Error>(text)
        };
        let text = read().map_err(|error| {
            let told = format!("failed to read the configuration `{}`", path.display());
            Error::from(error).context(told)
        })?;
        Self::parse(path, &text)
    }

    /// The file with this text.
    pub(super) fn parse(path: &Path, text: &str) -> Result<Self> {
        let options = serde_saphyr::options! {
            budget: serde_saphyr::budget! { max_depth: 16, max_documents: 1, max_nodes: 10_000 },
            duplicate_keys: DuplicateKeyPolicy::Error,
            // `y` and `no` are texts.
            strict_booleans: true,
            with_snippet: false,
        };
        let unread = |why: String| {
            Error::msg(format!(
                "failed to read the configuration `{}`: {why}: write one `key: value` a line, each key once, a flag without `--`",
                path.display()
            ))
        };
        if text.len() as u64 >= LONGEST {
            return Err(unread(format!("it has more than {LONGEST} bytes")));
        }
        let parsed: Result<Value, _> = serde_saphyr::from_str_with_options(text, options);
        // Of what it says only where: it may hold secrets.
        let members = parsed.map_err(|error| match error.location() {
            Some(at) => {
                unread(format!("line {}, column {} is no YAML for that", at.line(), at.column()))
            }
            None => unread("it is no YAML for that".to_owned()),
        })?;
        let members = match members {
            Value::Object(members) => members,
            Value::Null => Map::new(),
            _ => return Err(unread("it has no keys".to_owned())),
        };
        let mut entries = Vec::new();
        for (key, value) in members {
            let values = match value {
                Value::Array(values) => values.into_iter().map(scalar).collect(),
                value => scalar(value).map(|value| vec![value]),
            };
            let Some(values) = values else {
                return Err(Error::msg(format!(
                    "failed to use the configuration `{}`: `{key}` has a value of the wrong type: use a text, a number, `true` or `false`, or a list of them",
                    path.display()
                )));
            };
            entries.push((key, values));
        }
        Ok(Self { path: path.to_owned(), entries })
    }

    /// What it says of the log.
    pub(super) fn log(&self) -> Option<&str> {
        let (_, values) = self.entries.iter().find(|(key, _)| key == "log")?;
        values.first().map(String::as_str)
    }

    /// The keys, but `log`, that are not the same in both.
    pub(super) fn differs(&self, other: &Self) -> Vec<String> {
        let only = |one: &Self, two: &Self| -> Vec<String> {
            let new = |entry: &&(String, Vec<String>)| !two.entries.contains(entry);
            one.entries.iter().filter(new).map(|(key, _)| key.clone()).collect()
        };
        let mut keys = only(self, other);
        keys.extend(only(other, self));
        keys.retain(|key| key != "log");
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// The first thing in it that no flag of `command` can have.
    fn check(&self, command: &Command) -> Result<()> {
        let wrong = |why: String| {
            Error::msg(format!("failed to use the configuration `{}`: {why}", self.path.display()))
        };
        for (key, values) in &self.entries {
            let arg = command.get_arguments().find(|arg| arg.get_long() == Some(key));
            let arg = arg.filter(|_| !ONLY_FLAGS.contains(&key.as_str()));
            let Some(arg) = arg else {
                let known = command.get_arguments().filter_map(Arg::get_long);
                let mut known: Vec<_> = known.filter(|long| !ONLY_FLAGS.contains(long)).collect();
                known.sort_unstable();
                return Err(wrong(format!("there is no key `{key}`: use {}", known.join(", "))));
            };
            let checked =
                if key == "log" { log::checked(values) } else { given(command, arg, values) };
            checked
                .map_err(|why| wrong(format!("`{key}` has a value that it cannot have: {why}")))?;
        }
        Ok(())
    }
}

/// A value as it would stand on the command line.
fn scalar(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Whether clap takes these values for a flag; why it does not, without the values: a file may hold secrets.
fn given(command: &Command, arg: &Arg, values: &[String]) -> Result<(), String> {
    let long = arg.get_long().unwrap_or_default();
    if matches!(arg.get_action(), ArgAction::SetTrue | ArgAction::SetFalse) {
        return match values {
            [value] if value == "true" || value == "false" => Ok(()),
            _ => Err("use `true` or `false`".to_owned()),
        };
    }
    if values.len() > 1 && !matches!(arg.get_action(), ArgAction::Append) {
        return Err("use one value, no list".to_owned());
    }
    let flags = values.iter().map(|value| format!("--{long}={value}"));
    let line = std::iter::once(command.get_name().to_owned()).chain(flags);
    let Err(error) = command.clone().try_get_matches_from(line) else { return Ok(()) };
    match error.kind() {
        ErrorKind::InvalidValue
        | ErrorKind::ValueValidation
        | ErrorKind::TooManyValues
        | ErrorKind::TooFewValues
        | ErrorKind::WrongNumberOfValues => {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            Err(match (error.get(ContextKind::ValidValue), source) {
                (Some(ContextValue::Strings(valid)), _) => {
                    format!("use one of {}", valid.join(", "))
                }
                (_, Some(why)) => why,
                (_, None) => format!("see `--{long}` in `--help`"),
            })
        }
        // What else is wrong with this line is not wrong with this value.
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::line::Command as Asked;
    use super::super::line::Elect;
    use super::super::line::Line;
    use super::*;
    use crate::error::chain;

    fn file(text: &str) -> Result<File> {
        File::parse(Path::new("shop.yaml"), text)
    }

    /// What is said with this file and this command line.
    fn line(file_text: &str, text: &str) -> Line {
        let sources = Sources { prefix: String::new(), file: Some(file(file_text).unwrap()) };
        sources.check(&Line::plain("shop")).unwrap();
        let arguments = text.split_whitespace().map(OsString::from);
        Line::with::<()>("shop", &sources, arguments).unwrap().line
    }

    #[test]
    fn a_flag_goes_before_the_file_wherever_it_stands() {
        let text = "admin: 127.0.0.1:1\nleader-elect: true\nnamespace: prod\ninstall-crds: true\n";
        for (said, admin, elects, namespace) in [
            ("shop", "127.0.0.1:1", Some(Elect::True), "prod"),
            ("shop run", "127.0.0.1:1", Some(Elect::True), "prod"),
            ("shop run --admin :2 --leader-elect=false -n test", ":2", Some(Elect::False), "test"),
            ("shop --admin :2 --leader-elect=false -n test run", ":2", Some(Elect::False), "test"),
        ] {
            let line = line(text, said);
            let Asked::Run(run) = line.asked() else { panic!("{said}") };
            assert_eq!(run.admin.as_deref(), Some(admin), "{said}");
            assert!(run.install_crds && !run.embedded, "{said}");
            assert_eq!(line.election.leader_elect, elects, "{said}");
            assert_eq!(line.connection.namespace.as_deref(), Some(namespace), "{said}");
        }
        let line = line(text, "shop rbac");
        assert_eq!(line.connection.namespace.as_deref(), Some("prod"), "every command reads it");
    }

    #[test]
    fn the_programs_own_flags_are_keys_too_and_the_file_gives_what_is_required() {
        #[derive(clap::Args, Debug, PartialEq)]
        struct Flags {
            #[arg(long)]
            dns: String,
            #[arg(long, value_delimiter = ',')]
            tag: Vec<String>,
            #[arg(long, default_value_t = 3)]
            times: u8,
        }
        let said = |text: &str, line: &str| {
            let sources = Sources { prefix: String::new(), file: Some(file(text).unwrap()) };
            let arguments = line.split_whitespace().map(OsString::from);
            Line::with::<Flags>("shop", &sources, arguments).unwrap().args.unwrap()
        };
        let text = "dns: a\ntag: [x, y]\ntimes: 4\n";
        let tag = vec!["x".to_owned(), "y".to_owned()];
        assert_eq!(said(text, "shop run"), Flags { dns: "a".to_owned(), tag, times: 4 });
        let flags = said(text, "shop --times 5 run --tag z");
        assert_eq!((flags.times, flags.tag), (5, vec!["z".to_owned()]));
    }

    #[test]
    fn a_mistake_in_the_file_is_one_line_with_file_key_and_remedy() {
        let start = "failed to use the configuration `shop.yaml`: ";
        for (text, told) in [
            ("leader-elekt: true", "there is no key `leader-elekt`: use admin, admin-token-file, "),
            ("config: other.yaml", "there is no key `config`"),
            ("verbose: 2", "there is no key `verbose`"),
            (
                "leader-elect: perhaps",
                "`leader-elect` has a value that it cannot have: use one of true, false",
            ),
            ("embedded: 3", "`embedded` has a value that it cannot have: use `true` or `false`"),
            ("admin: [a, b]", "`admin` has a value that it cannot have: use one value, no list"),
            ("admin: { a: b }", "`admin` has a value of the wrong type: "),
            ("admin:", "`admin` has a value of the wrong type: "),
            ("log: loud", "`log` has a value that it cannot have: `loud` is no level: "),
        ] {
            let checked = file(text).and_then(|file| file.check(&Line::plain("shop")));
            let error = chain(&checked.unwrap_err());
            assert!(error.starts_with(&format!("{start}{told}")), "{text}: {error}");
        }
        for text in ["- admin", "just text", "admin: [", "admin: a\nadmin: b"] {
            let error = chain(&file(text).unwrap_err());
            let start = "failed to read the configuration `shop.yaml`: ";
            assert!(error.starts_with(start) && !error.contains('\n'), "{text}: {error}");
        }
        assert_eq!(file("").unwrap().entries, [], "nothing is said");
        file("log: info,shop=debug\nadmin: :1").unwrap().check(&Line::plain("shop")).unwrap();
    }

    #[test]
    fn which_file_is_known_before_anything_else_is_read() {
        let named = |text: &str| {
            let arguments: Vec<_> = text.split_whitespace().map(OsString::from).collect();
            named(&arguments).map(|path| path.into_string().unwrap())
        };
        assert_eq!(named("shop run --config a.yaml").as_deref(), Some("a.yaml"));
        assert_eq!(named("shop --config=b.yaml run").as_deref(), Some("b.yaml"));
        assert_eq!(named("shop run"), None);
        assert_eq!(named("shop run -- --config a"), None);
        assert_eq!(prefix("my-shop.v2"), "MY_SHOP_V2");
    }
}
