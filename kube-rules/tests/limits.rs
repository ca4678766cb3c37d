//! What no rule can do, whoever wrote it: overflow the stack, run for long, or take all memory.

use std::thread;

use kube_rules::Validator;
use serde_json::Value;
use serde_json::json;

/// A runtime's threads have two mebibytes; half of one must do.
const STACK: usize = 512 << 10;

fn schema(rule: &str) -> Value {
    let list = json!({"type": "array", "items": {"type": "integer"},
        "x-kubernetes-validations": [{"rule": rule, "message": "broken"}]});
    json!({"type": "object", "properties": {"v": list}})
}

/// What the rules of a schema are refused with, then what an object with so many items is.
fn judged(rule: &str, items: usize) -> (String, String) {
    let schema = schema(rule);
    let object = json!({"v": vec![1; items]});
    let judge = move || {
        let compiled = kube_rules::mistakes(&schema, "S");
        let verdict = Validator::new(&schema).validate(&object, None);
        let texts = |mistakes: &[kube_rules::Mistake]| {
            mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        };
        (texts(&compiled), texts(&verdict.mistakes))
    };
    let thread = thread::Builder::new().stack_size(STACK).spawn(judge).expect("a thread");
    thread.join().expect("it neither panics nor overflows its stack")
}

#[test]
fn a_rule_that_is_too_deep_is_refused_and_the_stack_holds() {
    let many = |count: usize, text: &str, with: &str| vec![text; count].join(with);
    let rows = [
        (
            format!("{}true{}", "(".repeat(300), ")".repeat(300)),
            "expression recursion limit exceeded: 250",
        ),
        (
            format!("{}true{}", "[1].all(x, ".repeat(300), ")".repeat(300)),
            "recursion limit exceeded",
        ),
        (
            format!("{}true", "true ? false : ".repeat(300)),
            "expression recursion limit exceeded: 250",
        ),
        (format!("{} > 0", many(2000, "1", " + ")), "max recursion depth exceeded"),
        (format!("self{} > 0", "[0]".repeat(2000)), "max recursion depth exceeded"),
        (format!("self{}.size() > 0", ".map(x, x)".repeat(1500)), "max recursion depth exceeded"),
        (format!("'{}' == 'a'", "a".repeat(100_001)), "expression code point size exceeds limit"),
    ];
    for (rule, expected) in rows {
        let (compiled, _) = judged(&rule, 1);
        assert!(compiled.contains(expected), "{}: {compiled}", &rule[..20]);
    }
}

#[test]
fn a_rule_as_deep_as_it_may_be_is_evaluated() {
    let rows = [
        format!("{}true{}", "(".repeat(240), ")".repeat(240)),
        format!("{}true{}", "[1].all(x, ".repeat(240), ")".repeat(240)),
        format!("{} > 0", vec!["1"; 240].join(" + ")),
        vec!["self[0] == 1"; 800].join(" && "),
    ];
    for rule in rows {
        let (_, refused) = judged(&rule, 1);
        assert_eq!(refused, "", "{}", &rule[..20]);
    }
}

const SPENT: &str = "'operation cancelled: actual cost limit exceeded': no further validation rules will be \
                     run due to call cost exceeds limit for rule: broken";

/// One call alone costs more than the object has.
const SPENT_AT_ONCE: &str = "validation failed due to running out of cost budget, no further validation rules \
                             will be run";

#[test]
fn a_rule_that_runs_for_long_is_ended() {
    let rows = [
        "self.all(x, self.all(y, self.all(z, x == y && y == z)))",
        "self.map(x, self.map(y, x + y)).size() > 0",
        // Kubernetes prices these at next to nothing, for all that they copy.
        "self.map(x, self + self + self).size() > 0",
        "self.all(x, lists.range(1000000000).size() > 0)",
        "self.all(x, (self + self + self + self).distinct().size() == 1)",
        "self.transformMap(i, x, self.transformMap(j, y, y)).size() > 0",
        "self.map(x, string(x)).join('a').replace('', '0123456789'.replace('', self.map(x, string(x)).join('a')))\
         .replace('', self.map(x, string(x)).join('a')) == 'a'",
        "self.map(x, 'a').join('').split('').map(x, self).flatten().size() > 0",
    ];
    for rule in rows {
        let (_, refused) = judged(rule, 3_000);
        assert!(refused.ends_with(SPENT) || refused.ends_with(SPENT_AT_ONCE), "{rule}: {refused}");
    }
}

#[test]
fn all_rules_together_have_a_budget() {
    let item = json!({"type": "array", "items": {"type": "integer"}, "x-kubernetes-validations":
        [{"rule": "self.all(x, x > 0)"}]});
    let schema = json!({"type": "object", "properties": {"v": {"type": "array", "items": item}}});
    let object = json!({"v": vec![vec![1; 10_000]; 300]});
    let verdict = Validator::new(&schema).validate(&object, None);
    let [mistake] = verdict.mistakes.as_slice() else { panic!("{:?}", verdict.mistakes) };
    let said = "validation failed due to running out of cost budget, no further validation rules will be run";
    assert_eq!(mistake.detail, said);
}
