//! How objects of a custom kind merge: a compiled schema in, its types out.

use super::builtin::object_meta;
use super::node::{Kind, Node};
use super::types::{Field, List, Relation, Scalar, StructMap, Type, TypeId, Types};

/// The types of a custom kind: its schema with `apiVersion`, `kind` and `metadata`.
pub(super) fn merging_types(root: &Node) -> Types {
    let mut types = Types::bare();
    let mut map = struct_map(&mut types, root, root.preserve);
    let text = types.add(scalar(Scalar::String));
    map.fields.insert("apiVersion".into(), Field::of(text));
    map.fields.insert("kind".into(), Field::of(text));
    map.fields.insert("metadata".into(), Field::of(object_meta(&mut types)));
    map.deduced = false;
    let id = types.add(Type { map: Some(map), ..Type::default() });
    types.set_root(id, false);
    types
}

fn scalar(scalar: Scalar) -> Type {
    Type { scalar: Some(scalar), ..Type::default() }
}

/// Below a node that keeps unknown fields, unknown fields are kept all the way down.
fn add(types: &mut Types, node: &Node, preserve: bool) -> TypeId {
    let preserve = preserve || node.preserve;
    let found = match node.kind {
        _ if node.int_or_string => scalar(Scalar::Untyped),
        None => return Types::DEDUCED,
        Some(Kind::Integer | Kind::Number) => scalar(Scalar::Numeric),
        Some(Kind::Boolean) => scalar(Scalar::Boolean),
        Some(Kind::String) if !node.formatted => scalar(Scalar::String),
        Some(Kind::String) => scalar(Scalar::Untyped),
        Some(Kind::Array) => {
            let element =
                node.items.as_ref().map_or(Types::DEDUCED, |items| add(types, items, preserve));
            let relation = match node.list_type.as_deref() {
                Some("set") => Relation::Set,
                Some("map") => Relation::Keys(node.list_keys.clone()),
                _ => Relation::Atomic,
            };
            Type { list: Some(List { element, relation }), ..Type::default() }
        }
        Some(Kind::Object) => {
            Type { map: Some(struct_map(types, node, preserve)), ..Type::default() }
        }
    };
    types.add(found)
}

fn struct_map(types: &mut Types, node: &Node, preserve: bool) -> StructMap {
    let mut map = StructMap { atomic: node.atomic_map, ..StructMap::default() };
    for (name, node) in &node.properties {
        let mut field = Field::of(add(types, node, preserve));
        field.default.clone_from(&node.default);
        map.fields.insert(name.as_str().into(), field);
    }
    map.element = match &node.additional {
        Some(node) => Some(add(types, node, preserve)),
        None if preserve
            || node.embedded
            || node.additional_allowed
            || node.properties.is_empty() =>
        {
            Some(Types::DEDUCED)
        }
        None => None,
    };
    map.deduced = node.properties.is_empty() && node.additional.is_none();
    map
}
