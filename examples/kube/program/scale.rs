//! `kube scale`: how many of something there are to be.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/cmd/scale/scale.go
//! Differs: one that cannot be scaled does not keep the others from it.

use super::Ground;
use super::choice::Choice;
use super::choice::Chosen;
use super::console::Console;
use super::failure::Failure;

/// Says how many of something there are to be.
#[derive(Debug, clap::Args)]
pub struct Scale {
    #[command(flatten)]
    choice: Choice,
    /// How many.
    #[arg(long, value_name = "COUNT")]
    replicas: u32,
    /// Only if there are to be that many now.
    #[arg(long, value_name = "COUNT")]
    current_replicas: Option<i32>,
    /// Only if this is its revision now.
    #[arg(long, value_name = "VERSION")]
    resource_version: Option<String>,
    /// `server`: does everything but storing it.
    #[arg(long, value_name = "HOW", default_value = "none", value_parser = ["none", "server"])]
    dry_run: String,
}

impl Scale {
    pub async fn run(&self, ground: &Ground, console: &mut Console) -> Result<(), Failure> {
        let (chosen, mut failures) = self.choice.objects(ground, console).await?;
        if chosen.is_empty() && failures.is_empty() {
            return Err(Failure::said("no objects passed to scale"));
        }
        if self.resource_version.is_some() && chosen.len() > 1 {
            return Err(Failure::said("cannot use --resource-version with multiple resources"));
        }
        for one in &chosen {
            match self.one(ground, one).await {
                Ok(()) => {
                    let how = if self.is_dry() { " (server dry run)" } else { "" };
                    console.say(&format!("{} scaled{how}", one.named()))?;
                }
                Err(failure) => failures.push(failure),
            }
        }
        Failure::of(failures)
    }

    fn is_dry(&self) -> bool {
        self.dry_run == "server"
    }

    async fn one(&self, ground: &Ground, one: &Chosen) -> Result<(), Failure> {
        let (scales, name) = (one.api(ground).scale(), one.name.as_str());
        if self.current_replicas.is_none() && self.resource_version.is_none() {
            scales.set(name, self.replicas).dry_run(self.is_dry()).await?;
            return Ok(());
        }
        let mut scale = scales.get(name).await?;
        let spec = scale.spec.get_or_insert_default();
        let now = spec.replicas.unwrap_or_default();
        if let Some(expected) = self.current_replicas.filter(|expected| *expected != now) {
            let why = format!("Expected replicas to be {expected}, was {now}");
            return Err(Failure::said(why));
        }
        spec.replicas = i32::try_from(self.replicas).ok();
        let now = scale.metadata.resource_version.as_deref().unwrap_or_default();
        if let Some(expected) = self.resource_version.as_ref().filter(|expected| *expected != now) {
            let why = format!("Expected resource version to be {expected}, was {now}");
            return Err(Failure::said(why));
        }
        // With its revision: nobody is to come in between.
        scales.replace(name, &scale).dry_run(self.is_dry()).await?;
        Ok(())
    }
}
