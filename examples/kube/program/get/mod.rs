//! `kube get`: objects as a table, as YAML, as JSON, by a path; once, or as they change.
//!
//! Mirrors: kubernetes staging/src/k8s.io/kubectl/pkg/cmd/get/get.go
//! Differs: labels do not choose among what files name.

mod follow;
mod order;

use kube_core::ApiResource;
use kube_core::Error;
use kube_core::ErrorKind;
use kube_core::FieldSelector;
use kube_core::LabelSelector;
use kube_core::api::Include;
use kube_core::api::Table;
use kube_core::api::TableColumn;
use kube_core::request::ListOptions;
use kube_core::request::Method;
use kube_core::wire::Limits;
use serde_json::Value;
use serde_json::json;

use super::Ground;
use super::console::Console;
use super::failure::Failure;
use super::files::Files;
use super::output::Output;
use super::output::named;
use super::output::sort;
use super::raw;
use super::rows::Rows;
use super::selection;
use super::selection::Asked;
use super::selection::Beside;
use super::tab::Tabs;
use follow::Following;
use order::Order;

/// Shows objects.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Get {
    /// Kinds and names: `pods`, `pods,svc`, `pod web db`, `pod/web svc/db`, `all`.
    what: Vec<String>,
    #[command(flatten)]
    files: Files,
    /// What the server says to this path, as it says it.
    #[arg(long, value_name = "PATH", default_value = "")]
    raw: String,
    /// As json, yaml, name, wide, jsonpath=TEMPLATE or custom-columns=TITLE:PATH,TITLE:PATH.
    #[arg(long, short, value_name = "FORMAT")]
    output: Option<String>,
    /// Goes on with what changes.
    #[arg(long, short, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = false, action = clap::ArgAction::Set)]
    watch: bool,
    /// What changes, without what is there.
    #[arg(long)]
    watch_only: bool,
    /// Those of all namespaces.
    #[arg(long, short = 'A')]
    all_namespaces: bool,
    /// Only those with these labels, as `app=web,tier!=db`.
    #[arg(long, short = 'l', value_name = "LABELS", default_value = "")]
    selector: String,
    /// Only those with these fields, as `spec.nodeName=a`.
    #[arg(long, value_name = "FIELDS", default_value = "")]
    field_selector: String,
    /// With the kind in front of names; so if there are several.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = false, action = clap::ArgAction::Set)]
    show_kind: bool,
    /// A column with all labels.
    #[arg(long)]
    show_labels: bool,
    /// A column for this label; can be given more than once.
    #[arg(long, short = 'L', value_name = "LABEL", value_delimiter = ',')]
    label_columns: Vec<String>,
    /// Without the line of titles.
    #[arg(long)]
    no_headers: bool,
    /// What is not there is no failure.
    #[arg(long)]
    ignore_not_found: bool,
    /// With `managedFields`.
    #[arg(long)]
    show_managed_fields: bool,
    /// How many objects are asked for at a time; all of them where they are sorted.
    #[arg(long, value_name = "COUNT", default_value_t = 500)]
    chunk_size: u32,
    /// This part of those that are named, as `status` or `scale`.
    #[arg(long, value_name = "PART", default_value = "")]
    subresource: String,
    /// By what this path finds in each, as `.metadata.creationTimestamp`.
    #[arg(long, value_name = "PATH")]
    sort_by: Option<String>,
}

impl Get {
    pub async fn run(&self, ground: &Ground, console: &mut Console) -> Result<(), Failure> {
        if !self.raw.is_empty() {
            return self.tell_raw(ground, console).await;
        }
        let mut output = Output::of(self.output.as_deref())?;
        if let Output::Columns(columns) = &mut output {
            columns.titled = !self.no_headers;
        }
        if self.what.is_empty() && self.files.is_empty() {
            console.warn("You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of supported resources.\n");
            return Err(Failure::said(
                "Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed description of that resource (e.g. kubectl explain pods).\nSee 'kubectl get -h' for help and examples",
            ));
        }
        let (asked, failures) = self.asked(ground, console).await?;
        if !self.subresource.is_empty() && asked.iter().any(|one| one.name.is_none()) {
            let why = "subresource cannot be used when bulk resources are specified";
            return Err(Failure::said(why));
        }
        if self.is_watching() {
            if self.sort_by.is_some() {
                let (flag, which) = match self.watch {
                    true => ("--watch", " for watch events received"),
                    false => ("--watch-only", ""),
                };
                console
                    .warn(&format!("warning: {flag} requested, --sort-by will be ignored{which}"));
            }
            let [one] = asked.as_slice() else {
                return Err(Failure::said("you may only specify a single resource type"));
            };
            Failure::of(failures)?;
            return Following::new(self, ground, &output, one)?.run(console).await;
        }
        match output.is_table() {
            true => self.tables(ground, console, &output, &asked, failures).await,
            false => self.objects(ground, console, &output, &asked, failures).await,
        }
    }

