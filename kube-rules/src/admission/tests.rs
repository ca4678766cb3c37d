//! Expressions of admission: what they come to, what they cost, and what is wrong with them.

use serde_json::Value as Json;
use serde_json::json;

use super::*;
use crate::authorizer::Authorizer;
use crate::authorizer::Decision;
use crate::authorizer::Question;
use crate::eval::Answer;

fn subject<'a>(request: &'a Json, object: &'a Json) -> Subject<'a> {
    Subject::new(request).object(object)
}

fn check(expression: &str, object: &Json, expected: Result<bool, &str>) {
    let rules = Environment::new().together([Some(expression)], Returns::Bool);
    let request = json!({"operation": "CREATE", "userInfo": {"username": "me"}});
    let evaluated = rules.evaluate(&subject(&request, object), 10_000_000).unwrap();
    let answer = evaluated.answers[0].clone().unwrap();
    let expected = expected.map(Answer::Bool).map_err(|why| match why.starts_with("compilation") {
        true => why.to_owned(),
        false => format!("expression '{expression}' resulted in error: {why}"),
    });
    assert_eq!(answer, expected, "{expression}");
}

#[test]
fn an_object_without_a_schema_is_read_as_it_stands() {
    let object = json!({"spec": {"replicas": 3, "ports": [1, 2], "none": null, "half": 0.5},
        "metadata": {"labels": {"a.b/c": "d"}}});
    check("object.spec.replicas == 3", &object, Ok(true));
    check("object.spec.replicas < 2.5", &object, Ok(false));
    check("object.spec.ports.all(port, port > 0)", &object, Ok(true));
    check("object.spec.ports == [1, 2]", &object, Ok(true));
    check("has(object.spec.none) && object.spec.none == null", &object, Ok(true));
    check("has(object.status)", &object, Ok(false));
    check("object.metadata.labels['a.b/c'] == 'd'", &object, Ok(true));
    check("object.spec == 1", &object, Ok(false));
    check("object.spec.half == 0.5", &object, Ok(true));
    check("object.spec.?image.orValue('x') == 'x'", &object, Ok(true));
    check("object.status.phase == 'x'", &object, Err("no such key: status"));
    check("oldObject == null", &object, Ok(true));
    check("oldObject.spec.replicas == 1", &object, Err("no such key: spec"));
    check("namespaceObject == null", &object, Ok(true));
    check("request.userInfo.username == 'me'", &object, Ok(true));
}

#[test]
fn what_is_wrong_is_told_in_the_servers_words() {
    let rows = [
        ("object.x", "must evaluate to bool but got dyn"),
        (
            "request.uid == ''",
            "compilation failed: ERROR: <input>:1:8: undefined field 'uid'\n | request.uid == ''\n | .......^",
        ),
        (
            "params.x",
            "compilation failed: ERROR: <input>:1:1: undeclared reference to 'params' (in container '')\n | params.x\n | ^",
        ),
    ];
    for (expression, expected) in rows {
        let wrong = Environment::new().compile(expression, Returns::Bool).unwrap_err();
        assert_eq!(wrong.detail, expected);
    }
    let wrong = Environment::new().compile("object.x", Returns::TextOrNull).unwrap_err();
    assert_eq!(wrong.detail, "must evaluate to one of [string null_type] but got dyn");
}

#[test]
fn a_schema_tells_of_fields_that_there_are_not() {
    let schema = json!({"type": "object", "properties": {"spec": {"type": "object",
        "properties": {"replicas": {"type": "integer"}}}}});
    let typed = Environment::new().typed(&schema);
    typed.compile("object.spec.replicas > oldObject.spec.replicas", Returns::Bool).unwrap();
    typed.compile("object.metadata.labels.exists(key, key == 'a')", Returns::Bool).unwrap();
    typed.compile("object.metadata.managedFields.size() > 0", Returns::Bool).unwrap();
    let wrong = typed.compile("object.spec.replica > 1", Returns::Bool).unwrap_err();
    assert_eq!(wrong.meant.as_deref(), Some("replicas"));
    assert!(wrong.detail.contains("undefined field 'replica'"), "{}", wrong.detail);
    let wrong = typed.compile("objct.spec.replicas > 1", Returns::Bool).unwrap_err();
    assert_eq!(wrong.meant.as_deref(), Some("object"));
}

