//! The promises of templates: kubectl's own answers, recorded, and the limits.

use serde_json::json;

use super::*;
use crate::object::DynamicObject;

/// What kubectl 1.32 answers for `golden/jsonpath.object.json`; made anew by `client/parts.rs`.
const RECORDED: &str = include_str!("../../tests/golden/jsonpath.jsonl");
const OBJECT: &str = include_str!("../../tests/golden/jsonpath.object.json");

fn rendered(template: &str, object: &Value) -> Result<String> {
    JsonPath::new(template)?.render(object)
}

#[test]
fn the_text_is_kubectls_byte_for_byte() {
    let object: Value = serde_json::from_str(OBJECT).unwrap();
    let mut differences = Vec::new();
    for line in RECORDED.lines() {
        let recorded: Value = serde_json::from_str(line).unwrap();
        let template = recorded["template"].as_str().unwrap();
        match (rendered(template, &object), recorded["text"].as_str()) {
            (Ok(ours), Some(theirs)) if ours == theirs => {}
            (Err(_), None) => {}
            (ours, _) => differences.push(format!("{ours:?}, but {line}")),
        }
    }
    assert!(differences.is_empty(), "{differences:#?}");
    assert!(RECORDED.lines().count() > 150);
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let object = json!({ "l": [1, 2], "o": { "a": 1 }, "s": "x" });
    for (template, expected) in [
        ("{.l", "failed to read the JSONPath `{.l`: a `{` is not closed: end it with `}`"),
        (
            "{.l[a]}",
            "failed to read the JSONPath `{.l[a]}`: `a` is no index: write `[1]`, `[1:3]`, `['name']` or `[*]`",
        ),
        ("{|}", "failed to read the JSONPath `{|}`: `|` means nothing here"),
        (r#"{"a}"#, "failed to read the JSONPath `{\"a}`: a text is not closed: end it with `\"`"),
        (
            "{name}",
            "failed to use the JSONPath `{name}`: `name` means nothing here: write `.name` for a member",
        ),
        ("{.l[2]}", "failed to use the JSONPath `{.l[2]}`: there is no index 2 in a list of 2"),
        ("{.s[0]}", "failed to use the JSONPath `{.s[0]}`: a text is no list, so it has no index"),
        (
            "{.o[?(@.a)]}",
            "failed to use the JSONPath `{.o[?(@.a)]}`: an object is no list, so nothing can be chosen from it",
        ),
        ("{.l[?(@=~1)]}", "failed to read the JSONPath `{.l[?(@=~1)]}`: `~` means nothing here"),
        (
            "{.l[?(@=1)]}",
            "failed to use the JSONPath `{.l[?(@=1)]}`: `=` compares nothing: use one of == != < <= > >=",
        ),
        (
            "{end}",
            "failed to use the JSONPath `{end}`: `{end}` ends no range: write `{range ..}` before it",
        ),
    ] {
        assert_eq!(rendered(template, &object).unwrap_err().to_string(), expected);
    }
    let strict = JsonPath::new("{.o.b}").unwrap().missing_keys(false);
    let error = strict.render(&object).unwrap_err();
    assert_eq!(error.to_string(), "failed to use the JSONPath `{.o.b}`: there is no `b`");
    assert_eq!(error.kind(), ErrorKind::Input);
}

#[test]
fn a_slice_that_cannot_be_says_which_index_there_is_not() {
    let object = json!({ "l": [1, 2, 3] });
    assert_eq!(rendered("{.l[0:3]}", &object).unwrap(), "1 2 3");
    for (template, why) in [
        ("{.l[3:5]}", "there is no index 3 in a list of 3"),
        ("{.l[0:9]}", "there is no index 8 in a list of 3"),
        ("{.l[-1:0]}", "a slice from 2 to 0 ends before it begins"),
    ] {
        let error = rendered(template, &object).unwrap_err().to_string();
        assert!(error.ends_with(why), "{error}");
    }
    assert!(JsonPath::new("{.l[+1]}").is_err(), "kubectl knows no such number");
    let many = JsonPath::new("{.l[*]['a']}{..}").unwrap().at_most(2).render(&object).unwrap_err();
    assert!(many.to_string().contains("it finds more than 2 values"), "{many}");
}

#[test]
fn what_is_below_is_what_is_made_of_something() {
    let object = json!({
        "a": { "e": [], "k": "x", "n": 5, "o": {}, "s": "", "z": null }, "l": [{ "k": "y" }],
    });
    let found = JsonPath::new("{..}").unwrap().find(&object).unwrap();
    let (a, l) = (object["a"].clone(), object["l"].clone());
    assert_eq!(found, [object, a, json!("x"), l, json!({ "k": "y" }), json!("y")]);
}

#[test]
fn ranges_one_after_the_other_do_not_stand_in_each_other() {
    let template = "{range .l[*]}{@}{end}".repeat(500);
    assert_eq!(rendered(&template, &json!({ "l": [1] })).unwrap(), "1".repeat(500));
}

#[test]
fn a_path_alone_needs_no_braces() {
    let object = json!({ "metadata": { "name": "web" } });
    for path in ["metadata.name", ".metadata.name", "{.metadata.name}", "{metadata.name}"] {
        let found = JsonPath::relaxed(path).unwrap().find(&object).unwrap();
        assert_eq!(found, [json!("web")], "{path}");
    }
    for path in ["", "{}", ".", "{.a}{.b}", "{.a", "x {.a}"] {
        assert!(JsonPath::relaxed(path).is_err(), "{path}");
    }
}

#[test]
fn any_object_will_do() {
    let object: DynamicObject =
        serde_json::from_value(json!({ "metadata": { "name": "web" }, "spec": { "size": 3 } }))
            .unwrap();
    let template: JsonPath = "{.metadata.name}: {.spec.size}".parse().unwrap();
    assert_eq!(template.render(&object).unwrap(), "web: 3");
    assert_eq!(template.find(&object).unwrap(), [json!("web"), json!(": "), json!(3)]);
}

#[test]
fn no_template_takes_all_memory_or_stack() {
    let mut deep = json!({ "a": "x" });
    for _ in 0..100 {
        deep = json!({ "a": deep, "b": [1, 2, 3] });
    }
    for template in [
        format!("{{{}}}", "[?(@".repeat(10_000)),
        format!("{{{}a{}}}", ".a[?(@".repeat(1_000), ")]".repeat(1_000)),
        "{".repeat(10_000),
        format!("{{.a{}}}", "['a','a']".repeat(40)),
        format!("{{{}}}", "..a".repeat(12)),
        "{range @}".repeat(60),
        "{range @}".repeat(100_000),
        "{range ['a','a']}".repeat(50) + &"{end}".repeat(50),
    ] {
        let refused = JsonPath::new(&template).and_then(|path| path.at_most(20_000).render(&deep));
        let refused = refused.unwrap_err();
        assert!(refused.to_string().len() < 500, "{refused}");
    }
    let long = format!("{{{}}}", ".a".repeat(100_000));
    assert_eq!(rendered(&long, &deep).unwrap(), "");
    let ranges = "{range .b[*]}".repeat(60) + &"{end}".repeat(60);
    assert_eq!(rendered(&ranges, &deep).unwrap(), "");
}

proptest::proptest! {
    #[test]
    fn no_text_is_read_with_a_panic(template in "[{}\\[\\]().'\"@$*?:,\\\\a-c0-2 <=>-]{0,40}") {
        let object = json!({ "a": [{ "b": 1, "c": "x" }, { "b": [2] }], "b": null, "c": 1.5 });
        _ = rendered(&template, &object);
        _ = rendered(&format!("{{.a[?({template})]}}"), &object);
    }
}
