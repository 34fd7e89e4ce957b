//! Who may do what: every route with every scope.

#![allow(clippy::unwrap_used, clippy::panic)] // clippy takes helpers of a test for no test

mod common;

use common::{Answer, Node, answer};
use reqwest::Method;
use serde_json::json;
use station::Scope;

const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

/// Every route but the document's own, with the scopes that the document names: what it says is what is tried.
fn table() -> Vec<(Method, String, Vec<Scope>)> {
    let document = serde_json::to_value(api::openapi()).unwrap();
    let mut table = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, route) in methods.as_object().unwrap() {
            let Some(scopes) = route["security"][0]["token"].as_array() else { continue };
            let scopes = scopes.iter().map(|s| Scope::parse(s.as_str().unwrap()).unwrap()).collect();
            let path = path.split('/').map(|part| if part.starts_with('{') { "ID" } else { part });
            let path = path.collect::<Vec<_>>().join("/");
            table.push((method.to_uppercase().parse().unwrap(), path, scopes));
        }
    }
    table
}

#[tokio::test]
async fn each_scope_may_do_its_own_and_no_more() {
    let node = Node::start().await;
    let table = table();
    assert!(table.len() >= 10, "the routes were not found in the document");
    let ask = async |method: &Method, path: &str, token: Option<&str>| -> Answer {
        let request = node.request(method.clone(), &path.replace("ID", NOBODY));
        let request = token.into_iter().fold(request, |request, token| request.bearer_auth(token));
        answer(if *method != Method::GET { request.json(&json!({})) } else { request }).await
    };
    for (method, path, allowed) in &table {
        for scope in Scope::ALL {
            let token = node.token(scope).await;
            let answer = ask(method, path, Some(&token)).await;
            if allowed.contains(&scope) {
                // Past the door: done, or refused for what was asked.
                assert!(matches!(answer.status, 200 | 404 | 422), "{method} {path} as {scope:?}: {answer:?}");
            } else {
                answer.problem(403, "notAllowed");
            }
        }
        for (token, challenge) in [
            (None, r#"Bearer realm="cubby""#),
            (Some("nonsense"), r#"Bearer realm="cubby", error="invalid_token""#),
        ] {
            let answer = ask(method, path, token).await;
            answer.problem(401, "unauthorized");
            assert_eq!(answer.headers["www-authenticate"], challenge);
        }
    }

    // The document is everyone's; a scheme's name has no case, and another scheme is none.
    assert_eq!(ask(&Method::GET, "/v1/openapi.json", None).await.status, 200);
    let headers =
        |value: String| node.request(Method::GET, "/v1/compartments").header("authorization", value);
    assert_eq!(answer(headers(format!("bearer {}", node.admin))).await.status, 200);
    answer(headers(format!("Basic {}", node.admin))).await.problem(401, "unauthorized");
    answer(headers("Bearer".into())).await.problem(401, "unauthorized");

    // Nobody learns from a route without a token whether its body was right.
    let raw = node.request(Method::POST, "/v1/people").body("{").header("content-type", "application/json");
    answer(raw).await.problem(401, "unauthorized");
    node.stop().await;
}