#[test]
fn a_variable_is_evaluated_once_and_when_it_is_named() {
    let mut environment = Environment::new();
    environment.variable("big", "object.items.filter(each, each > 1)").unwrap();
    environment.variable("missing", "object.nope").unwrap();
    environment.variable("count", "size(variables.big)").unwrap();
    environment.variable("wrong", "object.").unwrap_err();
    let request = json!({});
    let object = json!({"items": [1, 2, 3]});
    let cost = |expressions: &[&str]| {
        let all = environment.together(expressions.iter().copied().map(Some), Returns::Bool);
        let evaluated = all.evaluate(&subject(&request, &object), 10_000).unwrap();
        assert!(evaluated.answers.iter().all(|answer| *answer == Some(Ok(Answer::Bool(true)))));
        10_000 - evaluated.left
    };
    let one = cost(&["variables.count == 2"]);
    let again = cost(&["variables.count == 2", "variables.count == 2"]);
    assert!(again < one * 2 && again > one, "{one} {again}");
    let failing = environment
        .together([Some("variables.missing == 1"), Some("variables.wrong == 1")], Returns::Bool);
    let answers = failing.evaluate(&subject(&request, &object), 10_000).unwrap().answers;
    let expected = "expression 'variables.missing == 1' resulted in error: composited variable \
                    \"missing\" fails to evaluate: no such key: nope";
    assert_eq!(answers[0], Some(Err(expected.to_owned())));
    let told = answers[1].clone().unwrap().unwrap_err();
    assert!(told.contains("composited variable \"wrong\" fails to compile: compilation failed: "));
}

#[test]
fn what_costs_more_than_the_budget_ends_the_evaluation() {
    let request = json!({});
    let object = json!({"items": (0..1000).collect::<Vec<_>>()});
    let rules = Environment::new()
        .together([Some("object.items.all(a, object.items.all(b, a + b >= 0))")], Returns::Bool);
    let evaluated = rules.evaluate(&subject(&request, &object), 10_000_000).unwrap();
    let told = evaluated.answers[0].clone().unwrap().unwrap_err();
    assert!(told.ends_with("operation cancelled: actual cost limit exceeded"), "{told}");
    let spent = rules.evaluate(&subject(&request, &object), 1_000).unwrap_err();
    assert!(spent.starts_with("validation failed due to running out of cost budget"));
}

struct Clerk;

impl Authorizer for Clerk {
    fn decide(&self, question: &Question) -> Decision {
        let allowed = question.verb == "get" && question.name == "mine";
        Decision {
            allowed,
            reason: format!("{}/{}", question.namespace, question.resource),
            error: None,
        }
    }
}

#[test]
fn an_expression_asks_what_its_writer_may_do() {
    let request = json!({"name": "mine", "namespace": "here",
        "requestResource": {"group": "", "version": "v1", "resource": "pods"}});
    let clerk = Clerk;
    let subject = Subject::new(&request).authorizer(&clerk);
    let rows = [
        ("authorizer.requestResource.check('get').allowed()", Ok(true)),
        ("authorizer.requestResource.check('get').reason() == 'here/pods'", Ok(true)),
        ("authorizer.group('').resource('pods').name('other').check('get').allowed()", Ok(false)),
        ("authorizer.path('').check('get').allowed()", Err("path must not be empty")),
        (
            "authorizer.serviceAccount('Ups', 'x').path('/x').check('get').allowed()",
            Err("Invalid service account namespace"),
        ),
    ];
    let environment = Environment::new().authorizer();
    for (expression, expected) in rows {
        let rules = environment.together([Some(expression)], Returns::Bool);
        let answer = rules.evaluate(&subject, 10_000_000).unwrap().answers.remove(0).unwrap();
        let prefix = format!("expression '{expression}' resulted in error: ");
        let expected = expected.map(Answer::Bool).map_err(|why: &str| prefix + why);
        assert_eq!(answer, expected);
    }
    assert!(environment.without_authorizer().compile("authorizer == null", Returns::Bool).is_err());
}
