//! An address at which nobody answers, until somebody does.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpSocket, TcpStream};
use tokio::runtime::Runtime;

/// A port of the loopback interface that is taken and refuses connections.
pub(crate) struct Door {
    address: SocketAddr,
    socket: Option<TcpSocket>,
    runtime: Runtime,
}

impl Door {
    /// A closed one.
    pub(crate) fn closed() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        // Bound and not listening: the port cannot be anybody else's, and connections to it are refused.
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        Self {
            address: socket.local_addr().unwrap(),
            socket: Some(socket),
            runtime,
        }
    }

    /// `http://127.0.0.1:PORT`
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Leads to a server after a while.
    pub(crate) fn open_after(&mut self, wait: Duration, server: SocketAddr) {
        let socket = self.socket.take().expect("opened once");
        self.runtime.spawn(async move {
            tokio::time::sleep(wait).await;
            let listener = socket.listen(64).unwrap();
            while let Ok((mut client, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut server = TcpStream::connect(server).await?;
                    copy_bidirectional(&mut client, &mut server).await
                });
            }
        });
    }
}
