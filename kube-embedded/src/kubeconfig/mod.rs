//! The kubeconfig of a server: its address and a token in, YAML out.

use crate::auth::TOKEN_PATH;

/// A kubeconfig for `kubectl` and every client library.
///
/// The address carries the token as well: client-go (and so kubectl) leaves a user's token out of
/// requests to a server without TLS.
pub(crate) fn kubeconfig(url: &str, token: &str) -> String {
    let server = format!("{}{TOKEN_PATH}{token}", url.trim_end_matches('/'));
    format!(
        "apiVersion: v1\n\
         kind: Config\n\
         current-context: embedded\n\
         contexts:\n\
         - name: embedded\n  \
           context:\n    \
             cluster: embedded\n    \
             user: embedded\n\
         clusters:\n\
         - name: embedded\n  \
           cluster:\n    \
             server: {server:?}\n\
         users:\n\
         - name: embedded\n  \
           user:\n    \
             token: {token:?}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use serde_json::json;

    #[test]
    fn it_is_yaml_that_names_the_server_and_the_token() {
        let text = kubeconfig("http://127.0.0.1:4711/", "sesame");
        let config: Value = serde_saphyr::from_str(&text).unwrap();
        let cluster = json!({ "server": "http://127.0.0.1:4711/.token/sesame" });
        assert_eq!(config["clusters"][0]["cluster"], cluster);
        assert_eq!(config["users"][0]["user"]["token"], "sesame");
        assert_eq!(config["current-context"], config["contexts"][0]["name"]);
        assert_eq!(config["contexts"][0]["context"]["cluster"], config["clusters"][0]["name"]);
    }
}
