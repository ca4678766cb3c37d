//! A derived kind in, the CustomResourceDefinition that teaches it to a cluster out.
//!
//! ```
//! # #[cfg(feature = "derive")] {
//! use kube_core::{CustomResource, Resource};
//!
//! /// A site.
//! #[derive(Resource, Clone, Debug)]
//! #[resource(group = "demo.example.com", version = "v1", namespaced, short_name = "s")]
//! pub struct SiteSpec {
//!     /// What serves it.
//!     #[resource(min_length = 1)]
//!     pub image: String,
//!     #[resource(default = 1, minimum = 0)]
//!     pub replicas: i32,
//! }
//!
//! let definition = Site::definition();
//! assert_eq!(definition.metadata.name.as_deref(), Some("sites.demo.example.com"));
//! assert!(kube_core::definition::problems(&definition).is_empty());
//!
//! let apply = serde_json::to_value(Site::named("shop").image("nginx")).unwrap();
//! assert_eq!(apply["spec"], serde_json::json!({ "image": "nginx" }));
//! # }
//! ```

mod arbitrary;
pub(crate) mod check;
mod column;
mod compatible;
pub(crate) mod conversion;
pub(crate) mod envelope;
mod mark;
mod policy;
mod problem;
mod sample;
mod scale;
pub(crate) mod stored;
mod structural;
mod value;

use std::collections::BTreeMap;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, CustomResourceDefinitionNames, CustomResourceDefinitionSpec,
    CustomResourceDefinitionVersion, CustomResourceSubresourceStatus, CustomResourceSubresources,
    CustomResourceValidation, SelectableField,
};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::object::ApiResource;
use crate::object::CustomResource;
use crate::object::ObjectMeta;
use crate::object::Scope;

pub use column::PrintColumn;
pub use compatible::incompatibilities;
pub use policy::policy_problems;
pub use problem::problems;
pub use sample::sample;
pub use sample::sample_of;
pub use scale::Scale;

use mark::Marks;

/// A definition in the making: one version of one kind, and those that it converts from.
#[derive(Clone, Debug)]
#[must_use = "it is nothing until it is built"]
pub struct Definition {
    resource: ApiResource,
    description: String,
    spec: Value,
    status: Option<Value>,
    singular: String,
    list_kind: String,
    short_names: Vec<String>,
    categories: Vec<String>,
    columns: Vec<PrintColumn>,
    scale: Option<Scale>,
    selectable: Vec<String>,
    deprecated: bool,
    deprecation_warning: Option<String>,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    rules: Vec<Value>,
    served: bool,
    stored: bool,
    others: Vec<CustomResourceDefinitionVersion>,
}

impl Definition {
    /// The definition of `K`, with what it says about itself.
    pub fn of<K>(description: &str) -> Self
    where
        K: CustomResource<Spec: JsonSchema>,
    {
        let resource = K::RESOURCE;
        Self {
            singular: resource.kind.to_lowercase(),
            list_kind: format!("{}List", resource.kind),
            resource,
            description: description.to_owned(),
            spec: schema::<K::Spec>(),
            status: None,
            short_names: Vec::new(),
            categories: Vec::new(),
            columns: Vec::new(),
            scale: None,
            selectable: Vec::new(),
            deprecated: false,
            deprecation_warning: None,
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
            rules: Vec::new(),
            served: true,
            stored: K::STORED,
            others: Vec::new(),
        }
    }

    /// Nobody can read or write it in this version; there may be objects that are stored in it.
    pub fn not_served(mut self) -> Self {
        self.served = false;
        self
    }

    /// The versions that `K` knows are versions of this kind too.
    pub fn with<K: CustomResource>(mut self) -> Self {
        self.others.extend(K::definition().spec.versions);
        self
    }

    /// The kind has a status, written apart from the spec.
    pub fn status<T: JsonSchema>(mut self) -> Self {
        self.status = Some(schema::<T>());
        self
    }

    /// The name of one object on the command line.
    pub fn singular(mut self, name: impl Into<String>) -> Self {
        self.singular = name.into();
        self
    }

    /// One more short name on the command line.
    pub fn short_name(mut self, name: impl Into<String>) -> Self {
        self.short_names.push(name.into());
        self
    }

    /// One more group of kinds that this one is listed with, as `all`.
    pub fn category(mut self, name: impl Into<String>) -> Self {
        self.categories.push(name.into());
        self
    }

    /// One more column of `kubectl get`.
    pub fn print_column(mut self, column: PrintColumn) -> Self {
        self.columns.push(column);
        self
    }

    /// The kind of a list of them, if not `KindList`.
    pub fn list_kind(mut self, kind: impl Into<String>) -> Self {
        self.list_kind = kind.into();
        self
    }

    /// The kind can be scaled.
    pub fn scale(mut self, scale: Scale) -> Self {
        self.scale = Some(scale);
        self
    }

    /// One more field, by its path, that a field selector may name.
    pub fn selectable(mut self, path: impl Into<String>) -> Self {
        self.selectable.push(path.into());
        self
    }

