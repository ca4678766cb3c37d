//! The promises of what is done with a Pod, against a server that answers as a test says.

use crate::Client;
use crate::error::ErrorKind;
use crate::transport::script::Reply;
use crate::transport::script::Script;
use crate::transport::script::failure;

fn text(text: &str) -> Reply {
    Reply::Answer(200, vec![("content-type", "text/plain")], text.to_owned())
}

#[tokio::test(start_paused = true)]
async fn each_option_of_a_log_is_asked_for_and_the_log_comes_in_bytes_or_lines() {
    let script = Script::new(|_, _| text("one\ntwo"));
    let pod = Client::over(script.clone()).namespace("prod").pod("web-0");
    let mut log = pod.log().await.unwrap();
    assert_eq!(log.next().await.unwrap().unwrap(), "one\ntwo");
    assert_eq!(log.next().await.unwrap(), None);
    let time = serde_json::from_str(r#""2026-01-02T03:04:05Z""#).unwrap();
    let all = pod.log().container("a b").follow().previous().since_seconds(5).since_time(time);
    let mut lines = all.timestamps().tail_lines(0).limit_bytes(9).await.unwrap().lines();
    assert_eq!(lines.next().await.unwrap().unwrap().text(), "one");
    assert_eq!(lines.next().await.unwrap().unwrap().text(), "two");
    assert_eq!(lines.next().await.unwrap(), None);
    let path = "GET /api/v1/namespaces/prod/pods/web-0/log";
    let query = "container=a%20b&follow=true&limitBytes=9&previous=true&sinceSeconds=5\
                 &sinceTime=2026-01-02T03:04:05Z&tailLines=0&timestamps=true";
    assert_eq!(script.seen(), [path.to_owned(), format!("{path}?{query}")]);
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_followed_has_no_limit_of_time_and_no_place_among_unary_calls() {
    let script = Script::new(|_, _| Reply::Endless(vec!["a\n".to_owned(), "b".to_owned()]));
    let pod = Client::over(script.clone()).namespace("prod").pod("web-0");
    let mut lines = pod.log().follow().await.unwrap().lines();
    assert_eq!(lines.next().await.unwrap().unwrap().text(), "a");
    // Giving up on a line loses nothing of it.
    let hour = std::time::Duration::from_secs(3600);
    assert!(tokio::time::timeout(hour, lines.next()).await.is_err());
    assert_eq!(script.last().exchange, crate::request::Exchange::Stream);
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_refused_is_the_servers_own_account_and_a_wrong_name_leaves_nothing() {
    let script = Script::new(|_, _| failure(400, "BadRequest", &serde_json::json!({})));
    let prod = Client::over(script.clone()).namespace("prod");
    let error = prod.pod("web-0").log().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadRequest);
    let told = "failed to read the log of pods `web-0` in namespace `prod`: it is BadRequest";
    assert_eq!(error.chain(), told);
    let error = prod.pod("../x").log().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Input);
    assert_eq!(script.seen().len(), 1);
}
