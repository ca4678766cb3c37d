//! The program's own flags on the command line: their type in, two commands that know them and the operator's out.
//!
//! One has all subcommands and asks for nothing, so that `crds` needs no flag that only `run` uses. The other is `run` alone, with everything that
//! the flags ask for. clap cannot have both in one: what stands before and after a subcommand is never looked at together.

use std::any::type_name;
use std::collections::HashSet;
use std::ffi::OsString;

use clap::Arg;
use clap::ArgAction;
use clap::ArgMatches;
use clap::Args;
use clap::Command;
use clap::builder::Resettable;
use clap::parser::ValueSource;

use crate::error::Error;
use crate::error::Result;

/// What stands above them in the help, unless they say it themselves.
const HEADING: &str = "Options of this program";

/// Fails with everything by which these flags and the operator's could not be told apart.
pub(super) fn check<A: Args>(ours: &Command) -> Result<()> {
    let help = || HashSet::from(["help".to_owned()]);
    let (mut ids, mut longs, mut shorts) = (help(), help(), HashSet::from(['h']));
    for arg in ours.get_arguments().chain(ours.get_subcommands().flat_map(Command::get_arguments)) {
        ids.insert(arg.get_id().to_string());
        longs.extend(all_longs(arg));
        shorts.extend(all_shorts(arg));
    }
    let own = of::<A>();
    let mut mistakes = Vec::new();
    if own.has_subcommands() {
        mistakes
            .push("it has subcommands, and those are the operator's: leave them out".to_owned());
    }
    for arg in own.get_arguments() {
        let id = arg.get_id();
        if arg.is_positional() {
            mistakes.push(format!("`{id}` has no name on the command line: add `#[arg(long)]`"));
        }
        let taken =
            all_longs(arg).find(|long| longs.contains(long)).map(|long| format!("--{long}"));
        let taken = taken.or_else(|| {
            let short = all_shorts(arg).find(|short| shorts.contains(short));
            short.map(|short| format!("-{short}"))
        });
        if let Some(flag) = taken {
            mistakes.push(format!(
                "`{flag}` of `{id}` is a flag of the operator: name another, as with `#[arg(long = \"own-{id}\")]`"
            ));
        } else if ids.contains(id.as_str()) {
            mistakes.push(format!(
                "`{id}` is called as a flag of the operator: call the field otherwise, or add `#[arg(id = \"own-{id}\")]`"
            ));
        }
    }
    if mistakes.is_empty() {
        return Ok(());
    }
    let mistakes = mistakes.join("; ");
    Err(Error::msg(format!("`{}` cannot be the program's own flags: {mistakes}", type_name::<A>())))
}

/// Whether there are any.
pub(super) fn any<A: Args>() -> bool {
    of::<A>().get_arguments().next().is_some()
}

/// `command` with the flags anywhere, and none of them needed.
pub(super) fn anywhere<A: Args>(command: Command) -> Command {
    let loose: Vec<Arg> = of::<A>().get_arguments().map(loose).collect();
    command.args(loose)
}

/// `command` with the flags as they are, and the word `run` where it may stand.
pub(super) fn as_written<A: Args>(command: Command) -> Command {
    let run = Arg::new("the command").value_parser(["run"]).required(false).hide(true);
    A::augment_args(command).arg(run)
}

/// The flags that were given, as they can be given again; what came from the environment is not among them.
pub(super) fn given<A: Args>(matches: &ArgMatches) -> Vec<String> {
    let mut given = Vec::new();
    let own = of::<A>();
    let said =
        |arg: &&Arg| matches.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine);
    for arg in own.get_arguments().filter(said) {
        let id = arg.get_id().as_str();
        let (name, sign) = match (arg.get_long(), arg.get_short()) {
            (Some(long), _) => (format!("--{long}"), "="),
            (None, short) => (format!("-{}", short.unwrap_or_default()), ""),
        };
        match arg.get_action() {
            ArgAction::Count => {
                given.extend((0..matches.get_count(id)).map(|_| name.clone()));
            }
            ArgAction::Set | ArgAction::Append => {
                for occurrence in matches.get_raw_occurrences(id).into_iter().flatten() {
                    let values: Vec<String> = occurrence
                        .map(|value| OsString::from(value).to_string_lossy().into_owned())
                        .collect();
                    match (&values[..], arg.get_value_delimiter()) {
                        ([value], _) => given.push(format!("{name}{sign}{value}")),
                        (values, Some(delimiter)) => {
                            let values = values.join(&delimiter.to_string());
                            given.push(format!("{name}{sign}{values}"));
                        }
                        (values, None) => {
                            given.push(name.clone());
                            given.extend_from_slice(values);
                        }
                    }
                }
            }
            _ => given.push(name),
        }
    }
    given
}

/// The flags alone.
fn of<A: Args>() -> Command {
    A::augment_args(Command::new("own"))
}

