//! Which objects a command is about: its words in, kinds and names out.
//!
//! Mirrors: kubernetes staging/src/k8s.io/cli-runtime/pkg/resource/builder.go
//! Differs: a word that may mean kinds of several groups is an error that lists them.

use kube_core::Api;
use kube_core::ApiResource;
use kube_core::DynamicObject;
use kube_core::api::Get;
use kube_core::api::TableApi;
use kube_core::discovery::Discovery;
use serde_json::Value;

use super::Ground;
use super::failure::Failure;

/// All objects of a kind, or one of them.
#[derive(Clone, Debug)]
pub struct Asked {
    pub resource: ApiResource,
    pub name: Option<String>,
    /// The one that its file names; else the one where none is named.
    pub namespace: Option<String>,
}

/// What goes with the words.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside {
    /// Selectors, or that all are meant: names have no place then.
    pub selects: bool,
    /// That all namespaces are meant: what is in one cannot be named then.
    pub everywhere: bool,
}

/// Said of words beside files.
pub const FILES: &str = "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well";

const MIXED: &str = "there is no need to specify a resource type as a separate argument when passing arguments in \
     resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'";

/// What the words mean: `pods`, `pods,svc`, `pods a b`, `pod/a svc/b`, `all`.
pub async fn of(ground: &Ground, words: &[String], beside: Beside) -> Result<Vec<Asked>, Failure> {
    let discovery = ground.client.discovery();
    let asked = match words.iter().any(|word| word.contains('/')) {
        true => tuples(&discovery, words, beside).await?,
        false => kinds(&discovery, words, beside).await?,
    };
    let lost = |one: &Asked| one.name.is_some() && one.resource.is_namespaced();
    if beside.everywhere && asked.iter().any(lost) {
        return Err(Failure::said("a resource cannot be retrieved by name across all namespaces"));
    }
    Ok(asked)
}

/// `pod/a svc/b`
async fn tuples(
    discovery: &Discovery,
    words: &[String],
    beside: Beside,
) -> Result<Vec<Asked>, Failure> {
    if !words.iter().all(|word| word.contains('/')) {
        return Err(Failure::said(MIXED));
    }
    if beside.selects {
        let why = "selectors and the all flag cannot be used when passing resource/name arguments";
        return Err(Failure::said(why));
    }
    let mut asked = Vec::new();
    for word in words {
        let (kind, name) = word.split_once('/').unwrap_or_default();
        if name.contains('/') {
            let why = "arguments in resource/name form may not have more than one slash";
            return Err(Failure::said(why));
        }
        if kind.is_empty() || name.is_empty() || kind.contains(',') {
            let why = "arguments in resource/name form must have a single resource and name";
            return Err(Failure::said(why));
        }
        let resource = kind_of(discovery, kind).await?;
        asked.push(Asked { resource, name: Some(name.to_owned()), namespace: None });
    }
    Ok(asked)
}

/// `pods`, `pods,svc`, `pods a b`, `all`
async fn kinds(
    discovery: &Discovery,
    words: &[String],
    beside: Beside,
) -> Result<Vec<Asked>, Failure> {
    let Some((kinds, names)) = words.split_first() else {
        return Err(Failure::said("You must specify the type of resource"));
    };
    if beside.selects && !names.is_empty() {
        return Err(Failure::said("name cannot be provided when a selector is specified"));
    }
    let mut asked = Vec::new();
    for word in kinds.split(',').filter(|word| !word.is_empty()) {
        let mut resources = discovery.category(word).await?;
        if resources.is_empty() {
            resources.push(kind_of(discovery, word).await?);
        }
        for resource in resources {
            let one = |name: Option<&String>| Asked {
                resource: resource.clone(),
                name: name.cloned(),
                namespace: None,
            };
            match names {
                [] => asked.push(one(None)),
                names => asked.extend(names.iter().map(|name| one(Some(name)))),
            }
        }
    }
    Ok(asked)
}

/// The kind that a word means.
pub async fn kind_of(discovery: &Discovery, word: &str) -> Result<ApiResource, Failure> {
    discovery.resolve(word).await.map_err(|error| match error.status() {
        None if error.is_not_found() => {
            let plural = word.split('.').next().unwrap_or_default();
            Failure::said(format!("the server doesn't have a resource type {plural:?}"))
        }
        _ => error.into(),
    })
}

impl Asked {
    /// As a table; of the one that is named a part, if one is said.
    pub fn table(&self, ground: &Ground, everywhere: bool, part: &str) -> TableApi {
        let values = self.values(ground, everywhere);
        match part {
            "" => values.table(),
            part => values.subresource::<Value>(part.to_owned()).table(),
        }
    }

    /// The one that is named, or a part of it.
    pub fn one(&self, ground: &Ground, name: &str, part: &str) -> Get<Value> {
        let values = self.values(ground, false);
        match part {
            "" => values.get(name),
            part => values.subresource(part.to_owned()).get(name),
        }
    }

    /// Where these objects are.
    pub fn api(&self, ground: &Ground, everywhere: bool) -> Api<DynamicObject> {
        self.api_as(ground, everywhere)
    }

    /// The same, read as what they are.
    pub fn values(&self, ground: &Ground, everywhere: bool) -> Api<Value> {
        self.api_as(ground, everywhere)
    }

    fn api_as<K>(&self, ground: &Ground, everywhere: bool) -> Api<K> {
        let namespaced = self.resource.is_namespaced() && !everywhere;
        let here = self.namespace.as_deref().unwrap_or(&ground.namespace);
        let namespace = namespaced.then_some(here);
        ground.client.api(self.resource.clone(), namespace)
    }
}

/// The objects of a list, or the object itself, with the kind that a list leaves out.
pub fn filled(mut object: Value, resource: &ApiResource) -> Value {
    if let Some(members) = object.as_object_mut() {
        members.entry("apiVersion").or_insert_with(|| resource.api_version().into());
        members.entry("kind").or_insert_with(|| resource.kind.as_ref().into());
    }
    object
}
