//! Ways that are cut, with two ends that say something: no server is needed.

use std::io::ErrorKind;

use tokio::net::TcpListener;
use tokio::time::{Instant, timeout};

use super::*;

const SOON: Duration = Duration::from_secs(5);
const A_WHILE: Duration = Duration::from_millis(100);

/// A way with a connection through it: the client's end and the server's.
async fn through(ways: &Ways) -> (TcpStream, TcpStream) {
    let (door, there) = (listener().await, listener().await);
    let way = ways.way(between("a", "b"));
    let client = TcpStream::connect(door.local_addr().unwrap());
    let (client, inside) = tokio::join!(client, door.accept());
    let server = TcpStream::connect(there.local_addr().unwrap());
    let (outside, server) = tokio::join!(server, there.accept());
    let (inside, outside) = (inside.unwrap().0, outside.unwrap());
    tokio::spawn(async move {
        if way.lets_in(&inside).await.unwrap() {
            let _ = way.lead(inside, outside).await;
        }
    });
    (client.unwrap(), server.unwrap().0)
}

async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

fn tell(ways: &Ways, cut: Option<Cut>) {
    let cuts = cut.map(|cut| (between("a", "b"), cut));
    ways.cuts.send_replace(cuts.into_iter().collect());
}

fn touched(ways: &Ways) -> u64 {
    locked(&ways.touched).get("a/b").copied().unwrap_or(0)
}

async fn says(from: &mut TcpStream, to: &mut TcpStream) -> std::io::Result<usize> {
    from.write_all(b"?").await?;
    to.read(&mut [0; 8]).await
}

#[tokio::test]
async fn a_reset_ends_what_is_there_and_what_comes() {
    let ways = ways();
    let (mut client, mut server) = through(&ways).await;
    assert_eq!(says(&mut client, &mut server).await.unwrap(), 1);
    tell(&ways, Some(Cut::Reset));
    for end in [&mut client, &mut server] {
        let seen = timeout(SOON, end.read(&mut [0; 8])).await.unwrap();
        assert_eq!(seen.unwrap_err().kind(), ErrorKind::ConnectionReset);
    }
    let (mut client, _server) = through(&ways).await;
    let seen = timeout(SOON, client.read(&mut [0; 8])).await.unwrap();
    assert_eq!(seen.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(touched(&ways), 2);
}

#[tokio::test]
async fn what_is_dropped_comes_when_the_way_is_mended() {
    let ways = ways();
    let (mut client, mut server) = through(&ways).await;
    tell(&ways, Some(Cut::Drop));
    let silent = timeout(A_WHILE, says(&mut client, &mut server)).await;
    assert!(silent.is_err());
    assert_eq!(touched(&ways), 1);
    tell(&ways, None);
    let seen = timeout(SOON, server.read(&mut [0; 8])).await.unwrap();
    assert_eq!(seen.unwrap(), 1);
}

#[tokio::test]
async fn of_a_half_open_connection_the_client_hears_nothing() {
    let ways = ways();
    let (mut client, mut server) = through(&ways).await;
    assert_eq!(says(&mut client, &mut server).await.unwrap(), 1);
    tell(&ways, Some(Cut::HalfOpen));
    let seen = timeout(SOON, server.read(&mut [0; 8])).await.unwrap();
    assert_eq!(seen.unwrap_err().kind(), ErrorKind::ConnectionReset);
    let silent = timeout(A_WHILE, client.read(&mut [0; 8])).await;
    assert!(silent.is_err());
    let (mut client, mut server) = through(&ways).await;
    assert_eq!(
        says(&mut client, &mut server).await.unwrap(),
        1,
        "a new one"
    );
}

#[tokio::test]
async fn what_is_delayed_comes_late() {
    let ways = ways();
    let (mut client, mut server) = through(&ways).await;
    tell(&ways, Some(Cut::Delay(200)));
    let began = Instant::now();
    assert_eq!(says(&mut client, &mut server).await.unwrap(), 1);
    assert!(began.elapsed() >= Duration::from_millis(200));
}
