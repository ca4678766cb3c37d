//! Two resource versions of one kind in; which is newer out. The only place that looks into them.
//!
//! Mirrors: apimachinery pkg/util/resourceversion/resourceversion.go (decimal, no leading zero, compared by length, then by digit)

use std::cmp::Ordering;

/// The order of two versions, or `None` when one of them is not a well-formed decimal number
/// (extension servers may use anything).
#[must_use]
pub fn order(left: &str, right: &str) -> Option<Ordering> {
    if !is_decimal(left) || !is_decimal(right) {
        return None;
    }
    Some(left.len().cmp(&right.len()).then_with(|| left.cmp(right)))
}

/// Whether `candidate` is surely newer than `than`.
#[must_use]
pub fn is_newer(candidate: &str, than: &str) -> bool {
    order(candidate, than) == Some(Ordering::Greater)
}

fn is_decimal(version: &str) -> bool {
    !version.is_empty()
        && !version.starts_with('0')
        && version.bytes().all(|digit| digit.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_numbers_of_any_length() {
        assert_eq!(order("9", "10"), Some(Ordering::Less));
        assert_eq!(order("123", "123"), Some(Ordering::Equal));
        let huge = "340282366920938463463374607431768211455";
        assert_eq!(order(huge, "340282366920938463463374607431768211454"), Some(Ordering::Greater));
        assert!(is_newer("100", "99") && !is_newer("99", "99"));
    }

    #[test]
    fn what_is_no_number_has_no_order() {
        for version in ["", "0", "01", "abc", "-1", "1a", "１"] {
            assert_eq!(order(version, "1"), None, "{version}");
            assert_eq!(order("1", version), None, "{version}");
        }
    }
}
