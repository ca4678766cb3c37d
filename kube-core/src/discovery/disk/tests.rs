//! The promises of the cache on disk.

use serde_json::json;

use super::*;
use crate::discovery::aggregated;

fn kinds() -> Kinds {
    let deployments = json!({
        "resource": "deployments", "responseKind": { "group": "apps", "version": "v1", "kind": "Deployment" },
        "scope": "Namespaced", "singularResource": "deployment", "verbs": ["get", "list"],
        "shortNames": ["deploy"], "categories": ["all"],
        "subresources": [{ "subresource": "scale", "verbs": ["get"],
            "responseKind": { "group": "autoscaling", "version": "v1", "kind": "Scale" } }],
    });
    let nodes = json!({
        "resource": "nodes", "responseKind": { "group": "", "version": "v1", "kind": "Node" },
        "scope": "Cluster", "singularResource": "node", "verbs": ["get"],
    });
    let group = |name: &str, version: &str, resource| json!({ "metadata": { "name": name }, "versions": [{ "version": version, "resources": [resource], "freshness": "Current" }] });
    let document = json!({ "kind": "APIGroupDiscoveryList", "items": [group("", "v1", nodes), group("apps", "v1", deployments)] });
    aggregated::parse(document.to_string().as_bytes()).unwrap()
}

fn kept() -> (tempfile::TempDir, DiskCache) {
    let folder = tempfile::tempdir().unwrap();
    let cache = DiskCache::new(folder.path().join("discovery/server"));
    cache.write(&kinds());
    (folder, cache)
}

#[test]
fn what_is_kept_comes_back_as_it_was() {
    let (_folder, cache) = kept();
    assert_eq!(cache.read(SystemTime::now()).unwrap(), kinds());
    let files = ["servergroups.json", "v1/serverresources.json", "apps/v1/serverresources.json"];
    for file in files {
        let path = cache.folder().join(file);
        assert!(path.is_file(), "{file}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700), "{file}");
        }
    }
    let left = fs::read_dir(cache.folder().join("apps/v1")).unwrap().count();
    assert_eq!(left, 1, "nothing stays beside the file");
}

#[test]
fn a_file_that_is_old_or_broken_is_as_none() {
    let later = |seconds| SystemTime::now() + Duration::from_secs(seconds);
    let (_folder, cache) = kept();
    assert!(cache.read(later(6 * 3600 - 60)).is_some());
    assert!(cache.read(later(6 * 3600 + 60)).is_none());
    assert!(cache.clone().kept(Duration::from_secs(10)).read(later(60)).is_none());
    assert!(cache.read(SystemTime::UNIX_EPOCH).is_some(), "the clock was set back");
    for content in ["", "{\"kind\":\"APIResou", "[1]", "\0\0"] {
        let file = cache.folder().join("apps/v1/serverresources.json");
        fs::write(&file, content).unwrap();
        assert_eq!(cache.read(SystemTime::now()), None, "{content:?}");
        cache.write(&kinds());
        assert_eq!(cache.read(SystemTime::now()).unwrap(), kinds());
    }
    fs::remove_file(cache.folder().join("v1/serverresources.json")).unwrap();
    assert_eq!(cache.read(SystemTime::now()), None, "all of it or nothing");
}

#[test]
fn what_a_stale_version_last_had_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let cache = DiskCache::new(folder.path());
    let mut partial = kinds();
    let (group_version, reason) = ("apps/v1".to_owned(), "it is down".to_owned());
    partial.unknown.push(crate::discovery::Unknown { group_version, reason });
    cache.write(&partial);
    assert!(folder.path().join("v1/serverresources.json").is_file());
    assert!(!folder.path().join("apps").exists());
}

#[test]
fn no_name_that_a_server_thinks_up_leads_out_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let cache = DiskCache::new(folder.path().join("in"));
    for name in ["../out", "..", "/out", "a/../../out", ".hidden", "a\0b"] {
        let mut evil = kinds();
        for group in &mut evil.groups {
            name.clone_into(&mut group.name);
        }
        for kind in &mut evil.known {
            kind.resource.group = name.to_owned().into();
        }
        cache.write(&evil);
        assert_eq!(cache.read(SystemTime::now()), None, "{name:?}");
    }
    let all: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(all, ["in"]);
    let all: Vec<_> =
        fs::read_dir(cache.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(all, ["servergroups.json"]);
}

#[test]
fn a_folder_that_cannot_be_written_harms_nobody() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let cache = DiskCache::new(folder.path().join("file/below"));
    cache.write(&kinds());
    assert_eq!(cache.read(SystemTime::now()), None);
}

#[test]
fn a_server_has_the_folder_that_kubectl_gives_it() {
    for (server, expected) in [
        ("https://10.0.0.1:6443", "10.0.0.1_6443"),
        ("https://a.example.com/k8s/clusters/c-1/", "a.example.com/k8s/clusters/c_1"),
        ("http://[::1]:80", "___1_"),
        ("https://a.example.com/../../x", "a.example.com/x"),
    ] {
        let config = Config::new(server).unwrap();
        let folder = Path::new("/c/discovery").join(expected);
        assert_eq!(DiskCache::below("/c", &config).folder(), folder, "{server}");
    }
}

#[test]
fn readers_see_a_whole_file_while_many_write() {
    let (_folder, cache) = kept();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| (0..20).for_each(|_| cache.write(&kinds())));
        }
        for _ in 0..100 {
            assert_eq!(cache.read(SystemTime::now()).unwrap(), kinds());
        }
    });
}

#[test]
fn a_file_that_cannot_be_replaced_leaves_nothing_behind() {
    let (_folder, cache) = kept();
    let place = cache.folder.join("taken");
    fs::create_dir(&place).unwrap();
    let files = || fs::read_dir(&cache.folder).unwrap().count();
    let before = files();
    cache.replace(&["taken"], &json!({})).unwrap_err();
    assert_eq!(files(), before);
}
