//! `kube logs`: what containers have written, and go on to write.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/cmd/logs/logs.go, pkg/polymorphichelpers/logsforobject.go
//! Differs: the logs of many containers come in the order of the Pods and in that in which their containers run.

mod lines;

use std::time::Duration;

use futures::TryStreamExt as _;
use futures::stream;
use k8s_openapi::api::core::v1::Pod;
use kube_core::Error;
use kube_core::LabelSelector;
use kube_core::object::Time;
use kube_core::request::LogOptions;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::Ground;
use super::console::Console;
use super::containers;
use super::failure::Failure;
use super::pods;
use super::pods::Purpose;
use lines::Lines;

/// Shows what containers have written.
#[derive(Debug, clap::Args)]
pub struct Logs {
    /// The Pod, or what has Pods, as `web`, `deploy/web`, `job/task`; then maybe the container.
    #[arg(value_name = "POD | TYPE/NAME")]
    what: Vec<String>,
    /// Those of the Pods with these labels.
    #[arg(long, short = 'l', value_name = "LABELS")]
    selector: Option<String>,
    /// The container; the Pod's default, else its first, if not said.
    #[arg(long, short)]
    container: Option<String>,
    /// Of all containers of a Pod.
    #[arg(long)]
    all_containers: bool,
    /// Of all Pods of an object, each line with its origin in front.
    #[arg(long)]
    all_pods: bool,
    /// With the Pod and the container in front of each line.
    #[arg(long)]
    prefix: bool,
    /// Goes on with what is written.
    #[arg(long, short)]
    follow: bool,
    /// So many containers may be followed at once.
    #[arg(long, value_name = "COUNT", default_value_t = 5)]
    max_log_requests: usize,
    /// Goes on with the others if a log cannot be read.
    #[arg(long)]
    ignore_errors: bool,
    /// Of the container before this one.
    #[arg(long, short)]
    previous: bool,
    /// With the time in front of each line.
    #[arg(long)]
    timestamps: bool,
    /// The last lines only; all if not said, ten for those of a selector.
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    tail: Option<i64>,
    /// The first bytes only.
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true, default_value_t = 0)]
    limit_bytes: i64,
    /// What is not older than that, as `5m`.
    #[arg(long, value_name = "TIME", value_parser = kube_core::config::go_duration)]
    since: Option<Duration>,
    /// What is not older than that time, as `2026-01-01T00:00:00Z`.
    #[arg(long, value_name = "TIME")]
    since_time: Option<String>,
    /// Does not check the certificate of the node that has the log.
    #[arg(long)]
    insecure_skip_tls_verify_backend: bool,
    /// How long is waited for a Pod if there is none, and for a container that is to be followed, as `30s`.
    #[arg(long, value_name = "TIME", value_parser = kube_core::config::go_duration, default_value = "20s")]
    pod_running_timeout: Duration,
}

/// So many pieces wait to be printed.
const PIECES: usize = 16;
/// A container that cannot be followed yet is asked again after so long.
const AGAIN: Duration = Duration::from_secs(1);

/// The log of one container.
struct Source {
    pod: String,
    options: LogOptions,
    lines: Lines,
}

/// What is to be printed.
enum Told {
    Out(Vec<u8>),
    Err(String),
}

impl Logs {
    pub async fn run(&self, ground: &Ground, console: &mut Console) -> Result<(), Failure> {
        let container = self.container()?;
        let options = self.options()?;
        let mut sources = Vec::new();
        for pod in self.pods(ground, console).await? {
            self.add(&pod, container, &options, console, &mut sources)?;
        }
        let (count, most) = (sources.len(), self.max_log_requests);
        if self.follow && count > 1 && count > most {
            return Err(Failure::said(format!(
                "you are attempting to follow {count} log streams, but maximum allowed concurrency is {most}, use --max-log-requests to increase the limit"
            )));
        }
        let (tell, mut told) = mpsc::channel(PIECES);
        let reading = async {
            // The last one who tells is gone at the end.
            let tell = tell;
            let read = |source| self.read(ground, source, &tell);
            let at_once = if self.follow { count } else { 1 };
            stream::iter(sources.into_iter().map(Ok)).try_for_each_concurrent(at_once, read).await
        };
        let printing = async {
            while let Some(told) = told.recv().await {
                match told {
                    Told::Out(bytes) => console.bytes(&bytes)?,
                    Told::Err(line) => console.warn(&line),
                }
            }
            Ok::<_, Failure>(())
        };
        tokio::pin!(reading);
        tokio::pin!(printing);
        // Nobody reads for a printer that has failed; what was read is printed before it is told why no more was.
        let read = tokio::select! {
            printed = &mut printing => return printed,
            read = &mut reading => read,
        };
        printing.await?;
        read
    }

