//! The port that the browser comes back to: on this machine alone, for one sign-in, and closed with it.
//!
//! Must never take an answer whose state is another's, nor write anything of the request into its page.

use crate::Failed;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const PATH: &str = "/signed-in";
/// Bytes of the longest request that is read, and how long one may take to say it.
const MOST: usize = 16 * 1024;
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) struct Listener {
    listener: TcpListener,
    address: String,
}

pub(crate) struct Answer {
    pub code: String,
    pub page: Page,
}

/// The browser's page, waiting for how it ended.
pub(crate) struct Page(TcpStream);

impl Listener {
    pub async fn open() -> Result<Listener, Failed> {
        let failed = |e: std::io::Error| Failed::Settings(format!("no port to come back to: {e}"));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        Ok(Listener { listener, address: format!("http://127.0.0.1:{port}{PATH}") })
    }

    pub fn address(&self) -> String {
        self.address.clone()
    }

    /// The code of the answer to this sign-in. What else knocks is sent away, an answer to another ends this one.
    pub async fn answer(&self, state: &str, issuer: &str) -> Result<Answer, Failed> {
        loop {
            let Ok((mut stream, _)) = self.listener.accept().await else { continue };
            let line = tokio::time::timeout(PATIENCE, request_line(&mut stream)).await;
            let Some(target) = line.ok().flatten() else { continue };
            let Ok(url) = url::Url::parse(&self.address).and_then(|base| base.join(&target)) else {
                continue;
            };
            let page = Page(stream);
            if url.path() != PATH {
                page.write("404 Not Found", "Nothing here", "").await;
                continue;
            }
            let one = |name: &str| {
                let mut all =
                    url.query_pairs().filter(|(key, _)| key == name).map(|(_, value)| value.into_owned());
                // Said twice is not said.
                all.next().filter(|_| all.next().is_none())
            };
            let failed = if one("state").as_deref() != Some(state) {
                Failed::OtherSession
            } else if one("iss")
                .is_some_and(|said| said.trim_end_matches('/') != issuer.trim_end_matches('/'))
            {
                Failed::WrongIssuer
            } else if let Some(code) = one("code") {
                return Ok(Answer { code, page });
            } else {
                Failed::Declined
            };
            page.end(false).await;
            return Err(failed);
        }
    }
}

/// The target of a GET, if that is what was sent.
async fn request_line(stream: &mut TcpStream) -> Option<String> {
    let mut read = Vec::new();
    let mut part = [0; 2048];
    while !read.windows(4).any(|w| w == b"\r\n\r\n") {
        let n = stream.read(&mut part).await.ok().filter(|n| *n > 0)?;
        read.extend_from_slice(part.get(..n)?);
        if read.len() > MOST {
            return None;
        }
    }
    let head = String::from_utf8(read).ok()?;
    let mut words = head.lines().next()?.split(' ');
    match (words.next(), words.next(), words.next()) {
        (Some("GET"), Some(target), Some("HTTP/1.1" | "HTTP/1.0")) if target.starts_with('/') => {
            Some(target.to_owned())
        }
        _ => None,
    }
}

impl Page {
    pub async fn end(self, well: bool) {
        let (english, spanish) = if well {
            ("You are signed in. You can close this page.", "Ha iniciado sesión. Puede cerrar esta página.")
        } else {
            (
                "Nobody was signed in. Cubby's window says why.",
                "No se inició sesión. La ventana de Cubby dice por qué.",
            )
        };
        self.write("200 OK", english, spanish).await;
    }

    async fn write(mut self, status: &str, english: &str, spanish: &str) {
        let body = format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Cubby</title>\
             <p>{english}</p><p lang=\"es\">{spanish}</p></html>"
        );
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
             Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n\
             Content-Security-Policy: default-src 'none'\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        // A browser that is gone needs no page.
        let _ = self.0.write_all(answer.as_bytes()).await;
        let _ = self.0.shutdown().await;
    }
}
