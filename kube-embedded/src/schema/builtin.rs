//! The built-in kinds: the lines of kube-rules' table in, the types of one kind out.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use kube_rules::BuiltinTypes;
use parking_lot::Mutex;
use serde_json::Value;

use super::types::{Field, List, Relation, Scalar, StructMap, Type, TypeId, Types};

/// The types of a built-in kind; none if no such kind is known.
#[must_use]
pub fn builtin(api_version: &str, kind: &str) -> Option<Arc<Types>> {
    static BUILT: OnceLock<Mutex<HashMap<&'static str, Arc<Types>>>> = OnceLock::new();
    let root = *BuiltinTypes::table().kinds.get(&(api_version, kind))?;
    let mut built = BUILT.get_or_init(Mutex::default).lock();
    let types = built.entry(root).or_insert_with(|| {
        let mut types = Types::bare();
        let id = Import::into(&mut types).named(root);
        types.set_root(id, true);
        Arc::new(types)
    });
    Some(Arc::clone(types))
}

/// Adds `ObjectMeta` to the types of a custom kind.
pub(super) fn object_meta(types: &mut Types) -> TypeId {
    Import::into(types).named("ObjectMeta")
}

/// Copies named types, and all that they use, out of the table.
struct Import<'a> {
    types: &'a mut Types,
    names: HashMap<&'static str, TypeId>,
}

impl<'a> Import<'a> {
    fn into(types: &'a mut Types) -> Self {
        Self { types, names: HashMap::new() }
    }

