//! `kube delete`: objects by name, by labels or of files; waits until they are gone.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/cmd/delete/delete.go

use std::time::Duration;

use kube_core::api::Deletion;
use kube_core::request::Method;
use kube_core::request::Propagation;

use super::Ground;
use super::choice::Choice;
use super::choice::Chosen;
use super::console::Console;
use super::failure::Failure;
use super::output::sort;
use super::raw;

/// As long as kubectl waits: a week.
pub const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Deletes objects, and waits until they are gone.
#[derive(Debug, clap::Args)]
pub struct Delete {
    #[command(flatten)]
    choice: Choice,
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
    /// What becomes of what they own: `background`, `foreground` or `orphan`.
    #[arg(long, value_name = "HOW", default_value = "background")]
    cascade: String,
    /// `client`: only says what would be deleted; `server`: does everything but deleting it.
    #[arg(long, value_name = "HOW", default_value = "none")]
    dry_run: String,
    /// Deletes what is at this path, and shows what the server says.
    #[arg(long, value_name = "PATH", default_value = "")]
    raw: String,
    /// As name.
    #[arg(long, short, value_name = "FORMAT")]
    output: Option<String>,
}

impl Delete {
    pub async fn run(&self, ground: &Ground, console: &mut Console) -> Result<(), Failure> {
        if self.now && self.grace_period.is_some() {
            return Err(Failure::said("--now and --grace-period cannot be specified together"));
        }
        let propagation = self.propagation()?;
        if !matches!(self.dry_run.as_str(), "none" | "server" | "client") {
            return Err(Failure::said(format!(
                "Invalid dry-run value ({}). Must be \"none\", \"server\", or \"client\".",
                self.dry_run
            )));
        }
        let briefly = match self.output.as_deref() {
            None | Some("") => false,
            Some("name") => true,
            Some(other) => {
                return Err(Failure::said(format!(
                    "unexpected -o output mode: {other}. We only support '-o name'"
                )));
            }
        };
        let warning = "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.";
        if !self.raw.is_empty() {
            if briefly {
                return Err(Failure::said(raw::EXCLUSIVE));
            }
            if self.force {
                console.warn(warning);
            }
            return raw::tell(ground, console, Method::Delete, &self.raw).await;
        }
        let (going, mut failures) = self.choice.going(ground, console).await?;
        if self.force {
            console.warn(warning);
        }
        let (mut pending, mut found) = (Vec::new(), 0);
        for one in going {
            let deleted = self.one(ground, &one, propagation).await;
            match deleted {
                Ok(uid) => {
                    found += 1;
                    console.say(&self.told(briefly, &one))?;
                    pending.push((one, uid));
                }
                Err(failure) if failure.is_not_found() && self.ignores_missing() => {}
                Err(failure) => failures.push(failure),
            }
        }
        if found == 0 && failures.is_empty() && self.choice.is_selection() {
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
        self.ignore_not_found || self.choice.is_selection()
    }

    /// Deletes it; which object is to be waited for.
    async fn one(
        &self,
        ground: &Ground,
        one: &Chosen,
        propagation: Propagation,
    ) -> Result<Option<String>, Failure> {
        if self.dry_run == "client" {
            return Ok(None);
        }
        let mut delete = one.api(ground).delete(one.name.as_str()).propagation(propagation);
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

    fn propagation(&self) -> Result<Propagation, Failure> {
        Ok(match self.cascade.as_str() {
            "background" => Propagation::Background,
            "foreground" => Propagation::Foreground,
            "orphan" => Propagation::Orphan,
            other => {
                return Err(Failure::said(format!(
                    "invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\""
                )));
            }
        })
    }

    fn told(&self, briefly: bool, one: &Chosen) -> String {
        if briefly {
            return one.named();
        }
        let mut line = format!("{} {:?} ", sort(&one.resource), one.name);
        line.push_str(if self.force { "force deleted" } else { "deleted" });
        if let Some(namespace) = &one.namespace {
            line.push_str(&format!(" from {namespace} namespace"));
        }
        line.push_str(match self.dry_run.as_str() {
            "server" => " (server dry run)",
            "client" => " (dry run)",
            _ => "",
        });
        line
    }

    /// Waits until this very object is not there any more.
    async fn gone(
        &self,
        ground: &Ground,
        console: &mut Console,
        one: &Chosen,
        uid: String,
    ) -> Result<(), Failure> {
        let heads = one.api(ground).metadata_only();
        let gone = move |head: Option<&kube_core::PartialObjectMetadata>| {
            head.is_none_or(|head| head.metadata.uid.as_deref() != Some(&uid))
        };
        let gone = heads.until(one.name.as_str(), gone).within(self.timeout.unwrap_or(LONGEST));
        console.progress(&format!("waiting until {} is gone", one.named()));
        match gone.await {
            Ok(_) => Ok(()),
            Err(error) if error.is_timeout() => {
                let why = format!("timed out waiting for the condition on {}", one.told());
                Err(Failure::said(why))
            }
            // Whoever may delete need not be allowed to look.
            Err(error) if error.is_forbidden() => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
