//! Which requests a fault hits: one request in, yes or no out.

/// A request as faults look at it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) verb: &'a str,
    pub(crate) path: &'a str,
    pub(crate) resource: &'a str,
    pub(crate) sub: &'a str,
    pub(crate) namespace: &'a str,
    pub(crate) name: &'a str,
    pub(crate) user: &'a str,
}

/// What a request must have; empty: anything.
#[derive(Clone, Debug, Default)]
pub(super) struct Matching {
    pub(super) verb: String,
    pub(super) resource: String,
    pub(super) sub: Option<String>,
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) user: String,
}

impl Matching {
    pub(super) fn matches(&self, asked: &Asked<'_>) -> bool {
        let fits = |pattern: &str, text: &str| pattern.is_empty() || glob(pattern, text);
        fits(&self.verb, asked.verb)
            && fits(&self.resource, asked.resource)
            && self.sub.as_deref().is_none_or(|sub| sub == asked.sub)
            && fits(&self.namespace, asked.namespace)
            && fits(&self.name, asked.name)
            && fits(&self.user, asked.user)
    }
}

/// Whether `text` is what `pattern` says, where `*` is any number of characters.
fn glob(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(head) else { return false };
    let mut ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
    ends.any(|at| glob(tail, &rest[at..]))
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn a_star_is_any_text() {
        for (pattern, text, fits) in [
            ("web*", "web-1", true),
            ("*-1", "web-1", true),
            ("w*b*1", "web-1", true),
            ("web", "web-1", false),
            ("*", "", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(glob(pattern, text), fits, "{pattern} {text}");
        }
    }
}
