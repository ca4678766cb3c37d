//! `kube wait`: until objects are as they should.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/cmd/wait
//! Differs: what is to be created is waited for by name; labels choose among what is there already.

use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;

use kube_core::DynamicObject;
use kube_core::JsonPath;
use kube_core::config::go_duration;
use serde_json::Value;
use tokio::time::Instant;

use super::Ground;
use super::choice::Choice;
use super::choice::Chosen;
use super::console::Console;
use super::delete::LONGEST;
use super::failure::Failure;

/// Waits until objects are as they should.
#[derive(Debug, clap::Args)]
pub struct Wait {
    #[command(flatten)]
    choice: Choice,
    /// condition=TYPE, condition=TYPE=STATUS, delete, create, jsonpath={PATH} or jsonpath={PATH}=VALUE; can be given more
    /// than once.
    #[arg(long = "for", value_name = "WHAT")]
    wanted: Vec<String>,
    /// For how long, as `30s` or `5m`, for all of them; at 0 it is looked once.
    #[arg(long, value_name = "TIME", value_parser = patience, default_value = "30s")]
    timeout: Duration,
}

/// At 0 it is looked once; less than that is as long as it takes.
fn patience(text: &str) -> Result<Duration, String> {
    match text.strip_prefix('-') {
        Some(rest) => go_duration(rest).map(|_| LONGEST),
        None => go_duration(text).map(|time| match time {
            Duration::MAX => Duration::ZERO,
            time => time.min(LONGEST),
        }),
    }
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
                if value == Some("") {
                    let why = "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3";
                    return Err(Failure::said(why));
                }
                let path = JsonPath::relaxed(rest[..end].trim_matches(['\'', '"']))?;
                Ok(Self::Path { path, value: value.map(ToOwned::to_owned) })
            }
            _ => Err(Failure::said(format!("unrecognized condition: {text:?}"))),
        }
    }

    /// Whether it is so; or why it never will be.
    fn holds(&self, object: Option<&DynamicObject>) -> Result<bool, String> {
        let Some(object) = object else { return Ok(matches!(self, Self::Gone)) };
        match self {
            Self::Gone => Ok(false),
            Self::There => Ok(true),
            Self::Condition { kind, status } => Ok(has_condition(object, kind, status)),
            Self::Path { path, value } => {
                let found = path.find(object).map_err(|error| error.chain())?;
                match (found.as_slice(), value) {
                    ([], _) => Ok(false),
                    ([_, _, ..], _) => {
                        Err("given jsonpath expression matches more than one value".to_owned())
                    }
                    ([_], None) => Ok(true),
                    ([Value::Array(_) | Value::Object(_)], Some(_)) => {
                        let why =
                            "jsonpath leads to a nested object or list which is not supported";
                        Err(why.to_owned())
                    }
                    ([Value::String(text)], Some(value)) => Ok(text.trim() == value.trim()),
                    ([one], Some(value)) => {
                        let printed = one.to_string();
                        Ok(printed == value.trim())
                    }
                }
            }
        }
    }
}

/// Said of the object as it is wanted now, if that is told.
fn has_condition(object: &DynamicObject, kind: &str, status: &str) -> bool {
    let is = |value: &Value, wanted: &str| {
        value.as_str().is_some_and(|text| text.to_lowercase() == wanted)
    };
    let Some(told) = object.data.get("status") else { return false };
    let mut known = told["conditions"].as_array().into_iter().flatten();
    let Some(condition) = known.find(|one| is(&one["type"], kind)) else { return false };
    let seen = condition["observedGeneration"].as_i64().or(told["observedGeneration"].as_i64());
    let stale = seen.zip(object.metadata.generation).is_some_and(|(seen, now)| seen < now);
    !stale && is(&condition["status"], status)
}

impl Wait {
    pub async fn run(&self, ground: &Ground, console: &mut Console) -> Result<(), Failure> {
        let wanted =
            self.wanted.iter().map(|text| Wanted::of(text)).collect::<Result<Vec<_>, _>>()?;
        if wanted.is_empty() {
            return Err(Failure::said("unrecognized condition: []"));
        }
        let end = Instant::now() + self.timeout;
        let (chosen, mut failures) = self.choice.objects(ground, console).await?;
        let leave = wanted.iter().any(|one| matches!(one, Wanted::Gone));
        if chosen.is_empty() && failures.is_empty() && !leave {
            return Err(Failure::said("no matching resources found"));
        }
        if wanted.iter().any(|one| matches!(one, Wanted::There)) {
            for one in &chosen {
                self.until(ground, console, one, &Wanted::There, end).await?;
            }
        }
        for one in &chosen {
            if let Err(failure) = self.one(ground, console, one, &wanted, end).await {
                failures.push(failure);
            }
        }
        Failure::of(failures)
    }

    /// All that is wanted of one, in turn.
    async fn one(
        &self,
        ground: &Ground,
        console: &mut Console,
        one: &Chosen,
        wanted: &[Wanted],
        end: Instant,
    ) -> Result<(), Failure> {
        let leave = wanted.iter().any(|one| matches!(one, Wanted::Gone));
        match one.api(ground).metadata_only().get(one.name.as_str()).await {
            Ok(_) => {}
            // What is gone before is not told.
            Err(error) if leave && error.is_not_found() => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        for wanted in wanted {
            if !matches!(wanted, Wanted::There) {
                self.until(ground, console, one, wanted, end).await?;
            }
            console.say(&format!("{} condition met", one.named()))?;
        }
        Ok(())
    }

    async fn until(
        &self,
        ground: &Ground,
        console: &mut Console,
        one: &Chosen,
        wanted: &Wanted,
        end: Instant,
    ) -> Result<(), Failure> {
        let (api, name) = (one.api(ground), one.name.as_str());
        if self.timeout.is_zero() {
            let object = api.get(name).optional().await?;
            return match wanted.holds(object.as_ref()).map_err(Failure::said)? {
                true => Ok(()),
                false => Err(Failure::said(match wanted {
                    Wanted::There => "timed out waiting for the condition".to_owned(),
                    _ => format!("condition not met for {}", one.told()),
                })),
            };
        }
        console.progress(&format!("waiting for {}", one.named()));
        let wrong = Arc::new(OnceLock::new());
        let (condition, mistake) = (wanted.clone(), Arc::clone(&wrong));
        let until = api.until(name, move |object: Option<&DynamicObject>| {
            condition.holds(object).unwrap_or_else(|why| {
                // It is no use to wait any longer.
                mistake.get_or_init(|| why);
                true
            })
        });
        match until.within(end.saturating_duration_since(Instant::now())).await {
            Ok(_) => wrong.get().map_or(Ok(()), |why| Err(Failure::said(why.as_str()))),
            Err(error) if error.is_timeout() => Err(Failure::said(match wanted {
                Wanted::There => "timed out waiting for the condition".to_owned(),
                _ => format!("timed out waiting for the condition on {}", one.told()),
            })),
            Err(error) => Err(error.into()),
        }
    }
}
