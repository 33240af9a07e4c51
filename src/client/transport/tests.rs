//! Every way in which a connection fails, on the loopback interface.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::super::body::{Unread, whole};
use super::*;
use crate::packing::Room;

const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

fn certificate(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/certificates");
    folder.join(name)
}

/// A port that somebody listens on.
async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// A server that reads a request and says this.
async fn says(answer: &'static str) -> SocketAddr {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = [0; 4_096];
            let _ = socket.read(&mut request).await;
            let _ = socket.write_all(answer.as_bytes()).await;
            let _ = socket.shutdown().await;
        }
    });
    address
}

/// A server with this certificate, which answers `ok`.
async fn secured(name: &str) -> SocketAddr {
    let chain = vec![CertificateDer::from_pem_file(certificate(name)).unwrap()];
    let key = PrivateKeyDer::from_pem_file(certificate("server.key")).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            if let Ok(mut socket) = acceptor.accept(socket).await {
                let mut request = [0; 4_096];
                let _ = socket.read(&mut request).await;
                let _ = socket.write_all(ANSWER.as_bytes()).await;
                let _ = socket.shutdown().await;
            }
        }
    });
    address
}

fn limits() -> Fetch {
    Fetch {
        connect_timeout: Duration::from_secs(20),
        ..Fetch::default()
    }
}

fn trusting() -> Fetch {
    Fetch {
        ca_file: Some(certificate("authority.pem")),
        ..limits()
    }
}

async fn get(origin: &str, limits: &Fetch) -> Result<String, Cause> {
    let transport = Transport::new(&Url::parse(origin).unwrap(), limits).unwrap();
    let started = Instant::now();
    let response = match transport.client().get(origin).send().await {
        Ok(response) => response,
        Err(error) => return Err(transport.failed(&error, Progress::Sending, started).await),
    };
    match whole(response, u64::MAX, Room::default()).await {
        Ok((body, _)) => Ok(String::from_utf8(body.into()).unwrap()),
        Err(Unread::Broken(error)) => {
            Err(transport.failed(&error, Progress::Reading, started).await)
        }
        Err(Unread::Garbled(why)) => Err(Cause::BrokeOff(why)),
        Err(Unread::TooLarge) => unreachable!("there is no limit"),
    }
}

async fn hurdle_to(origin: &str, limits: &Fetch) -> Hurdle {
    match get(origin, limits).await {
        Err(Cause::Unreachable(why)) => why.hurdle,
        other => panic!("{other:?}"),
    }
}

