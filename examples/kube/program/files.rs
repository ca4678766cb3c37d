//! `-f`: files, folders and the standard input in, the objects that stand in them out.
//!
//! Mirrors: kubernetes staging/src/k8s.io/cli-runtime/pkg/resource/visitor.go
//! Differs: addresses of the web are not fetched.

use std::path::Path;
use std::path::PathBuf;

use kube_core::ApiResource;
use kube_core::DynamicObject;
use serde_json::Value;

use super::Ground;
use super::console::Console;
use super::failure::Failure;

/// The most documents that a file may hold, and the most bytes.
const DOCUMENTS: usize = 100_000;
const BYTES: u64 = 256 << 20;

/// An object of a file.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The file, for messages.
    pub origin: String,
    pub resource: ApiResource,
    pub object: Value,
}

/// Where objects are written down.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Files {
    /// A file, a folder, or `-` for the standard input; can be given more than once.
    #[arg(long = "filename", short = 'f', value_name = "FILE")]
    names: Vec<String>,
    /// Folders with all that is in them.
    #[arg(long, short = 'R')]
    recursive: bool,
}

impl Files {
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Whether the standard input is among them.
    pub fn has_input(&self) -> bool {
        self.names.iter().any(|name| name == "-")
    }

    /// All objects, in order, each with the kind that the server has for it; and why some are none.
    pub async fn read(
        &self,
        ground: &Ground,
        console: &mut Console,
    ) -> Result<(Vec<Wanted>, Vec<Failure>), Failure> {
        let mut documents = Vec::new();
        for name in &self.names {
            match name.as_str() {
                "-" => {
                    let input = console.read_all().map_err(|error| {
                        Failure::said(format!("failed to read the standard input: {error}"))
                    })?;
                    parse("STDIN", &String::from_utf8_lossy(&input), &mut documents)?;
                }
                name => self.file(name, &mut documents)?,
            }
        }
        let (mut wanted, mut failures) = (Vec::new(), Vec::new());
        for (origin, object) in documents {
            match found(ground, origin, object).await {
                Ok(found) => wanted.push(found),
                Err(failure) => failures.push(failure),
            }
        }
        Ok((wanted, failures))
    }

    fn file(&self, name: &str, documents: &mut Vec<(String, Value)>) -> Result<(), Failure> {
        let path = Path::new(name);
        let reading = |path: &Path, error: std::io::Error| {
            Failure::said(format!("failed to read {}: {error}", path.display()))
        };
        let missing = |_| Failure::said(format!("the path {name:?} does not exist"));
        let kind = std::fs::metadata(path).map_err(missing)?;
        let paths = match kind.is_dir() {
            false => vec![path.to_owned()],
            true => {
                let mut paths = Vec::new();
                self.folder(path, &mut paths).map_err(|error| reading(path, error))?;
                if paths.is_empty() {
                    return Err(Failure::said(format!(
                        "error reading [{name}]: recognized file extensions are [.json .yaml .yml]"
                    )));
                }
                paths
            }
        };
        for path in paths {
            let length = std::fs::metadata(&path).map_err(|error| reading(&path, error))?.len();
            if length > BYTES {
                let why = format!("{} has {length} bytes, more than {BYTES}", path.display());
                return Err(Failure::said(why));
            }
            let text = std::fs::read_to_string(&path).map_err(|error| reading(&path, error))?;
            parse(&path.display().to_string(), &text, documents)?;
        }
        Ok(())
    }

    fn folder(&self, folder: &Path, paths: &mut Vec<PathBuf>) -> std::io::Result<()> {
        let mut entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            let known = path.extension().and_then(|it| it.to_str());
            match entry.file_type()?.is_dir() {
                true if self.recursive => self.folder(&path, paths)?,
                false if matches!(known, Some("json" | "yaml" | "yml")) => paths.push(path),
                _ => {}
            }
        }
        Ok(())
    }
}

fn parse(origin: &str, text: &str, documents: &mut Vec<(String, Value)>) -> Result<(), Failure> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_documents: DOCUMENTS },
    };
    let read = serde_saphyr::from_multiple_with_options::<Value>(text, options);
    let read = read.map_err(|error| Failure::said(format!("error parsing {origin}: {error}")))?;
    for document in read.into_iter().filter(|document| !document.is_null()) {
        let is_list = document["kind"].as_str().is_some_and(|kind| kind.ends_with("List"));
        match document["items"].as_array().filter(|_| is_list) {
            Some(items) => {
                documents.extend(items.iter().map(|item| (origin.to_owned(), item.clone())));
            }
            None => documents.push((origin.to_owned(), document)),
        }
    }
    Ok(())
}

async fn found(ground: &Ground, origin: String, object: Value) -> Result<Wanted, Failure> {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (version, kind, name) = (text("/apiVersion"), text("/kind"), text("/metadata/name"));
    let missing = [("apiVersion", version), ("kind", kind)];
    let missing: Vec<String> = missing
        .into_iter()
        .filter(|(_, text)| text.is_empty())
        .map(|(member, _)| format!("{member} not set"))
        .collect();
    match missing.as_slice() {
        [] => {}
        [one] => {
            return Err(Failure::said(format!(
                "error validating {origin:?}: error validating data: {one}"
            )));
        }
        many => {
            let many = many.join(", ");
            return Err(Failure::said(format!(
                "error validating {origin:?}: error validating data: [{many}]"
            )));
        }
    }
    if name.is_empty() {
        return Err(Failure::said(format!("error in {origin:?}: resource name may not be empty")));
    }
    let resource = ground.client.discovery().resolve_kind(version, kind).await;
    let resource = resource.map_err(|error| match error.status() {
        None if error.is_not_found() => Failure::said(format!(
            "resource mapping not found for name: {name:?} namespace: {:?} from {origin:?}: no matches for kind {kind:?} in version {version:?}\nensure CRDs are installed first",
            text("/metadata/namespace"),
        )),
        _ => Failure::when(error, format!("{origin:?}: ")),
    })?;
    Ok(Wanted { origin, resource, object })
}

impl Wanted {
    pub fn name(&self) -> &str {
        self.object["metadata"]["name"].as_str().unwrap_or_default()
    }

    /// Its own namespace, else the one where none is named; none if its kind has none.
    pub fn namespace<'a>(&'a self, ground: &'a Ground) -> Option<&'a str> {
        let own = self.object["metadata"]["namespace"].as_str().filter(|own| !own.is_empty());
        self.resource.is_namespaced().then(|| own.unwrap_or(&ground.namespace))
    }

    /// Where it is.
    pub fn api(&self, ground: &Ground) -> kube_core::Api<DynamicObject> {
        ground.client.api(self.resource.clone(), self.namespace(ground))
    }
}
