//! The command line: words in, what they ask for out.

use std::net::SocketAddr;
use std::path::PathBuf;

/// What was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// Zero: a free one.
    pub(crate) port: u16,
    pub(crate) kubeconfig: Option<PathBuf>,
    pub(crate) bare: bool,
    pub(crate) coordinated_elections: bool,
    pub(crate) this_machine: bool,
    pub(crate) services: Vec<ServiceAt>,
}

/// Where a Service of a webhook is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ServiceAt {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) address: SocketAddr,
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
                "--containers-on-this-machine" => arguments.this_machine = true,
                "--service" => arguments.services.push(service(&value()?)?),
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

fn service(text: &str) -> Result<ServiceAt, String> {
    let parsed = text.split_once('=').and_then(|(service, address)| {
        let (namespace, name) = service.split_once('/')?;
        let (namespace, name) = (namespace.to_owned(), name.to_owned());
        Some(ServiceAt { namespace, name, address: address.parse().ok()? })
    });
    parsed.ok_or_else(|| {
        format!(
            "`--service {text}` is no Service: NAMESPACE/NAME=ADDRESS:PORT, the address a number"
        )
    })
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
            this_machine: true,
            services: vec![ServiceAt {
                namespace: "n".to_owned(),
                name: "s".to_owned(),
                address: "127.0.0.1:9443".parse().unwrap(),
            }],
        };
        let line = "--port 8080 --kubeconfig=a/b --bare --coordinated-elections \
                    --containers-on-this-machine --service n/s=127.0.0.1:9443";
        assert_eq!(parse(line), Ok(Some(all)));
        assert_eq!(parse("--port 1 --help"), Ok(None));
    }

    #[test]
    fn a_wrong_word_is_told_with_the_remedy() {
        let rows = [
            ("--prot 1", "unknown argument `--prot`; `kube-embedded --help` lists all"),
            ("--port", "`--port` needs a value"),
            (
                "--service n=1",
                "`--service n=1` is no Service: NAMESPACE/NAME=ADDRESS:PORT, the address a number",
            ),
            ("--port 70000", "`--port 70000` is no port: 0 to 65535"),
        ];
        for (line, text) in rows {
            assert_eq!(parse(line), Err(text.to_owned()));
        }
    }
}