    /// Whoever uses this version is warned, in the server's words.
    pub fn deprecated(mut self) -> Self {
        self.deprecated = true;
        self
    }

    /// Whoever uses this version is warned in these words.
    pub fn deprecated_because(mut self, warning: impl Into<String>) -> Self {
        self.deprecation_warning = Some(warning.into());
        self.deprecated()
    }

    /// One more label of the definition itself.
    pub fn label(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.labels.insert(key.into(), value.into());
        self
    }

    /// One more annotation of the definition itself.
    pub fn annotation(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.annotations.insert(key.into(), value.into());
        self
    }

    /// One more rule of the whole object, an item of `x-kubernetes-validations`.
    pub fn rule(mut self, rule: Value) -> Self {
        self.rules.push(rule);
        self
    }

    /// The definition as a cluster takes it.
    ///
    /// # Panics
    ///
    /// If a `JsonSchema` that was written by hand is no JSON schema, as one with the text `"0"` for a minimum.
    #[must_use]
    pub fn build(self) -> CustomResourceDefinition {
        let mut schema = self.whole();
        let marks = Marks::take(&mut schema);
        let ApiResource { group, version, kind, plural, scope } = &self.resource;
        let columns: Vec<_> = self
            .columns
            .iter()
            .chain(&marks.columns)
            .map(|column| column.definition(&schema))
            .collect();
        let selectable: Vec<_> = self
            .selectable
            .iter()
            .chain(&marks.selectable)
            .map(|path| SelectableField { json_path: path.clone() })
            .collect();
        let name = format!("{plural}.{group}");
        let open_api_v3_schema = serde_json::from_value(schema)
            .unwrap_or_else(|error| panic!("the schema of {name} is no JSON schema: {error}"));
        let status = self.status.is_some().then(|| CustomResourceSubresourceStatus(json!({})));
        let scale = self.scale.map(Scale::subresource);
        let own = CustomResourceDefinitionVersion {
            additional_printer_columns: some(&columns),
            deprecated: self.deprecated.then_some(true),
            deprecation_warning: self.deprecation_warning,
            name: version.to_string(),
            schema: Some(CustomResourceValidation { open_api_v3_schema: Some(open_api_v3_schema) }),
            selectable_fields: some(&selectable),
            served: self.served,
            storage: self.stored,
            subresources: (status.is_some() || scale.is_some())
                .then_some(CustomResourceSubresources { scale, status }),
        };
        CustomResourceDefinition {
            metadata: ObjectMeta {
                name: Some(name),
                labels: some_pairs(self.labels),
                annotations: some_pairs(self.annotations),
                ..ObjectMeta::default()
            },
            spec: CustomResourceDefinitionSpec {
                group: group.to_string(),
                names: CustomResourceDefinitionNames {
                    categories: some(&self.categories),
                    kind: kind.to_string(),
                    list_kind: Some(self.list_kind),
                    plural: plural.to_string(),
                    short_names: some(&self.short_names),
                    singular: Some(self.singular),
                },
                scope: match scope {
                    Scope::Cluster => "Cluster",
                    Scope::Namespaced => "Namespaced",
                }
                .to_owned(),
                versions: [vec![own], self.others].concat(),
                ..CustomResourceDefinitionSpec::default()
            },
            status: None,
        }
    }

    /// The schema of the whole object. `apiVersion` and `kind` are the server's own.
    fn whole(&self) -> Value {
        let mut spec = self.spec.clone();
        if let Value::Object(spec) = &mut spec
            && let Some(text) = spec.get("description").and_then(Value::as_str)
            && text.split_whitespace().eq(self.description.split_whitespace())
        {
            spec.remove("description");
        }
        let mut properties = Map::new();
        properties.insert("metadata".to_owned(), json!({ "type": "object" }));
        properties.insert("spec".to_owned(), spec);
        if let Some(status) = &self.status {
            properties.insert("status".to_owned(), status.clone());
        }
        let mut schema =
            json!({ "type": "object", "required": ["spec"], "properties": properties });
        if !self.description.is_empty() {
            schema["description"] = self.description.clone().into();
        }
        if !self.rules.is_empty() {
            schema["x-kubernetes-validations"] = self.rules.clone().into();
        }
        schema
    }
}

/// The structural schema of a type.
fn schema<T: JsonSchema>() -> Value {
    let mut settings = SchemaSettings::openapi3();
    settings.inline_subschemas = true;
    settings.meta_schema = None;
    // Ours do what Kubernetes wants with null, constants and the rest.
    settings.transforms.clear();
    let schema = settings.into_generator().into_root_schema_for::<T>();
    structural::structural(schema.to_value(), &T::schema_name())
}

fn some<T: Clone>(items: &[T]) -> Option<Vec<T>> {
    (!items.is_empty()).then(|| items.to_vec())
}

fn some_pairs(pairs: BTreeMap<String, String>) -> Option<BTreeMap<String, String>> {
    (!pairs.is_empty()).then_some(pairs)
}

#[cfg(test)]
mod tests;
