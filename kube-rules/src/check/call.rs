//! A call in, the overloads that fit its arguments and the type of its result out.

use super::Checker;
use super::qualified_name;
use crate::declarations::Overload;
use crate::declarations::overloads;
use crate::syntax::Call;
use crate::syntax::Expr;
use crate::syntax::Literal;
use crate::types::Type;

impl Checker<'_> {
    pub(super) fn call(&mut self, id: usize, call: &mut Call) -> Type {
        if call.function == "_?._" {
            return self.optional_select(id, call);
        }
        let mut types: Vec<Type> = call.args.iter_mut().map(|arg| self.node(arg)).collect();
        if let Some(target) = &mut call.target {
            let qualified = qualified_name(target).map(|name| format!("{name}.{}", call.function));
            match qualified.filter(|name| overloads(name).is_some()) {
                Some(name) => {
                    call.function = name;
                    call.target = None;
                }
                None => {
                    let of = self.node(target);
                    types.insert(0, of);
                }
            }
        }
        let Some(overloads) = overloads(&call.function) else {
            let name = call.function.clone();
            self.undeclared(id, &name);
            return Type::Error;
        };
        if matches!(call.function.as_str(), "_&&_" | "_||_") {
            return self.logic(id, call, &types, overloads);
        }
        self.resolve(id, call, &types, overloads)
    }

    /// `and` and `or` say which of their sides is not a bool.
    fn logic(
        &mut self,
        id: usize,
        call: &Call,
        types: &[Type],
        overloads: &'static [Overload],
    ) -> Type {
        let mut result = Type::Bool;
        for (arg, of) in call.args.iter().zip(types) {
            if !self.found.assign(of, &Type::Bool) {
                self.mismatch(arg.id, &Type::Bool, of);
                result = Type::Error;
            }
        }
        self.overloads[id] = overloads.iter().collect();
        result
    }

    fn resolve(
        &mut self,
        id: usize,
        call: &Call,
        types: &[Type],
        overloads: &'static [Overload],
    ) -> Type {
        let member = call.target.is_some();
        let mut result: Option<Type> = None;
        for overload in overloads.iter().filter(|overload| overload.member == member) {
            let (arguments, returned) = self.instance(overload);
            if !self.found.assign_all(types, &arguments) {
                continue;
            }
            self.overloads[id].push(overload);
            let returned = self.found.replace(&returned, false);
            result = Some(match result {
                Some(Type::Dyn) => Type::Dyn,
                Some(first) if first != returned => Type::Dyn,
                _ => returned,
            });
        }
        if let Some(result) = result {
            return result;
        }
        let mut shown: Vec<String> =
            types.iter().map(|of| self.found.replace(of, true).to_string()).collect();
        let target = if member { format!("{}.", shown.remove(0)) } else { String::new() };
        let text = format!(
            "found no matching overload for '{}' applied to '{target}({})'",
            call.function,
            shown.join(", ")
        );
        self.mistake(id, text);
        Type::Error
    }

    /// The arguments and the result of an overload, its own type parameters replaced by new ones.
    fn instance(&mut self, overload: &Overload) -> (Vec<Type>, Type) {
        let mut fresh: Vec<(Type, Type)> = Vec::new();
        let arguments = overload.arguments.iter().map(|of| self.renamed(of, &mut fresh)).collect();
        (arguments, self.renamed(&overload.result, &mut fresh))
    }

    fn renamed(&mut self, of: &Type, fresh: &mut Vec<(Type, Type)>) -> Type {
        if !matches!(of, Type::Param(_)) {
            return of.with_parameters(&mut |each| self.renamed(each, fresh));
        }
        if let Some((_, new)) = fresh.iter().find(|(old, _)| old == of) {
            return new.clone();
        }
        let new = self.unknown();
        fresh.push((of.clone(), new.clone()));
        new
    }

    fn optional_select(&mut self, id: usize, call: &mut Call) -> Type {
        let [of, field] = call.args.as_mut_slice() else { return Type::Error };
        let Expr::Literal(Literal::String(name)) = &field.expr else { return Type::Error };
        let name = name.clone();
        self.types[field.id] = Type::String;
        let result = self.field(id, of, &name, true);
        self.overloads[id] = overloads("_?._").into_iter().flatten().collect();
        self.found.replace(&result, false)
    }
}
