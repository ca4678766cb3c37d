//! `kube delete`: objects by name, by labels or of files; waits until they are gone.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/cmd/delete/delete.go

use std::time::Duration;

use kube_core::Api;
use kube_core::ApiResource;
use kube_core::DynamicObject;
use kube_core::LabelSelector;
use kube_core::api::Deletion;
use kube_core::request::Propagation;

use super::Ground;
use super::console::Console;
use super::failure::Failure;
use super::files::Files;
use super::output::Output;
use super::output::named;
use super::output::sort;
use super::selection;
use super::selection::Asked;

/// As long as kubectl waits: a week.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Deletes objects, and waits until they are gone.
#[derive(Debug, clap::Args)]
pub struct Delete {
    /// Kinds and names: `pod web db`, `pod/web svc/db`.
    what: Vec<String>,
    #[command(flatten)]
    files: Files,
    /// Those with these labels.
    #[arg(long, short = 'l', value_name = "LABELS")]
    selector: Option<String>,
    /// Those with these fields.
    #[arg(long, value_name = "FIELDS")]
    field_selector: Option<String>,
    /// All of the kinds.
    #[arg(long)]
    all: bool,
    /// Those of all namespaces.
    #[arg(long, short = 'A')]
    all_namespaces: bool,
    /// Waits until they are gone.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = true, action = clap::ArgAction::Set)]
    wait: bool,
    /// For how long, as `30s` or `5m`; as long as it takes if not said.
    #[arg(long, value_name = "TIME", value_parser = kube_core::config::go_duration)]
    timeout: Option<Duration>,
    /// What is not there is no failure.
    #[arg(long)]
    ignore_not_found: bool,
    /// How long they may take to end, in seconds.
    #[arg(long, value_name = "SECONDS")]
    grace_period: Option<u32>,
    /// Ends them at once: with `--grace-period=1`.
    #[arg(long)]
    now: bool,
    /// Does not wait for them to end.
    #[arg(long)]
    force: bool,
    /// What becomes of what they own.
    #[arg(long, value_name = "HOW", default_value = "background", value_parser = ["background", "foreground", "orphan"])]
    cascade: String,
    /// `server`: does everything but deleting it.
    #[arg(long, value_name = "HOW", default_value = "none", value_parser = ["none", "server"])]
    dry_run: String,
    /// As name.
    #[arg(long, short, value_name = "FORMAT")]
    output: Option<String>,
}

/// One object that is to go.
struct Going {
    resource: ApiResource,
    namespace: Option<String>,
    name: String,
    /// The file that it stands in.
    origin: Option<String>,
}

impl Going {
    fn api(&self, ground: &Ground) -> Api<DynamicObject> {
        ground.client.api(self.resource.clone(), self.namespace.as_deref())
    }
}

impl Delete {
    pub async fn run(&self, ground: &Ground, console: &mut Console) -> Result<(), Failure> {
        let output = Output::of(self.output.as_deref())?;
        if self.what.is_empty() && self.files.is_empty() {
            return Err(Failure::said(
                "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'",
            ));
        }
        if self.force {
            console.warn("Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.");
        }
        let (going, mut failures) = self.which(ground, console).await?;
        let (mut pending, mut found) = (Vec::new(), 0);
        for one in going {
            let deleted = self.one(ground, &one).await;
            match deleted {
                Ok(uid) => {
                    found += 1;
                    console.say(&self.told(&output, &one))?;
                    pending.push((one, uid));
                }
                Err(failure) if failure.is_not_found() && self.ignores_missing() => {}
                Err(failure) => failures.push(failure),
            }
        }
        if found == 0 && failures.is_empty() && !self.ignore_not_found {
            console.say("No resources found")?;
        }
        if self.wait && self.dry_run == "none" {
            for (one, uid) in pending {
                if let Some(uid) = uid {
                    self.gone(ground, console, &one, uid).await?;
                }
            }
        }
        Failure::of(failures)
    }

    /// What a selection found may be gone by itself.
    fn ignores_missing(&self) -> bool {
        self.ignore_not_found || self.selector.is_some() || self.all
    }

