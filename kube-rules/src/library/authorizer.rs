//! Functions that ask what somebody may do: `authorizer.group('apps').resource('deployments').check('update').allowed()`.
//!
//! Mirrors: apiserver pkg/cel/library/authz.go
//! Differs: selectors are taken and not handed on, as roles know none.

use std::rc::Rc;

use crate::authorizer::Asking;
use crate::authorizer::Question;
use crate::authorizer::Stage;
use crate::kinds::NamedFormat;
use crate::value::Fault;
use crate::value::Meter;
use crate::value::Outcome;
use crate::value::Value;

pub(super) fn call<'a>(_: &mut Meter, name: &str, args: &[Value<'a>]) -> Option<Outcome<'a>> {
    let [Value::Asking(asking), rest @ ..] = args else { return None };
    let texts: Result<Vec<String>, Fault> =
        rest.iter().map(|each| each.str().map(|text| text.to_string())).collect();
    Some(texts.and_then(|texts| asked(asking, name, &texts)))
}

fn asked<'a>(asking: &Asking<'a>, name: &str, texts: &[String]) -> Outcome<'a> {
    let next = |stage: Stage, change: &dyn Fn(&mut Question)| {
        let mut asking = Asking { stage, ..asking.clone() };
        change(&mut asking.question);
        Ok(Value::Asking(Rc::new(asking)))
    };
    match (&asking.stage, name, texts) {
        (Stage::Whom, "path", [text]) if text.trim().is_empty() => {
            Fault::error("path must not be empty")
        }
        (Stage::Whom, "path", [text]) => next(Stage::Path, &|asked| asked.path.clone_from(text)),
        (Stage::Whom, "group", [text]) => next(Stage::Group, &|asked| asked.group.clone_from(text)),
        (Stage::Whom, "serviceAccount", [namespace, name]) => {
            if !fits("dns1123Subdomain", name) {
                return Fault::error("Invalid service account name");
            }
            if !fits("dns1123Label", namespace) {
                return Fault::error("Invalid service account namespace");
            }
            let account = (namespace.clone(), name.clone());
            next(Stage::Whom, &|asked| asked.service_account = Some(account.clone()))
        }
        (Stage::Group, "resource", [text]) if text.trim().is_empty() => {
            Fault::error("resource must not be empty")
        }
        (Stage::Group, "resource", [text]) => {
            next(Stage::Resource, &|asked| asked.resource.clone_from(text))
        }
        (Stage::Resource, _, [text]) => {
            let change: &dyn Fn(&mut Question) = match name {
                "subresource" => &|asked| asked.subresource.clone_from(text),
                "namespace" => &|asked| asked.namespace.clone_from(text),
                "name" => &|asked| asked.name.clone_from(text),
                "fieldSelector" | "labelSelector" => &|_| {},
                "check" => return decided(asking, text),
                _ => return Fault::no_overload(),
            };
            next(Stage::Resource, change)
        }
        (Stage::Path, "check", [verb]) => decided(asking, verb),
        (Stage::Decided(decision), _, []) => match name {
            "allowed" => Ok(Value::Bool(decision.allowed)),
            "reason" => Ok(Value::text(decision.reason.as_str())),
            "errored" => Ok(Value::Bool(decision.error.is_some())),
            "error" => Ok(Value::text(decision.error.as_deref().unwrap_or_default())),
            _ => Fault::no_overload(),
        },
        _ => Fault::no_overload(),
    }
}

fn decided<'a>(asking: &Asking<'a>, verb: &str) -> Outcome<'a> {
    let question = Question { verb: verb.to_owned(), ..asking.question.clone() };
    let stage = Stage::Decided(asking.whom.decide(&question));
    Ok(Value::Asking(Rc::new(Asking { whom: asking.whom, question, stage })))
}

fn fits(format: &str, text: &str) -> bool {
    let found: Option<&NamedFormat> = super::scalars::format_named(format);
    found.is_some_and(|format| format.mistakes(text).is_empty())
}
