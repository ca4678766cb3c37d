//! `kube scale`: how many of something there are to be.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/cmd/scale/scale.go

use super::Ground;
use super::console::Console;
use super::failure::Failure;
use super::output::named;
use super::selection;
use super::selection::Asked;

/// Says how many of something there are to be.
#[derive(Debug, clap::Args)]
pub struct Scale {
    /// Kinds and names: `deploy web`, `deploy/web sts/db`.
    #[arg(required = true)]
    what: Vec<String>,
    /// How many.
    #[arg(long, value_name = "COUNT")]
    replicas: u32,
    /// Only if there are to be that many now.
    #[arg(long, value_name = "COUNT")]
    current_replicas: Option<i32>,
}

impl Scale {
    pub async fn run(&self, ground: &Ground, console: &mut Console) -> Result<(), Failure> {
        let mut failures = Vec::new();
        for asked in selection::of(ground, &self.what).await? {
            let Some(name) = &asked.name else {
                let why = "resource(s) were provided, but no name was specified";
                return Err(Failure::said(why));
            };
            match self.one(ground, &asked, name).await {
                Ok(()) => console.say(&format!("{} scaled", named(&asked.resource, name)))?,
                Err(failure) => failures.push(failure),
            }
        }
        Failure::of(failures)
    }

    async fn one(&self, ground: &Ground, asked: &Asked, name: &str) -> Result<(), Failure> {
        let scales = asked.api(ground, false).scale();
        if let Some(expected) = self.current_replicas {
            let mut scale = scales.get(name).await?;
            let mut spec = scale.spec.unwrap_or_default();
            let now = spec.replicas.unwrap_or_default();
            if now != expected {
                let why = format!("Expected replicas to be {expected}, was {now}");
                return Err(Failure::said(why));
            }
            spec.replicas = i32::try_from(self.replicas).ok();
            scale.spec = Some(spec);
            // With its revision: nobody is to come in between.
            scales.replace(name, &scale).await?;
        } else {
            scales.set(name, self.replicas).await?;
        }
        Ok(())
    }
}
