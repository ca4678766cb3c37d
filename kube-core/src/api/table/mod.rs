//! Objects as `kubectl get` shows them: the server makes cells of them, a [`Table`] out.
//!
//! Mirrors: apimachinery meta/v1 Table, kubectl get
//! Differs: a server that makes no tables is an error ([`ErrorKind::NotAcceptable`](crate::ErrorKind)); the objects can be asked for instead.

mod read;
mod watch;

use serde::Deserialize;
use serde_json::Value;

use crate::client::Client;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::object::DynamicObject;
use crate::request::Form;
use crate::request::Request;
use crate::status::Status;
use crate::wire;

use super::Api;
use super::ListMetadata;
use super::place::Place;

pub use read::GetTable;
pub use read::ListTable;
pub use read::TablePages;
pub use watch::TableWatch;
pub use watch::WatchTable;

/// The objects of one kind as rows. Made by [`Api::table`].
///
/// ```
/// # use kube_core::ResourceExt as _;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> kube_core::Result<()> {
/// # let server = kube_embedded::Server::builder().build();
/// # let listening = server.listen(([127, 0, 0, 1], 0).into()).await.expect("a port is free");
/// # let config = kube_core::Config::new(&listening.url())?.token(server.admin_token());
/// # let client = kube_core::Client::new(config)?;
/// let table = client.dynamic("ns").table().get("default").await?;
/// let titles: Vec<&str> = table.columns.iter().map(|column| &*column.name).collect();
/// assert_eq!(titles, ["Name", "Status", "Age"]);
/// assert_eq!(table.rows[0].cells[..2], ["default", "Active"]);
/// assert_eq!(table.rows[0].object.as_ref().unwrap().name(), "default");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct TableApi {
    client: Client,
    place: Place,
    include: Include,
}

super::debug_as_place!(TableApi);

/// What of an object comes with its row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Include {
    /// Nothing.
    None,
    /// Its metadata; so if nobody says otherwise.
    #[default]
    Metadata,
    /// All of it.
    Object,
}

/// Objects as rows of cells.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Table {
    /// What stands in the cells; empty in all events of a watch but the first.
    pub columns: Vec<TableColumn>,
    /// One an object, in the server's order.
    pub rows: Vec<TableRow>,
    /// How new it is, and what follows.
    pub metadata: ListMetadata,
}

/// What stands in the cells of a column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct TableColumn {
    /// Its title, as `Ready`.
    pub name: String,
    /// As `string`, `integer`, `boolean`, `date`.
    #[serde(rename = "type")]
    pub type_: String,
    /// More of the type; `name` for the column that names the object.
    pub format: String,
    /// For people.
    pub description: String,
    /// 0: always of interest; above: where there is room, as with `kubectl get -o wide`.
    pub priority: i32,
}

/// One object.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct TableRow {
    /// As many as there are columns: text, numbers, or null for nothing.
    pub cells: Vec<Value>,
    /// What was [included](TableApi::include) of the object; none also where it cannot be read.
    pub object: Option<DynamicObject>,
}

/// As the server sends it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    kind: String,
    #[serde(default)]
    api_version: String,
    #[serde(default)]
    metadata: Option<WireMetadata>,
    #[serde(default)]
    column_definitions: Option<Vec<TableColumn>>,
    #[serde(default)]
    rows: Option<Vec<WireRow>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WireMetadata {
    resource_version: String,
    #[serde(rename = "continue")]
    continue_token: Option<String>,
    remaining_item_count: Option<u64>,
}

#[derive(Deserialize)]
struct WireRow {
    #[serde(default)]
    cells: Option<Vec<Value>>,
    #[serde(default)]
    object: Option<Value>,
}

/// Reads a table, or the failure that a 2xx may hold.
fn decode(body: &[u8], failed: impl Fn() -> String) -> Result<Table> {
    let refuse = |why: &str| Err(Error::new(ErrorKind::Decode, why.to_owned()).context(failed()));
    match wire::decode::<Wire>(body) {
        Ok(wire) if wire.kind == "Table" => Ok(wire.into()),
        Ok(_) => match Status::from_json(body).filter(Status::is_failure) {
            Some(status) => Err(Error::from_status(status, failed())),
            None => refuse("the server sent something else than a table"),
        },
        Err(why) => refuse(&format!("the answer is no table: {why}")),
    }
}

impl From<Wire> for Table {
    fn from(wire: Wire) -> Self {
        let row = |row: WireRow| TableRow {
            cells: row.cells.unwrap_or_default(),
            object: row.object.and_then(|object| DynamicObject::deserialize(object).ok()),
        };
        let metadata = wire.metadata.unwrap_or_default();
        Self {
            columns: wire.column_definitions.unwrap_or_default(),
            rows: wire.rows.unwrap_or_default().into_iter().map(row).collect(),
            metadata: ListMetadata {
                resource_version: metadata.resource_version,
                continue_token: metadata.continue_token.filter(|token| !token.is_empty()),
                remaining: metadata.remaining_item_count,
                kind: wire.kind,
                api_version: wire.api_version,
            },
        }
    }
}

impl<K, P> Api<K, P> {
    /// The objects as `kubectl get` shows them: in cells that the server fills.
    #[must_use]
    pub fn table(&self) -> TableApi {
        let mut place = self.place.clone();
        place.form = Form::Table;
        TableApi { client: self.client.clone(), place, include: Include::default() }
    }
}

impl TableApi {
    /// What of each object comes with its row.
    #[must_use]
    pub fn include(mut self, include: Include) -> Self {
        self.include = include;
        self
    }
}

impl Include {
    fn push(self, request: Request) -> Request {
        match self {
            Self::None => request.parameter("includeObject", "None"),
            Self::Metadata => request,
            Self::Object => request.parameter("includeObject", "Object"),
        }
    }
}

#[cfg(test)]
mod tests;
