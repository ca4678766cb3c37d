//! How many of something there are to be: an object shown as a `Scale`, and changed through one.

use crate::cluster::Cluster;
use crate::kind::{Kind, Sub};
use crate::schema::FieldError;
use crate::status::Failure;
use crate::verb::{self, Options, Part, Target, Written};
use serde_json::{Map, Value, json};

/// The `Scale` of an object.
pub(crate) fn read_scale(kind: &Kind, object: &Value) -> Result<Value, Failure> {
    let Some(Sub::Scale { wanted, present, selector }) = kind.sub("scale") else {
        return Err(Failure::no_such_resource());
    };
    let metadata = &object["metadata"];
    let mut own = Map::new();
    for member in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        if let Some(value) = metadata.get(member) {
            own.insert(member.to_owned(), value.clone());
        }
    }
    let Some(replicas) = lookup(object, wanted).and_then(Value::as_i64) else {
        let message = format!("the spec replicas field \"{wanted}\" does not exist");
        return Err(Failure::internal(&message));
    };
    let mut status =
        json!({"replicas": lookup(object, present).and_then(Value::as_i64).unwrap_or(0)});
    match selector.as_deref().and_then(|path| lookup(object, path)) {
        Some(Value::String(text)) if !text.is_empty() => status["selector"] = text.as_str().into(),
        Some(Value::Object(selector)) => status["selector"] = selector_text(selector).into(),
        _ => {}
    }
    // Go leaves a zero out.
    let spec = if replicas == 0 { json!({}) } else { json!({"replicas": replicas}) };
    Ok(json!({"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": own, "spec": spec,
        "status": status}))
}

/// Changes an object as `change` changes its `Scale`.
pub(crate) async fn change_scale(
    cluster: &Cluster,
    target: &Target,
    options: &Options,
    change: &(dyn Fn(&Value) -> Result<Value, Failure> + Sync),
) -> Result<Written, Failure> {
    let kind = &target.kind;
    verb::modify(cluster, target, options, &ScaleOf(kind), &|object| {
        let scale = read_scale(kind, object)?;
        let new = change(&scale)?;
        let replicas = new["spec"]["replicas"].as_i64().unwrap_or(0);
        if replicas < 0 && !kind.custom {
            let detail = "must be greater than or equal to 0";
            let error = FieldError::invalid("spec.replicas", &replicas.into(), detail);
            let name = &target.name;
            return Err(Failure::invalid("autoscaling", "Scale", name, &[error]));
        }
        let asked = new["metadata"]["resourceVersion"].as_str().unwrap_or("");
        if !asked.is_empty()
            && new["metadata"]["resourceVersion"] != scale["metadata"]["resourceVersion"]
        {
            return Err(Failure::modified(kind.name(), &target.name));
        }
        let mut object = object.clone();
        ScaleOf(kind).write(&mut object, &new);
        Ok(object)
    })
    .await
}

/// The `Scale` of this kind's objects.
struct ScaleOf<'a>(&'a Kind);

impl Part for ScaleOf<'_> {
    fn kind(&self) -> [&'static str; 3] {
        ["autoscaling", "v1", "Scale"]
    }

    fn read(&self, object: &Value) -> Result<Value, Failure> {
        read_scale(self.0, object)
    }

    fn write(&self, object: &mut Value, part: &Value) {
        if let Some(Sub::Scale { wanted, .. }) = self.0.sub("scale") {
            let replicas = part["spec"]["replicas"].as_i64().unwrap_or(0);
            set(object, wanted, replicas.into());
        }
    }
}

fn steps(path: &str) -> impl Iterator<Item = &str> {
    path.split('.').filter(|step| !step.is_empty())
}

fn lookup<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    steps(path).try_fold(object, |value, step| value.get(step))
}

fn set(object: &mut Value, path: &str, value: Value) {
    let mut place = object;
    for step in steps(path) {
        if !place.is_object() {
            *place = json!({});
        }
        place = &mut place[step];
    }
    *place = value;
}

fn selector_text(selector: &Map<String, Value>) -> String {
    let labels = selector.get("matchLabels").and_then(Value::as_object);
    let labels = labels.into_iter().flatten();
    let mut terms: Vec<String> =
        labels.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or(""))).collect();
    let rules = selector.get("matchExpressions").and_then(Value::as_array);
    for rule in rules.into_iter().flatten() {
        let key = rule["key"].as_str().unwrap_or("");
        let values = rule["values"].as_array().into_iter().flatten();
        let values: Vec<&str> = values.filter_map(Value::as_str).collect();
        let values = values.join(",");
        terms.push(match rule["operator"].as_str().unwrap_or("") {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.to_owned(),
            _ => format!("!{key}"),
        });
    }
    terms.join(",")
}
