//! The OpenAPI of a server in, the text of `src/GROUP.rs` of each of its groups out.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

/// What the types of a server are called that are its own.
const OWN: &str = "io.k8s.";
/// An alpha type that k8s-openapi knows in 1.36 only: JSON here.
const UNSETTLED: &str = "io.k8s.api.resource.v1.NodeAllocatableResourceMapping";
/// No server takes them from whoever applies.
const NEVER_APPLIED: &str = "managedFields";

/// The types of a server's own kinds.
#[derive(Default)]
pub(crate) struct Types {
    schemas: BTreeMap<String, Value>,
    /// Those that can be applied.
    kinds: BTreeSet<String>,
}

/// The module of one group and version.
#[derive(Default)]
struct Module {
    /// From where it takes what is not its own.
    uses: BTreeSet<String>,
    table: String,
}

impl Types {
    /// Of these documents.
    pub(crate) fn of(documents: &[Value]) -> Self {
        let mut types = Self::default();
        for document in documents {
            for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
                if name.starts_with(OWN) {
                    types.schemas.insert(name.clone(), schema.clone());
                }
            }
        }
        for document in documents {
            let paths = document["paths"].as_object().unwrap();
            for (_, verbs) in paths.iter().filter(|(path, _)| path.ends_with("/{name}")) {
                let kind = &verbs["patch"]["x-kubernetes-group-version-kind"];
                let is = |schema: &Value| {
                    schema["x-kubernetes-group-version-kind"]
                        .as_array()
                        .is_some_and(|kinds| kinds.contains(kind))
                };
                let named = types.schemas.iter().find(|(_, schema)| is(schema));
                types.kinds.extend(named.map(|(name, _)| name.clone()));
            }
        }
        types
    }

    /// The kinds that can be applied, as `apps/v1 Deployment`.
    #[cfg(feature = "all")]
    pub(crate) fn kinds(&self) -> BTreeSet<String> {
        let named = |name: &String| {
            let kind = &self.schemas[name]["x-kubernetes-group-version-kind"][0];
            let part = |part: &str| kind[part].as_str().unwrap().to_owned();
            format!("{}/{} {}", part("group"), part("version"), part("kind"))
        };
        let named = self.kinds.iter().map(named);
        named.map(|kind| kind.trim_start_matches('/').to_owned()).collect()
    }

    /// The text of each group's file.
    pub(crate) fn files(&self) -> BTreeMap<String, String> {
        let mut modules: BTreeMap<String, BTreeMap<String, Module>> = BTreeMap::new();
        for name in self.reached() {
            let (group, version, _) = place(&name);
            let versions = modules.entry(group.to_owned()).or_default();
            self.describe(&name, versions.entry(version.to_owned()).or_default());
        }
        modules
            .into_iter()
            .map(|(group, versions)| (group.clone(), file(&group, &versions)))
            .collect()
    }

    /// The kinds, and all that they are made of.
    fn reached(&self) -> BTreeSet<String> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<String> = self.kinds.iter().cloned().collect();
        while let Some(name) = open.pop() {
            if self.is_struct(&name) && reached.insert(name.clone()) {
                for (_, property) in self.properties(&name) {
                    open.extend(innermost(property).map(str::to_owned));
                }
            }
        }
        reached
    }

    fn is_struct(&self, name: &str) -> bool {
        name != UNSETTLED && self.schemas[name].get("properties").is_some()
    }

    fn properties(&self, name: &str) -> impl Iterator<Item = (&String, &Value)> {
        let properties = self.schemas[name]["properties"].as_object().unwrap();
        properties.iter().filter(|(field, _)| *field != NEVER_APPLIED)
    }

    /// The rows of one type.
    fn describe(&self, name: &str, module: &mut Module) {
        let (whole, schema) = (place(name).2, &self.schemas[name]);
        let own = path(name).rsplit_once("::").unwrap().0.to_owned();
        let is_kind = self.kinds.contains(name);
        let of = if is_kind { "kind" } else { "part" };
        module.uses.insert(format!("{own}::*"));
        let table = &mut module.table;
        document(table, 8, schema, &format!("A `{whole}`."));
        writeln!(table, "        {of} {whole} => {whole}Apply {{").unwrap();
        for (field, property) in self.properties(name) {
            if is_kind && ["apiVersion", "kind", "metadata"].contains(&field.as_str()) {
                continue;
            }
            document(table, 12, property, &format!("The field `{field}`."));
            let form = self.form(property, &mut |path| {
                if path.rsplit_once("::").unwrap().0 != own {
                    module.uses.insert(path);
                }
            });
            writeln!(table, "            {} {field:?} {form},", rust_name(field)).unwrap();
        }
        table.push_str("        }\n");
    }

    /// How the table says what a field takes.
    fn form(&self, property: &Value, uses: &mut dyn FnMut(String)) -> String {
        let Some(name) = referred(property) else { return self.plain(property, uses) };
        if name == UNSETTLED {
            return "json".to_owned();
        }
        uses(path(name));
        place(name).2.to_owned()
    }

    fn plain(&self, property: &Value, uses: &mut dyn FnMut(String)) -> String {
        let text = |name: &str| property[name].as_str().unwrap_or_default();
        match (text("type"), text("format")) {
            ("string", "byte") => {
                uses("k8s_openapi::ByteString".to_owned());
                "ByteString".to_owned()
            }
            ("string", _) => "text".to_owned(),
            ("boolean", _) => "bool".to_owned(),
            ("integer", "int32") => "i32".to_owned(),
            ("integer", _) => "i64".to_owned(),
            ("number", _) => "f64".to_owned(),
            ("array", _) => {
                let item = self.form(&property["items"], uses);
                let keys = property["x-kubernetes-list-map-keys"].as_array().into_iter().flatten();
                let keys: String = keys.map(|key| format!(" {key}")).collect();
                match (keys.as_str(), text("x-kubernetes-list-type")) {
                    ("", "set") => format!("[{item} once]"),
                    ("", _) => format!("[{item}]"),
                    (keys, _) => format!("[{item} by{keys}]"),
                }
            }
            ("object", _) => format!("{{{}}}", self.form(&property["additionalProperties"], uses)),
            other => panic!("no form for {other:?}: {property}"),
        }
    }
}

