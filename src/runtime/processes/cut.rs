//! What becomes of connections on their way from one to another: led on, held up or cut. A file of the place tells it, and
//! another how often it had an effect, so that whoever has the folder can cut a way and see that it is cut.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use futures::future::try_join;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::Place;
use super::folder::{Folder, read_json, write_json};

/// Bytes that are on their way at most.
const UNDERWAY: usize = 64 * 1024;

/// How a way is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Cut {
    /// Connections are reset, and so is every new one.
    Reset,
    /// Nothing gets through, and nobody is told. It does when the way is mended, as TCP sends again what was lost.
    Drop,
    /// Connections are reset on the server's side; the client's side stays open, and silent. New ones are led on.
    HalfOpen,
    /// Everything comes so many milliseconds later.
    Delay(u64),
}

/// The ways that are cut, by their names.
pub(super) type Cuts = BTreeMap<String, Cut>;

/// How often cuts had an effect, by the names of ways.
type Touched = BTreeMap<String, u64>;

/// The cuts of a place while it is kept: as they are told, and what came of them.
pub(super) struct Ways {
    cuts: watch::Sender<Cuts>,
    touched: Arc<Mutex<Touched>>,
    written: Touched,
}

/// One way, as those who lead connections know it.
#[derive(Clone)]
pub(super) struct Way {
    name: String,
    cuts: watch::Receiver<Cuts>,
    touched: Arc<Mutex<Touched>>,
}

/// No cut.
pub(super) fn ways() -> Ways {
    Ways {
        cuts: watch::Sender::new(Cuts::new()),
        touched: Arc::default(),
        written: Touched::new(),
    }
}

impl Ways {
    /// A way by its name.
    pub(super) fn way(&self, name: String) -> Way {
        Way {
            name,
            cuts: self.cuts.subscribe(),
            touched: self.touched.clone(),
        }
    }

    /// Tells the ways what the place's file says, and writes what came of it.
    pub(super) fn look(&mut self, folder: &Folder) -> Result<()> {
        let cuts = folder.cuts()?;
        self.cuts.send_if_modified(|now| {
            let differs = *now != cuts;
            *now = cuts;
            differs
        });
        let touched = locked(&self.touched).clone();
        if touched != self.written {
            write_json(&folder.touched(), &touched)?;
            self.written = touched;
        }
        Ok(())
    }
}

impl Folder {
    fn cuts(&self) -> Result<Cuts> {
        Ok(read_json(&self.cuts_file())?.unwrap_or_default())
    }
}

impl Place {
    /// Cuts the way from a member to another, or mends it.
    pub(crate) fn cut(&self, from: &str, to: &str, cut: Option<Cut>) -> Result<()> {
        self.cut_way(between(from, to), cut)
    }

    /// Cuts the way of clients through a Service, or mends it.
    pub(crate) fn cut_clients(&self, service: &str, cut: Option<Cut>) -> Result<()> {
        self.cut_way(of_clients(service), cut)
    }

    fn cut_way(&self, way: String, cut: Option<Cut>) -> Result<()> {
        let _alone = self.folder.alone()?;
        let mut cuts = self.folder.cuts()?;
        match cut {
            Some(cut) => cuts.insert(way, cut),
            None => cuts.remove(&way),
        };
        write_json(&self.folder.cuts_file(), &cuts)
    }

    /// Mends every way.
    pub(crate) fn mend_ways(&self) -> Result<()> {
        let _alone = self.folder.alone()?;
        write_json(&self.folder.cuts_file(), &Cuts::new())
    }

    /// How often a cut had an effect between two members.
    pub(crate) fn touched(&self, from: &str, to: &str) -> Result<u64> {
        self.touched_way(&between(from, to))
    }

    /// How often a cut had an effect on clients of a Service.
    pub(crate) fn touched_clients(&self, service: &str) -> Result<u64> {
        self.touched_way(&of_clients(service))
    }

    fn touched_way(&self, way: &str) -> Result<u64> {
        let touched: Option<Touched> = read_json(&self.folder.touched())?;
        Ok(touched.and_then(|all| all.get(way).copied()).unwrap_or(0))
    }
}

/// The name of the way from a member to another.
pub(super) fn between(from: &str, to: &str) -> String {
    format!("{from}/{to}")
}

/// The name of the way of clients through a Service.
pub(super) fn of_clients(service: &str) -> String {
    format!("clients/{service}")
}

impl Way {
    fn cut(&self) -> Option<Cut> {
        self.cuts.borrow().get(&self.name).copied()
    }

    fn touch(&self) {
        *locked(&self.touched).entry(self.name.clone()).or_default() += 1;
    }

    /// Whether a new connection is led on; waits for as long as nothing gets through.
    pub(super) async fn lets_in(&self, client: &TcpStream) -> Result<bool> {
        if self.cut() == Some(Cut::Reset) {
            client.set_zero_linger()?;
            self.touch();
            return Ok(false);
        }
        self.passes().await;
        Ok(true)
    }

    /// Leads bytes both ways until both sides have said all, or the way is cut.
    pub(super) async fn lead(&self, mut client: TcpStream, mut server: TcpStream) -> Result<()> {
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let cut = {
            let (from_client, to_client) = client.split();
            let (from_server, to_server) = server.split();
            let both = try_join(
                self.pump(from_client, to_server),
                self.pump(from_server, to_client),
            );
            tokio::select! {
                done = both => return done.map(drop),
                cut = self.is_cut() => cut,
            }
        };
        self.touch();
        server.set_zero_linger()?;
        if cut == Cut::HalfOpen {
            drop(server);
            self.is_mended().await;
        }
        Ok(client.set_zero_linger()?)
    }

    async fn pump(
        &self,
        mut from: impl AsyncRead + Unpin,
        mut to: impl AsyncWrite + Unpin,
    ) -> Result<()> {
        let mut bytes = vec![0; UNDERWAY];
        loop {
            let count = from.read(&mut bytes).await?;
            self.passes().await;
            if count == 0 {
                return Ok(to.shutdown().await?);
            }
            to.write_all(&bytes[..count]).await?;
        }
    }

    /// Waits for as long as nothing gets through, or it comes late.
    async fn passes(&self) {
        match self.cut() {
            Some(Cut::Drop) => {
                self.touch();
                let mut cuts = self.cuts.clone();
                let dropped = |cuts: &Cuts| cuts.get(&self.name) == Some(&Cut::Drop);
                // Where nobody tells any more, the place ends.
                let _ = cuts.wait_for(|cuts| !dropped(cuts)).await;
            }
            Some(Cut::Delay(milliseconds)) => {
                self.touch();
                tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            }
            Some(Cut::Reset | Cut::HalfOpen) | None => (),
        }
    }

    /// Waits until connections that are there are cut.
    async fn is_cut(&self) -> Cut {
        let mut cuts = self.cuts.clone();
        // What is so already was so when this connection came.
        cuts.mark_unchanged();
        while cuts.changed().await.is_ok() {
            let cut = cuts.borrow_and_update().get(&self.name).copied();
            if let Some(cut @ (Cut::Reset | Cut::HalfOpen)) = cut {
                return cut;
            }
        }
        std::future::pending().await
    }

    async fn is_mended(&self) {
        let mut cuts = self.cuts.clone();
        let _ = cuts.wait_for(|cuts| !cuts.contains_key(&self.name)).await;
    }
}

fn locked(touched: &Mutex<Touched>) -> std::sync::MutexGuard<'_, Touched> {
    touched.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
