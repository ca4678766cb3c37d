//! Reading one object or a collection as a table, at once or page by page.

use std::future::IntoFuture;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::client::Client;
use crate::error::Error;
use crate::error::Result;
use crate::object::Name;
use crate::request::GetOptions;
use crate::request::ListOptions;
use crate::request::Request;

use super::super::debug_as_place;
use super::super::next_page::NextPage;
use super::super::place::Named;
use super::super::place::Place;
use super::super::place::named;
use super::super::selects;
use super::Include;
use super::Table;
use super::TableApi;
use super::decode;

/// Reads one object as a table of one row, once it is awaited.
#[must_use = "nothing is sent before it is awaited"]
pub struct GetTable {
    client: Client,
    place: Place,
    name: Named,
    include: Include,
}

/// Reads a collection as a table, once it is awaited. An answer has at most 64 MiB: read what may be larger in [pages](Self::pages).
#[must_use = "nothing is sent before it is awaited"]
pub struct ListTable {
    client: Client,
    place: Place,
    options: Result<ListOptions>,
    include: Include,
}

/// A collection that is read as one table after the other.
#[must_use = "nothing is sent before a page is asked for"]
pub struct TablePages {
    place: Place,
    client: Client,
    include: Include,
    next: NextPage,
}

debug_as_place!(GetTable, ListTable, TablePages);
selects!(ListTable, ListOptions);

impl TableApi {
    /// Reads the object of this name.
    pub fn get<N>(&self, name: N) -> GetTable
    where
        N: TryInto<Name, Error: Into<Error>>,
    {
        let (client, place) = (self.client.clone(), self.place.clone());
        GetTable { client, place, name: named(name), include: self.include }
    }

    /// Reads the objects, all of them or those that selectors choose.
    pub fn list(&self) -> ListTable {
        let (client, place) = (self.client.clone(), self.place.clone());
        ListTable { client, place, options: Ok(ListOptions::default()), include: self.include }
    }
}

impl ListTable {
    /// Reads it in tables of at most that many rows, all at the revision of the first.
    pub fn pages(self, size: u32) -> TablePages {
        TablePages {
            place: self.place,
            client: self.client,
            include: self.include,
            next: NextPage::first(self.options, size),
        }
    }
}

async fn list(
    client: &Client,
    place: &Place,
    options: &ListOptions,
    include: Include,
) -> Result<Table> {
    let target = place.target().await?;
    let request = include.push(Request::list(&target, options)?);
    let failed = request.failed();
    let answer = client.call(&target, request, false).await?;
    decode(&answer, || failed.clone())
}

impl TablePages {
    /// The next page; `None` after the last, and after an error.
    ///
    /// # Errors
    /// As of a list. When the server has forgotten the revision in the meantime, it [is gone](Error::is_gone).
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing: the page is asked for again.
    pub async fn next(&mut self) -> Result<Option<Table>> {
        let Some(options) = self.next.options()? else { return Ok(None) };
        let read = list(&self.client, &self.place, &options, self.include).await;
        let token = read.as_ref().ok().and_then(|page| page.metadata.continue_token.clone());
        self.next.after(options, token);
        read.map(Some)
    }
}

impl IntoFuture for GetTable {
    type Output = Result<Table>;
    type IntoFuture = BoxFuture<'static, Result<Table>>;

    fn into_future(self) -> Self::IntoFuture {
        async move {
            let target = self.place.object(self.name).await?;
            let request = self.include.push(Request::get(&target, &GetOptions::default())?);
            let failed = request.failed();
            let answer = self.client.call(&target, request, false).await?;
            decode(&answer, || failed.clone())
        }
        .boxed()
    }
}

impl IntoFuture for ListTable {
    type Output = Result<Table>;
    type IntoFuture = BoxFuture<'static, Result<Table>>;

    fn into_future(self) -> Self::IntoFuture {
        async move { list(&self.client, &self.place, &self.options?, self.include).await }.boxed()
    }
}
