//! The pipeline beside its peer: `cargo run --release` prints one table; `cargo run --release workqueue` measures the queue alone, `client` the client alone, `faults` plays the scorecard's faults to both, `../scripts/bench-real` a sync from a genuine API server.

mod measure;
mod work;
mod pods;
mod serve;
mod ours_side;
mod peer_side;
mod queue;
mod real;
mod report;
mod client;
mod faults;

use anyhow::Context as _;

use crate::pods::DataSet;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How much work: `--pods N --events N --only a`.
#[derive(Debug)]
pub struct Options {
    /// How many Pods there are.
    pub pods: usize,
    /// How many of them change.
    pub events: usize,
    /// The one data set to work on; without it both.
    pub only: Option<DataSet>,
}

impl Options {
    fn parse(arguments: &[String]) -> anyhow::Result<Self> {
        let mut options = Self { pods: 50_000, events: 100_000, only: None };
        for pair in arguments.chunks(2) {
            let [name, value] = pair else { anyhow::bail!("`{}` needs a value", pair[0]) };
            let number = || value.parse().with_context(|| format!("`{name} {value}` is no number"));
            match (name.as_str(), value.as_str()) {
                ("--pods", _) => options.pods = number()?,
                ("--events", _) => options.events = number()?,
                ("--only", "a") => options.only = Some(DataSet::Equal),
                ("--only", "b") => options.only = Some(DataSet::Differing),
                _ => anyhow::bail!(
                    "`{name} {value}` is unknown; there are --pods N, --events N, --only a, --only b"
                ),
            }
        }
        Ok(options)
    }
}

async fn side(arguments: &[String]) -> anyhow::Result<()> {
    let [side, task, url, token, pods, sentinel] = arguments else {
        anyhow::bail!("side SIDE WORK URL TOKEN PODS SENTINEL")
    };
    let pods = pods.parse()?;
    match (side.as_str(), task.as_str()) {
        ("ours", "cache") => ours_side::cache(url, token, pods, sentinel).await,
        ("ours", "indexed") => ours_side::indexed(url, token, pods, sentinel).await,
        ("peer", "indexed") => peer_side::indexed(url, token, pods, sentinel).await,
        ("ours", "reconcile") => ours_side::reconciles(url, token, pods, sentinel).await,
        ("peer", "cache") => peer_side::cache(url, token, pods, sentinel).await,
        ("peer", "reconcile") => peer_side::reconciles(url, token, pods, sentinel).await,
        _ => anyhow::bail!("`{side} {task}` is no side and work"),
    }
}

/// On a worker, where an operator's caches live too: the main thread would be woken for each piece of an answer.
fn on_a_worker(
    work: impl Future<Output = anyhow::Result<()>> + Send + 'static,
) -> anyhow::Result<()> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        #[expect(clippy::disallowed_methods, reason = "the only task, awaited at once")]
        let work = tokio::spawn(work);
        work.await?
    })
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("serve") => {
            let data_set = if arguments[1] == "a" { DataSet::Equal } else { DataSet::Differing };
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(serve::serve(data_set, arguments[2].parse()?))
        }
        Some("side") => on_a_worker(async move { side(&arguments[1..]).await }),
        Some("client") => client::run(&arguments[1..]),
        Some("client-serve") => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let (pods, maps) = (arguments[1].parse()?, arguments[2].parse()?);
            runtime.block_on(client::front::serve(pods, maps))
        }
        Some("client-side") => on_a_worker(async move { client::side(&arguments[1..]).await }),
        Some("real") => {
            let [_, url, pods] = &arguments[..] else { anyhow::bail!("real URL PODS") };
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(real::run(url, pods.parse()?))
        }
        Some("fault") => faults::one(&arguments[1..]),
        Some("faults") => faults::run(&arguments[1..]),
        Some("workqueue") => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(queue::run())
        }
        _ => report::run(&Options::parse(&arguments)?),
    }
}