    async fn which(
        &self,
        ground: &Ground,
        console: &mut Console,
    ) -> Result<(Vec<Going>, Vec<Failure>), Failure> {
        let (files, failures) = self.files.read(ground, console).await?;
        let mut going: Vec<Going> = files
            .iter()
            .map(|wanted| Going {
                resource: wanted.resource.clone(),
                namespace: wanted.namespace(ground).map(ToOwned::to_owned),
                name: wanted.name().to_owned(),
                origin: Some(wanted.origin.clone()),
            })
            .collect();
        if self.what.is_empty() {
            return Ok((going, failures));
        }
        for asked in selection::of(ground, &self.what).await? {
            match &asked.name {
                Some(name) => going.push(Going {
                    namespace: asked.resource.is_namespaced().then(|| ground.namespace.clone()),
                    name: name.clone(),
                    resource: asked.resource,
                    origin: None,
                }),
                None if self.selector.is_some() || self.field_selector.is_some() || self.all => {
                    going.extend(self.selected(ground, &asked).await?);
                }
                None => {
                    let why = "resource(s) were provided, but no name was specified";
                    return Err(Failure::said(why));
                }
            }
        }
        Ok((going, failures))
    }

    async fn selected(&self, ground: &Ground, asked: &Asked) -> Result<Vec<Going>, Failure> {
        let labels = LabelSelector::try_from(self.selector.as_deref().unwrap_or_default())?;
        let heads = asked.api(ground, self.all_namespaces).metadata_only();
        let fields = self.field_selector.as_deref().unwrap_or_default();
        let list = heads.list().labels(labels).fields(fields).pages(500).whole().await?;
        let going = list.items.into_iter().map(|head| Going {
            resource: asked.resource.clone(),
            namespace: head.metadata.namespace,
            name: head.metadata.name.unwrap_or_default(),
            origin: None,
        });
        Ok(going.collect())
    }

    /// Deletes it; which object is to be waited for.
    async fn one(&self, ground: &Ground, one: &Going) -> Result<Option<String>, Failure> {
        let mut delete = one.api(ground).delete(one.name.as_str()).propagation(self.propagation());
        let grace = match (self.force, self.now, self.grace_period) {
            (true, _, _) => Some(0),
            (false, true, _) => Some(1),
            (false, false, given) => given,
        };
        if let Some(seconds) = grace {
            delete = delete.grace_period_seconds(seconds);
        }
        let failed = |error| match &one.origin {
            Some(origin) => Failure::when(error, format!("error when deleting {origin:?}: ")),
            None => Failure::from(error),
        };
        match delete.dry_run(self.dry_run == "server").await.map_err(failed)? {
            Deletion::Object(object) => Ok(object.metadata.uid),
            Deletion::Done(status) => {
                Ok(Some(status.details.uid.clone()).filter(|uid| !uid.is_empty()))
            }
        }
    }

    fn propagation(&self) -> Propagation {
        match self.cascade.as_str() {
            "foreground" => Propagation::Foreground,
            "orphan" => Propagation::Orphan,
            _ => Propagation::Background,
        }
    }

    fn told(&self, output: &Output, one: &Going) -> String {
        if let Output::Name = output {
            return named(&one.resource, &one.name);
        }
        let mut line = format!("{} {:?} ", sort(&one.resource), one.name);
        line.push_str(if self.force { "force deleted" } else { "deleted" });
        if let Some(namespace) = &one.namespace {
            line.push_str(&format!(" from {namespace} namespace"));
        }
        if self.dry_run == "server" {
            line.push_str(" (server dry run)");
        }
        line
    }

    /// Waits until this very object is not there any more.
    async fn gone(
        &self,
        ground: &Ground,
        console: &mut Console,
        one: &Going,
        uid: String,
    ) -> Result<(), Failure> {
        let named = named(&one.resource, &one.name);
        let heads = one.api(ground).metadata_only();
        let gone = move |head: Option<&kube_core::PartialObjectMetadata>| {
            head.is_none_or(|head| head.metadata.uid.as_deref() != Some(&uid))
        };
        let gone = heads.until(one.name.as_str(), gone).within(self.timeout.unwrap_or(LONGEST));
        console.progress(&format!("waiting until {named} is gone"));
        match gone.await {
            Ok(_) => Ok(()),
            Err(error) if error.is_timeout() => {
                let what = format!("{}/{}", one.resource.plural, one.name);
                Err(Failure::said(format!("timed out waiting for the condition on {what}")))
            }
            // Whoever may delete need not be allowed to look.
            Err(error) if error.is_forbidden() => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
