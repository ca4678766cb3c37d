//! The command line: words in, what they ask for out.

use std::path::PathBuf;

/// What was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// Zero: a free one.
    pub(crate) port: u16,
    pub(crate) kubeconfig: Option<PathBuf>,
    pub(crate) bare: bool,
    pub(crate) coordinated_elections: bool,
}

impl Arguments {
    /// Reads the words after the program's name; `None` asks for help.
    ///
    /// # Errors
    /// A word that means nothing here, or a value that is missing or wrong.
    pub(crate) fn parse(words: impl IntoIterator<Item = String>) -> Result<Option<Self>, String> {
        let mut arguments = Self::default();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let (name, given) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (word.as_str(), None),
            };
            let mut value = || {
                given
                    .clone()
                    .or_else(|| words.next())
                    .ok_or_else(|| format!("`{name}` needs a value"))
            };
            match name {
                "--port" => {
                    let text = value()?;
                    arguments.port = text
                        .parse()
                        .map_err(|_| format!("`--port {text}` is no port: 0 to 65535"))?;
                }
                "--kubeconfig" => arguments.kubeconfig = Some(value()?.into()),
                "--bare" => arguments.bare = true,
                "--coordinated-elections" => arguments.coordinated_elections = true,
                "--help" | "-h" => return Ok(None),
                _ => {
                    return Err(format!(
                        "unknown argument `{word}`; `kube-embedded --help` lists all"
                    ));
                }
            }
        }
        Ok(Some(arguments))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Arguments>, String> {
        Arguments::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn words_mean_what_the_help_says() {
        assert_eq!(parse(""), Ok(Some(Arguments::default())));
        let all = Arguments {
            port: 8080,
            kubeconfig: Some("a/b".into()),
            bare: true,
            coordinated_elections: true,
        };
        let line = "--port 8080 --kubeconfig=a/b --bare --coordinated-elections";
        assert_eq!(parse(line), Ok(Some(all)));
        assert_eq!(parse("--port 1 --help"), Ok(None));
    }

    #[test]
    fn a_wrong_word_is_told_with_the_remedy() {
        let rows = [
            ("--prot 1", "unknown argument `--prot`; `kube-embedded --help` lists all"),
            ("--port", "`--port` needs a value"),
            ("--port 70000", "`--port 70000` is no port: 0 to 65535"),
        ];
        for (line, text) in rows {
            assert_eq!(parse(line), Err(text.to_owned()));
        }
    }
}