    /// The container that is named, in one of two ways.
    fn container(&self) -> Result<Option<&str>, Failure> {
        let inline = self.what.get(1);
        let named = self.container.as_ref().or(inline).map(String::as_str);
        match (named, self.what.len(), &self.selector) {
            (_, 3.., _) | (_, 0, None) => Err(Failure::usage(
                "logs",
                "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command",
            )),
            (_, 1.., Some(_)) => {
                Err(Failure::usage("logs", "only a selector (-l) or a POD name is allowed"))
            }
            (Some(name), ..) if self.all_containers => Err(Failure::said(format!(
                "--all-containers=true should not be specified with container name {name}"
            ))),
            _ if self.container.is_some() && inline.is_some() => {
                Err(Failure::said("only one of -c or an inline [CONTAINER] arg is allowed"))
            }
            _ => Ok(named),
        }
    }

    /// What is asked for of each container.
    fn options(&self) -> Result<LogOptions, Failure> {
        if self.since_time.is_some() && self.since.is_some() {
            let why = "at most one of `sinceTime` or `sinceSeconds` may be specified";
            return Err(Failure::said(why));
        }
        let since_time = self.since_time.as_deref().map(time).transpose()?;
        let tail = match self.tail {
            None if self.selector.is_some() => Some(10),
            None | Some(-1) => None,
            Some(lines) => Some(
                u64::try_from(lines)
                    .map_err(|_| Failure::said("--tail must be greater than or equal to -1"))?,
            ),
        };
        let limit = u64::try_from(self.limit_bytes)
            .map_err(|_| Failure::said("--limit-bytes must be greater than 0"))?;
        let mut options = LogOptions::default();
        options.follow = self.follow;
        options.previous = self.previous;
        options.timestamps = self.timestamps;
        options.insecure_skip_tls_verify_backend = self.insecure_skip_tls_verify_backend;
        options.tail_lines = tail;
        options.limit_bytes = Some(limit).filter(|limit| *limit > 0);
        options.since_time = since_time;
        options.since_seconds = self.since.map(|since| {
            let half = Duration::from_millis(500);
            since.saturating_add(half).as_secs().max(1)
        });
        Ok(options)
    }

    /// The Pods whose logs are meant.
    async fn pods(&self, ground: &Ground, console: &mut Console) -> Result<Vec<Pod>, Failure> {
        if let Some(selector) = &self.selector {
            let labels = LabelSelector::try_from(selector)?;
            let pods = ground.client.namespace(ground.namespace.as_str()).api::<Pod>();
            let list = pods.list().labels(labels).await?;
            if list.items.is_empty() {
                let namespace = &ground.namespace;
                console.warn(&format!("No resources found in {namespace} namespace."));
            }
            return Ok(list.items);
        }
        let what = self.what.first().map_or("", String::as_str);
        let found = pods::found(ground, what).await.map_err(|failure| match failure {
            Failure::Client { error, .. } if error.is_not_found() => Failure::said(format!(
                "error from server (NotFound): {} in namespace {:?}",
                words(&error),
                ground.namespace
            )),
            failure => failure,
        })?;
        let within = self.pod_running_timeout;
        let mut pods = found.pods(ground, console, Purpose::Logs, within).await?;
        if pods.len() > 1 && !self.all_pods {
            let name = pods[0].metadata.name.as_deref().unwrap_or_default();
            console.warn(&format!("Found {} pods, using pod/{name}", pods.len()));
            pods.truncate(1);
        }
        Ok(pods)
    }

    /// The containers of a Pod whose logs are meant.
    fn add(
        &self,
        pod: &Pod,
        container: Option<&str>,
        options: &LogOptions,
        console: &mut Console,
        sources: &mut Vec<Source>,
    ) -> Result<(), Failure> {
        let containers = match self.all_containers {
            true => containers::in_order(pod),
            false => {
                let choice = containers::for_log(pod, container)?;
                let quiet = self.all_pods;
                choice.notices.iter().filter(|_| !quiet).for_each(|notice| console.warn(notice));
                vec![choice.name]
            }
        };
        let name = pod.metadata.name.as_deref().unwrap_or_default();
        for container in containers {
            let prefix = match self.prefix || self.all_pods {
                true => format!("[pod/{name}/{container}] "),
                false => String::new(),
            };
            let mut options = options.clone();
            options.container = Some(container);
            sources.push(Source { pod: name.to_owned(), options, lines: Lines::new(prefix) });
        }
        Ok(())
    }

