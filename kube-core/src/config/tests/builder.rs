//! What a program says of a configuration itself.

use super::*;

/// All that says who somebody is.
fn jane() -> Config {
    let mut config = Config::new("https://x").unwrap().client_certificate("cert", "key");
    config.tls.client_files = Some(("crt".into(), "key".into()));
    config.user = User {
        origin: "jane".to_owned(),
        token: Some(TOKEN.into()),
        token_file: Some("token".into()),
        basic: Some(("jane".to_owned(), TOKEN.into())),
        impersonate: Some(Caller::new("joe")),
        proxied: Some(Caller::new("ann")),
        ..User::default()
    };
    config
}

#[test]
fn who_is_named_takes_the_place_of_whoever_it_was_in_all_respects() {
    let named = [
        (jane().token("new"), ["token"], "the holder of the given token"),
        (jane().token_file("/t"), ["token file"], "the holder of the token in `/t`"),
        (jane().basic("joe", "new"), ["basic"], "the given user"),
        (jane().client_certificate("new", "new"), ["certificate"], "the given client certificate"),
    ];
    for (config, proofs, origin) in named {
        let user = &config.user;
        let said = [
            (user.token.is_some(), "token"),
            (user.token_file.is_some(), "token file"),
            (user.basic.is_some(), "basic"),
            (config.tls.client.is_some(), "certificate"),
            (config.tls.client_files.is_some(), "files"),
            (user.impersonate.is_some(), "another"),
            (user.proxied.is_some(), "proxied"),
        ];
        let said: Vec<_> = said.into_iter().filter(|said| said.0).map(|said| said.1).collect();
        assert_eq!((said.as_slice(), user.origin.as_str()), (&proofs[..], origin));
    }
    let config = jane().impersonate(Caller::new("eve")).auth_proxy(Caller::new("bob"));
    assert_eq!(config.user.impersonate, Some(Caller::new("eve")));
    assert_eq!(config.user.proxied, Some(Caller::new("bob")));
}

#[test]
fn what_is_said_of_the_connection_is_kept_and_a_given_authority_is_never_read_again() {
    let mut config = Config::new("https://x").unwrap();
    config.tls.authority_file = Some("ca.pem".into());
    let config = config
        .certificate_authority("ca")
        .keep_alive(Duration::from_secs(3), Duration::from_secs(4))
        .timeout(Duration::from_secs(5))
        .user_agent("me")
        .default_namespace("shop")
        .stdin_taken("it is read");
    assert_eq!(
        (config.tls.authority.as_deref(), &config.tls.authority_file),
        (Some(&b"ca"[..]), &None)
    );
    let network = &config.network;
    assert_eq!((network.ping_after.as_secs(), network.pong_within.as_secs()), (3, 4));
    assert_eq!((config.timeout.as_secs(), config.user_agent.as_deref()), (5, Some("me")));
    assert_eq!(config.plugins.stdin_taken.as_deref(), Some("it is read"));
    assert_eq!(config.default_namespace, "shop");
}

#[test]
fn an_attribute_of_a_caller_may_have_many_values() {
    let caller = Caller::new("jane").extra("a", "1").extra("b", "2").extra("a", "3");
    let values = |all: &[&str]| all.iter().map(|&one| one.to_owned()).collect::<Vec<_>>();
    let expected = [("a".to_owned(), values(&["1", "3"])), ("b".to_owned(), values(&["2"]))];
    assert_eq!(caller.extra, expected);
}
