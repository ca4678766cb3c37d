//! Whether a value of one type may stand where another is expected, and what that says of types yet unknown.
//!
//! Mirrors: cel-go checker/types.go, checker/mapping.go

use std::collections::HashMap;
use std::sync::Arc;

use crate::types::Type;

/// What has been found out about types.
#[derive(Debug, Default)]
pub(super) struct Found {
    known: HashMap<Arc<str>, Type>,
    /// What was known before, of what an attempt learnt.
    undo: Vec<(Arc<str>, Option<Type>)>,
}

impl Found {
    /// Learns that `one` stands where `other` is expected; false, and nothing learnt: it may not.
    pub(super) fn assign(&mut self, one: &Type, other: &Type) -> bool {
        self.assign_all(std::slice::from_ref(one), std::slice::from_ref(other))
    }

    /// The same of several at once.
    pub(super) fn assign_all(&mut self, ones: &[Type], others: &[Type]) -> bool {
        self.undo.clear();
        let fits = ones.len() == others.len()
            && ones.iter().zip(others).all(|(one, other)| self.fits(one, other));
        while let Some((name, before)) = self.undo.pop().filter(|_| !fits) {
            match before {
                Some(before) => self.known.insert(name, before),
                None => self.known.remove(&name),
            };
        }
        fits
    }

    fn learn(&mut self, name: &Arc<str>, of: Type) {
        let before = self.known.insert(Arc::clone(name), of);
        self.undo.push((Arc::clone(name), before));
    }

    /// Replaces what was found out; with `open`, what was not is anything.
    pub(super) fn replace(&self, of: &Type, open: bool) -> Type {
        match of {
            Type::Param(name) => match self.known.get(name) {
                Some(found) => self.replace(found, open),
                None if open => Type::Dyn,
                None => of.clone(),
            },
            _ => of.with_parameters(&mut |each| self.replace(each, open)),
        }
    }

    fn fits(&mut self, one: &Type, other: &Type) -> bool {
        if let Type::Param(name) = other {
            let (valid, known) = self.stands_for(one, name);
            if valid || known {
                return valid;
            }
        }
        if let Type::Param(name) = one {
            return self.stands_for(other, name).0;
        }
        if one.is_open() || other.is_open() {
            return true;
        }
        match (one, other) {
            (Type::Null, of) | (of, Type::Null) => is_nullable(of),
            (Type::Class(_), Type::Class(_)) => true,
            (Type::List(one), Type::List(other)) => self.fits(one, other),
            (Type::Map(key, value), Type::Map(other_key, other_value)) => {
                self.fits(key, other_key) && self.fits(value, other_value)
            }
            (Type::Opaque(name, params), Type::Opaque(other, others)) => {
                name == other
                    && params.len() == others.len()
                    && params.iter().zip(others).all(|(one, other)| self.fits(one, other))
            }
            _ => one == other,
        }
    }

    /// Whether the unknown type may be this one, and whether something was known of it.
    fn stands_for(&mut self, of: &Type, name: &Arc<str>) -> (bool, bool) {
        if matches!(of, Type::Param(same) if same == name) {
            return (true, true);
        }
        if let Some(known) = self.known.get(name).cloned() {
            if *of == known {
                return (true, true);
            }
            if !self.fits(of, &known) {
                return (false, true);
            }
            let general = most_general(of, &known);
            if !self.occurs(name, &general) {
                self.learn(name, general);
            }
            return (true, true);
        }
        if self.occurs(name, of) {
            return (false, false);
        }
        self.learn(name, of.clone());
        (true, false)
    }

    fn occurs(&self, name: &Arc<str>, within: &Type) -> bool {
        match within {
            Type::Param(other) if other == name => true,
            Type::Param(other) => {
                self.known.get(other).is_some_and(|found| self.occurs(name, found))
            }
            _ => within.parameters().into_iter().any(|each| self.occurs(name, each)),
        }
    }
}

fn is_nullable(of: &Type) -> bool {
    matches!(of, Type::Null | Type::Opaque(..) | Type::Object(_) | Type::Duration | Type::Timestamp)
}

/// The more general of two types that agree.
pub(super) fn most_general(one: &Type, other: &Type) -> Type {
    if is_less_specific(one, other) { one.clone() } else { other.clone() }
}

fn is_less_specific(one: &Type, other: &Type) -> bool {
    match (one, other) {
        (Type::Dyn | Type::Param(_), _) => true,
        (_, Type::Dyn | Type::Param(_)) => false,
        (Type::List(one), Type::List(other)) => is_less_specific(one, other),
        (Type::Map(key, value), Type::Map(other_key, other_value)) => {
            is_less_specific(key, other_key) && is_less_specific(value, other_value)
        }
        (Type::Class(_), Type::Class(_)) => true,
        (Type::Opaque(name, params), Type::Opaque(other, others)) => {
            name == other
                && params.len() == others.len()
                && params.iter().zip(others).all(|(one, other)| is_less_specific(one, other))
        }
        _ => one == other,
    }
}
