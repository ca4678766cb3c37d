//! Metrics for those who may read them: HTTPS and the API server's word, on the embedded server and on a genuine one.

use std::net::Ipv4Addr;
use std::net::SocketAddr;

use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::core::v1::ServiceAccount;
use k8s_openapi::api::rbac::v1::ClusterRole;
use k8s_openapi::api::rbac::v1::ClusterRoleBinding;
use kube_embedded::Server;
use kube_runtime::core::Config;
use kube_runtime::core::Request;
use kube_runtime::core::request::Method;
use kube_runtime::endpoint::Endpoint;
use kube_runtime::endpoint::Secure;
use kube_runtime::manager::Running;
use kube_runtime::operator::Installation;
use kube_runtime::prelude::*;
use kube_runtime::shutdown::Shutdown;
use serde_json::Value;
use serde_json::json;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::real::RealCluster;

#[controller]
async fn look(_: Object<ConfigMap>) -> Result<Action> {
    Ok(Action::done())
}

fn operator() -> Operator {
    let endpoint = Endpoint::default().metrics("127.0.0.1:0").secure(Secure::default());
    Operator::new("guarded").controller(look).serve(endpoint)
}

/// The token of a service account that is made for it.
async fn token(admin: &Client, name: &str) -> String {
    let accounts = admin.namespace("default").api::<ServiceAccount>();
    let account: ServiceAccount =
        serde_json::from_value(json!({ "metadata": { "name": name } })).unwrap();
    accounts.apply(&account).field_manager("test").await.unwrap();
    accounts.create_token(name).await.unwrap().expose().to_owned()
}

/// Lets a service account read, by the role that the manifests have for that.
async fn allow(admin: &Client, name: &str) {
    let manifests = operator().manifests(&Installation::new("guarded:1")).unwrap();
    let is_role = |object: &&Value| object["metadata"]["name"] == "guarded-metrics-reader";
    let role = manifests.objects().iter().find(is_role).unwrap().clone();
    let role: ClusterRole = serde_json::from_value(role).unwrap();
    let binding = json!({
        "metadata": { "name": "reads-metrics" },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "guarded-metrics-reader" },
        "subjects": [{ "kind": "ServiceAccount", "name": name, "namespace": "default" }],
    });
    let binding: ClusterRoleBinding = serde_json::from_value(binding).unwrap();
    admin.all::<ClusterRole>().apply(&role).field_manager("test").await.unwrap();
    admin.all::<ClusterRoleBinding>().apply(&binding).field_manager("test").await.unwrap();
}

/// What is answered to whoever sends this token: the metrics, or the status of the refusal.
async fn scrape(address: SocketAddr, token: Option<&str>) -> Result<String, u16> {
    let user =
        token.map(|token| format!("user: {{ token: '{token}' }}")).unwrap_or("user: {}".into());
    let yaml = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: it\ncontexts: [{{ name: it, context: {{ cluster: it, user: it }} }}]\nclusters: [{{ name: it, cluster: {{ server: 'https://{address}', insecure-skip-tls-verify: true }} }}]\nusers: [{{ name: it, {user} }}]\n"
    );
    let client = Client::new(Config::from_kubeconfig_yaml(&yaml).unwrap()).unwrap();
    match client.send(Request::raw(Method::Get, "/metrics").unwrap()).await {
        Ok(answer) => {
            Ok(String::from_utf8(answer.body.collect(1 << 20).await.unwrap().to_vec()).unwrap())
        }
        Err(error) => Err(error.status().unwrap_or_else(|| panic!("{}", error.chain())).code),
    }
}

/// Runs the operator as its own service account with its generated role, and reads its metrics as everybody.
async fn only_who_may_reads_them(admin: &Client, config: Config) -> (SocketAddr, Running) {
    operator().install_rbac(admin, "default").await.unwrap();
    let accounts = admin.namespace("default").api::<ServiceAccount>();
    let own = accounts.create_token("guarded").await.unwrap();
    let client = Client::new(config.token(own.expose())).unwrap();
    let running = operator().start(client, Shutdown::new()).await.unwrap();
    let address = running.metrics_address().unwrap();
    assert_eq!(scrape(address, None).await.unwrap_err(), 401);
    assert_eq!(scrape(address, Some("nobody-s-token")).await.unwrap_err(), 401);
    let stranger = token(admin, "stranger").await;
    assert_eq!(scrape(address, Some(&stranger)).await.unwrap_err(), 403);
    allow(admin, "reader").await;
    let reader = token(admin, "reader").await;
    let page = scrape(address, Some(&reader)).await.unwrap();
    assert!(page.contains("controller_runtime_reconcile_total"), "{page}");
    assert_eq!(scrape(address, Some(&stranger)).await.unwrap_err(), 403, "still not");
    (address, running)
}