/// Without what it asks for of other flags: those may stand on the other side of the subcommand.
fn loose(arg: &Arg) -> Arg {
    let needed = arg.is_required_set();
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let loose = arg
        .clone()
        .global(true)
        .required(false)
        .exclusive(false)
        .conflicts_with(Resettable::Reset)
        .requires(Resettable::Reset)
        .required_unless_present(Resettable::Reset)
        .overrides_with(Resettable::Reset)
        .group(Resettable::Reset);
    let loose = match arg.get_help_heading() {
        Some(_) => loose,
        None => loose.help_heading(HEADING),
    };
    if needed {
        loose.help(format!("{help} [needed to run]").trim_start().to_owned())
    } else {
        loose
    }
}

fn all_longs(arg: &Arg) -> impl Iterator<Item = String> {
    let aliases = arg.get_all_aliases().unwrap_or_default();
    arg.get_long().into_iter().chain(aliases).map(str::to_owned)
}

fn all_shorts(arg: &Arg) -> impl Iterator<Item = char> {
    arg.get_short().into_iter().chain(arg.get_all_short_aliases().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::super::line::Line;
    use super::super::line::Said;
    use super::*;

    /// Where names are registered.
    #[derive(Args, Debug, PartialEq)]
    #[group(id = "Run")]
    struct Flags {
        /// The server of names.
        #[arg(long, value_name = "URL")]
        dns: String,
        #[arg(long, required_unless_present = "dry")]
        zone: Option<String>,
        #[arg(long, conflicts_with = "zone")]
        dry: bool,
        #[arg(long, short, value_delimiter = ',')]
        tag: Vec<String>,
        #[arg(long, default_value_t = 3)]
        times: u8,
    }

    fn said(text: &str) -> Result<Said<Flags>, clap::Error> {
        Line::of::<Flags>("shop", text.split_whitespace().map(OsString::from))
    }

    #[test]
    fn the_programs_own_flags_stand_before_and_after_the_command() {
        for text in [
            "shop --dns a --zone b -t x,y --times 4",
            "shop run --dns a --zone b -t x -ty --times 4",
            "shop --dns a run --zone b -t x,y --times 4 --embedded",
            "shop --zone b --times=4 --tag x run -n prod --tag y --dns=a",
        ] {
            let args = said(text).unwrap().args.unwrap();
            let (dns, zone) = ("a".to_owned(), Some("b".to_owned()));
            let tag = vec!["x".to_owned(), "y".to_owned()];
            assert_eq!(args, Flags { dns, zone, dry: false, tag, times: 4 }, "{text}");
        }
        let args = said("shop run --dns a --dry").unwrap().args.unwrap();
        assert_eq!((args.dry, args.times), (true, 3));
    }

    #[test]
    fn only_run_needs_the_flags_that_are_required() {
        for command in
            ["crds", "rbac", "samples", "explain", "manifests --image shop:1", "-n prod rbac"]
        {
            assert!(said(&format!("shop {command}")).unwrap().args.is_none(), "{command}");
        }
        for (text, missing) in [
            ("shop", "--dns <URL>"),
            ("shop run --zone b", "--dns <URL>"),
            ("shop --dns a run", "--zone <ZONE>"),
            ("shop --zone a run --dns b --dry", "cannot be used with"),
        ] {
            let error = said(text).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            assert!(error.to_string().contains(missing), "{text}: {error}");
        }
        let error = said("shop runn --dns a").unwrap_err().to_string();
        assert!(error.contains("runn"), "{error}");
    }

    #[test]
    fn the_help_has_them_under_a_heading_of_their_own() {
        for text in ["shop --help", "shop -h", "shop run --help", "shop crds --help"] {
            let help = said(text).unwrap_err();
            assert_eq!(help.exit_code(), 0);
            let help = help.to_string();
            let (_, own) = help.split_once(&format!("{HEADING}:")).expect(&help);
            assert!(own.contains("--dns <URL>") && own.contains("The server of names"), "{help}");
            assert!(own.contains("[needed to run]"), "{help}");
        }
    }

    #[test]
    fn what_was_given_can_be_given_again() {
        let text = "shop --dns a manifests --image shop:1 --dry -t x,y -t z";
        let given = said(text).unwrap().given;
        assert_eq!(given, ["--dns=a", "--dry", "--tag=x,y", "--tag=z"]);
        let again = said(&format!("shop run {}", given.join(" "))).unwrap().args.unwrap();
        assert_eq!(again.tag, ["x", "y", "z"]);
    }

    #[test]
    fn a_flag_that_is_called_as_the_operators_is_refused_with_the_remedy() {
        #[derive(Args)]
        struct Same {
            #[arg(long)]
            namespace: String,
            #[arg(long = "no-crds", short = 'v')]
            quiet: bool,
            #[arg(long, alias = "image")]
            picture: String,
            #[arg(long = "where")]
            context: String,
            site: String,
        }
        let ours = Line::plain("shop");
        let told = check::<Same>(&ours).unwrap_err().to_string();
        for expected in [
            "Same` cannot be the program's own flags: ",
            "`--namespace` of `namespace` is a flag of the operator: name another, as with `#[arg(long = \"own-namespace\")]`; ",
            "`-v` of `quiet`",
            "`--image` of `picture`",
            "`context` is called as a flag of the operator: call the field otherwise",
            "`site` has no name on the command line: add `#[arg(long)]`",
        ] {
            assert!(told.contains(expected), "{expected} in {told}");
        }
        check::<Flags>(&ours).unwrap();
        check::<()>(&ours).unwrap();
    }
}
