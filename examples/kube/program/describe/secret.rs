//! A Secret: its keys, and how much they hold; the token of an account alone is shown.

use serde_json::Value;

use super::text::Description;
use super::text::members;
use super::text::text;

pub fn describe(object: &Value, into: &mut Description) {
    into.names(object, true);
    into.notes(object);
    into.line(0, format_args!("\nType:\t{}", text(&object["type"])));
    into.line(0, "\nData\n====");
    let of_account = object["type"] == "kubernetes.io/service-account-token";
    for (key, value) in members(&object["data"]) {
        let bytes = super::bytes_of(value);
        match key.as_str() {
            "token" if of_account => into.field(0, key, String::from_utf8_lossy(&bytes)),
            _ => into.field(0, key, format_args!("{} bytes", bytes.len())),
        }
    }
}