#[tokio::test]
async fn metrics_are_read_by_those_whom_the_api_server_lets_and_it_is_not_asked_each_time() {
    let server = Server::builder().build();
    let listening = server.listen((Ipv4Addr::LOCALHOST, 0).into()).await.unwrap();
    let config = Config::new(&listening.url()).unwrap();
    let admin = Client::new(config.clone().token(server.admin_token())).unwrap();
    let (address, _running) = only_who_may_reads_them(&admin, config).await;
    let reviews = || {
        let journal = server.journal();
        let of = |name: &str| journal.iter().filter(|entry| entry.path.ends_with(name)).count();
        (of("/tokenreviews"), of("/subjectaccessreviews"))
    };
    // One of nobody, one of the stranger, one of the reader; nobody's right is asked for.
    assert_eq!(reviews(), (3, 2));
    let reader = token(&admin, "reader").await;
    scrape(address, Some(&reader)).await.unwrap();
    scrape(address, Some(&reader)).await.unwrap();
    assert_eq!(reviews(), (4, 3), "a new token, once");
    let mut plain = TcpStream::connect(address).await.unwrap();
    plain.write_all(b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    _ = plain.read_to_end(&mut answer).await;
    assert!(!String::from_utf8_lossy(&answer).contains("controller_runtime"), "HTTPS only");
    // Nobody can be asked: nobody reads, but who was let through a moment ago.
    listening.stop().await;
    assert_eq!(scrape(address, Some("another")).await.unwrap_err(), 503);
    scrape(address, Some(&reader)).await.unwrap();
}

#[tokio::test]
async fn a_genuine_api_server_says_who_may_read_metrics() {
    let Some(cluster) = RealCluster::start() else { return };
    let (_, running) = only_who_may_reads_them(&cluster.client(), cluster.config()).await;
    running.stop().await.unwrap();
}

#[test]
fn only_an_operator_whose_metrics_are_secure_may_ask_about_others() {
    let rules = |operator: Operator| {
        let rbac = operator.rbac("default");
        serde_json::to_string(&rbac.cluster.unwrap().role).unwrap()
    };
    let secure = rules(operator());
    assert!(secure.contains("tokenreviews") && secure.contains("subjectaccessreviews"), "{secure}");
    assert!(!rules(operator().serve(Endpoint::default())).contains("review"));
    let installation = Installation::new("guarded:1").service_monitor(true);
    let manifests = operator().manifests(&installation).unwrap();
    let find =
        |kind: &str| manifests.objects().iter().rfind(|object| object["kind"] == kind).unwrap();
    let monitored = &find("ServiceMonitor")["spec"]["endpoints"][0];
    let token = "/var/run/secrets/kubernetes.io/serviceaccount/token";
    let expected = json!({
        "path": "/metrics", "port": "metrics", "scheme": "https", "bearerTokenFile": token,
        "tlsConfig": { "insecureSkipVerify": true },
    });
    assert_eq!(*monitored, expected);
    let arguments = &find("Deployment")["spec"]["template"]["spec"]["containers"][0]["args"];
    assert!(arguments.as_array().unwrap().contains(&json!("--metrics-secure")), "{arguments}");
    let endpoint = Endpoint::default().secure(Secure::default().certificates("/tls"));
    let manifests = operator().serve(endpoint).manifests(&installation).unwrap();
    let text = manifests.yaml().unwrap();
    for expected in [
        "- --metrics-cert-path=/tls\n",
        "secretName: guarded-metrics-tls\n",
        "mountPath: /tls\n",
        "serverName: guarded-metrics.guarded-system.svc\n",
        "key: ca.crt\n",
    ] {
        assert!(text.contains(expected), "{expected} in\n{text}");
    }
    assert!(!text.contains("insecureSkipVerify"), "{text}");
    let endpoint = Endpoint::default().metrics(":8443").probes(":8443").secure(Secure::default());
    let error = operator().serve(endpoint).manifests(&installation).unwrap_err().to_string();
    assert!(error.contains("`--health-probe-bind-address`"), "{error}");
}
