//! The promises of copying, on archives that a hostile container may send.

use super::*;

/// An archive with these entries: kind, path, and the content or where a link leads.
fn archive(entries: &[(tar::EntryType, &str, &str)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (kind, path, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(*kind);
        header.set_mode(0o4755);
        // Past the library's own checks.
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        let link = kind.is_symlink() || kind.is_hard_link();
        if link {
            header.as_old_mut().linkname[..content.len()].copy_from_slice(content.as_bytes());
        }
        let content = if link { "" } else { content };
        header.set_size(content.len() as u64);
        header.set_cksum();
        archive.append(&header, content.as_bytes()).unwrap();
    }
    archive.into_inner().unwrap()
}

use tar::EntryType as Kind;

const FILE: Kind = Kind::Regular;

fn tree(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(&at).unwrap() {
            let path = entry.unwrap().path();
            let shown = path.strip_prefix(folder).unwrap().display().to_string();
            if fs::symlink_metadata(&path).unwrap().is_dir() {
                folders.push(path);
                found.push(format!("{shown}/"));
            } else {
                found.push(format!("{shown} {}", fs::read_to_string(&path).unwrap_or_default()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn files_come_out_as_they_went_in_and_links_are_told_and_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let from = folder.path().join("from");
    fs::create_dir_all(from.join("empty")).unwrap();
    fs::create_dir(from.join("a")).unwrap();
    fs::write(from.join("a/b"), "content").unwrap();
    fs::write(from.join("large"), "x".repeat(300_000)).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", from.join("link")).unwrap();
    let mut bytes = Vec::new();
    let packed = pack(&from, "name", &mut bytes).unwrap();
    let skipped = vec![from.join("link")];
    assert_eq!(packed, Copied { files: 2, bytes: 300_007, skipped });
    let to = folder.path().join("to");
    let unpacked = unpack(&bytes[..], "name", &to).unwrap();
    assert_eq!((unpacked.files, unpacked.bytes), (2, 300_007));
    fs::remove_file(from.join("link")).unwrap();
    assert_eq!(tree(&to), tree(&from));
    // Once more, over what is there; and a file alone.
    assert_eq!(unpack(&bytes[..], "name", &to).unwrap(), unpacked);
    let mut bytes = Vec::new();
    pack(&from.join("a/b"), "one", &mut bytes).unwrap();
    let alone = folder.path().join("alone");
    unpack(&bytes[..], "one", &alone).unwrap();
    assert_eq!(fs::read_to_string(&alone).unwrap(), "content");
}

#[test]
fn nothing_is_written_outside_of_the_place_that_was_named() {
    for path in
        ["../evil", "name/../../evil", "/evil", "other/evil", "name/../evil", "..", "nameevil"]
    {
        let folder = tempfile::tempdir().unwrap();
        let bytes = archive(&[(FILE, "name/good", "good"), (FILE, path, "evil")]);
        let error = unpack(&bytes[..], "name", &folder.path().join("to")).unwrap_err();
        assert!(
            matches!(&error, StreamingError::Outside { path: told } if told == path),
            "{error:?}"
        );
        assert_eq!(tree(folder.path()), ["to/", "to/good good"]);
    }
}

#[test]
fn no_link_is_followed_neither_of_the_archive_nor_one_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("to");
    let bytes = archive(&[
        (Kind::Symlink, "name/out", "/tmp"),
        (Kind::Link, "name/hard", "/etc/passwd"),
        (Kind::Fifo, "name/fifo", ""),
        (FILE, "name/out/file", "in a folder of ours"),
    ]);
    let copied = unpack(&bytes[..], "name", &to).unwrap();
    assert_eq!((copied.files, copied.skipped.len()), (1, 3));
    assert_eq!(tree(&to), ["out/", "out/file in a folder of ours"]);

    let outside = folder.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("kept"), "kept").unwrap();
    fs::remove_dir_all(to.join("out")).unwrap();
    std::os::unix::fs::symlink(&outside, to.join("out")).unwrap();
    std::os::unix::fs::symlink(outside.join("kept"), to.join("file")).unwrap();
    let bytes = archive(&[(FILE, "name/file", "new"), (FILE, "name/out/evil", "evil")]);
    let error = unpack(&bytes[..], "name", &to).unwrap_err();
    assert!(matches!(error, StreamingError::Local { .. }), "{error:?}");
    assert_eq!(tree(&outside), ["kept kept"]);
    assert_eq!(fs::read_to_string(to.join("file")).unwrap(), "new");
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(fs::metadata(to.join("file")).unwrap().permissions().mode() & 0o7000, 0);
}

#[test]
fn an_archive_that_ends_early_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = archive(&[(FILE, "name", "content")]);
    let error = unpack(&bytes[..515], "name", &folder.path().join("to")).unwrap_err();
    assert!(matches!(error, StreamingError::Received { .. }), "{error:?}");
}
