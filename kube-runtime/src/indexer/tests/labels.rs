//! Objects found by their labels: the same ones with an index and without.

use super::*;

fn tagged(namespace: &str, name: &str, version: u64, labels: &Value) -> RawObject {
    let metadata = json!({ "namespace": namespace, "labels": labels });
    object_with(name, version, &json!({ "metadata": metadata }))
}

fn found(store: &Store, selector: &str) -> Vec<Vec<String>> {
    let lister: Lister<ConfigMap> = store.lister();
    let here = |namespace: &str| lister.namespace(namespace).labels(selector).list().unwrap();
    let all = [lister.labels(selector).list().unwrap(), here("a"), here("b"), here("none")];
    all.iter().map(|maps| names(maps)).collect()
}

/// A list and some events.
fn story() -> impl Iterator<Item = Delta> {
    let web = json!({ "app": "web", "tier": "front" });
    let objects = vec![
        tagged("a", "x", 1, &web),
        tagged("a", "y", 2, &json!({ "app": "db" })),
        tagged("b", "z", 3, &json!({ "app": "web" })),
        tagged("b", "bare", 4, &json!({})),
    ];
    list(5, objects).into_iter().chain([
        Delta::Updated(tagged("a", "y", 6, &web)),
        Delta::Updated(tagged("a", "x", 7, &json!({ "tier": "front" }))),
        Delta::Deleted(tagged("b", "z", 8, &json!({ "app": "web" }))),
        Delta::Updated(tagged("b", "new", 9, &json!({ "app": "cache" }))),
    ])
}

#[test]
fn with_an_index_of_a_label_the_same_objects_are_found_as_without() {
    let [plain, first, late, both] = [(); 4].map(|()| store());
    first.add_label_index("app");
    both.add_label_index("app");
    both.add_label_index("tier");
    let stores = [&plain, &first, &late, &both];
    for step in 0..story().count() {
        for store in stores {
            apply(store, story().nth(step));
        }
        late.add_label_index("app");
        for selector in [
            "app=web",
            "app in (web,db)",
            "app=web,tier=front",
            "app!=web",
            "app",
            "!app",
            "tier=front",
        ] {
            let expected = found(&plain, selector);
            for store in stores {
                assert_eq!(found(store, selector), expected, "{selector} after step {step}");
            }
        }
    }
    // What this process wrote is found by the labels that it has now.
    for store in stores {
        store.wrote(&Write::Object(tagged("a", "y", 10, &json!({ "app": "own" }))));
        assert_eq!(found(store, "app=own")[0], ["y"]);
        assert_eq!(found(store, "app=web")[0], [] as [&str; 0]);
    }
}

#[test]
fn an_index_of_a_label_keeps_nothing_of_what_is_gone() {
    let mut indexer = Indexer::new(Cache::Packed);
    indexer.add_index(Box::new(by_label("app")));
    let mut step = |delta| {
        let step = indexer.prepare(delta);
        indexer.commit(step, &mut Vec::new());
        let index = indexer.index(&Name::Label("app".into())).unwrap().as_any();
        index.downcast_ref::<ByLabel>().unwrap().values_kept()
    };
    for version in 1..100 {
        let labels = json!({ "app": version.to_string() });
        assert_eq!(step(Delta::Updated(tagged("a", "x", version, &labels))), 1);
    }
    assert_eq!(step(Delta::Deleted(tagged("a", "x", 100, &json!({ "app": "99" })))), 0);
}