    async fn tell_raw(&self, ground: &Ground, console: &mut Console) -> Result<(), Failure> {
        if !self.what.is_empty() {
            return Err(Failure::said("arguments may not be passed when --raw is specified"));
        }
        if self.is_watching() || !self.selector.is_empty() {
            let why = "--raw may not be specified with other flags that filter the server request or alter the output";
            return Err(Failure::said(why));
        }
        if self.output.as_deref().is_some_and(|output| !output.is_empty()) {
            return Err(Failure::said(raw::EXCLUSIVE));
        }
        raw::tell(ground, console, Method::Get, &self.raw).await
    }

    /// What words or files name; and why some of it is nothing.
    async fn asked(
        &self,
        ground: &Ground,
        console: &mut Console,
    ) -> Result<(Vec<Asked>, Vec<Failure>), Failure> {
        if self.files.is_empty() {
            let selects = !self.selector.is_empty() || !self.field_selector.is_empty();
            let beside = Beside { selects, everywhere: self.all_namespaces };
            return Ok((selection::of(ground, &self.what, beside).await?, Vec::new()));
        }
        if !self.what.is_empty() {
            return Err(Failure::said(selection::FILES));
        }
        let (wanted, mut failures) = self.files.read(ground, console).await?;
        let mut asked = Vec::new();
        for one in wanted {
            if self.all_namespaces && one.resource.is_namespaced() {
                let (kind, name) = (told(&one.resource), one.name());
                let why = format!("no namespace set on resource {kind} {name:?}");
                failures.push(Failure::Several(vec![Failure::said(why)]));
                continue;
            }
            asked.push(Asked {
                namespace: one.namespace(ground).map(ToOwned::to_owned),
                name: Some(one.name().to_owned()),
                resource: one.resource,
            });
        }
        Ok((asked, failures))
    }

    /// Whether it goes on until it is interrupted.
    pub fn is_watching(&self) -> bool {
        self.watch || self.watch_only
    }

    fn labels(&self) -> Result<LabelSelector, Error> {
        self.selector.as_str().try_into()
    }

    fn fields(&self) -> Result<FieldSelector, Error> {
        self.field_selector.as_str().try_into()
    }

    fn list_options(&self) -> Result<ListOptions, Failure> {
        Ok(ListOptions::default().labels(self.labels()?).fields(self.fields()?))
    }

    fn rows(&self, output: &Output, asked: &Asked, several: bool) -> Rows {
        Rows {
            wide: matches!(output, Output::Table { wide: true }),
            headers: !self.no_headers,
            namespaces: self.all_namespaces && asked.resource.is_namespaced(),
            sort: (several || self.show_kind).then(|| sort(&asked.resource)),
            label_columns: self.label_columns.clone(),
            labels: self.show_labels,
        }
    }

