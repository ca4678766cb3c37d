//! Which objects a command is about: those of files, those that are named, or those that selectors choose.

use kube_core::Api;
use kube_core::ApiResource;
use kube_core::DynamicObject;
use kube_core::LabelSelector;

use super::Ground;
use super::console::Console;
use super::failure::Failure;
use super::files::Files;
use super::output::named;
use super::selection;
use super::selection::Asked;
use super::selection::Beside;

/// How they are chosen.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Choice {
    /// Kinds and names: `pod web db`, `pod/web svc/db`.
    what: Vec<String>,
    #[command(flatten)]
    files: Files,
    /// Those with these labels.
    #[arg(long, short = 'l', value_name = "LABELS")]
    selector: Option<String>,
    /// Those with these fields.
    #[arg(long, value_name = "FIELDS")]
    field_selector: Option<String>,
    /// All of the kinds.
    #[arg(long)]
    all: bool,
    /// Those of all namespaces.
    #[arg(long, short = 'A')]
    all_namespaces: bool,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct Chosen {
    pub resource: ApiResource,
    pub namespace: Option<String>,
    pub name: String,
    /// The file that it stands in.
    pub origin: Option<String>,
}

impl Chosen {
    /// Where it is.
    pub fn api(&self, ground: &Ground) -> Api<DynamicObject> {
        ground.client.api(self.resource.clone(), self.namespace.as_deref())
    }

    /// As `deployment.apps/web`.
    pub fn named(&self) -> String {
        named(&self.resource, &self.name)
    }

    /// As `deployments/web`.
    pub fn told(&self) -> String {
        format!("{}/{}", self.resource.plural, self.name)
    }
}

impl Choice {
    /// Whether they were found, rather than named: one that has gone meanwhile is nobody's mistake.
    pub fn is_selection(&self) -> bool {
        self.has_selectors() || self.all
    }

    fn has_selectors(&self) -> bool {
        let said = |selector: &Option<String>| selector.as_ref().is_some_and(|it| !it.is_empty());
        said(&self.selector) || said(&self.field_selector)
    }

    /// As kubectl deletes: all are not some of them, and have no names.
    pub async fn going(
        &self,
        ground: &Ground,
        console: &mut Console,
    ) -> Result<(Vec<Chosen>, Vec<Failure>), Failure> {
        if self.all && self.selector.as_deref().is_some_and(|labels| !labels.is_empty()) {
            let why = "setting 'all' parameter but found a non empty selector. ";
            return Err(Failure::said(why));
        }
        self.chosen(ground, console, self.is_selection()).await
    }

    /// All of them, those of files first; and why some are none.
    pub async fn objects(
        &self,
        ground: &Ground,
        console: &mut Console,
    ) -> Result<(Vec<Chosen>, Vec<Failure>), Failure> {
        self.chosen(ground, console, self.has_selectors()).await
    }

    async fn chosen(
        &self,
        ground: &Ground,
        console: &mut Console,
        selects: bool,
    ) -> Result<(Vec<Chosen>, Vec<Failure>), Failure> {
        if self.what.is_empty() && self.files.is_empty() {
            if self.is_selection() {
                let why = "at least one resource must be specified to use a selector";
                return Err(Failure::said(why));
            }
            return Err(Failure::said(
                "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'",
            ));
        }
        if !self.what.is_empty() && !self.files.is_empty() {
            return Err(Failure::said(selection::FILES));
        }
        let (files, failures) = self.files.read(ground, console).await?;
        let of_file = |wanted: super::files::Wanted| Chosen {
            namespace: wanted.namespace(ground).map(ToOwned::to_owned),
            name: wanted.name().to_owned(),
            resource: wanted.resource,
            origin: Some(wanted.origin),
        };
        let mut chosen: Vec<Chosen> = files.into_iter().map(of_file).collect();
        if self.what.is_empty() {
            return Ok((chosen, failures));
        }
        let beside = Beside { selects, everywhere: self.all_namespaces };
        for asked in selection::of(ground, &self.what, beside).await? {
            match &asked.name {
                Some(name) => chosen.push(Chosen {
                    namespace: asked.resource.is_namespaced().then(|| ground.namespace.clone()),
                    name: name.clone(),
                    resource: asked.resource,
                    origin: None,
                }),
                None if self.is_selection() => {
                    chosen.extend(self.selected(ground, &asked).await?);
                }
                None => {
                    let why = "resource(s) were provided, but no name was specified";
                    return Err(Failure::said(why));
                }
            }
        }
        Ok((chosen, failures))
    }

    async fn selected(&self, ground: &Ground, asked: &Asked) -> Result<Vec<Chosen>, Failure> {
        let labels = LabelSelector::try_from(self.selector.as_deref().unwrap_or_default())?;
        let heads = asked.api(ground, self.all_namespaces).metadata_only();
        let fields = self.field_selector.as_deref().unwrap_or_default();
        let list = heads.list().labels(labels).fields(fields).pages(500).whole().await?;
        let chosen = list.items.into_iter().map(|head| Chosen {
            resource: asked.resource.clone(),
            namespace: head.metadata.namespace,
            name: head.metadata.name.unwrap_or_default(),
            origin: None,
        });
        Ok(chosen.collect())
    }
}