    /// Reads a log to its end.
    async fn read(
        &self,
        ground: &Ground,
        mut source: Source,
        tell: &mpsc::Sender<Told>,
    ) -> Result<(), Failure> {
        let deadline = Instant::now().checked_add(self.pod_running_timeout);
        loop {
            let error = match source.read(ground, tell).await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            if self.ignore_errors {
                let line = format!("error: {}\n", words(&error));
                return said(tell, Told::Out(line.into_bytes())).await;
            }
            if !self.follow {
                return Err(error.into());
            }
            said(tell, Told::Err(words(&error))).await?;
            if error.status().is_none() {
                return Err(error.into());
            }
            let again = Instant::now() + AGAIN;
            if deadline.is_some_and(|deadline| again > deadline) {
                return Err(Failure::said("context deadline exceeded"));
            }
            tokio::time::sleep_until(again).await;
        }
    }
}

impl Source {
    async fn read(&mut self, ground: &Ground, tell: &mpsc::Sender<Told>) -> Result<(), Error> {
        let pod = ground.client.namespace(ground.namespace.as_str()).pod(self.pod.as_str());
        let mut log = pod.log().options(self.options.clone()).await?;
        while let Some(piece) = log.next().await? {
            let whole = self.lines.push(&piece);
            if !whole.is_empty() && tell.send(Told::Out(whole)).await.is_err() {
                return Ok(());
            }
        }
        // Whoever prints may be gone.
        _ = tell.send(Told::Out(self.lines.rest())).await;
        Ok(())
    }
}

async fn said(tell: &mpsc::Sender<Told>, told: Told) -> Result<(), Failure> {
    // Whoever prints tells why it does so no more.
    tell.send(told).await.map_err(|_| Failure::Code(1))
}

/// What the server says, else all that is known.
fn words(error: &Error) -> String {
    error.status().map_or_else(|| error.chain(), |status| status.message.clone())
}

fn time(text: &str) -> Result<Time, Failure> {
    serde_json::from_value(text.into()).map_err(|_| {
        let why = "write it as in RFC 3339, as `2026-01-01T00:00:00Z`";
        Failure::said(format!("--since-time {text:?} is no time: {why}"))
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        logs: Logs,
    }

    fn logs(line: &str) -> Logs {
        Line::try_parse_from(std::iter::once("logs").chain(line.split_whitespace())).unwrap().logs
    }

    #[test]
    fn flags_mean_what_they_mean_to_kubectl() {
        let options = |line: &str| logs(line).options();
        assert_eq!(options("web").unwrap(), LogOptions::default());
        assert_eq!(options("-l app=web").unwrap().tail_lines, Some(10));
        assert_eq!(options("-l app=web --tail -1").unwrap().tail_lines, None);
        assert_eq!(options("web --tail=0").unwrap().tail_lines, Some(0));
        for (since, seconds) in [("1ms", 1), ("1400ms", 1), ("1500ms", 2), ("5m", 300)] {
            let options = options(&format!("web --since {since}")).unwrap();
            assert_eq!(options.since_seconds, Some(seconds), "{since}");
        }
        assert!(
            options("web --since-time 2026-01-01T00:00:00+02:00").unwrap().since_time.is_some()
        );
        assert_eq!(options("web --limit-bytes 5").unwrap().limit_bytes, Some(5));
        for (line, why) in [
            ("web --tail=-2", "--tail must be greater than or equal to -1"),
            ("web --limit-bytes=-1", "--limit-bytes must be greater than 0"),
            (
                "web --since 1s --since-time x",
                "at most one of `sinceTime` or `sinceSeconds` may be specified",
            ),
            (
                "web --since-time x",
                "--since-time \"x\" is no time: write it as in RFC 3339, as `2026-01-01T00:00:00Z`",
            ),
        ] {
            assert_eq!(options(line).unwrap_err().lines(), [format!("error: {why}")], "{line}");
        }
    }

    #[test]
    fn a_container_is_named_once_and_a_pod_or_labels_are() {
        for (line, expected) in [
            ("web", Ok(None)),
            ("web a", Ok(Some("a"))),
            ("web -c a", Ok(Some("a"))),
            ("-l app=web -c a", Ok(Some("a"))),
            ("-l app=web", Ok(None)),
            ("", Err("expected 'logs")),
            ("a b c", Err("expected 'logs")),
            ("web -l app=web", Err("only a selector (-l) or a POD name is allowed")),
            ("web a -c b", Err("only one of -c or an inline [CONTAINER] arg is allowed")),
            ("web a --all-containers", Err("--all-containers=true should not be specified")),
        ] {
            match (logs(line).container(), expected) {
                (Ok(container), expected) => assert_eq!(Ok(container), expected, "{line}"),
                (Err(failure), Err(why)) => {
                    let told = failure.lines().remove(0);
                    assert!(told.starts_with(&format!("error: {why}")), "{line}: {told}");
                }
                (Err(failure), Ok(_)) => panic!("{line}: {failure:?}"),
            }
        }
    }
}
