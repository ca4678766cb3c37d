//! `kube wait`: until objects are as they should.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/cmd/wait

use std::time::Duration;

use kube_core::DynamicObject;
use kube_core::JsonPath;
use kube_core::LabelSelector;
use serde_json::Value;

use super::Ground;
use super::console::Console;
use super::failure::Failure;
use super::output::named;
use super::selection;
use super::selection::Asked;

/// Waits until objects are as they should.
#[derive(Debug, clap::Args)]
pub struct Wait {
    /// Kinds and names: `pod web`, `pod/web deploy/db`.
    #[arg(required = true)]
    what: Vec<String>,
    /// condition=TYPE, condition=TYPE=STATUS, delete, create, jsonpath={PATH} or jsonpath={PATH}=VALUE.
    #[arg(long = "for", value_name = "WHAT", default_value = "")]
    wanted: String,
    /// For how long, as `30s` or `5m`; for each of them.
    #[arg(long, value_name = "TIME", value_parser = kube_core::config::go_duration, default_value = "30s")]
    timeout: Duration,
    /// Those with these labels.
    #[arg(long, short = 'l', value_name = "LABELS")]
    selector: Option<String>,
    /// All of the kinds.
    #[arg(long)]
    all: bool,
}

/// What is waited for.
#[derive(Clone, Debug)]
enum Wanted {
    Condition { kind: String, status: String },
    Gone,
    There,
    Path { path: JsonPath, value: Option<String> },
}

impl Wanted {
    fn of(text: &str) -> Result<Self, Failure> {
        if text.is_empty() {
            return Err(Failure::said("unrecognized condition: []"));
        }
        match (text.to_lowercase().as_str(), text.split_once('=')) {
            ("delete", _) => Ok(Self::Gone),
            ("create", _) => Ok(Self::There),
            (_, Some(("condition", rest))) => {
                let (kind, status) = rest.split_once('=').unwrap_or((rest, "true"));
                Ok(Self::Condition { kind: kind.to_lowercase(), status: status.to_lowercase() })
            }
            (_, Some(("jsonpath", rest))) => {
                let end = rest.rfind('}').map_or(rest.len(), |end| end + 1);
                let value =
                    rest[end..].strip_prefix('=').map(|value| value.trim_matches(['\'', '"']));
                let path = JsonPath::relaxed(rest[..end].trim_matches(['\'', '"']))?;
                Ok(Self::Path { path, value: value.map(ToOwned::to_owned) })
            }
            _ => Err(Failure::said(format!("unrecognized condition: {text:?}"))),
        }
    }

    fn holds(&self, object: Option<&DynamicObject>) -> kube_core::Result<bool> {
        let Some(object) = object else { return Ok(matches!(self, Self::Gone)) };
        Ok(match self {
            Self::Gone => false,
            Self::There => true,
            Self::Condition { kind, status } => {
                let conditions =
                    object.data.get("status").and_then(|it| it["conditions"].as_array());
                let is = |value: &Value, wanted: &str| {
                    value.as_str().is_some_and(|text| text.to_lowercase() == wanted)
                };
                let mut known = conditions.into_iter().flatten();
                known.any(|one| is(&one["type"], kind) && is(&one["status"], status))
            }
            Self::Path { path, value } => {
                let found = path.find(object)?;
                match (found.as_slice(), value) {
                    ([], _) => false,
                    (_, None) => true,
                    ([Value::String(text)], Some(value)) => text == value,
                    ([one], Some(value)) => {
                        let printed = one.to_string();
                        printed == *value
                    }
                    _ => false,
                }
            }
        })
    }
}

impl Wait {
    pub async fn run(&self, ground: &Ground, console: &mut Console) -> Result<(), Failure> {
        let wanted = Wanted::of(&self.wanted)?;
        let mut objects = Vec::new();
        for asked in selection::of(ground, &self.what).await? {
            match &asked.name {
                Some(_) => objects.push(asked),
                None if self.selector.is_some() || self.all => {
                    objects.extend(self.selected(ground, &asked).await?);
                }
                None => {
                    let why = "resource(s) were provided, but no name was specified";
                    return Err(Failure::said(why));
                }
            }
        }
        if objects.is_empty() && !matches!(wanted, Wanted::Gone) {
            return Err(Failure::said("no matching resources found"));
        }
        let mut failures = Vec::new();
        for asked in &objects {
            if let Err(failure) = self.one(ground, console, asked, &wanted).await {
                failures.push(failure);
            }
        }
        Failure::of(failures)
    }

    async fn selected(&self, ground: &Ground, asked: &Asked) -> Result<Vec<Asked>, Failure> {
        let labels = LabelSelector::try_from(self.selector.as_deref().unwrap_or_default())?;
        let list = asked.api(ground, false).metadata_only().list().labels(labels).await?;
        let resource = &asked.resource;
        let asked = |name| Asked { resource: resource.clone(), name };
        Ok(list.items.into_iter().map(|head| asked(head.metadata.name)).collect())
    }

    async fn one(
        &self,
        ground: &Ground,
        console: &mut Console,
        asked: &Asked,
        wanted: &Wanted,
    ) -> Result<(), Failure> {
        let name = asked.name.as_deref().unwrap_or_default();
        let api = asked.api(ground, false);
        match wanted {
            Wanted::There => {}
            // What is gone before is not told.
            Wanted::Gone if api.metadata_only().get(name).optional().await?.is_none() => {
                return Ok(());
            }
            Wanted::Gone => {}
            _ => drop(api.metadata_only().get(name).await?),
        }
        console.progress(&format!("waiting for {}", named(&asked.resource, name)));
        let condition = wanted.clone();
        let until = api.until(name, move |object: Option<&DynamicObject>| condition.holds(object));
        match until.within(self.timeout).await {
            Ok(_) => console.say(&format!("{} condition met", named(&asked.resource, name))),
            Err(error) if error.is_timeout() => {
                let mut why = "timed out waiting for the condition".to_owned();
                if !matches!(wanted, Wanted::There) {
                    why.push_str(&format!(" on {}/{name}", asked.resource.plural));
                }
                Err(Failure::said(why))
            }
            Err(error) => Err(error.into()),
        }
    }
}
