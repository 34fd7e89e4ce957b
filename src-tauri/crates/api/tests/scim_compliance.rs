//! The SCIM server, as an independent checker sees it.
//!
//! `CUBBY_TEST_PYTHON` names a Python that can import scim2_tester; it is `python3` otherwise.

#![allow(clippy::unwrap_used, clippy::panic)] // clippy takes helpers of a test for no test

mod common;

use common::Node;
use station::Scope;
use std::path::Path;

#[tokio::test]
async fn an_independent_checker_finds_no_fault() {
    let node = Node::start().await;
    let python = std::env::var("CUBBY_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let output = tokio::process::Command::new(&python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scim_check.py"))
        .env("BASE", format!("http://{}/scim/v2", node.address))
        .env("TOKEN", node.token(Scope::Directory).await)
        .output()
        .await
        .unwrap_or_else(|error| panic!("{python} does not start: {error}"));
    let (said, faults) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{faults}");
    // It has really looked at both kinds, at reading, writing and PATCH.
    let of = |kind: &str, check: &str| {
        said.lines().filter(|line| line.starts_with(&format!("SUCCESS {kind} {check}"))).count()
    };
    for kind in ["User", "Group"] {
        for check in ["object_creation", "object_replacement", "object_deletion", "object_query_without_id"] {
            assert_eq!(of(kind, check), 1, "{kind} {check}: {said}");
        }
        for check in ["check_add_attribute", "check_remove_attribute", "check_replace_attribute"] {
            assert!(of(kind, check) >= 2, "{kind} {check}: {said}");
        }
    }
    node.stop().await;
}
