//! What definitions promise.

use serde_json::Value;
use serde_json::json;

use super::*;

fn definition() -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": { "name": "widgets.g.ex", "generation": 1 },
        "spec": {
            "group": "g.ex",
            "scope": "Namespaced",
            "names": { "plural": "widgets", "kind": "Widget", "shortNames": ["wg"] },
            "versions": [{
                "name": "v1",
                "served": true,
                "storage": true,
                "subresources": { "status": {} },
                "additionalPrinterColumns": [
                    { "name": "R", "type": "integer", "jsonPath": ".spec.replicas" },
                ],
                "schema": { "openAPIV3Schema": {
                    "type": "object",
                    "properties": { "spec": {
                        "type": "object",
                        "properties": { "replicas": { "type": "integer", "default": 1 } },
                    } },
                } },
            }],
        },
    })
}

fn admitted(mut definition: Value) -> Value {
    let kind = definition_kind();
    kind.strategy.default(&kind, &mut definition);
    kind.strategy.prepare_create(&mut definition, "");
    definition
}

fn mistakes(change: impl FnOnce(&mut Value)) -> Vec<String> {
    let mut definition = definition();
    change(&mut definition);
    let definition = admitted(definition);
    let kind = definition_kind();
    kind.strategy.validate(&definition, None).iter().map(ToString::to_string).collect()
}

#[test]
fn a_good_definition_is_completed_and_accepted() {
    assert_eq!(mistakes(|_| ()), Vec::<String>::new());
    let definition = admitted(definition());
    let names = &definition["spec"]["names"];
    assert_eq!((&names["singular"], &names["listKind"]), (&json!("widget"), &json!("WidgetList")));
    assert_eq!(definition["spec"]["conversion"]["strategy"], "None");
    assert_eq!(definition["status"]["storedVersions"], json!(["v1"]));
}

const DNS: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start \
    with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or \
    'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

