//! Follows the configuration file while the operator runs: its text every few seconds in, another log level out.

use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;

use super::config::File;
use super::config::LONGEST;
use super::log;
use super::log::Reload;
use crate::error::Error;
use crate::error::chain;

/// How often the file is looked at. A ConfigMap takes a minute to reach a Pod; who edits a file looks at once.
const EVERY: Duration = Duration::from_secs(3);

/// What is known of the file.
#[derive(Debug)]
struct Followed {
    /// As it was when the operator was started.
    first: File,
    /// What the log was last set to.
    log: Option<String>,
    /// What was told last, so that it is told once.
    told: String,
}

/// What a look at the file comes to.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Nothing,
    /// The log is to be this from now on; what is usual, if none is said.
    Log(Option<String>),
    /// To be told, once.
    Wrong(String),
    /// These keys count at the next start.
    Restart(Vec<String>),
}

impl Followed {
    fn new(first: File) -> Self {
        Self { log: first.log().map(str::to_owned), first, told: String::new() }
    }

    /// Looks at what was read.
    fn look(&mut self, read: io::Result<String>) -> Seen {
        let path = &self.first.path;
        let parsed = read
            .map_err(|error| {
                let told = format!("failed to read the configuration `{}`", path.display());
                Error::from(error).context(told)
            })
            .and_then(|text| File::parse(path, &text));
        let file = match parsed {
            Ok(file) => file,
            Err(error) => return self.once(chain(&error), Seen::Wrong),
        };
        if file.log() != self.log.as_deref() {
            let log = file.log().map(str::to_owned);
            if let Some(Err(why)) = file.log().map(log::directives) {
                let path = path.display();
                let told = format!("failed to use the configuration `{path}`: `log`: {why}");
                return self.once(told, Seen::Wrong);
            }
            self.log.clone_from(&log);
            self.told.clear();
            return Seen::Log(log);
        }
        let keys = self.first.differs(&file);
        if keys.is_empty() {
            self.told.clear();
            return Seen::Nothing;
        }
        self.once(keys.join(", "), |_| Seen::Restart(keys))
    }

    fn once(&mut self, told: String, seen: impl FnOnce(String) -> Seen) -> Seen {
        if self.told == told {
            return Seen::Nothing;
        }
        self.told.clone_from(&told);
        seen(told)
    }
}

/// Follows the file for as long as the future is there.
///
/// # Cancel safety
/// Dropping the future costs nothing.
#[expect(clippy::disallowed_methods, reason = "a pump waits")]
pub(super) async fn follow(file: File, reload: Reload) {
    let mut followed = Followed::new(file);
    loop {
        tokio::time::sleep(EVERY).await;
        let text = read(&followed.first.path).await;
        match followed.look(text) {
            Seen::Nothing => {}
            Seen::Wrong(told) => tracing::warn!("{told}; everything stays as it was"),
            Seen::Restart(keys) => {
                tracing::info!(
                    keys = keys.join(", "),
                    "the configuration has changed: start again to use it"
                );
            }
            Seen::Log(log) => {
                let filter = log.as_deref().and_then(|said| log::directives(said).ok());
                match reload(filter.unwrap_or_else(|| log::usual(0))) {
                    Ok(()) => tracing::info!(
                        log = log.as_deref().unwrap_or("as usual"),
                        "the log has changed"
                    ),
                    Err(error) => tracing::warn!("the log stays as it was: {}", chain(&error)),
                }
            }
        }
    }
}

async fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    tokio::fs::File::open(path).await?.take(LONGEST).read_to_string(&mut text).await?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn followed(text: &str) -> Followed {
        Followed::new(File::parse(Path::new("shop.yaml"), text).unwrap())
    }

    #[test]
    fn another_log_level_counts_from_the_next_look_on_and_a_wrong_one_is_told_once() {
        let mut followed = followed("log: info\nadmin: :1\n");
        let mut look = |text: &str| followed.look(Ok(text.to_owned()));
        assert_eq!(look("log: info\nadmin: :1\n"), Seen::Nothing);
        assert_eq!(look("log: debug\nadmin: :1\n"), Seen::Log(Some("debug".to_owned())));
        assert_eq!(look("admin: :1\nlog: debug\n"), Seen::Nothing);
        let Seen::Wrong(told) = look("log: loud\nadmin: :1\n") else { panic!("it is wrong") };
        let start = "failed to use the configuration `shop.yaml`: `log`: `loud` is no level";
        assert!(told.starts_with(start), "{told}");
        assert_eq!(look("log: loud\nadmin: :1\n"), Seen::Nothing, "once");
        assert_eq!(look("log: debug\nadmin: :1\n"), Seen::Nothing, "the old one has stayed");
        assert!(matches!(look("log: loud\nadmin: :1\n"), Seen::Wrong(_)), "wrong again");
        assert_eq!(look("admin: :1\n"), Seen::Log(None), "what is usual");
    }

    #[test]
    fn what_cannot_be_read_is_told_once_and_changes_nothing() {
        let mut followed = followed("log: info\n");
        let gone = || Err(io::Error::from(io::ErrorKind::NotFound));
        let Seen::Wrong(told) = followed.look(gone()) else { panic!("it is gone") };
        assert!(told.starts_with("failed to read the configuration `shop.yaml`: "), "{told}");
        assert_eq!(followed.look(gone()), Seen::Nothing);
        assert!(matches!(followed.look(Ok("log: [".to_owned())), Seen::Wrong(_)));
        assert_eq!(followed.look(Ok("log: info\n".to_owned())), Seen::Nothing);
    }

    #[test]
    fn what_only_a_start_can_change_is_named_once() {
        let mut followed = followed("admin: :1\nnamespace: prod\n");
        let changed = "admin: :2\nleader-elect: true\n";
        let keys = ["admin", "leader-elect", "namespace"].map(str::to_owned).to_vec();
        assert_eq!(followed.look(Ok(changed.to_owned())), Seen::Restart(keys));
        assert_eq!(followed.look(Ok(changed.to_owned())), Seen::Nothing);
    }
}
