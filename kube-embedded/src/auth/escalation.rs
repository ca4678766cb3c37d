//! Whether a user holds all that a role would grant, and which rules are missing.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Rule;
use super::User;
use super::rbac::Held;
use super::rbac::Missing;
use super::rule::quoted;

/// What of `wanted` no rule of `held` covers, in single permissions.
fn missing_rules(held: &[Rule], wanted: &[Rule]) -> Vec<Rule> {
    let single = wanted.iter().flat_map(singles);
    single.filter(|rule| !held.iter().any(|holds| holds.covers(rule))).collect()
}

/// The refusal to a user who would grant what it does not hold; `None` when nothing is missing.
/// `resource` is what it writes: the API server names that where a role could not be found.
pub(crate) fn escalation(
    user: &User,
    held: &Held,
    wanted: &[Rule],
    resource: &str,
) -> Option<String> {
    let missing = missing_rules(&held.rules, wanted);
    if missing.is_empty() {
        return None;
    }
    let mut lines: Vec<String> = compact(missing).iter().map(Rule::to_string).collect();
    lines.sort_unstable();
    lines.dedup();
    let mut text = format!(
        "user {:?} (groups={}) is attempting to grant RBAC permissions not currently held:\n{}",
        user.name,
        quoted(&user.groups),
        lines.join("\n")
    );
    if !held.missing.is_empty() {
        let told = |missing: &Missing| format!("{resource} \"{}\" not found", missing.name);
        let errors: Vec<String> = held.missing.iter().map(told).collect();
        text.push_str(&format!("; resolution errors: [{}]", errors.join(" ")));
    }
    Some(text)
}

/// Joins the verbs of rules on resources that are otherwise equal; rules on paths stay as they are.
fn compact(rules: Vec<Rule>) -> Vec<Rule> {
    let mut joined: BTreeMap<Rule, Vec<String>> = BTreeMap::new();
    let (paths, resources): (Vec<Rule>, Vec<Rule>) =
        rules.into_iter().partition(|rule| rule.resources.is_empty());
    for rule in resources {
        let verbs = rule.verbs.clone();
        joined.entry(Rule { verbs: Vec::new(), ..rule }).or_default().extend(verbs);
    }
    let joined = joined.into_iter().map(|(rule, verbs)| Rule { verbs, ..rule });
    joined.chain(paths).collect()
}

fn singles(rule: &Rule) -> Vec<Rule> {
    let mut found = Vec::new();
    for verb in &rule.verbs {
        for group in &rule.api_groups {
            for resource in &rule.resources {
                let one = Rule {
                    api_groups: vec![group.clone()],
                    resources: vec![resource.clone()],
                    verbs: vec![verb.clone()],
                    ..Rule::default()
                };
                if rule.resource_names.is_empty() {
                    found.push(one);
                } else {
                    found.extend(
                        rule.resource_names
                            .iter()
                            .map(|name| Rule { resource_names: vec![name.clone()], ..one.clone() }),
                    );
                }
            }
        }
        found.extend(rule.non_resource_urls.iter().map(|path| Rule {
            non_resource_urls: vec![path.clone()],
            verbs: vec![verb.clone()],
            ..Rule::default()
        }));
    }
    found
}

/// The rules that an aggregating ClusterRole gets from the roles its selectors name; `None` when
/// the role does not aggregate.
pub(crate) fn aggregated_rules(role: &Value, others: &[Value]) -> Option<Vec<Value>> {
    let selectors = role.pointer("/aggregationRule/clusterRoleSelectors")?.as_array()?;
    let mut rules: Vec<Value> = Vec::new();
    for selector in selectors {
        let mut chosen: Vec<&Value> = others
            .iter()
            .filter(|other| other["metadata"]["name"] != role["metadata"]["name"])
            .filter(|other| selects(selector, &other["metadata"]["labels"]))
            .collect();
        chosen.sort_by_key(|other| other["metadata"]["name"].as_str().unwrap_or_default());
        for rule in chosen.iter().filter_map(|other| other["rules"].as_array()).flatten() {
            if !rules.contains(rule) {
                rules.push(rule.clone());
            }
        }
    }
    Some(rules)
}

fn selects(selector: &Value, labels: &Value) -> bool {
    let wanted = selector["matchLabels"].as_object();
    let equal = wanted.into_iter().flatten().all(|(key, value)| labels.get(key) == Some(value));
    equal
        && selector["matchExpressions"].as_array().into_iter().flatten().all(|term| {
            let label = labels.get(term["key"].as_str().unwrap_or_default());
            let listed = label.is_some_and(|label| {
                term["values"].as_array().is_some_and(|values| values.contains(label))
            });
            match term["operator"].as_str() {
                Some("In") => listed,
                Some("NotIn") => !listed,
                Some("Exists") => label.is_some(),
                Some("DoesNotExist") => label.is_none(),
                _ => false,
            }
        })
}
