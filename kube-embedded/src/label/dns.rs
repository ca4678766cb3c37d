//! DNS names as Kubernetes asks for them: a name in, what is wrong with it out.

/// Why this is no RFC 1123 subdomain.
pub(crate) fn dns_subdomain(name: &str) -> Option<String> {
    const SHAPE: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric \
        characters, '-' or '.', and must start and end with an alphanumeric character (e.g. \
        'example.com', regex used for validation is \
        '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
    if name.len() > 253 {
        return Some("must be no more than 253 characters".to_owned());
    }
    let fits = name.split('.').all(|part| is_label(part, |c| c.is_ascii_digit()));
    (!fits).then(|| SHAPE.to_owned())
}

/// Why this is no RFC 1123 label.
pub(crate) fn dns_label(name: &str) -> Option<String> {
    const SHAPE: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric \
        characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  \
        or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
    if name.len() > 63 {
        return Some("must be no more than 63 characters".to_owned());
    }
    (!is_label(name, |c| c.is_ascii_digit())).then(|| SHAPE.to_owned())
}

/// Why this is no RFC 1035 label.
pub(crate) fn dns_1035(name: &str) -> Option<String> {
    const SHAPE: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or \
        '-', start with an alphabetic character, and end with an alphanumeric character (e.g. \
        'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
    if name.len() > 63 {
        return Some("must be no more than 63 characters".to_owned());
    }
    (!is_label(name, |_| false)).then(|| SHAPE.to_owned())
}

/// Why this cannot be a segment of a path.
pub(crate) fn path_segment(name: &str) -> Option<String> {
    match name {
        "." => Some("may not be '.'".to_owned()),
        ".." => Some("may not be '..'".to_owned()),
        _ => ['/', '%']
            .into_iter()
            .find(|&forbidden| name.contains(forbidden))
            .map(|forbidden| format!("may not contain '{forbidden}'")),
    }
}

fn is_label(part: &str, first_too: fn(&char) -> bool) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let first = part.chars().next();
    first.is_some_and(|c| c.is_ascii_lowercase() || first_too(&c))
        && part.chars().next_back().is_some_and(plain)
        && part.chars().all(|c| plain(c) || c == '-')
}
