//! Names from outside: evil text in, an error or exactly one more segment of the path out.

use k8s_openapi::api::core::v1::ConfigMap;
use kube_core::request::{GetOptions, ListOptions, LogOptions};
use kube_core::{Method, Name, Namespace, Request, Resource as _, Target};

/// A name, and what it is.
const EVIL: [(&str, &str); 40] = [
    ("nothing", ""),
    ("this folder", "."),
    ("the folder above", ".."),
    ("a path", "a/b"),
    ("a path upwards", "../../secrets/x"),
    ("a path from the root", "/api/v1/secrets"),
    ("a path with backslashes", "..\\..\\secrets"),
    ("an encoded slash", "a%2fb"),
    ("an encoded slash in capitals", "a%2Fb"),
    ("an encoded percent", "a%252fb"),
    ("encoded dots", "%2e%2e"),
    ("half an encoding", "a%2"),
    ("an encoded zero", "a%00"),
    ("a query", "a?dryRun=All"),
    ("a fragment", "a#b"),
    ("a member of a query", "a&watch=true"),
    ("a matrix parameter", "a;b=c"),
    ("a user", "user:password@host"),
    ("another scheme", "https://evil.example"),
    ("another host", "//evil.example"),
    ("a line break", "a\nb"),
    ("a header", "a\r\nAuthorization: Bearer x"),
    ("a whole request", "a HTTP/1.1\r\n\r\nDELETE /"),
    ("a zero", "a\0b"),
    ("a tab", "a\tb"),
    ("an escape sequence", "a\u{1b}[2J"),
    ("a deletion", "a\u{7f}"),
    ("a space at the beginning", " a"),
    ("a space at the end", "a "),
    ("an umlaut", "ä"),
    ("letters that look alike", "р\u{430}yp\u{430}l"),
    ("a text that runs backwards", "a\u{202e}b"),
    ("a separator of lines", "a\u{2028}b"),
    ("a space of no width", "a\u{200b}b"),
    ("a mark of byte order", "\u{feff}a"),
    ("an emoji", "🚀"),
    ("a full-width slash", "a／b"),
    ("a one-dot leader", "\u{2024}\u{2024}"),
    ("the end of a quotation", "`; rm -rf /"),
    ("a name with a colon, which roles have", "system:node"),
];

/// Path and query, as a server would take them apart.
fn parts(request: &Request) -> (Vec<String>, Vec<(String, String)>) {
    let url = url::Url::parse(&format!("https://host{}", request.path_and_query())).unwrap();
    assert_eq!((url.host_str(), url.fragment()), (Some("host"), None));
    assert_eq!(url.path(), request.path, "nothing was resolved");
    let decoded =
        |part: &str| percent_encoding::percent_decode_str(part).decode_utf8().unwrap().into_owned();
    let segments = url.path_segments().unwrap().map(decoded).collect();
    (segments, url.query_pairs().map(|(name, value)| (name.into(), value.into())).collect())
}

fn check(what: &str, evil: &str) {
    let target = || Target::of(&ConfigMap::RESOURCE).namespace("prod".try_into().unwrap());
    if let Ok(name) = Name::try_from(evil) {
        let request = Request::get(&target().name(name), &GetOptions::default()).unwrap();
        let expected = ["api", "v1", "namespaces", "prod", "configmaps", evil];
        assert_eq!(parts(&request), (expected.map(str::to_owned).to_vec(), vec![]), "{what}");
    }
    if let Ok(namespace) = Namespace::try_from(evil) {
        let target = Target::of(&ConfigMap::RESOURCE).namespace(namespace);
        let request = Request::list(&target, &ListOptions::default()).unwrap();
        let expected = ["api", "v1", "namespaces", evil, "configmaps"];
        assert_eq!(parts(&request), (expected.map(str::to_owned).to_vec(), vec![]), "{what}");
    }
    let target = target().name("web".try_into().unwrap());
    if let Ok(request) =
        Request::get(&target.clone().subresource(evil.to_owned()), &GetOptions::default())
    {
        // A part may have parts of its own, as `proxy/metrics`, but never leads upwards.
        let (segments, query) = parts(&request);
        let above = ["api", "v1", "namespaces", "prod", "configmaps", "web"];
        assert_eq!((&segments[..6], query), (&above.map(str::to_owned)[..], vec![]), "{what}");
        assert_eq!(segments[6..].join("/"), evil, "{what}");
    }
    // What is a value stays one, whatever is in it.
    let mut options = LogOptions::default();
    options.container = Some(evil.to_owned());
    let request = Request::log(&target.subresource("log"), &options).unwrap();
    let expected = vec![("container".to_owned(), evil.to_owned())];
    assert_eq!(parts(&request).1, expected, "{what}");
    // A header cannot become two, nor a path another.
    if let Ok(request) = Request::raw(Method::Get, "/version").unwrap().header("x-a", evil) {
        assert!(request.headers.iter().all(|(_, value)| !value.contains(['\r', '\n', '\0'])));
    }
    if let Ok(request) = Request::raw(Method::Get, &format!("/a/{evil}")) {
        let url = url::Url::parse(&format!("https://host{}", request.path_and_query())).unwrap();
        let decoded = |path: &str| percent_encoding::percent_decode_str(path).collect::<Vec<u8>>();
        assert_eq!((decoded(url.path()), url.query()), (decoded(&request.path), None), "{what}");
        assert!(url.path().starts_with("/a/"), "{what}");
    }
}

#[test]
fn no_name_leads_to_another_path_or_header() {
    for (what, evil) in EVIL {
        check(what, evil);
    }
    let refused = |evil: &&(&str, &str)| Name::try_from(evil.1).is_err();
    assert!(EVIL.iter().filter(refused).count() >= 30, "most of them are no names at all");
    // 1,000,000 of the scorecard; here what a change may cost.
    let letters: Vec<char> = "ab./\\%?#&;:@ \r\n\0\t2eEfF0-_~äß\u{202e}🚀`'\"".chars().collect();
    let mut random = fastrand::Rng::with_seed(26);
    for _ in 0..20_000 {
        let length = random.usize(..8);
        let evil: String = (0..length).map(|_| letters[random.usize(..letters.len())]).collect();
        check(&format!("{evil:?}"), &evil);
    }
}
