//! The macros: `self.all(x, x > 0)` and `self.all(key, value, ..)` in, a loop out.
//!
//! Mirrors: cel-go parser/macro.go, cel/library.go, ext/comprehensions.go, ext/lists.go

use cel::common::ast::CallExpr;
use cel::common::ast::ComprehensionExpr;
use cel::common::ast::Expr;
use cel::common::ast::IdedExpr;
use cel::common::ast::ListExpr;
use cel::common::ast::LiteralValue;
use cel::common::ast::MapExpr;
use cel::parser::Macro;
use cel::parser::MacroExprHelper;
use cel::parser::ParseError;

use super::tree::RESULT;

/// What a macro makes of its loop.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Made {
    All,
    Exists,
    ExistsOne,
    List,
    Filtered,
    Map,
    Entries,
}

/// All macros that rules know.
pub(super) fn all() -> Vec<Macro> {
    // By the number of variables and of arguments.
    let rows = [
        ("all", 1, 2, Made::All),
        ("exists", 1, 2, Made::Exists),
        ("exists_one", 1, 2, Made::ExistsOne),
        ("map", 1, 2, Made::List),
        ("map", 1, 3, Made::List),
        ("filter", 1, 2, Made::Filtered),
        ("all", 2, 3, Made::All),
        ("exists", 2, 3, Made::Exists),
        ("existsOne", 2, 3, Made::ExistsOne),
        ("exists_one", 2, 3, Made::ExistsOne),
        ("transformList", 2, 3, Made::List),
        ("transformList", 2, 4, Made::List),
        ("transformMap", 2, 3, Made::Map),
        ("transformMap", 2, 4, Made::Map),
        ("transformMapEntry", 2, 3, Made::Entries),
        ("transformMapEntry", 2, 4, Made::Entries),
    ];
    let make = |(name, variables, arguments, made): (&str, usize, usize, Made)| {
        Macro::receiver(name, arguments, move |helper, target, args| {
            fold(made, variables, &mut Builder(helper), target, args).map(Some)
        })
    };
    let mut macros: Vec<Macro> = rows.into_iter().map(make).collect();
    macros
        .push(Macro::global("has", 1, |helper, _, args| has(&mut Builder(helper), args).map(Some)));
    for (name, wraps) in [("optMap", true), ("optFlatMap", false)] {
        macros.push(Macro::receiver(name, 2, move |helper, target, args| {
            within_optional(name, wraps, &mut Builder(helper), target, args).map(Some)
        }));
    }
    macros.push(Macro::receiver("sortBy", 2, |helper, target, args| {
        sort_by(&mut Builder(helper), target, args).map(Some)
    }));
    macros
}

struct Builder<'a, 'b>(&'a mut MacroExprHelper<'b>);

impl Builder<'_, '_> {
    fn node(&mut self, expr: Expr) -> IdedExpr {
        self.0.next_expr(expr)
    }

    fn call(&mut self, function: &str, args: Vec<IdedExpr>) -> IdedExpr {
        self.node(Expr::Call(CallExpr { func_name: function.to_owned(), target: None, args }))
    }

    /// `target.function(..)`
    fn call_on(&mut self, target: IdedExpr, function: &str, args: Vec<IdedExpr>) -> IdedExpr {
        let (func_name, target) = (function.to_owned(), Some(Box::new(target)));
        self.node(Expr::Call(CallExpr { func_name, target, args }))
    }

    /// `optional.function(..)`
    fn optional(&mut self, function: &str, args: Vec<IdedExpr>) -> IdedExpr {
        let target = self.ident("optional");
        self.call_on(target, function, args)
    }

    fn ident(&mut self, name: &str) -> IdedExpr {
        self.node(Expr::Ident(name.to_owned()))
    }

    fn bool(&mut self, value: bool) -> IdedExpr {
        self.node(Expr::Literal(LiteralValue::Boolean(value.into())))
    }

    fn int(&mut self, value: i64) -> IdedExpr {
        self.node(Expr::Literal(LiteralValue::Int(value.into())))
    }

    fn list(&mut self, items: Vec<IdedExpr>) -> IdedExpr {
        self.node(Expr::List(ListExpr::new(items)))
    }

    fn error<T>(&self, at: &IdedExpr, text: impl Into<String>) -> Result<T, ParseError> {
        Err(self.0.new_error(at.id, text))
    }

    /// The name that an argument is, or else the mistake.
    fn name(&self, node: &IdedExpr, otherwise: &str) -> Result<String, ParseError> {
        match &node.expr {
            Expr::Ident(name) if name == "__result__" => {
                self.error(node, "iteration variable overwrites accumulator variable")
            }
            Expr::Ident(name) => Ok(name.clone()),
            _ => self.error(node, otherwise),
        }
    }

    /// `name` stands for `init` in `result`: a loop over nothing.
    fn bind(&mut self, name: &str, init: IdedExpr, result: IdedExpr) -> IdedExpr {
        let bound = ComprehensionExpr {
            iter_range: self.list(Vec::new()),
            iter_var: "#unused".to_owned(),
            iter_var2: None,
            accu_var: name.to_owned(),
            accu_init: init,
            loop_cond: self.bool(false),
            loop_step: self.ident(name),
            result,
        };
        self.node(Expr::Comprehension(Box::new(bound)))
    }
}

