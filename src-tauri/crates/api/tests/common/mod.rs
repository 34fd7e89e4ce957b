//! A real node on a virtual bank, reached over a real loopback connection.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use domain::BootId;
use domain::time::{Mono, Wall};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use station::{Options, Scope, Staff, Stamp, Station};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A condition of a test holds within this, or never.
const DEADLINE: Duration = Duration::from_secs(20);

pub struct Node {
    pub station: Station,
    /// Works the virtual bank's doors.
    pub hands: Staff,
    pub address: SocketAddr,
    pub admin: String,
    pub client: Client,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<std::io::Result<()>>,
    _folder: tempfile::TempDir,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn text(&self, field: &str) -> String {
        self.body[field].as_str().unwrap_or_else(|| panic!("no text {field:?} in {}", self.body)).to_owned()
    }

    /// Is a problem of this status and code, as RFC 9457 has it.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> &Answer {
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{self:?}");
        assert_eq!(self.headers[CONTENT_TYPE], "application/problem+json");
        assert_eq!(self.body["status"], status);
        assert_eq!(self.body["type"], format!("urn:cubby:problem:{code}"));
        assert!(self.body["title"].is_string() && self.body["detail"].is_string(), "{self:?}");
        self
    }

    #[track_caller]
    pub fn invalid(&self, field: &str, why: &str) {
        self.problem(422, "invalid");
        assert_eq!(self.body["errors"], json!([{ "field": field, "why": why }]));
    }
}

impl Node {
    pub async fn start() -> Node {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { folder: folder.path().into(), demo: true, desktop: false };
        let station = Station::start(options).await.unwrap();
        assert!(station.doors_ready(DEADLINE).await);
        let admin = token(&station, Scope::Admin).await;
        let hands = station.staff_by(station.access(&admin).await.unwrap().unwrap()).unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let (ready, bound) = oneshot::channel();
        let served = station.clone();
        let server = tokio::spawn(async move {
            let tell = |address| ready.send(address).unwrap();
            let stopped = async {
                let _ = stopped.await;
            };
            api::serve(served, ([127, 0, 0, 1], 0).into(), tell, stopped).await
        });
        let address = bound.await.unwrap();
        // It speaks no TLS here, and wants a library for it all the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().build().unwrap();
        Node { station, hands, address, admin, client, stop: Some(stop), server, _folder: folder }
    }

    /// Stops the server and waits for its end.
    pub async fn stop(mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        tokio::time::timeout(DEADLINE, self.server).await.unwrap().unwrap().unwrap();
    }

    pub async fn token(&self, scope: Scope) -> String {
        token(&self.station, scope).await
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("http://{}{path}", self.address))
    }

    pub async fn get(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path).bearer_auth(&self.admin)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        answer(self.request(Method::POST, path).bearer_auth(&self.admin).json(&body)).await
    }

    pub async fn person(&self, name: &str, badge: Option<&str>) -> String {
        let email = format!("{}@example.com", uuid::Uuid::new_v4());
        let added = self.post("/v1/people", json!({ "name": name, "email": email, "badge": badge })).await;
        assert_eq!(added.status, 201, "{added:?}");
        added.text("id")
    }

    pub async fn package(&self, recipient: &str, size: &str) -> String {
        let intake =
            json!({ "tracking_number": "1Z999AA10123456784", "recipient_id": recipient, "size": size });
        let received = self.post("/v1/packages", intake).await;
        assert_eq!(received.status, 201, "{received:?}");
        received.text("id")
    }

    /// A package behind a shut door; its door's label.
    pub async fn deposited(&self, recipient: &str) -> (String, String) {
        let package = self.package(recipient, "S").await;
        let begun = self.post(&format!("/v1/packages/{package}/deposit"), json!({})).await;
        assert_eq!(begun.status, 202, "{begun:?}");
        let opening = &begun.body["opening"];
        let label = opening["compartment"].as_str().unwrap().to_owned();
        self.until(&format!("/v1/openings/{}", opening["id"].as_str().unwrap()), "state", "open").await;
        self.shut(&label).await;
        self.until(&format!("/v1/packages/{package}"), "state", "stored").await;
        (package, label)
    }

    pub async fn shut(&self, label: &str) {
        let panel = self.hands.virtual_panel().await.unwrap();
        let door = panel.doors.iter().find(|d| d.label == label).unwrap();
        self.hands.virtual_shut(door.channel).await.unwrap();
    }

    /// Asks until a field has a value.
    pub async fn until(&self, path: &str, field: &str, value: &str) -> Answer {
        let began = Instant::now();
        loop {
            let found = self.get(path).await;
            if found.body[field] == value {
                return found;
            }
            assert!(began.elapsed() < DEADLINE, "{path} has no {field} {value:?}: {found:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn token(station: &Station, scope: Scope) -> String {
    let stamp = Stamp { wall: Wall(0), mono: Mono(0), boot: BootId(uuid::Uuid::nil()) };
    Station::create_token(station.store(), stamp, scope).await.unwrap()
}

pub async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.bytes().await.unwrap();
    Answer { status, headers, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
}
