//! A token in the path of a request, for clients that send none without TLS: a path in, the token and the real path out.

/// What comes before the token.
pub(crate) const TOKEN_PATH: &str = "/.token/";

/// The token in front of the path, and the path without it.
pub(crate) fn token_in_path(path: &str) -> Option<(&str, &str)> {
    let rest = path.strip_prefix(TOKEN_PATH)?;
    let end = rest.find('/').unwrap_or(rest.len());
    let (token, path) = rest.split_at(end);
    Some((token, if path.is_empty() { "/" } else { path }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_taken_from_the_front_only() {
        assert_eq!(token_in_path("/.token/abc/api/v1"), Some(("abc", "/api/v1")));
        assert_eq!(token_in_path("/.token/abc"), Some(("abc", "/")));
        assert_eq!(token_in_path("/api/.token/abc"), None);
    }
}
