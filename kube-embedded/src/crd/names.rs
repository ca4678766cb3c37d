//! Which names a definition gets: the definition and the others of its group in, its next status out.

use serde_json::Value;
use serde_json::json;
use std::collections::HashSet;

use super::condition::condition;
use super::condition::set_condition;

/// What the definition's status becomes; `None` when it is that already.
pub(crate) fn accept_names<'a>(
    definition: &Value,
    others: impl IntoIterator<Item = &'a Value>,
    now: &str,
) -> Option<Value> {
    let (resources, kinds) = taken(definition, others);
    let wanted = &definition["spec"]["names"];
    let mut status = definition["status"].clone();
    let mut names = status["acceptedNames"].clone();
    let mut conflict: Option<(&str, String)> = None;
    let singles = [
        ("plural", &resources, "PluralConflict"),
        ("singular", &resources, "SingularConflict"),
        ("shortNames", &resources, "ShortNamesConflict"),
        ("kind", &kinds, "KindConflict"),
        ("listKind", &kinds, "ListKindConflict"),
    ];
    for (member, used, reason) in singles {
        let refused: Vec<String> = list(&wanted[member])
            .into_iter()
            .filter(|name| used.contains(name))
            .map(|name| format!("{name:?} is already in use"))
            .collect();
        match refused.as_slice() {
            [] => put(&mut names, member, &wanted[member]),
            // The last conflict is the one that is told, as in the API server.
            [one] => conflict = Some((reason, one.clone())),
            many => conflict = Some((reason, format!("[{}]", many.join(", ")))),
        }
    }
    put(&mut names, "categories", &wanted["categories"]);
    status["acceptedNames"] = names;
    let free = conflict.is_none();
    match conflict {
        None => set_condition(
            &mut status,
            ("NamesAccepted", "True", "NoConflicts", "no conflicts found"),
            now,
        ),
        Some((reason, message)) => {
            set_condition(&mut status, ("NamesAccepted", "False", reason, &message), now);
        }
    }
    let established = condition(&definition["status"], "Established");
    if established.is_none_or(|one| one["status"] != "True") {
        let (reason, message) = if free {
            ("Installing", "the initial names have been accepted")
        } else {
            ("NotAccepted", "not all names are accepted")
        };
        set_condition(&mut status, ("Established", "False", reason, message), now);
    }
    (status != definition["status"]).then_some(status)
}

/// The status of a definition whose kind is served from now on; `None` when it may not, or was before.
pub(crate) fn establish(definition: &Value, now: &str) -> Option<Value> {
    let is = |name: &str, wanted: &str| {
        condition(&definition["status"], name).is_some_and(|one| one["status"] == wanted)
    };
    if !is("NamesAccepted", "True") || is("Established", "True") {
        return None;
    }
    let mut status = definition["status"].clone();
    let message = "the initial names have been accepted";
    set_condition(&mut status, ("Established", "True", "InitialNamesAccepted", message), now);
    Some(status)
}

fn taken<'a>(
    definition: &Value,
    others: impl IntoIterator<Item = &'a Value>,
) -> (HashSet<String>, HashSet<String>) {
    let (mut resources, mut kinds) = (HashSet::new(), HashSet::new());
    for other in others {
        let same = other["metadata"]["name"] == definition["metadata"]["name"];
        if same || other["spec"]["group"] != definition["spec"]["group"] {
            continue;
        }
        let names = &other["status"]["acceptedNames"];
        for member in ["plural", "singular", "shortNames"] {
            resources.extend(list(&names[member]));
        }
        for member in ["kind", "listKind"] {
            kinds.extend(list(&names[member]));
        }
    }
    (resources, kinds)
}

fn put(names: &mut Value, member: &str, value: &Value) {
    match names.as_object_mut() {
        Some(names) if value.is_null() => {
            names.remove(member);
        }
        Some(names) => {
            names.insert(member.to_owned(), value.clone());
        }
        None => *names = json!({ member: value }),
    }
}

/// A name, or a list of names, without the empty ones.
fn list(value: &Value) -> Vec<String> {
    let one = value.as_str().into_iter();
    let many = value.as_array().into_iter().flatten().filter_map(Value::as_str);
    one.chain(many).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}
