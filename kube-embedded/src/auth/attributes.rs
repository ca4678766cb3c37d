//! What a request wants to do, as the authorizer sees it.

use super::User;

/// One request as data for the authorizer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub(crate) verb: String,
    pub(crate) group: String,
    pub(crate) resource: String,
    pub(crate) subresource: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) path: String,
    /// False for `/version`, `/healthz` and the like, which only `path` describes.
    pub(crate) resource_request: bool,
}

impl Attributes {
    /// A request for a resource.
    pub(crate) fn resource(verb: &str, group: &str, resource: &str) -> Self {
        Self {
            verb: verb.to_owned(),
            group: group.to_owned(),
            resource: resource.to_owned(),
            resource_request: true,
            ..Self::default()
        }
    }

    /// A request for a path that is no resource. The verb is the lower-case method.
    pub(crate) fn path(verb: &str, path: &str) -> Self {
        Self { verb: verb.to_owned(), path: path.to_owned(), ..Self::default() }
    }

    /// Within this namespace ("" is the cluster).
    pub(crate) fn namespace(mut self, namespace: &str) -> Self {
        namespace.clone_into(&mut self.namespace);
        self
    }

    /// Of the object of this name.
    pub(crate) fn name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Of this part of the object.
    pub(crate) fn subresource(mut self, subresource: &str) -> Self {
        subresource.clone_into(&mut self.subresource);
        self
    }

    /// `pods` or `pods/log`, as rules name it.
    pub(crate) fn combined_resource(&self) -> String {
        if self.subresource.is_empty() {
            self.resource.clone()
        } else {
            format!("{}/{}", self.resource, self.subresource)
        }
    }

    /// The reason of a refusal: what follows `… is forbidden: `. `detail` is the authorizer's.
    pub(crate) fn refusal(&self, user: &User, detail: &str) -> String {
        let (user, verb) = (&user.name, &self.verb);
        let mut text = if self.resource_request {
            let place = if self.namespace.is_empty() {
                "at the cluster scope".to_owned()
            } else {
                format!("in the namespace \"{}\"", self.namespace)
            };
            format!(
                "User \"{user}\" cannot {verb} resource \"{}\" in API group \"{}\" {place}",
                self.combined_resource(),
                self.group
            )
        } else {
            format!("User \"{user}\" cannot {verb} path \"{}\"", self.path)
        };
        if !detail.is_empty() {
            text.push_str(": ");
            text.push_str(detail);
        }
        text
    }
}
