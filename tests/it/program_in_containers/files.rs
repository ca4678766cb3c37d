//! `kube cp`.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::running;
use super::same;

/// The files below a folder, or the file itself.
fn files(at: &Path) -> io::Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    if at.is_file() {
        files.insert(String::new(), std::fs::read_to_string(at)?);
        return Ok(files);
    }
    for entry in std::fs::read_dir(at)? {
        let entry = entry?;
        let name = entry.file_name().into_string().unwrap();
        for (below, content) in self::files(&entry.path())? {
            files.insert(format!("{name}/{below}"), content);
        }
    }
    Ok(files)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_a_container_come_to_where_kubectl_puts_them() {
    let Some((cluster, places)) = running().await else { return };
    for place in &places {
        let at = |path: &str| place.folder.path().join(path);
        std::fs::create_dir_all(at("there/sub")).unwrap();
        std::fs::write(at("there/sub/file"), "content").unwrap();
        std::fs::write(at("there/root"), "x".repeat(1 << 20)).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", at("there/link")).unwrap();
        let there = at("there").display().to_string();
        for (from, to) in [
            (format!("web:{there}"), "folder"),
            // Into what is there.
            (format!("default/web:{there}/sub"), "folder"),
            (format!("web:{there}/root"), "file"),
            (format!("two:{there}/root -c b"), "file"),
            // A folder is no place for a file.
            (format!("web:{there}/root"), "folder"),
        ] {
            let mut came = Vec::new();
            for program in ["kubectl", "kube"] {
                let to = at(program).join(to);
                std::fs::create_dir_all(at(program)).unwrap();
                let (path, options) = from.split_once(' ').unwrap_or((&from, ""));
                let line = format!("cp {path} {} {options}", to.display());
                let said = match program {
                    "kubectl" => place.kubectl(&cluster, &line),
                    _ => place.kube(&line).await,
                };
                came.push((said.code, files(&to).unwrap()));
            }
            assert!(!came[0].1.is_empty());
            assert!(
                came[0] == came[1],
                "{from} {to}: {:?} {:?}",
                came[0].1.keys(),
                came[1].1.keys()
            );
        }
        let said = place.kube(&format!("cp web:{there} {}", at("kube/folder").display())).await;
        assert_eq!(said.err, "warning: skipping symlink: \"./there/link\"\n");
        let missing = place.kube(&format!("cp web:/nonexistent {}", at("no").display())).await;
        assert!(
            missing.err.contains("No such file or directory") && missing.code == 1,
            "{missing:?}"
        );
        assert!(!at("no").exists());
        let lines = [
            "cp two:/x /y -c none",
            "cp nothing:/x /y",
            "cp nowhere/web:/x /y",
            "cp a/b/web:/x /y",
            "cp :/x y",
            "cp web: x",
            "cp web:/x web:/y",
            "cp /x /y",
            "cp /nonexistent web:/x",
            "cp job/task:/x /y",
            "cp /x",
        ];
        same(&cluster, place, &lines).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_go_into_a_container_to_where_kubectl_puts_them() {
    let Some((cluster, places)) = running().await else { return };
    // kubectl waits for ever for what kwok runs.
    for place in places.iter().filter(|place| !place.is_genuine()) {
        let at = |path: &str| place.folder.path().join(path);
        std::fs::create_dir_all(at("here/sub")).unwrap();
        std::fs::write(at("here/sub/file"), "content").unwrap();
        std::fs::write(at("here/root"), "x".repeat(1 << 20)).unwrap();
        for program in ["kubectl", "kube"] {
            std::fs::create_dir_all(at(program).join("folder")).unwrap();
        }
        for (from, to) in
            [("here", "new"), ("here", "folder"), ("here/root", "folder"), ("here/root", "file")]
        {
            let from = at(from).display().to_string();
            let mut came = Vec::new();
            for program in ["kubectl", "kube"] {
                let to = at(program).join(to);
                let line = format!("cp {from} web:{}", to.display());
                let said = match program {
                    "kubectl" => place.kubectl(&cluster, &line),
                    _ => place.kube(&line).await,
                };
                came.push((said, files(&to).unwrap()));
            }
            assert!(!came[0].1.is_empty() && came[0].0.code == 0, "{from} {to}: {:?}", came[0].0);
            assert!(came[0] == came[1], "{from} {to}: {:?} {:?}", came[1].0, came[1].1.keys());
        }
    }
}
