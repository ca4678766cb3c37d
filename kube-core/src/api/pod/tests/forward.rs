//! The promises of tunnels to ports, against a node that does as a test says.

use std::io::ErrorKind as Io;
use std::time::Duration;

use super::*;
use crate::streaming::PodConnection;
use crate::streaming::PortForward;
use crate::streaming::PortPair;
use crate::streaming::peer::Node;

const PROTOCOL: &str = "SPDY/3.1+portforward.k8s.io";

/// A tunnel and the node at its other end.
async fn tunnel(limits: StreamLimits) -> (PortForward, Node) {
    let (pod, peer, mut sides) = switching(PROTOCOL);
    let forward = pod.port_forward().limits(limits).await.unwrap();
    let path = "/api/v1/namespaces/prod/pods/web-0/portforward";
    assert_eq!(peer.last().path_and_query(), path);
    (forward, Node::new(sides.next().await))
}

/// One connection more; the node has taken it.
async fn connected(forward: &PortForward, node: &mut Node, port: u16) -> PodConnection {
    let (connection, (error, _)) = futures::join!(forward.connect(port), node.accept());
    let id = error.split(' ').next().unwrap().to_owned();
    assert_eq!(node.hear().await, format!("{id}  end"), "errors go one way");
    connection.unwrap()
}

async fn read(connection: &mut PodConnection) -> std::io::Result<String> {
    let mut read = String::new();
    connection.read_to_string(&mut read).await.map(|_| read)
}

#[tokio::test(start_paused = true)]
async fn many_connections_to_many_ports_go_through_one_tunnel_and_end_one_by_one() {
    let (forward, mut node) = tunnel(StreamLimits::default()).await;
    let (one, asked) = futures::join!(forward.connect(80), node.accept());
    assert_eq!(asked, ("1 opens error 80 of 0".to_owned(), "3 opens data 80 of 0".to_owned()));
    assert_eq!(node.hear().await, "1  end");
    let mut one = one.unwrap();
    let mut two = connected(&forward, &mut node, 443).await;
    one.write_all(b"to one").await.unwrap();
    assert_eq!(node.hear().await, "3 to one");
    two.write_all(b"to two").await.unwrap();
    assert_eq!(node.hear().await, "7 to two");
    two.shutdown().await.unwrap();
    assert_eq!(node.hear().await, "7  end");
    // What comes after the end of what goes is still read.
    node.say(7, b"from two", false).await;
    node.say(3, b"from one", true).await;
    node.say(7, b" and more", true).await;
    assert_eq!(read(&mut two).await.unwrap(), "from two and more");
    assert_eq!(read(&mut one).await.unwrap(), "from one");
    node.say(5, b"", true).await;
    two.ended().await.unwrap();
    // The tunnel lives for as long as somebody holds a connection.
    drop((forward, two));
    one.write_all(b"still").await.unwrap();
    assert_eq!(node.hear().await, "3 still");
    drop(one);
    assert!(node.side.0.next().await.is_none_or(|message| message.is_err()));
}

#[tokio::test(start_paused = true)]
async fn what_goes_wrong_with_one_connection_ends_that_one_only() {
    let (forward, mut node) = tunnel(StreamLimits::default()).await;
    let mut good = connected(&forward, &mut node, 80).await;
    let mut bad = connected(&forward, &mut node, 81).await;
    node.say(5, b"nobody listens ", false).await;
    node.say(5, b"on 81", true).await;
    node.say(7, b"", true).await;
    let error = read(&mut bad).await.unwrap_err();
    assert_eq!(error.kind(), Io::ConnectionRefused);
    let told = "failed to forward ports of pods `web-0` in namespace `prod`: port 81: \
                the Pod's node could not connect to it: nobody listens on 81";
    assert_eq!(bad.ended().await.unwrap_err().chain(), told);
    let inner = error.into_inner().unwrap().downcast::<crate::Error>().unwrap();
    assert_eq!((inner.chain(), inner.kind()), (told.to_owned(), ErrorKind::Refused));

    let mut reset = connected(&forward, &mut node, 82).await;
    node.reset(11).await;
    assert_eq!(read(&mut reset).await.unwrap_err().kind(), Io::ConnectionReset);
    let (refused, ()) = futures::join!(forward.connect(83), async {
        node.hear().await;
        node.hear().await;
        node.reset(13).await;
    });
    assert!(refused.unwrap_err().chain().ends_with("gave up the connection"));

    node.say(3, b"alive", true).await;
    assert_eq!(read(&mut good).await.unwrap(), "alive");
}

