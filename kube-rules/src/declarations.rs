//! The functions that a rule may call: a name in, its overloads out.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::types::Type;
use crate::types::split;

/// One way to call a function.
#[derive(Debug)]
pub(crate) struct Overload {
    pub(crate) id: &'static str,
    /// It is called on its first argument.
    pub(crate) member: bool,
    pub(crate) arguments: Vec<Type>,
    pub(crate) result: Type,
}

static TABLE: LazyLock<HashMap<&'static str, Vec<Overload>>> = LazyLock::new(|| {
    let mut table: HashMap<&'static str, Vec<Overload>> = HashMap::new();
    for line in include_str!("declarations.txt").lines().filter(|line| !line.starts_with('#')) {
        let (name, overload) = read(line).expect("every line of the table has this form");
        table.entry(name).or_default().push(overload);
    }
    table
});

fn read(line: &'static str) -> Option<(&'static str, Overload)> {
    let (name, rest) = line.split_once(' ')?;
    let (id, rest) = rest.split_once(' ')?;
    let (member, rest) = rest.strip_prefix('.').map_or((false, rest), |rest| (true, rest));
    // The result never has spaces outside of parentheses, the arguments end at the matching one.
    let mut depth = 0_usize;
    let end = rest.find(|letter| {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        depth == 0
    })?;
    let arguments = split(rest.get(1..end)?).map(Type::read).collect();
    Some((name, Overload { id, member, arguments, result: Type::read(rest.get(end + 1..)?) }))
}

/// The overloads of a function, in the order in which they are tried.
pub(crate) fn overloads(name: &str) -> Option<&'static [Overload]> {
    TABLE.get(name).map(Vec::as_slice)
}

/// The type that a name stands for when it is used as a value.
pub(crate) fn type_named(name: &str) -> Option<Type> {
    Some(match name {
        "bool" | "bytes" | "double" | "int" | "string" | "uint" => Type::read(name),
        "null_type" => Type::Null,
        "list" => Type::list(Type::Param("A".into())),
        "map" => Type::map(Type::Param("A".into()), Type::Param("B".into())),
        "type" => return Some(Type::Class(Some(Box::new(Type::Class(None))))),
        "google.protobuf.Duration" => Type::Duration,
        "google.protobuf.Timestamp" => Type::Timestamp,
        "net.IP"
        | "net.CIDR"
        | "kubernetes.Quantity"
        | "kubernetes.URL"
        | "kubernetes.Semver"
        | "kubernetes.NamedFormat" => Type::read(name),
        _ => return None,
    })
    .map(|of| Type::Class(Some(Box::new(of))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_whole() {
        let lines = include_str!("declarations.txt").lines().count() - 1;
        assert_eq!(TABLE.values().map(Vec::len).sum::<usize>(), lines);
        let join = overloads("join").unwrap();
        assert!(join[0].member);
        assert_eq!(join[1].arguments, [Type::list(Type::String), Type::String]);
        assert!(overloads("optional.none").unwrap()[0].arguments.is_empty());
    }
}
