//! The order of a merged list: what the patch lists in the patch's order, what only the server has in the server's.

use serde_json::Value;

use crate::json;

/// What tells the items of a list apart: the value of a key, or the item itself.
fn identity<'a>(item: &'a Value, merge_key: Option<&str>) -> Option<&'a Value> {
    match merge_key {
        Some(key) => item.get(key),
        None => Some(item),
    }
}

fn position(items: &[Value], item: &Value, merge_key: Option<&str>) -> Option<usize> {
    let wanted = identity(item, merge_key)?;
    items
        .iter()
        .position(|item| identity(item, merge_key).is_some_and(|found| json::equal(found, wanted)))
}

/// Orders merged items. The relative order of the patch and of the server is kept; between the two, the order of the live list counts.
pub(super) fn ordered(
    merged: Vec<Value>,
    patch: &[Value],
    live: &[Value],
    merge_key: Option<&str>,
) -> Vec<Value> {
    let (mut listed, mut server_only): (Vec<Value>, Vec<Value>) =
        merged.into_iter().partition(|item| position(patch, item, merge_key).is_some());
    listed.sort_by_key(|item| position(patch, item, merge_key));
    server_only.sort_by_key(|item| position(live, item, merge_key).unwrap_or(usize::MAX));
    let mut out = Vec::with_capacity(listed.len() + server_only.len());
    let mut listed = listed.into_iter().peekable();
    let mut server_only = server_only.into_iter().peekable();
    loop {
        let first_is_server_only = match (server_only.peek(), listed.peek()) {
            (None, None) => return out,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(left), Some(right)) => {
                let places = position(live, left, merge_key).zip(position(live, right, merge_key));
                places.is_some_and(|(left, right)| left < right)
            }
        };
        out.extend(if first_is_server_only { server_only.next() } else { listed.next() });
    }
}
