//! A webhook with its kind forgotten: what it says of itself, and questions in and answers out once it is bound to a running operator.

use std::any::TypeId;
use std::sync::Arc;

use futures::future::BoxFuture;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube_core::ApiResource;
use kube_core::Resource;
use kube_core::wire::decode;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::Webhook;
use super::call::Around;
use super::call::Call;
use super::change::Change;
use super::change::Operation;
use super::handler::Judge;
use super::handler::Mutator;
use super::needs::Needs;
use super::patch::patch;
use super::registration::Registration;
use super::review::Question;
use super::verdict::Denied;
use super::verdict::Verdict;
use crate::error::Error;
use crate::error::Result;

/// What the API server is answered.
pub(crate) type Answer = (Verdict, json_patch::Patch);

/// Answers questions.
pub(crate) type Bound = Arc<dyn Fn(Question) -> BoxFuture<'static, Result<Answer>> + Send + Sync>;

/// What an object that is not what its type says is answered with: the request is bad, and the schema should have said so.
const UNREADABLE: u16 = 400;
/// A longer name is no part of a domain.
const LONGEST_NAME: usize = 63;

/// What a webhook does.
pub(super) enum Does<K> {
    Judges(Judge<K>),
    Changes(Mutator<K>),
}

impl<K> Clone for Does<K> {
    fn clone(&self) -> Self {
        match self {
            Self::Judges(judge) => Self::Judges(Arc::clone(judge)),
            Self::Changes(mutator) => Self::Changes(*mutator),
        }
    }
}

/// A webhook whose kind is forgotten.
pub(crate) trait Hook: Send + Sync {
    fn name(&self) -> &str;

    /// Where it is answered.
    fn path(&self) -> String {
        let does = if self.is_mutating() { "mutate" } else { "validate" };
        // The path of a Service has the letters of a domain only.
        format!("/{does}/{}", self.name().replace('_', "-"))
    }

    fn is_mutating(&self) -> bool;

    fn resource(&self) -> ApiResource;

    fn needs(&self) -> &Needs;

    fn registration(&self) -> &Registration;

    /// What teaches the cluster its kind, when that is a custom one.
    fn definition(&self) -> Option<CustomResourceDefinition>;

    fn bind(&self, around: Around) -> Bound;

    /// The states it needs and what was said that cannot be: both are known before any request.
    fn check(&self, has_state: &dyn Fn(TypeId) -> bool) -> Result<()> {
        let (name, registration) = (self.name(), self.registration());
        check_name(name, "a webhook")?;
        if let [first, ..] = &registration.mistakes[..] {
            return Err(Error::msg(format!("webhook `{name}` cannot be asked: {first}")));
        }
        match self.needs().states.iter().find(|needed| !has_state(needed.id)) {
            None => Ok(()),
            Some(needed) => Err(Error::msg(format!(
                "webhook `{name}` asks for `State<{}>` and nobody gave one: add `.state(..)` with such a value to the operator",
                needed.name
            ))),
        }
    }
}

/// A name that can be a part of a domain with `-` for `_`.
pub(super) fn check_name(name: &str, what: &str) -> Result<()> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('_')
        && name.len() <= LONGEST_NAME
        && name.bytes().all(plain)
    {
        return Ok(());
    }
    Err(Error::msg(format!(
        "`{name}` cannot be the name of {what}: use at most {LONGEST_NAME} of a-z, 0-9 and `_`, with a letter first and no `_` last"
    )))
}

impl<K: Resource> Hook for Webhook<K> {
    fn name(&self) -> &str {
        &self.name
    }

    fn is_mutating(&self) -> bool {
        matches!(self.does, Does::Changes(_))
    }

    fn resource(&self) -> ApiResource {
        K::RESOURCE
    }

    fn needs(&self) -> &Needs {
        &self.needs
    }

    fn registration(&self) -> &Registration {
        &self.registration
    }

    fn definition(&self) -> Option<CustomResourceDefinition> {
        K::custom_definition()
    }

    fn bind(&self, around: Around) -> Bound {
        let (does, around) = (self.does.clone(), Arc::new(around));
        Arc::new(move |question| {
            let (does, around) = (does.clone(), Arc::clone(&around));
            Box::pin(async move {
                around.listers.settle().await?;
                let operation = match operation::<K>(&question) {
                    Ok(operation) => operation?,
                    Err(denied) => return Ok((denied.into(), json_patch::Patch::default())),
                };
                let call = Call::new(Change::new(operation, &question), around);
                match does {
                    Does::Judges(judge) => Ok((judge(&call).await?, json_patch::Patch::default())),
                    Does::Changes(mutator) => {
                        changed(mutator, &call, question.object.as_deref()).await
                    }
                }
            })
        })
    }
}

/// Lets the function change the object; an object that is to be deleted is not changed.
async fn changed<K: Resource>(
    mutator: Mutator<K>,
    call: &Call<K>,
    sent: Option<&RawValue>,
) -> Result<Answer> {
    let Some(object) = call.change().new_object().or(call.change().old_object()) else {
        return Err(Error::msg("a connection has no object that could be changed"));
    };
    let before = serde_json::to_value(object)?;
    let mut object = object.clone();
    let verdict = mutator(&mut object, call).await?;
    let after = serde_json::to_value(&object)?;
    let patch = match sent.filter(|_| before != after) {
        Some(sent) => patch(&serde_json::from_str(sent.get())?, &before, &after),
        None => json_patch::Patch::default(),
    };
    Ok((verdict, patch))
}

/// What is to be done, its objects read; denied where one cannot be, an error where the API server asks what it never does.
fn operation<K: Resource>(question: &Question) -> Result<Result<Operation<K>>, Denied> {
    let new = || read::<K>(question.object.as_deref()).map(Arc::new);
    let old = || read::<K>(question.old_object.as_deref()).map(Arc::new);
    Ok(Ok(match question.operation.as_str() {
        "CREATE" => Operation::Create(new()?),
        "UPDATE" => Operation::Update { old: old()?, new: new()? },
        "DELETE" => Operation::Delete(old()?),
        "CONNECT" => Operation::Connect,
        other => return Ok(Err(Error::msg(format!("`{other}` is no operation that is admitted")))),
    }))
}

/// What cannot be read is told by its place and not by its value, which may be a secret.
fn read<K: DeserializeOwned>(object: Option<&RawValue>) -> Result<K, Denied> {
    let json = object.map_or("null", RawValue::get);
    decode(json.as_bytes()).map_err(|why| {
        Denied::because(format!("the object is not what the operator takes it for: {why}"))
            .code(UNREADABLE)
    })
}
