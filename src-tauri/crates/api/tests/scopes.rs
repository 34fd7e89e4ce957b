//! Who may do what: every route with every scope.

#![allow(clippy::unwrap_used, clippy::panic)] // clippy takes helpers of a test for no test

mod common;

use common::{Answer, Node, answer};
use reqwest::Method;
use serde_json::json;
use station::Scope::{self, Admin, Kiosk, Read, Staff};

const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

#[tokio::test]
async fn each_scope_may_do_its_own_and_no_more() {
    let node = Node::start().await;
    let table: &[(Method, &str, &[Scope])] = &[
        (Method::POST, "/v1/people", &[Staff, Admin]),
        (Method::POST, "/v1/packages", &[Staff, Admin]),
        (Method::POST, "/v1/packages/ID/deposit", &[Staff, Admin]),
        (Method::POST, "/v1/packages/ID/codes", &[Staff, Admin]),
        (Method::GET, "/v1/openings/ID", &[Read, Staff, Admin, Kiosk]),
        (Method::GET, "/v1/packages/ID", &[Read, Staff, Admin]),
        (Method::GET, "/v1/packages", &[Read, Staff, Admin]),
        (Method::GET, "/v1/compartments", &[Read, Staff, Admin]),
        (Method::GET, "/v1/events", &[Read, Staff, Admin]),
        (Method::POST, "/v1/kiosk/pickups", &[Kiosk, Admin]),
        (Method::POST, "/v1/people/ID/badges", &[Staff, Admin]),
        (Method::POST, "/v1/badges/ID/block", &[Staff, Admin]),
        (Method::POST, "/v1/badges/ID/unblock", &[Staff, Admin]),
        (Method::POST, "/v1/people/ID/delegations", &[Staff, Admin]),
        (Method::DELETE, "/v1/delegations/ID", &[Staff, Admin]),
        (Method::POST, "/v1/people/ID/holds", &[Staff, Admin]),
        (Method::DELETE, "/v1/holds/ID", &[Staff, Admin]),
    ];
    let ask = async |method: &Method, path: &str, token: Option<&str>| -> Answer {
        let request = node.request(method.clone(), &path.replace("ID", NOBODY));
        let request = token.into_iter().fold(request, |request, token| request.bearer_auth(token));
        answer(if *method == Method::POST { request.json(&json!({})) } else { request }).await
    };
    for (method, path, allowed) in table {
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