#[tokio::test(start_paused = true)]
async fn a_lost_tunnel_is_an_error_of_each_connection_and_of_the_next() {
    let (forward, node) = tunnel(StreamLimits::default()).await;
    let mut node = node;
    let mut open = connected(&forward, &mut node, 80).await;
    let listening = forward.listen([":80"]).await.unwrap();
    // The node says nothing any more, but the connection stands.
    let lost = open.ended().await.unwrap_err();
    assert!(lost.chain().contains("nothing came for 60 s"), "{lost:?}");
    assert_eq!(read(&mut open).await.unwrap_err().kind(), Io::ConnectionReset);
    assert!(open.write_all(b"x").await.is_err());
    assert_eq!(forward.connect(80).await.unwrap_err().kind(), ErrorKind::Connection);
    assert_eq!(listening.run().await.unwrap_err().kind(), ErrorKind::Connection);
    drop(node);

    let (forward, mut node) = tunnel(StreamLimits::default()).await;
    let (answer, ()) = futures::join!(forward.connect(80), async {
        node.side.say(b"no SPDY at all").await;
    });
    assert!(answer.unwrap_err().chain().contains("SPDY") || forward.connect(80).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_node_that_does_not_answer_is_waited_for_for_a_while_and_connections_are_limited() {
    let limits = StreamLimits::default().connections(1);
    let (forward, mut node) = tunnel(limits).await;
    let (late, ()) = futures::join!(forward.connect(80), async {
        node.hear().await;
        node.hear().await;
        for second in 0..7_u32 {
            node.ping(2 * second).await;
            assert_eq!(node.hear().await, format!("Ping({})", 2 * second));
            let _ =
                tokio::time::timeout(Duration::from_secs(5), std::future::pending::<()>()).await;
        }
    });
    assert_eq!(late.unwrap_err().kind(), ErrorKind::Timeout);
    let error = forward.connect(80).await.unwrap_err();
    assert!(error.chain().contains("1 connections are open"), "{error:?}");
    // Nobody waits for it any more.
    node.reply(1).await;
    node.reply(3).await;
    assert_eq!(node.hear().await, "1  end");
    assert_eq!(node.hear().await, "Reset { id: 3 }");
    node.open(2).await;
    assert_eq!(node.hear().await, "Reset { id: 2 }");
    connected(&forward, &mut node, 80).await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_dropped_is_given_up_and_a_slow_reader_makes_the_node_wait() {
    let limits = StreamLimits::default().buffer(10);
    let (forward, mut node) = tunnel(limits).await;
    let mut slow = connected(&forward, &mut node, 80).await;
    let much = vec![b'x'; 1 << 20];
    let hour = Duration::from_secs(3600);
    let send = async {
        for piece in much.chunks(1000) {
            node.say(3, piece, false).await;
        }
    };
    let sent = tokio::time::timeout(hour, send).await;
    assert!(sent.is_err(), "everything was taken although nobody read");
    drop(node);
    drop(forward);
    assert!(read(&mut slow).await.is_err());

    let (forward, mut node) = tunnel(limits).await;
    drop(connected(&forward, &mut node, 80).await);
    assert_eq!(node.hear().await, "3  end");
    node.say(3, &much[..100], false).await;
    assert_eq!(node.hear().await, "Reset { id: 3 }");
}

#[tokio::test]
async fn ports_of_this_machine_lead_to_the_pod() {
    let (forward, mut node) = tunnel(StreamLimits::default()).await;
    let listening = forward.listen([":80"]).await.unwrap();
    let addresses = listening.addresses();
    assert!(addresses.iter().all(|(address, port)| address.ip().is_loopback() && *port == 80));
    let talk = async {
        let mut socket = tokio::net::TcpStream::connect(addresses[0].0).await.unwrap();
        assert_eq!(node.accept().await.0, "1 opens error 80 of 0");
        assert_eq!(node.hear().await, "1  end");
        socket.write_all(b"hello").await.unwrap();
        assert_eq!(node.hear().await, "3 hello");
        node.say(3, b"and you", true).await;
        let mut read = String::new();
        socket.read_to_string(&mut read).await.unwrap();
        assert_eq!(read, "and you");
    };
    let mut told = Vec::new();
    tokio::select! {
        end = listening.run_telling(|here, port| told.push((here, port))) => panic!("it ended: {end:?}"),
        () = talk => {}
    }
    assert_eq!(told, addresses[..1], "each connection is told");
    let taken =
        forward.listen([80, 81].map(|port| PortPair::new(addresses[0].0.port(), port))).await;
    let error = taken.unwrap_err();
    assert!(error.to_string().contains("choose another port"), "{error:?}");
    assert_eq!(forward.listen(["x"]).await.unwrap_err().kind(), ErrorKind::Input);
}
