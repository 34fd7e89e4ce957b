//! A provider of messages on loopback: it answers as it is told, byte by byte, and keeps what it was asked.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::missing_panics_doc)]

#[cfg(target_os = "linux")]
mod imap;
mod limited;

#[cfg(target_os = "linux")]
pub use imap::{ENCODED, ImapServer, SECRET, bounce};
pub use limited::Limited;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

/// One request, as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    pub line: String,
    /// Names in small letters.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Asked {
    pub fn form(&self) -> BTreeMap<String, String> {
        url::form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// What to do with the next request.
#[derive(Debug, Clone)]
pub enum Act {
    /// A status, headers ("Name: value\r\n" each) and a body.
    Say(u16, String, String),
    /// A head that promises more than comes, and the line is cut.
    CutAfter(u16, String),
    /// The line is cut before a word.
    Cut,
    /// These bytes, whatever they are.
    Bytes(Vec<u8>),
    /// An endless body.
    Flood(u16),
    /// Nothing at all, for as long as the other side waits.
    Silence,
}

pub fn say(status: u16, body: &str) -> Act {
    Act::Say(status, "Content-Type: application/json\r\n".to_owned(), body.to_owned())
}

pub fn wait(status: u16, retry_after: &str, body: &str) -> Act {
    Act::Say(status, format!("Retry-After: {retry_after}\r\n"), body.to_owned())
}

#[derive(Clone)]
pub struct Provider {
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    acts: Arc<Mutex<VecDeque<Act>>>,
    otherwise: Arc<Mutex<Option<Rule>>>,
}

/// What to do with a request that nobody foresaw.
type Rule = Box<dyn FnMut(&Asked) -> Act + Send>;

impl Provider {
    pub async fn start() -> Self {
        Self::listen("http", None).await
    }

    /// Over TLS, and the certificate as PEM.
    pub async fn start_tls() -> (Self, String) {
        let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivatePkcs8KeyDer::from(pair.signing_key.serialize_der()).into();
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![pair.cert.der().clone()], key)
            .unwrap();
        (Self::listen("https", Some(TlsAcceptor::from(Arc::new(config)))).await, pair.cert.pem())
    }

    async fn listen(scheme: &str, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("{scheme}://localhost:{}", listener.local_addr().unwrap().port());
        let provider = Self { url, asked: Arc::default(), acts: Arc::default(), otherwise: Arc::default() };
        let served = provider.clone();
        tokio::spawn(async move {
            while let Ok((line, _)) = listener.accept().await {
                let (served, tls) = (served.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(line, served).await,
                        // Who doesn't trust the certificate hangs up.
                        Some(tls) => {
                            if let Ok(line) = tls.accept(line).await {
                                serve(line, served).await;
                            }
                        }
                    }
                });
            }
        });
        provider
    }

    pub fn will(&self, acts: impl IntoIterator<Item = Act>) {
        self.acts.lock().unwrap().extend(acts);
    }

    /// What it does when it has done all that it was told to do.
    pub fn always(&self, rule: impl FnMut(&Asked) -> Act + Send + 'static) {
        *self.otherwise.lock().unwrap() = Some(Box::new(rule));
    }

    /// What it was asked since the last time.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

async fn serve(mut line: impl AsyncRead + AsyncWrite + Unpin, provider: Provider) {
    let mut read = Vec::new();
    let head = loop {
        if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if line.read_buf(&mut read).await.unwrap_or_default() == 0 {
            return;
        }
    };
    let text = String::from_utf8(read[..head].to_vec()).unwrap();
    let mut lines = text.lines();
    let first = lines.next().unwrap().to_owned();
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    while read.len() < head + length {
        if line.read_buf(&mut read).await.unwrap_or_default() == 0 {
            return;
        }
    }
    let body = String::from_utf8(read[head..].to_vec()).unwrap();
    let asked = Asked { line: first, headers, body };
    provider.asked.lock().unwrap().push(asked.clone());

    let foreseen = provider.acts.lock().unwrap().pop_front();
    let otherwise = || provider.otherwise.lock().unwrap().as_mut().map(|rule| rule(&asked));
    let act = foreseen.or_else(otherwise).unwrap_or_else(|| say(500, "nobody said what to answer"));
    let head = |status: u16, headers: &str| format!("HTTP/1.1 {status} X\r\nConnection: close\r\n{headers}");
    // The other side may hang up first: that is what some tests are about.
    let _ = match act {
        Act::Say(status, headers, body) => {
            let head = head(status, &headers);
            line.write_all(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).await
        }
        Act::CutAfter(status, body) => {
            line.write_all(format!("{}Content-Length: 9999\r\n\r\n{body}", head(status, "")).as_bytes()).await
        }
        Act::Cut => Ok(()),
        Act::Bytes(bytes) => line.write_all(&bytes).await,
        Act::Flood(status) => {
            let _ = line.write_all(format!("{}\r\n", head(status, "")).as_bytes()).await;
            let flood = vec![b' '; 1 << 16];
            while line.write_all(&flood).await.is_ok() {}
            Ok(())
        }
        Act::Silence => {
            // Ends when the other side gives up.
            let _ = line.read(&mut [0; 1]).await;
            Ok(())
        }
    };
}
