//! What can be done with one running Pod: its name in, builders of streams out.

#[cfg(feature = "streaming")]
mod copy;
#[cfg(feature = "streaming")]
mod forward;
mod lines;
mod log;
#[cfg(feature = "streaming")]
mod process;

use std::sync::Arc;

use k8s_openapi::api::core::v1::Pod;

use crate::client::Client;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::object::Name;
use crate::request::Target;

use super::Api;
use super::Objects;
use super::debug_as_place;
use super::place::Place;

#[cfg(feature = "streaming")]
pub use copy::CopyFiles;
#[cfg(feature = "streaming")]
pub use forward::OpenPortForward;
pub use lines::Line;
pub use log::Log;
pub use log::LogLines;
pub use log::ReadLog;
#[cfg(feature = "streaming")]
pub use process::OpenProcess;

/// One Pod. Nothing is asked of the server before one of the builders is awaited.
#[derive(Clone)]
pub struct PodApi {
    client: Client,
    place: Place,
    /// An error cannot be cloned, its words can.
    name: Result<Name, Arc<str>>,
}

debug_as_place!(PodApi);

impl<P> Api<Pod, P> {
    /// The Pod of this name. A wrong name is the error of the request.
    #[must_use]
    pub fn pod(&self, name: impl TryInto<Name, Error: Into<Error>>) -> PodApi {
        let name = name.try_into().map_err(|error| error.into().chain().into());
        PodApi { client: self.client.clone(), place: self.place.clone(), name }
    }
}

impl<P> Objects<P> {
    /// The Pod of this name. A wrong name is the error of the request.
    #[must_use]
    pub fn pod(&self, name: impl TryInto<Name, Error: Into<Error>>) -> PodApi {
        self.api::<Pod>().pod(name)
    }
}

impl PodApi {
    /// A part of the Pod, once the names are known to be right.
    async fn target(&self, subresource: &'static str) -> Result<Target> {
        let named = self.name.clone().map_err(|why| Error::new(ErrorKind::Input, why.to_string()));
        Ok(self.place.object(named).await?.subresource(subresource))
    }
}

#[cfg(test)]
mod tests;
