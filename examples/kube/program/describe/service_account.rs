//! A ServiceAccount: what its Pods pull images with.

use serde_json::Value;

use super::text::Description;
use super::text::items;
use super::text::text;

pub fn describe(object: &Value, into: &mut Description) {
    into.names(object, true);
    into.notes(object);
    let mut title = "Image pull secrets:";
    for secret in items(&object["imagePullSecrets"]) {
        into.line(0, format_args!("{title}\t{}", text(&secret["name"])));
        title = "                   ";
    }
    if !title.starts_with(' ') {
        into.line(0, format_args!("{title}\t<none>"));
    }
}
