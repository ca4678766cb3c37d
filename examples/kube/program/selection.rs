//! Which objects a command is about: its words in, kinds and names out.
//!
//! Mirrors: kubernetes staging/src/k8s.io/cli-runtime/pkg/resource/builder.go
//! Differs: a word that may mean kinds of several groups is an error that lists them.

use kube_core::Api;
use kube_core::ApiResource;
use kube_core::DynamicObject;
use kube_core::discovery::Discovery;
use serde_json::Value;

use super::Ground;
use super::failure::Failure;

/// All objects of a kind, or one of them.
#[derive(Clone, Debug)]
pub struct Asked {
    pub resource: ApiResource,
    pub name: Option<String>,
}

const MIXED: &str = "there is no need to specify a resource type as a separate argument when passing arguments in \
     resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'";

/// What the words mean: `pods`, `pods,svc`, `pods a b`, `pod/a svc/b`, `all`.
pub async fn of(ground: &Ground, words: &[String]) -> Result<Vec<Asked>, Failure> {
    let discovery = ground.client.discovery();
    if words.iter().any(|word| word.contains('/')) {
        let mut asked = Vec::new();
        for word in words {
            let (kind, name) = word.split_once('/').ok_or_else(|| Failure::said(MIXED))?;
            if kind.is_empty() || name.is_empty() || name.contains('/') {
                let why = "arguments in resource/name form must have a single resource and name";
                return Err(Failure::said(why));
            }
            asked.push(Asked {
                resource: kind_of(&discovery, kind).await?,
                name: Some(name.to_owned()),
            });
        }
        return Ok(asked);
    }
    let Some((kinds, names)) = words.split_first() else {
        return Err(Failure::said("You must specify the type of resource"));
    };
    let mut asked = Vec::new();
    for word in kinds.split(',').filter(|word| !word.is_empty()) {
        let mut resources = discovery.category(word).await?;
        if resources.is_empty() {
            resources.push(kind_of(&discovery, word).await?);
        }
        for resource in resources {
            match names {
                [] => asked.push(Asked { resource, name: None }),
                names => asked.extend(
                    names
                        .iter()
                        .map(|name| Asked { resource: resource.clone(), name: Some(name.clone()) }),
                ),
            }
        }
    }
    Ok(asked)
}

/// The kind that a word means.
pub async fn kind_of(discovery: &Discovery, word: &str) -> Result<ApiResource, Failure> {
    discovery.resolve(word).await.map_err(|error| match error.status() {
        None if error.is_not_found() => {
            Failure::said(format!("the server doesn't have a resource type {word:?}"))
        }
        _ => error.into(),
    })
}

impl Asked {
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
        let namespace = namespaced.then_some(ground.namespace.as_str());
        ground.client.api(self.resource.clone(), namespace)
    }
}

/// Whether they are of more than one kind.
pub fn are_several_kinds(asked: &[Asked]) -> bool {
    asked.windows(2).any(|pair| pair[0].resource != pair[1].resource)
}

/// The objects of a list, or the object itself, with the kind that a list leaves out.
pub fn filled(mut object: Value, resource: &ApiResource) -> Value {
    if let Some(members) = object.as_object_mut() {
        members.entry("apiVersion").or_insert_with(|| resource.api_version().into());
        members.entry("kind").or_insert_with(|| resource.kind.as_ref().into());
    }
    object
}
