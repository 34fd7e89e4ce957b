//! The custody log over HTTP: pages, the chain, and the stream that resumes.

#![allow(clippy::unwrap_used, clippy::panic)] // clippy takes helpers of a test for no test

mod common;

use common::{Node, answer};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn the_log_is_paged_chained_and_streamed() {
    let node = Node::start().await;
    for name in ["Ann", "Ben", "Çağla"] {
        node.person(name, None).await;
    }
    let all = node.get("/v1/events").await.body;
    let all = all["events"].as_array().unwrap();
    assert!(all.len() > 5);
    for (n, pair) in all.windows(2).enumerate() {
        assert_eq!(pair[1]["prev_hash"], pair[0]["hash"]);
        assert_eq!(pair[0]["seq"], json!(n + 1));
        assert!(pair[0]["body"].is_object() && pair[0]["hash"].as_str().unwrap().len() == 64);
    }
    assert!(!json!(all).to_string().contains("Ann"), "a name is in the log");

    // Pages.
    let mut paged = vec![];
    let mut after = json!(0);
    while !after.is_null() {
        let page = node.get(&format!("/v1/events?limit=3&after={after}")).await.body;
        paged.extend(page["events"].as_array().unwrap().clone());
        after = page["next"].clone();
    }
    assert_eq!(&paged, all);

    // The stream: what was, then what comes.
    let last = all.last().unwrap()["seq"].as_i64().unwrap();
    let mut stream = Stream::open(&node, &format!("?after={}", last - 2), None).await;
    assert_eq!(stream.next().await, all[all.len() - 2]);
    assert_eq!(stream.next().await, all[all.len() - 1]);
    node.person("Dora", None).await;
    let added = stream.next().await;
    assert_eq!((&added["seq"], &added["kind"]), (&json!(last + 1), &json!("person.added")), "{added}");

    // Resumed: the last id that was seen goes before the address.
    node.person("Emil", None).await;
    let mut again = Stream::open(&node, "?after=0", Some(last + 1)).await;
    assert_eq!(again.next().await["seq"], json!(last + 2));

    // Another process appends to the same file: nobody wakes this one.
    let stamp = station::Stamp {
        wall: domain::time::Wall(0),
        mono: domain::time::Mono(0),
        boot: domain::BootId(uuid::Uuid::nil()),
    };
    station::Station::create_token(node.station.store(), stamp, station::Scope::Read).await.unwrap();
    assert_eq!(again.next().await["seq"], json!(last + 3));

    let wrong = node
        .request(Method::GET, "/v1/events")
        .bearer_auth(&node.admin)
        .header("accept", "text/event-stream");
    answer(wrong.header("last-event-id", "x")).await.invalid("Last-Event-ID", "malformed");

    // Open streams end with the server.
    node.stop().await;
    while let Some(chunk) = again.response.chunk().await.unwrap() {
        drop(chunk);
    }
}

#[tokio::test]
async fn a_stream_ends_when_its_token_is_revoked() {
    let node = Node::start().await;
    let mine = node.token(station::Scope::Read).await;
    let stamp = station::Stamp {
        wall: domain::time::Wall(0),
        mono: domain::time::Mono(0),
        boot: domain::BootId(uuid::Uuid::nil()),
    };
    let request = node.request(Method::GET, "/v1/events").bearer_auth(&mine);
    let mut response = request.header("accept", "text/event-stream").send().await.unwrap();
    assert!(response.chunk().await.unwrap().is_some());
    let id = station::Station::tokens(node.station.store()).await.unwrap().last().unwrap().id;
    assert!(station::Station::revoke_token(node.station.store(), stamp, id).await.unwrap());
    assert!(!station::Station::revoke_token(node.station.store(), stamp, id).await.unwrap(), "once");
    let ends = async { while response.chunk().await.unwrap().is_some() {} };
    tokio::time::timeout(Duration::from_secs(20), ends).await.expect("the stream ends");
    answer(node.request(Method::GET, "/v1/packages").bearer_auth(&mine)).await.problem(401, "unauthorized");
    assert_eq!(node.get("/v1/packages").await.status, 200, "others are not touched");
}

struct Stream {
    response: Response,
    read: String,
}

impl Stream {
    async fn open(node: &Node, query: &str, last: Option<i64>) -> Stream {
        let request = node.request(Method::GET, &format!("/v1/events{query}")).bearer_auth(&node.admin);
        let request = request.header("accept", "text/event-stream");
        let request = last.into_iter().fold(request, |request, last| request.header("last-event-id", last));
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Stream { response, read: String::new() }
    }

    async fn next(&mut self) -> Value {
        loop {
            while let Some((event, rest)) = self.read.split_once("\n\n") {
                let field =
                    |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
                let found = field("id:").map(str::to_owned).zip(field("data:").map(str::to_owned));
                self.read = rest.to_owned();
                // A comment keeps the line alive.
                if let Some((id, data)) = found {
                    let data: Value = serde_json::from_str(&data).unwrap();
                    assert_eq!(data["seq"].to_string(), id);
                    return data;
                }
            }
            let chunk = tokio::time::timeout(Duration::from_secs(20), self.response.chunk()).await;
            self.read.push_str(std::str::from_utf8(&chunk.unwrap().unwrap().unwrap()).unwrap());
        }
    }
}
