//! A Role or a ClusterRole: what it allows, taken apart and put together by resource.

use std::collections::BTreeMap;

use serde_json::Value;

use super::text::Description;
use super::text::items;
use super::text::listed;
use super::text::text;

pub fn describe(object: &Value, into: &mut Description) {
    into.names(object, false);
    into.notes(object);
    let mut rules = rules(object);
    rules.sort_by_cached_key(Rule::order);
    let columns = "Resources\tNon-Resource URLs\tResource Names\tVerbs";
    into.table("PolicyRule", columns, rules.iter().map(Rule::row));
}

/// One resource with what may be done to it, or one URL with one verb.
#[derive(Default)]
struct Rule {
    /// The resource and its group.
    resource: Option<(String, String)>,
    name: Vec<String>,
    url: Vec<String>,
    verbs: Vec<String>,
}

fn rules(object: &Value) -> Vec<Rule> {
    let texts = |value: &Value| items(value).map(text).collect::<Vec<_>>();
    let mut of_resources: BTreeMap<(String, String, Option<String>), Vec<String>> = BTreeMap::new();
    let mut rules = Vec::new();
    for rule in items(&object["rules"]) {
        let verbs = texts(&rule["verbs"]);
        let names: Vec<Option<String>> = match texts(&rule["resourceNames"]) {
            names if names.is_empty() => vec![None],
            names => names.into_iter().map(Some).collect(),
        };
        for group in texts(&rule["apiGroups"]) {
            for resource in texts(&rule["resources"]) {
                for (verb, name) in
                    verbs.iter().flat_map(|verb| names.iter().map(move |it| (verb, it)))
                {
                    let key = (resource.clone(), group.clone(), name.clone());
                    let known = of_resources.entry(key).or_default();
                    if !known.contains(verb) {
                        known.push(verb.clone());
                    }
                }
            }
        }
        for url in texts(&rule["nonResourceURLs"]) {
            let one = |verb: &String| Rule {
                url: vec![url.clone()],
                verbs: vec![verb.clone()],
                ..Rule::default()
            };
            rules.extend(verbs.iter().map(one));
        }
    }
    rules.extend(of_resources.into_iter().map(|((resource, group, name), verbs)| Rule {
        resource: Some((resource, group)),
        name: name.into_iter().collect(),
        verbs,
        ..Rule::default()
    }));
    rules
}

impl Rule {
    /// What Go prints of it, which is what kubectl sorts by.
    fn order(&self) -> String {
        let (resource, group) = match &self.resource {
            Some((resource, group)) => (format!("[{resource}]"), format!("[{group}]")),
            None => ("[]".to_owned(), "[]".to_owned()),
        };
        let [verbs, name, url] = [&self.verbs, &self.name, &self.url].map(|texts| listed(texts));
        format!(
            "&PolicyRule{{Verbs:{verbs},APIGroups:{group},Resources:{resource},ResourceNames:{name},NonResourceURLs:{url},}}"
        )
    }

    fn row(&self) -> String {
        let resource = self.resource.as_ref().map(|(resource, group)| combined(resource, group));
        let [verbs, name, url] = [&self.verbs, &self.name, &self.url].map(|texts| listed(texts));
        format!("{}\t{url}\t{name}\t{verbs}", resource.unwrap_or_default())
    }
}

/// As `deployments.apps/scale`.
fn combined(resource: &str, group: &str) -> String {
    let (resource, sub) =
        resource.split_once('/').map_or((resource, None), |(it, sub)| (it, Some(sub)));
    let group = if group.is_empty() { String::new() } else { format!(".{group}") };
    let sub = sub.map(|sub| format!("/{sub}")).unwrap_or_default();
    format!("{resource}{group}{sub}")
}