/// What is changed in a good definition, and the mistakes that are then told.
type Row<'a> = (fn(&mut Value), &'a [&'a str]);

fn check(rows: &[Row<'_>]) {
    for (change, expected) in rows {
        assert_eq!(mistakes(*change), *expected);
    }
}

#[test]
fn a_wrong_name_is_told_in_the_servers_words() {
    let version = format!("spec.versions[0].name: Invalid value: \"V1_\": {DNS}");
    let first = format!("spec.version: Invalid value: \"V1_\": {DNS}");
    let short = format!("spec.names.shortNames[0]: Invalid value: \"W_\": {DNS}");
    check(&[
        (
            |d| d["spec"]["group"] = json!(""),
            &[
                "metadata.name: Invalid value: \"widgets.g.ex\": must be \
                 spec.names.plural+\".\"+spec.group",
                "spec.group: Required value",
            ],
        ),
        (|d| d["spec"]["versions"][0]["name"] = json!("V1_"), &[&version, &first]),
        (|d| d["spec"]["names"]["shortNames"] = json!(["W_"]), &[&short]),
        (
            |d| {
                d["metadata"]["name"] = json!("widgets.g.k8s.io");
                d["spec"]["group"] = json!("g.k8s.io");
            },
            &[
                "metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must \
               have approval annotation \"api-approved.kubernetes.io\", see \
               https://github.com/kubernetes/enhancements/pull/1111",
            ],
        ),
    ]);
}

#[test]
fn wrong_versions_are_told_in_the_servers_words() {
    let nothing_stored = "status.storedVersions: Invalid value: null: must have at least one stored \
                          version";
    check(&[
        (
            |d| d["spec"]["versions"] = json!([]),
            &[
                "spec.versions: Invalid value: null: must have exactly one version marked as storage \
                 version",
                nothing_stored,
            ],
        ),
        (
            |d| d["spec"]["versions"][0]["storage"] = json!(false),
            &[
                "spec.versions: Invalid value: [{\"Name\":\"v1\",\"Served\":true,\"Storage\":false,\
                 \"Deprecated\":false,\"DeprecationWarning\":null,\"Schema\":null,\
                 \"Subresources\":null,\"AdditionalPrinterColumns\":null,\
                 \"SelectableFields\":null}]: must have exactly one version marked as storage version",
                nothing_stored,
            ],
        ),
        (
            |d| d["spec"]["versions"][0]["schema"] = Value::Null,
            &["spec.versions[0].schema.openAPIV3Schema: Required value"],
        ),
    ]);
}

#[test]
fn wrong_content_is_told_in_the_servers_words() {
    check(&[
        (
            |d| d["spec"]["scope"] = json!("Foo"),
            &[
                "spec.scope: Unsupported value: \"Foo\": supported values: \"Cluster\", \"Namespaced\"",
            ],
        ),
        (
            |d| d["spec"]["versions"][0]["additionalPrinterColumns"][0]["type"] = json!("foo"),
            &["spec.additionalPrinterColumns[0].type: Invalid value: \"foo\": must be one of \
               boolean,date,integer,number,string"],
        ),
        (
            |d| d["spec"]["versions"][0]["additionalPrinterColumns"][0]["jsonPath"] = json!("a["),
            &[
                "spec.additionalPrinterColumns[0].JSONPath: Invalid value: \"a[\": must be a simple json \
               path starting with .",
            ],
        ),
        (
            |d| {
                d["spec"]["versions"][0]["subresources"]["scale"] =
                    json!({ "specReplicasPath": "spec.x", "statusReplicasPath": ".foo" });
            },
            &[
                "spec.subresources.scale.specReplicasPath: Invalid value: \"spec.x\": must be a simple \
                 json path starting with .",
                "spec.subresources.scale.statusReplicasPath: Invalid value: \".foo\": should be a json \
                 path under .status",
            ],
        ),
        (
            |d| d["spec"]["conversion"] = json!({ "strategy": "Webhook" }),
            &[
                "spec.conversion.webhookClientConfig: Required value: required when strategy is set to \
                 Webhook",
                "spec.conversion.conversionReviewVersions: Required value",
            ],
        ),
    ]);
}

#[test]
fn an_established_definition_keeps_its_scope_and_kind() {
    let mut old = admitted(definition());
    let established = ("Established", "True", "InitialNamesAccepted", "");
    set_condition(&mut old["status"], established, "now");
    let mut new = old.clone();
    new["spec"]["scope"] = json!("Cluster");
    new["spec"]["names"]["kind"] = json!("Gadget");
    let kind = definition_kind();
    let errors: Vec<String> =
        kind.strategy.validate(&new, Some(&old)).iter().map(ToString::to_string).collect();
    assert_eq!(
        errors,
        [
            "spec.scope: Invalid value: \"Cluster\": field is immutable",
            "spec.names.kind: Invalid value: \"Gadget\": field is immutable",
        ]
    );
}

#[test]
fn a_new_storage_version_is_remembered() {
    let old = admitted(definition());
    let mut new = old.clone();
    new["spec"]["versions"][0]["storage"] = json!(false);
    let mut second = new["spec"]["versions"][0].clone();
    second["name"] = json!("v2");
    second["storage"] = json!(true);
    new["spec"]["versions"].as_array_mut().unwrap().push(second);
    let kind = definition_kind();
    kind.strategy.prepare_update(&mut new, &old);
    kind.strategy.prepare_update(&mut new, &old);
    assert_eq!(new["status"]["storedVersions"], json!(["v1", "v2"]), "each of them once");
    assert_eq!(kind.strategy.validate(&new, Some(&old)), []);
    new["spec"]["versions"].as_array_mut().unwrap().remove(0);
    let errors = kind.strategy.validate(&new, Some(&old));
    assert!(
        errors[0]
            .to_string()
            .starts_with("status.storedVersions[0]: Invalid value: \"v1\": missing")
    );
}

fn with_status(mut definition: Value, status: Value) -> Value {
    definition["status"] = status;
    definition
}

#[test]
fn names_are_accepted_then_the_kind_is_established() {
    let definition = admitted(definition());
    let status = accept_names(&definition, [&definition], "t1").unwrap();
    assert_eq!(status["acceptedNames"]["shortNames"], json!(["wg"]));
    assert_eq!(
        status["conditions"],
        json!([
            {
                "type": "NamesAccepted", "status": "True", "lastTransitionTime": "t1",
                "reason": "NoConflicts", "message": "no conflicts found",
            },
            {
                "type": "Established", "status": "False", "lastTransitionTime": "t1",
                "reason": "Installing", "message": "the initial names have been accepted",
            },
        ])
    );
    assert_eq!(establish(&definition, "t2"), None, "not before its names are accepted");
    let named = with_status(definition, status);
    assert_eq!(accept_names(&named, [], "t2"), None, "nothing is left to say");
    let established = establish(&named, "t2").unwrap();
    assert_eq!(condition(&established, "Established").unwrap()["status"], "True");
    assert_eq!(establish(&with_status(named, established), "t3"), None);
}

#[test]
fn a_name_that_is_taken_is_told_and_the_rest_is_kept() {
    let first = admitted(definition());
    let status = accept_names(&first, [], "t").unwrap();
    let first = with_status(first, status);
    let mut second = definition();
    second["metadata"]["name"] = json!("wids.g.ex");
    second["spec"]["names"] = json!({ "plural": "wids", "singular": "wid", "kind": "Widget" });
    let second = admitted(second);
    let status = accept_names(&second, [&first], "t").unwrap();
    let told = condition(&status, "NamesAccepted").unwrap();
    assert_eq!(
        (&told["reason"], &told["message"]),
        (&json!("ListKindConflict"), &json!("\"WidgetList\" is already in use"))
    );
    let established = condition(&status, "Established").unwrap();
    assert_eq!(established["reason"], "NotAccepted");
    assert_eq!(status["acceptedNames"]["plural"], "wids");
    assert_eq!(status["acceptedNames"]["kind"], "");
    let mut elsewhere = second.clone();
    elsewhere["spec"]["group"] = json!("h.ex");
    let free = accept_names(&elsewhere, [&first], "t").unwrap();
    assert_eq!(free["acceptedNames"]["kind"], "Widget", "another group has names of its own");
    assert!(
        kinds_of(&with_status(second, status)).is_empty(),
        "a kind without a name is not served"
    );
}

#[test]
fn a_kind_is_made_for_each_served_version_the_preferred_one_first() {
    let mut definition = definition();
    let version = |name: &str, storage: bool| {
        let mut version = definition["spec"]["versions"][0].clone();
        version["name"] = json!(name);
        version["storage"] = json!(storage);
        version
    };
    let mut versions = vec![
        version("v1beta1", false),
        version("v1", true),
        version("v2alpha1", false),
        version("v10", false),
        version("odd", false),
        version("v3", false),
    ];
    versions[5]["served"] = json!(false);
    versions[0]["deprecated"] = json!(true);
    definition["spec"]["versions"] = json!(versions);
    let mut definition = admitted(definition);
    definition["status"] = accept_names(&definition, [], "t").unwrap();
    let kinds = kinds_of(&definition);
    let names: Vec<&str> = kinds.iter().map(|kind| kind.version.as_str()).collect();
    assert_eq!(names, ["v10", "v1", "v1beta1", "v2alpha1", "odd"]);
    assert_eq!(kinds[2].deprecation.as_deref(), Some("g.ex/v1beta1 Widget is deprecated"));
    assert!(kinds[1].conversion.is_none(), "the storage version is what is stored");
    let mut object = json!({ "apiVersion": "g.ex/v1", "kind": "Widget", "spec": {} });
    let conversion = kinds[0].conversion.as_ref().unwrap();
    conversion.from_stored(&mut object);
    assert_eq!(
        object,
        json!({ "apiVersion": "g.ex/v10", "kind": "Widget", "spec": { "replicas": 1 } })
    );
    conversion.to_stored(&mut object);
    assert_eq!(object["apiVersion"], "g.ex/v1");
    assert_eq!(kinds[0].columns.as_ref().unwrap()[0].path, ".spec.replicas");
    assert!(kinds[0].has_status());
}