fn has(build: &mut Builder<'_, '_>, args: &mut Vec<IdedExpr>) -> Result<IdedExpr, ParseError> {
    let arg = args.pop().unwrap_or_default();
    match arg.expr {
        Expr::Select(mut select) => {
            select.test = true;
            Ok(build.node(Expr::Select(select)))
        }
        _ => build.error(&arg, "invalid argument to has() macro"),
    }
}

fn fold(
    made: Made,
    variables: usize,
    build: &mut Builder<'_, '_>,
    target: &mut Option<IdedExpr>,
    args: &mut Vec<IdedExpr>,
) -> Result<IdedExpr, ParseError> {
    let lenient = variables == 1 && matches!(made, Made::List | Made::Filtered);
    let no_name =
        if lenient { "argument is not an identifier" } else { "argument must be a simple name" };
    let first = build.name(&args[0], no_name)?;
    let second = if variables == 2 { Some(build.name(&args[1], no_name)?) } else { None };
    if second.as_ref() == Some(&first) {
        return build.error(&args[1], format!("duplicate variable name: {first}"));
    }
    let value = args.pop().unwrap_or_default();
    let filter = (args.len() > variables).then(|| args.pop().unwrap_or_default());
    let init = match made {
        Made::All => build.bool(true),
        Made::Exists => build.bool(false),
        Made::ExistsOne => build.int(0),
        Made::List | Made::Filtered => build.list(Vec::new()),
        Made::Map | Made::Entries => build.node(Expr::Map(MapExpr::default())),
    };
    let condition = condition(made, build);
    let (value, filter) = match made {
        Made::Filtered => (args[0].clone(), Some(value)),
        _ => (value, filter),
    };
    let mut step = step(made, build, &first, value);
    if let Some(filter) = filter {
        let unchanged = build.ident(RESULT);
        step = build.call("_?_:_", vec![filter, step, unchanged]);
    }
    let mut result = build.ident(RESULT);
    if made == Made::ExistsOne {
        let one = build.int(1);
        result = build.call("_==_", vec![result, one]);
    }
    Ok(build.node(Expr::Comprehension(Box::new(ComprehensionExpr {
        iter_range: target.take().unwrap_or_default(),
        iter_var: first,
        iter_var2: second,
        accu_var: RESULT.to_owned(),
        accu_init: init,
        loop_cond: condition,
        loop_step: step,
        result,
    }))))
}

fn condition(made: Made, build: &mut Builder<'_, '_>) -> IdedExpr {
    match made {
        Made::All => {
            let so_far = build.ident(RESULT);
            build.call("@not_strictly_false", vec![so_far])
        }
        Made::Exists => {
            let so_far = build.ident(RESULT);
            let not = build.call("!_", vec![so_far]);
            build.call("@not_strictly_false", vec![not])
        }
        _ => build.bool(true),
    }
}

fn step(made: Made, build: &mut Builder<'_, '_>, key: &str, value: IdedExpr) -> IdedExpr {
    let so_far = build.ident(RESULT);
    match made {
        Made::All => build.call("_&&_", vec![so_far, value]),
        Made::Exists => build.call("_||_", vec![so_far, value]),
        Made::ExistsOne => {
            let one = build.int(1);
            let more = build.call("_+_", vec![so_far, one]);
            let unchanged = build.ident(RESULT);
            build.call("_?_:_", vec![value, more, unchanged])
        }
        Made::List | Made::Filtered => {
            let item = build.list(vec![value]);
            build.call("_+_", vec![so_far, item])
        }
        Made::Map => {
            let key = build.ident(key);
            build.call("cel.@mapInsert", vec![so_far, key, value])
        }
        Made::Entries => build.call("cel.@mapInsert", vec![so_far, value]),
    }
}

/// `t.optMap(v, e)` is `t.hasValue() ? optional.of(e with v = t.value()) : optional.none()`.
fn within_optional(
    name: &str,
    wraps: bool,
    build: &mut Builder<'_, '_>,
    target: &mut Option<IdedExpr>,
    args: &mut Vec<IdedExpr>,
) -> Result<IdedExpr, ParseError> {
    let no_name = format!("{name}() variable name must be a simple identifier");
    let variable = build.name(&args[0], &no_name)?;
    let (target, mapped) = (target.take().unwrap_or_default(), args.pop().unwrap_or_default());
    let there = build.call_on(target.clone(), "hasValue", Vec::new());
    let value = build.call_on(target, "value", Vec::new());
    let mut made = build.bind(&variable, value, mapped);
    if wraps {
        made = build.optional("of", vec![made]);
    }
    let none = build.optional("none", Vec::new());
    Ok(build.call("_?_:_", vec![there, made, none]))
}

/// The list sorted by another one, which is made of it by `map`.
fn sort_by(
    build: &mut Builder<'_, '_>,
    target: &mut Option<IdedExpr>,
    args: &mut Vec<IdedExpr>,
) -> Result<IdedExpr, ParseError> {
    const INPUT: &str = "@__sortBy_input__";
    let list = target.take().unwrap_or_default();
    if matches!(list.expr, Expr::Literal(_) | Expr::Map(_) | Expr::Struct(_)) {
        let text = "sortBy can only be applied to a list, identifier, comprehension, call or select \
                    expression";
        return build.error(&list, text);
    }
    let mut mapped = Some(build.ident(INPUT));
    let keys = fold(Made::List, 1, build, &mut mapped, args)?;
    let input = build.ident(INPUT);
    let sorted = build.call_on(input, "@sortByAssociatedKeys", vec![keys]);
    Ok(build.bind(INPUT, list, sorted))
}
