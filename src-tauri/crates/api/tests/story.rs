//! The main job over HTTP: a package goes in and comes out, and doors open one after another.

#![allow(clippy::unwrap_used, clippy::panic)] // clippy takes helpers of a test for no test

mod common;

use common::Node;
use serde_json::json;

#[tokio::test]
async fn a_package_goes_in_and_comes_out() {
    let node = Node::start().await;
    let person = node.person("Zoë O'Brien", Some("0040856634")).await;

    // Taken in.
    let intake = json!({
        "tracking_number": "1Z999AA10123456784", "recipient_id": person, "size": "S",
        "handling": ["fragile", "confidential"], "note": "left at the \"back\" door",
    });
    let received = node.post("/v1/packages", intake).await;
    assert_eq!((received.status, received.body["state"].as_str()), (201, Some("received")), "{received:?}");
    assert_eq!(received.body["carrier"].as_str().map(str::to_lowercase).as_deref(), Some("ups"));
    let first = format!("/v1/packages/{}", received.text("id"));
    let shown = node.get(&first).await;
    assert_eq!(shown.body["handling"], json!(["fragile", "confidential"]));
    assert_eq!(shown.body["compartment"], json!(null));

    // Deposited: stored when the door is seen shut, not before.
    let begun = node.post(&format!("{first}/deposit"), json!({ "compartment": "A02" })).await;
    assert_eq!(
        (begun.status, begun.body["opening"]["compartment"].as_str()),
        (202, Some("A02")),
        "{begun:?}"
    );
    assert_eq!(begun.body["opening"]["bank"], "Lobby");
    let opening = format!("/v1/openings/{}", begun.body["opening"]["id"].as_str().unwrap());
    let open = node.until(&opening, "state", "open").await;
    assert_eq!(open.body["purpose"], "deposit");
    assert_eq!(open.body["package"], received.body["id"]);
    assert_eq!(node.get(&first).await.body["state"], "received");
    node.post(&format!("{first}/deposit"), json!({})).await.problem(409, "depositUnderWay");
    node.shut("A02").await;
    node.until(&opening, "state", "closed").await;
    let stored = node.until(&first, "state", "stored").await;
    assert_eq!((stored.text("compartment").as_str(), stored.text("bank").as_str()), ("A02", "Lobby"));
    assert_eq!(stored.body["compartment_id"], open.body["compartment_id"]);
    assert_eq!(compartment(&node, "A02").await["occupancy"], "holding");

    // A fresh code is never in the answer.
    let code = node.post(&format!("{first}/codes"), json!({})).await;
    assert_eq!((code.status, code.body), (202, json!({})));

    // Fetched by badge: two doors, one after the other.
    let (second, second_door) = node.deposited(&person).await;
    let begun = node.post("/v1/kiosk/pickups", json!({ "badge": "40856634" })).await;
    assert_eq!(begun.status, 202, "{begun:?}");
    let openings = begun.body["openings"].as_array().unwrap();
    assert_eq!(openings.len(), 2, "{begun:?}");
    assert_eq!(
        (openings[0]["compartment"].as_str(), openings[1]["state"].as_str()),
        (Some("A02"), Some("waiting"))
    );
    let paths: Vec<_> =
        openings.iter().map(|o| format!("/v1/openings/{}", o["id"].as_str().unwrap())).collect();
    node.until(&paths[0], "state", "open").await;
    let waiting = node.get(&paths[1]).await;
    assert_eq!((&waiting.body["state"], &waiting.body["package"]), (&json!("waiting"), &json!(second)));

    // Somebody else waits for the door to be shut.
    node.person("Ann", Some("777001")).await;
    node.post("/v1/kiosk/pickups", json!({ "badge": "777001" })).await.problem(409, "kioskBusy");

    node.shut("A02").await;
    node.until(&first, "state", "collected").await;
    node.until(&paths[1], "state", "open").await;
    node.shut(&second_door).await;
    let collected = node.until(&format!("/v1/packages/{second}"), "state", "collected").await;
    assert_eq!(collected.body["compartment"], json!(null));
    assert_eq!(compartment(&node, "A02").await["occupancy"], "empty");

    // Now the kiosk is the other's, for whom nothing waits.
    let nothing = node.post("/v1/kiosk/pickups", json!({ "badge": "777001" })).await;
    assert_eq!((nothing.status, nothing.body), (202, json!({ "openings": [] })));

    pages(&node, &person).await;
    node.stop().await;
}

async fn compartment(node: &Node, label: &str) -> serde_json::Value {
    let all = node.get("/v1/compartments").await;
    all.body["compartments"].as_array().unwrap().iter().find(|c| c["label"] == label).unwrap().clone()
}

async fn pages(node: &Node, person: &str) {
    for _ in 0..3 {
        node.package(person, "oversize").await;
    }
    let mut found = vec![];
    let mut path = "/v1/packages?limit=2".to_owned();
    loop {
        let page = node.get(&path).await;
        found.extend(page.body["packages"].as_array().unwrap().iter().map(|p| p["id"].to_string()));
        match page.body["next"].as_str() {
            Some(next) => path = format!("/v1/packages?limit=2&after={next}"),
            None => break,
        }
    }
    assert_eq!(found.len(), 5);
    found.sort();
    found.dedup();
    assert_eq!(found.len(), 5);
    let count = async |query: &str| {
        let page = node.get(&format!("/v1/packages?{query}")).await;
        page.body["packages"].as_array().unwrap_or_else(|| panic!("{page:?}")).len()
    };
    assert_eq!(count("state=collected").await, 2);
    assert_eq!(count("query=zoe%20O'Br&state=received").await, 3);
    assert_eq!(count("query=nobody").await, 0);
    // Nothing of a query is a word of SQL or of its search: without a letter or digit it asks for all.
    assert_eq!(count("query=%22%27%3B--%00*").await, 5);
}
