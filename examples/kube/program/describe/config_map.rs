//! A ConfigMap: its keys with what they hold.

use serde_json::Value;

use super::text::Description;
use super::text::members;
use super::text::text;

pub fn describe(object: &Value, into: &mut Description) {
    into.names(object, true);
    into.notes(object);
    into.line(0, "\nData\n====");
    for (key, value) in members(&object["data"]) {
        into.line(0, format_args!("{key}:\n----\n{}\n", text(value)));
    }
    into.line(0, "\nBinaryData\n====");
    for (key, value) in members(&object["binaryData"]) {
        into.line(0, format_args!("{key}: {} bytes", super::bytes_of(value).len()));
    }
    into.line(0, "");
}