    fn named(&mut self, name: &'static str) -> TypeId {
        if let Some(id) = self.names.get(name) {
            return *id;
        }
        let Some(found) = BuiltinTypes::table().structs.get(name) else { return Types::DEDUCED };
        let id = self.types.add(Type::default());
        self.names.insert(name, id);
        let mut map = StructMap { atomic: found.atomic, ..StructMap::default() };
        for line in &found.lines {
            let (field_name, field) = self.field(line);
            map.fields.insert(field_name.into(), field);
        }
        let prefixes = ["Events", "Rbac", "Discovery", "Csi", "V1"];
        let own = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix));
        let go = format!("v1.{}", own.unwrap_or(name));
        self.types.set(id, Type { map: Some(map), go: go.into(), ..Type::default() });
        id
    }

    fn field(&mut self, line: &'static str) -> (&'static str, Field) {
        let mut words = line.split_whitespace();
        let name = words.next().unwrap_or_default();
        let expression = words.next().unwrap_or("any");
        let marks: Vec<&'static str> = words.collect();
        let id = self.expression(expression);
        let id = self.marked(id, &marks);
        let mut field = Field::of(id);
        for mark in marks {
            match mark.split_once('=') {
                Some(("default", text)) => field.default = serde_json::from_str::<Value>(text).ok(),
                Some(("merge", key)) => (field.merge, field.merge_key) = (true, Some(key.into())),
                _ => match mark {
                    "merge" => field.merge = true,
                    "retainKeys" => field.retain_keys = true,
                    "present" => field.present = true,
                    "required" => field.required = true,
                    "null" => field.null = true,
                    "omit" => field.omit = true,
                    _ => {}
                },
            }
        }
        (name, field)
    }

    /// The same type with what the use of it says: how list items are told apart, or that it is one value.
    fn marked(&mut self, id: TypeId, marks: &[&str]) -> TypeId {
        let mut node = self.types.get(id).clone();
        for mark in marks {
            match (&mut node, mark.split_once('=')) {
                (Type { list: Some(list), .. }, Some(("map", keys))) => {
                    list.relation = Relation::Keys(keys.split(',').map(str::to_owned).collect());
                }
                (Type { list: Some(list), .. }, None) if *mark == "set" => {
                    list.relation = Relation::Set
                }
                (Type { map: Some(map), .. }, None) if *mark == "atomic" => map.atomic = true,
                _ => continue,
            }
            return self.types.add(node);
        }
        id
    }

    fn expression(&mut self, text: &'static str) -> TypeId {
        if let Some(element) = text.strip_prefix("[]") {
            let element = self.expression(element);
            let go = format!("[]{}", self.types.get(element).go);
            let list = Some(List { element, relation: Relation::Atomic });
            return self.types.add(Type { list, go: go.into(), ..Type::default() });
        }
        if let Some(element) = text.strip_prefix("{}") {
            let element = self.expression(element);
            let go = format!("map[string]{}", self.types.get(element).go);
            let map = Some(StructMap { element: Some(element), ..StructMap::default() });
            return self.types.add(Type { map, go: go.into(), ..Type::default() });
        }
        let (scalar, go) = match text {
            "any" => return Types::DEDUCED,
            "raw" => return Types::ATOMIC,
            "string" => (Scalar::String, "string"),
            "bytes" => (Scalar::String, "[]uint8"),
            "bool" => (Scalar::Boolean, "bool"),
            "int32" | "int64" => (Scalar::Numeric, text),
            "double" => (Scalar::Numeric, "float64"),
            "time" => (Scalar::Untyped, "v1.Time"),
            "microTime" => (Scalar::Untyped, "v1.MicroTime"),
            "quantity" => (Scalar::Untyped, "resource.Quantity"),
            "intOrString" => (Scalar::Untyped, "intstr.IntOrString"),
            name => return self.named(name),
        };
        if let Some(id) = self.names.get(text) {
            return *id;
        }
        let id = self.types.add(Type { scalar: Some(scalar), go: go.into(), ..Type::default() });
        self.names.insert(text, id);
        id
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn keys_of(types: &Types, path: &[&str]) -> Relation {
        let mut id = types.root();
        for name in path {
            let node = types.get(id);
            let list = node.list.as_ref().map(|list| list.element);
            let map = list.map_or(node, |id| types.get(id)).map.as_ref().unwrap();
            id = map.type_of(name).unwrap();
        }
        types.get(id).list.as_ref().unwrap().relation.clone()
    }

    #[test]
    fn every_line_of_the_table_is_understood() {
        let table = BuiltinTypes::table();
        for (api_version, kind) in table.kinds.keys() {
            assert!(
                builtin(api_version, kind)
                    .is_some_and(|types| types.get(types.root()).map.is_some())
            );
        }
        for found in table.structs.values() {
            for line in &found.lines {
                let expression = line
                    .split_whitespace()
                    .nth(1)
                    .unwrap()
                    .trim_start_matches(['[', ']', '{', '}']);
                let known = expression.starts_with(char::is_lowercase)
                    || table.structs.contains_key(expression);
                assert!(known, "{line}");
            }
        }
    }

    #[test]
    fn lists_of_built_in_kinds_have_their_keys() {
        let deployment = builtin("apps/v1", "Deployment").unwrap();
        let spec = ["spec", "template", "spec"];
        let at = |rest: &[&str]| keys_of(&deployment, &[&spec[..], rest].concat());
        let keys = |keys: &[&str]| Relation::Keys(keys.iter().map(ToString::to_string).collect());
        assert_eq!(at(&["containers"]), keys(&["name"]));
        assert_eq!(at(&["containers", "ports"]), keys(&["containerPort", "protocol"]));
        assert_eq!(at(&["containers", "volumeMounts"]), keys(&["mountPath"]));
        assert_eq!(at(&["tolerations"]), Relation::Atomic);
        assert_eq!(keys_of(&deployment, &["metadata", "ownerReferences"]), keys(&["uid"]));
        assert_eq!(keys_of(&deployment, &["metadata", "finalizers"]), Relation::Set);
        assert_eq!(keys_of(&deployment, &["status", "conditions"]), keys(&["type"]));
        assert!(builtin("apps/v1", "Gadget").is_none());
    }

    #[test]
    fn what_go_always_prints_is_filled_in() {
        let deployment = builtin("apps/v1", "Deployment").unwrap();
        let mut object = json!({"spec": {"template": {"spec": {"containers": [{"name": "c", "ports": [{"containerPort": 80}]}]}}}});
        deployment.apply_defaults(&mut object);
        assert_eq!(
            object,
            json!({"metadata": {}, "status": {}, "spec": {"strategy": {}, "template": {"metadata": {}, "spec": {
                "containers": [{"name": "c", "ports": [{"containerPort": 80, "protocol": "TCP"}], "resources": {}}]}}}})
        );
    }

    #[test]
    fn undeclared_fields_are_pruned_and_named() {
        let pod = builtin("v1", "Pod").unwrap();
        let mut object = json!({"metadata": {"labels": {"a": "b"}, "annotations": {}, "x": 1}, "spec": {"containers": [{"name": "c", "foo": 1, "image": null}]}});
        assert_eq!(pod.prune(&mut object), ["metadata.x", "spec.containers[0].foo"]);
        assert_eq!(
            object,
            json!({"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c"}]}})
        );
    }
}
