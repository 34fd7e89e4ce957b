//! Staff sign in by an identity provider: a certified one, on loopback, with a browser that needs no person.

use crate::desk::{ADMIN, Desk};
use domain::person::Role;
use station::{Error, NotByProvider, Session};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdout, Command};

struct Provider {
    _node: Child,
    /// It talks on: a pipe that nobody holds would end it.
    _lines: Lines<BufReader<ChildStdout>>,
    port: u16,
}

impl Provider {
    async fn start() -> Provider {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../src-tauri/crates/sso/tests/provider.mjs");
        let mut node = Command::new("node")
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(node.stdout.take().unwrap()).lines();
        let port = loop {
            if let Ok(port) = lines.next_line().await.unwrap().expect("the provider started").parse() {
                break port;
            }
        };
        Provider { _node: node, _lines: lines, port }
    }

    fn site_file(&self) -> String {
        format!(
            "[site]\nname = \"Head office\"\n\n[sign_in.oidc]\nissuer = \"http://127.0.0.1:{}\"\nclient_id = \"cubby\"\n",
            self.port
        )
    }

    /// The whole way of a browser in which this account signs in.
    async fn sign_in(&self, desk: &Desk, account: &str) -> station::Result<Session> {
        let attempt = desk.station.ask_provider(true).await?;
        let to = attempt.url().replace('%', "%25").replace('&', "%26").replace('?', "%3F");
        let back = get(self.port, &format!("/walk?to={to}&account={account}")).await;
        let back = back.rsplit("http://127.0.0.1:").next().unwrap().to_owned();
        let (port, target) = back.split_once('/').unwrap();
        let (station, port) = (desk.station.clone(), port.parse().unwrap());
        let waiting = tokio::spawn(async move { station.sign_in_by_provider(attempt).await });
        get(port, &format!("/{target}")).await;
        waiting.await.unwrap()
    }
}

async fn get(port: u16, target: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let request =
        format!("GET {} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n", target.trim());
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let body = answer.split("\r\n\r\n").nth(1).unwrap().to_owned();
    // A body in chunks has its lengths between.
    body.lines().find(|line| line.starts_with("http")).unwrap_or(&body).to_owned()
}

fn not_staff(answer: &station::Result<Session>) -> bool {
    matches!(answer, Err(Error::NotByProvider(NotByProvider::NotStaff)))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_provider_says_who_it_is_and_this_site_what_they_may() {
    let provider = Provider::start().await;
    let desk = Desk::new().await.with_site_file(&provider.site_file()).await;
    assert_eq!(desk.station.provider().as_deref(), Some("127.0.0.1"));
    // Her address is the admin's, and nobody has verified it.
    let eve = provider.sign_in(&desk, "eve").await;
    assert!(not_staff(&eve), "{eve:?}");

    let session = provider.sign_in(&desk, "ada").await.unwrap();
    assert_eq!(desk.station.session_view(&session).await.unwrap().email, ADMIN);
    // She may do what her role may, and confirms as anybody does.
    assert!(desk.station.confirmed(&session).await.is_ok());

    // From now on she is known by the provider's name for her, not by her address; and out once her role is.
    desk.member("Bo", Role::Admin, "2222").await;
    let bo = desk.sign_in("bo@example.com").await;
    let admin: station::Admin = desk.station.rights(&bo).await.unwrap();
    let confirmed = desk.station.confirmed(&bo).await.unwrap();
    let ada = desk.station.session_view(&session).await.unwrap().id.parse().unwrap();
    admin.set_active(&confirmed, ada, false).await.unwrap();
    let gone = provider.sign_in(&desk, "ada").await;
    assert!(not_staff(&gone), "{gone:?}");
}