    /// What was read of one that is named; none if it is not there and that is no failure, as it was said.
    fn found<T>(&self, read: kube_core::Result<T>) -> Result<Option<T>, Failure> {
        match read {
            Ok(found) => Ok(Some(found)),
            Err(error) if self.ignore_not_found && error.is_not_found() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// As kubectl says it of a list that makes no sense to the server.
    fn unlisted(&self, asked: &Asked, error: Error) -> Failure {
        if error.kind() != ErrorKind::BadRequest {
            return error.into();
        }
        let kind = told(&asked.resource);
        let (labels, fields) = (&self.selector, &self.field_selector);
        Failure::when(
            error,
            format!(
                "Unable to find \"{kind}\" that match label selector {labels:?}, field selector {fields:?}: "
            ),
        )
    }

    fn order(&self) -> Result<Option<Order>, Failure> {
        self.sort_by.as_deref().filter(|path| !path.is_empty()).map(Order::by).transpose()
    }

    async fn table(&self, ground: &Ground, asked: &Asked) -> Result<Vec<Table>, Failure> {
        let tables = asked.table(ground, self.all_namespaces, &self.subresource);
        if let Some(order) = self.order()? {
            let tables = tables.include(Include::Object);
            let read = match &asked.name {
                Some(name) => self.found(tables.get(name.as_str()).await)?,
                None => {
                    let list = tables.list().options(self.list_options()?).await;
                    Some(list.map_err(|error| self.unlisted(asked, error))?)
                }
            };
            let mut read: Vec<Table> = read.into_iter().collect();
            for table in &mut read {
                order.sort(&mut table.rows, |row| row.object.as_ref())?;
            }
            return Ok(read);
        }
        if let Some(name) = &asked.name {
            return Ok(self.found(tables.get(name.as_str()).await)?.into_iter().collect());
        }
        let mut pages = tables.list().options(self.list_options()?).pages(self.chunk_size);
        let mut read = Vec::new();
        while let Some(page) = pages.next().await.map_err(|error| self.unlisted(asked, error))? {
            read.push(page);
        }
        Ok(read)
    }

    async fn tables(
        &self,
        ground: &Ground,
        console: &mut Console,
        output: &Output,
        asked: &[Asked],
        mut failures: Vec<Failure>,
    ) -> Result<(), Failure> {
        let mut read: Vec<(&Asked, Vec<Table>)> = Vec::new();
        for one in asked {
            match self.table(ground, one).await {
                Ok(tables) if tables.is_empty() => {}
                Ok(tables) => read.push((one, tables)),
                Err(failure) => failures.push(failure),
            }
        }
        let several = read.windows(2).any(|pair| pair[0].0.resource != pair[1].0.resource);
        let mut printed = false;
        // What stands side by side of one kind is one table.
        for same in read.chunk_by(|one, next| one.0.resource == next.0.resource) {
            let rows = self.rows(output, same[0].0, several);
            let (mut columns, mut lines): (Vec<TableColumn>, String) = Default::default();
            for table in same.iter().flat_map(|(_, tables)| tables) {
                if columns.is_empty() {
                    columns.clone_from(&table.columns);
                }
                lines.push_str(&rows.lines(&columns, table));
            }
            if !lines.is_empty() {
                if printed && rows.headers {
                    console.say("")?;
                }
                if rows.headers {
                    lines.insert_str(0, &rows.titles(&columns));
                }
                console.print(&Tabs::of_tables().align(&lines))?;
                printed = true;
            }
        }
        if !printed && failures.is_empty() && !self.ignore_not_found {
            let here = asked.iter().all(|one| one.resource.is_namespaced()) && !self.all_namespaces;
            console.warn(&match here {
                true => format!("No resources found in {} namespace.", ground.namespace),
                false => "No resources found".to_owned(),
            });
        }
        Failure::of(failures)
    }

    /// An object as it is printed.
    fn shown(&self, object: Value, asked: &Asked) -> Value {
        let mut object = selection::filled(object, &asked.resource);
        if !self.show_managed_fields
            && let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut)
        {
            metadata.remove("managedFields");
        }
        object
    }

    async fn read(&self, ground: &Ground, asked: &Asked) -> Result<Vec<Value>, Failure> {
        if let Some(name) = &asked.name {
            let found = self.found(asked.one(ground, name, &self.subresource).await)?;
            return Ok(found.into_iter().map(|object| self.shown(object, asked)).collect());
        }
        let limits = Limits::default().keep_managed_fields(self.show_managed_fields);
        let values = asked.values(ground, self.all_namespaces);
        let list = values.list().options(self.list_options()?).limits(limits);
        let whole = list.pages(self.chunk_size).whole().await;
        let whole = whole.map_err(|error| self.unlisted(asked, error))?;
        if let Some(malformed) = whole.malformed.into_iter().next() {
            return Err(Error::from(malformed).into());
        }
        Ok(whole.items.into_iter().map(|object| self.shown(object, asked)).collect())
    }

    async fn objects(
        &self,
        ground: &Ground,
        console: &mut Console,
        output: &Output,
        asked: &[Asked],
        mut failures: Vec<Failure>,
    ) -> Result<(), Failure> {
        let mut found = Vec::new();
        for one in asked {
            match self.read(ground, one).await {
                Ok(objects) => found.extend(objects.into_iter().map(|object| (one, object))),
                Err(failure) => failures.push(failure),
            }
        }
        let is_list = self.is_list(asked);
        if let (Some(order), true) = (self.order()?, is_list) {
            order.sort(&mut found, |(_, object)| Some(object))?;
        }
        if let Output::Name = output {
            for (one, object) in &found {
                console.say(&self.named(one, object))?;
            }
            return Failure::of(failures);
        }
        match is_list {
            false => {
                for (_, object) in &found {
                    console.print(&output.text(object)?)?;
                }
            }
            true if found.is_empty() && (self.ignore_not_found || !failures.is_empty()) => {}
            true => {
                let items: Vec<Value> = found.into_iter().map(|(_, object)| object).collect();
                let list = json!({ "apiVersion": "v1", "kind": "List", "metadata": { "resourceVersion": "" }, "items": items });
                console.print(&output.text(&list)?)?;
            }
        }
        Failure::of(failures)
    }

    /// A part may be of a kind of its own.
    fn named(&self, one: &Asked, object: &Value) -> String {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut resource = one.resource.clone();
        if !self.subresource.is_empty() {
            let version = text(&object["apiVersion"]);
            let (group, _) = version.split_once('/').unwrap_or_default();
            (resource.group, resource.kind) =
                (group.to_owned().into(), text(&object["kind"]).into());
        }
        named(&resource, &text(&object["metadata"]["name"]))
    }

    /// One that was named, or stands alone in a file, is printed alone.
    fn is_list(&self, asked: &[Asked]) -> bool {
        !matches!(asked, [Asked { name: Some(_), .. }]) || self.files.has_input()
    }
}

/// As Go prints a kind: `/v1, Resource=pods`.
fn told(resource: &ApiResource) -> String {
    let slash = if resource.group.is_empty() { "/" } else { "" };
    format!("{slash}{}, Resource={}", resource.api_version(), resource.plural)
}
