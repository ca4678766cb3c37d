//! `kube get -w`: what is there, then what changes, row by row or object by object.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/cmd/get/get.go
//! Differs: a watch that the server ends goes on.

use kube_core::Api;
use kube_core::FieldSelector;
use kube_core::LabelSelector;
use kube_core::api::Event;
use kube_core::api::Table;
use kube_core::api::TableColumn;
use kube_core::request::ListOptions;
use kube_core::request::WatchOptions;
use serde_json::Value;

use super::super::Ground;
use super::super::console::Console;
use super::super::failure::Failure;
use super::super::output::Output;
use super::super::output::named;
use super::super::rows::Rows;
use super::super::selection::Asked;
use super::super::tab::Tabs;
use super::Get;

/// A collection, or one object of it, that is followed.
pub(super) struct Following<'a> {
    get: &'a Get,
    output: &'a Output,
    asked: &'a Asked,
    values: Api<Value>,
    labels: LabelSelector,
    fields: FieldSelector,
    rows: Rows,
    tabs: Tabs,
    columns: Vec<TableColumn>,
    titled: bool,
    /// Up to where it was told; empty in the beginning, and when the server has forgotten it.
    revision: String,
    first: bool,
}

/// How a watch ended: the server's way, or an error that may be no failure.
type Ended = kube_core::Result<()>;

impl<'a> Following<'a> {
    pub(super) fn new(
        get: &'a Get,
        ground: &Ground,
        output: &'a Output,
        asked: &'a Asked,
    ) -> Result<Self, Failure> {
        let (labels, fields) = match &asked.name {
            Some(name) => (LabelSelector::everything(), FieldSelector::named(name.as_str())),
            None => (get.labels()?, get.fields()?),
        };
        Ok(Self {
            get,
            output,
            asked,
            values: asked.values(ground, get.all_namespaces),
            labels,
            fields,
            rows: get.rows(output, asked, false),
            tabs: Tabs::of_tables(),
            columns: Vec::new(),
            titled: false,
            revision: String::new(),
            first: true,
        })
    }

    pub(super) async fn run(mut self, console: &mut Console) -> Result<(), Failure> {
        loop {
            if self.revision.is_empty() {
                self.begin(console).await?;
            }
            let ended = match self.output.is_table() {
                true => self.follow_tables(console).await?,
                false => self.follow_objects(console).await?,
            };
            match ended {
                Ok(()) => {}
                // What is there is told once more.
                Err(error) if error.is_gone() => self.revision.clear(),
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn begin(&mut self, console: &mut Console) -> Result<(), Failure> {
        if let Some(name) = &self.asked.name {
            // It is an error if it is not there.
            self.values.metadata_only().get(name.as_str()).await?;
        }
        let options = ListOptions::default().labels(self.labels.clone());
        let options = options.fields(self.fields.clone());
        if self.output.is_table() {
            let table = self.values.table().list().options(options).await?;
            self.revision.clone_from(&table.metadata.resource_version);
            self.columns.clone_from(&table.columns);
            if !self.get.watch_only {
                self.show_table(console, &table)?;
            }
            return Ok(());
        }
        let list = self.values.list().options(options).await?;
        self.revision = list.metadata.resource_version;
        for object in list.items.into_iter().filter(|_| !self.get.watch_only) {
            self.show_object(console, object)?;
        }
        Ok(())
    }

    fn watch_options(&self) -> WatchOptions {
        let options = WatchOptions::default().labels(self.labels.clone());
        options.fields(self.fields.clone()).resource_version(self.revision.clone())
    }

    async fn follow_tables(&mut self, console: &mut Console) -> Result<Ended, Failure> {
        let mut watch = self.values.table().watch().options(self.watch_options()).await?;
        loop {
            match watch.next().await {
                Ok(Some(Event::Added(table) | Event::Modified(table) | Event::Deleted(table))) => {
                    self.revision.clone_from(&table.metadata.resource_version);
                    self.show_table(console, &table)?;
                }
                Ok(Some(Event::Bookmark { resource_version, .. })) => {
                    self.revision = resource_version;
                }
                Ok(Some(_)) => {}
                Ok(None) => return Ok(Ok(())),
                Err(error) => return Ok(Err(error)),
            }
        }
    }

    async fn follow_objects(&mut self, console: &mut Console) -> Result<Ended, Failure> {
        let mut watch = self.values.watch().options(self.watch_options()).resumed();
        loop {
            match watch.next().await {
                Ok(Some(
                    Event::Added(object) | Event::Modified(object) | Event::Deleted(object),
                )) => self.show_object(console, object)?,
                Ok(Some(_)) => {}
                Ok(None) => return Ok(Ok(())),
                Err(error) => return Ok(Err(error)),
            }
        }
    }

    fn show_table(&mut self, console: &mut Console, table: &Table) -> Result<(), Failure> {
        let mut lines = self.rows.lines(&self.columns, table);
        if lines.is_empty() {
            return Ok(());
        }
        if self.rows.headers && !self.titled {
            lines.insert_str(0, &self.rows.titles(&self.columns));
            self.titled = true;
        }
        console.print(&self.tabs.align(&lines))
    }

    fn show_object(&mut self, console: &mut Console, object: Value) -> Result<(), Failure> {
        let object = self.get.shown(object, self.asked);
        match self.output {
            Output::Name => {
                let name = object["metadata"]["name"].as_str().unwrap_or_default();
                console.say(&named(&self.asked.resource, name))
            }
            Output::Columns(columns) => {
                let titled = std::mem::take(&mut self.first) && columns.titled;
                let mut lines = if titled { columns.titles() } else { String::new() };
                lines.push_str(&columns.row(&object)?);
                console.print(&self.tabs.align(&lines))
            }
            Output::Yaml if !std::mem::take(&mut self.first) => {
                console.print(&format!("---\n{}", self.output.text(&object)?))
            }
            output => console.print(&output.text(&object)?),
        }
    }
}