async fn timed_out_at(origin: &str, limits: &Fetch) -> (Phase, &'static str) {
    match get(origin, limits).await {
        Err(Cause::TimedOut(why)) => (why.phase, why.limit),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn certificates_are_looked_at() {
    let good = format!("https://{}/", secured("good.pem").await);
    assert_eq!(get(&good, &trusting()).await.unwrap(), "ok");
    let fault = |hurdle| match hurdle {
        Hurdle::Certificate(fault) => fault,
        other => panic!("{other:?}"),
    };
    let unknown = fault(hurdle_to(&good, &limits()).await);
    assert_eq!(unknown, CertificateFault::UnknownIssuer);
    let other = format!("https://{}/", secured("other.pem").await);
    let names = match fault(hurdle_to(&other, &trusting()).await) {
        CertificateFault::OtherNames(names) => names.join(" "),
        other => panic!("{other:?}"),
    };
    assert!(names.contains("other.example"), "{names}");
    let expired = format!("https://{}/", secured("expired.pem").await);
    let expired = fault(hurdle_to(&expired, &trusting()).await);
    assert_eq!(expired, CertificateFault::Expired);
}

#[tokio::test]
async fn nobody_is_there() {
    // A part of a name may have 63 letters; longer ones are refused before anybody is asked.
    let unknown = format!("http://{}.example/", "a".repeat(70));
    assert_eq!(hurdle_to(&unknown, &limits()).await, Hurdle::UnknownName);
    // The port of a connection's other end is taken, and nobody listens there.
    let (listener, address) = listen().await;
    let connection = TcpStream::connect(address).await.unwrap();
    let taken = format!("http://{}/", connection.local_addr().unwrap());
    assert_eq!(hurdle_to(&taken, &limits()).await, Hurdle::Refused);
    drop(listener);
    let closed = format!("http://{}/", says("").await);
    assert_eq!(hurdle_to(&closed, &limits()).await, Hurdle::Closed);
    let plain = format!(
        "https://{}/",
        says("HTTP/1.1 400 Bad Request\r\n\r\n").await
    );
    assert_eq!(hurdle_to(&plain, &limits()).await, Hurdle::Tls);
}

#[tokio::test]
async fn a_proxy_may_refuse() {
    let through = |address: SocketAddr| Fetch {
        proxy: Some(format!("http://user:secret@{address}")),
        ..limits()
    };
    for (answer, expected) in [
        ("HTTP/1.1 403 Forbidden\r\n\r\n", Hurdle::Proxy),
        (
            "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
            Hurdle::ProxyCredentials,
        ),
    ] {
        let address = says(answer).await;
        match get("https://aem.example/", &through(address)).await {
            Err(Cause::Unreachable(why)) => {
                assert_eq!(why.hurdle, expected, "{answer}");
                assert_eq!(why.proxy, Some(format!("http://{address}")));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn each_phase_has_its_limit() {
    let connecting = Fetch {
        connect_timeout: Duration::from_millis(100),
        ..limits()
    };
    let reading = Fetch {
        read_timeout: Duration::from_millis(100),
        ..limits()
    };
    let (silent, address) = listen().await;
    let phase = timed_out_at(&format!("https://{address}/"), &connecting).await;
    assert_eq!(phase, (Phase::Securing, "connect_timeout"));
    let phase = timed_out_at(&format!("http://{address}/"), &reading).await;
    assert_eq!(phase, (Phase::Waiting, "read_timeout"));
    drop(silent);
    let stalls = stalls().await;
    let phase = timed_out_at(&format!("http://{stalls}/"), &reading).await;
    assert_eq!(phase, (Phase::Reading, "read_timeout"));
    let whole = Fetch {
        total_timeout: Duration::from_millis(100),
        ..limits()
    };
    let phase = timed_out_at(&format!("http://{stalls}/"), &whole).await;
    assert_eq!(phase, (Phase::Reading, "total_timeout"));
}

/// A server that begins an answer and says no more.
async fn stalls() -> SocketAddr {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = [0; 4_096];
            let _ = socket.read(&mut request).await;
            let begun = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok";
            let _ = socket.write_all(begun.as_bytes()).await;
            open.push(socket);
        }
    });
    address
}

#[tokio::test]
async fn half_an_answer_is_told_from_a_garbled_one() {
    let damage = async |answer| {
        let address = says(answer).await;
        match get(&format!("http://{address}/"), &limits()).await {
            Err(Cause::BrokeOff(why)) => why.damage,
            other => panic!("{other:?}"),
        }
    };
    let cut = damage("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok").await;
    assert_eq!(cut, Damage::Cut);
    let garbled = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 30\r\n\r\nthis is not gzip, not at all!!";
    assert_eq!(damage(garbled).await, Damage::Packing);
    let brotli = "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 30\r\n\r\n{\"data\": {\"this\": \"no br\"}}   ";
    assert_eq!(damage(brotli).await, Damage::Packing);
}

#[test]
fn a_proxy_is_shown_without_its_password() {
    let shown = |proxy: &str| {
        let limits = Fetch {
            proxy: Some(proxy.to_owned()),
            ..Fetch::default()
        };
        proxy_of(&Url::parse("https://aem.example").unwrap(), &limits).unwrap()
    };
    assert_eq!(shown("http://user:p@ss@proxy:3128/x"), "http://proxy:3128");
    assert_eq!(shown("proxy:3128"), "http://proxy:3128");
}