fn file(group: &str, versions: &BTreeMap<String, Module>) -> String {
    let mut text = format!(
        "//! What can be applied of `{group}`. @generated by scripts/generate-apply: not to be changed by hand.\n"
    );
    for (version, Module { uses, table }) in versions {
        write!(text, "\n/// `{group}`, `{version}`.\npub mod {version} {{\n").unwrap();
        for path in uses {
            writeln!(text, "    use {path};").unwrap();
        }
        write!(text, "\n    apply_types! {{\n{table}    }}\n}}\n").unwrap();
    }
    text
}

/// Group, version and name of `io.k8s.api.apps.v1.Deployment`.
fn place(name: &str) -> (&str, &str, &str) {
    let mut parts = name.rsplit('.');
    let (name, version, group) =
        (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
    (group, version, name)
}

/// Where k8s-openapi has it.
fn path(name: &str) -> String {
    let below = name.strip_prefix(OWN).unwrap();
    format!("k8s_openapi::{}", below.replace('.', "::").replace('-', "_"))
}

/// The type that a property refers to.
fn referred(property: &Value) -> Option<&str> {
    let reference = property.get("$ref").or_else(|| property.pointer("/allOf/0/$ref"))?;
    reference.as_str()?.rsplit('/').next()
}

/// The type that it, its items or its values refer to.
fn innermost(property: &Value) -> Option<&str> {
    let inner = || property.get("items").or_else(|| property.get("additionalProperties"));
    referred(property).or_else(|| innermost(inner()?))
}

/// The first sentence that the server says of it.
fn document(table: &mut String, indent: usize, schema: &Value, otherwise: &str) {
    let told = schema["description"].as_str().unwrap_or_default();
    let line = told.lines().next().unwrap_or_default();
    let sentence = line.split_once(". ").map_or(line, |(sentence, _)| sentence).trim();
    let sentence = sentence.trim_end_matches(['.', ':']);
    let mut words = Vec::new();
    for word in sentence.split_whitespace() {
        let url = word.find("http").filter(|_| word.contains("://"));
        words.push(match url {
            Some(_) => format!("`{}`", word.trim_matches(['(', ')', '<', '>', ',', '`'])),
            None => word.replace('<', "\\<").replace('[', "\\[").replace('{', "\\{"),
        });
    }
    let sentence =
        if words.is_empty() { otherwise.trim_end_matches('.').to_owned() } else { words.join(" ") };
    writeln!(table, "{:indent$}/// {sentence}.", "").unwrap();
}

/// `podIPs` as `pod_ips`, `openAPIV3Schema` as `open_api_v3_schema`, `type` as `r#type`.
fn rust_name(field: &str) -> String {
    let field = field.replace("APIV3", "ApiV3").replace(['$', '-'], "");
    let letters: Vec<char> = field.chars().collect();
    let mut name = String::new();
    for (place, letter) in letters.iter().enumerate() {
        let before = place.checked_sub(1).map(|before| letters[before]);
        let after = (letters.get(place + 1), letters.get(place + 2));
        // The `s` of a plural begins no word.
        let begins = matches!(after, (Some(next), _) if next.is_lowercase())
            && !matches!(after, (Some('s'), None));
        if letter.is_uppercase() && before.is_some_and(|before| !before.is_uppercase() || begins) {
            name.push('_');
        }
        name.extend(letter.to_lowercase());
    }
    match name.as_str() {
        "type" | "ref" | "enum" | "continue" | "in" | "for" | "static" | "match" => {
            format!("r#{name}")
        }
        _ => name,
    }
}

#[tokio::test]
#[ignore = "needs a real cluster in $KUBECONFIG"]
async fn what_is_checked_in_is_what_would_be_generated_now() {
    let sources = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut stale = Vec::new();
    for (group, text) in Types::of(&crate::documents().await).files() {
        let file = sources.join(format!("{group}.rs"));
        if std::fs::read_to_string(&file).is_ok_and(|known| known == text) {
            continue;
        }
        match std::env::var_os("APPLY_UPDATE") {
            Some(_) => std::fs::write(&file, text).unwrap(),
            None => stale.push(file),
        }
    }
    assert!(stale.is_empty(), "run scripts/generate-apply: {stale:?}");
}
