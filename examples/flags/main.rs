//! Flags of the program's own beside the operator's, and a state that is made from them at start.
//!
//! `cargo run --example flags -- --help` shows both; `-- run --embedded --word hello` runs it; `-- crds`, `-- rbac`, `-- manifests --image flags:1`
//! need no `--word`.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::ensure;
use k8s_openapi::api::core::v1::ConfigMap;
use kube_runtime::operator::Start;
use kube_runtime::prelude::*;

/// What a greeting says, and how often it is looked after.
#[derive(clap::Args)]
pub struct Flags {
    /// The word that every greeting begins with.
    #[arg(long, env = "WORD")]
    pub word: String,
    /// After how many seconds a greeting is looked at again.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    pub again: u64,
}

/// Somebody to be greeted.
#[derive(Resource, Clone, Debug)]
#[resource(group = "demo.example.com", version = "v1", kind = "Guest", namespaced)]
pub struct GuestSpec {
    pub name: String,
}

/// What speaks; a program in production connects to something here.
struct Voice {
    word: String,
}

impl Voice {
    async fn connect(word: &str) -> anyhow::Result<Self> {
        ensure!(!word.is_empty(), "there is no greeting without a word: say one with `--word`");
        Ok(Self { word: word.to_owned() })
    }

    fn greet(&self, guest: &Guest) -> String {
        format!("{} {}", self.word, guest.spec.name)
    }
}

/// Keeps a ConfigMap with the greeting of each guest.
#[controller(owns(ConfigMap))]
async fn greet(
    guest: Object<Guest>,
    cx: Cx<Guest>,
    voice: State<Voice>,
    flags: State<Flags>,
) -> Result<Action> {
    let metadata = ObjectMeta { name: guest.metadata.name.clone(), ..ObjectMeta::default() };
    let data = Some(BTreeMap::from([("greeting".to_owned(), voice.greet(&guest))]));
    cx.apply(ConfigMap { metadata, data, ..ConfigMap::default() }).await?;
    Ok(Action::after(Duration::from_secs(flags.again)))
}

pub fn operator() -> Operator<Flags> {
    Operator::new("flags")
        .args::<Flags>()
        .state_with(|start: Start<Flags>| async move { Voice::connect(&start.args.word).await })
        .controller(greet)
}

#[tokio::main]
pub async fn main() -> ExitCode {
    operator().main().await
}
