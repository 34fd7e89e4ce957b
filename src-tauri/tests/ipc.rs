//! The border to the windows: the UI's bindings are what the Rust says, and each command is granted to one window.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // clippy takes helpers of a test for no test

use cubby_shell::ipc;
use specta_typescript::Typescript;
use std::collections::BTreeMap;
use std::path::Path;

const BINDINGS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/src/ipc/bindings.ts");

fn generated() -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bindings.ts");
    let header =
        "// Generated from src-tauri/src/ipc by `npm run bindings`. Never edited.\n/* eslint-disable */";
    ipc::builder::<tauri::Wry>().export(Typescript::default().header(header), &path).unwrap();
    std::fs::read_to_string(path).unwrap()
}

/// With CUBBY_WRITE_BINDINGS=1 it writes the file instead.
#[test]
fn the_committed_bindings_are_current() {
    let generated = generated();
    if std::env::var_os("CUBBY_WRITE_BINDINGS").is_some() {
        std::fs::write(BINDINGS, generated).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(BINDINGS).unwrap();
    assert!(committed == generated, "the bindings differ from the Rust: run `npm run bindings`");
}

fn granted(window: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("capabilities/{window}.json"));
    let file: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(
        file["windows"],
        serde_json::json!([window]),
        "one window per file: two files for a window add up"
    );
    let permissions = file["permissions"].as_array().unwrap().iter().map(|p| p.as_str().unwrap().to_owned());
    permissions.filter_map(|p| p.strip_prefix("allow-").map(|c| c.replace('-', "_"))).collect()
}

/// A command granted to no window can't be called, one granted to both would let the lobby do staff's work.
#[test]
fn each_command_is_granted_to_one_window() {
    let mut windows: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for window in ["kiosk", "mailroom"] {
        for command in granted(window) {
            windows.entry(command).or_default().push(window);
        }
    }
    let generated = generated();
    let listed: Vec<&str> =
        generated.split("__TAURI_INVOKE(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(listed.len() > 40, "the list of commands was not found in the bindings");
    for command in &listed {
        let of = windows.get(*command).cloned().unwrap_or_default();
        let expected = if command.starts_with("kiosk_") { "kiosk" } else { "mailroom" };
        assert_eq!(of, [expected], "{command}");
    }
    assert_eq!(listed.len(), windows.len(), "a capability grants a command that does not exist");
}

/// What a call of `command` from the window `label` comes to, where no capability stands in its way.
fn called(label: &str, command: &str) -> Result<serde_json::Value, serde_json::Value> {
    let app = tauri::test::mock_builder()
        .invoke_handler(ipc::each_to_its_own(|invoke| {
            invoke.resolver.resolve("done");
            true
        }))
        .build(tauri::test::mock_context(tauri::test::noop_assets()))
        .unwrap();
    let window = tauri::WebviewWindowBuilder::new(&app, label, tauri::WebviewUrl::default()).build().unwrap();
    let request = tauri::webview::InvokeRequest {
        cmd: command.into(),
        callback: tauri::ipc::CallbackFn(0),
        error: tauri::ipc::CallbackFn(1),
        url: "tauri://localhost".parse().unwrap(),
        body: tauri::ipc::InvokeBody::default(),
        headers: tauri::http::HeaderMap::default(),
        invoke_key: tauri::test::INVOKE_KEY.into(),
    };
    let answer = tauri::test::get_ipc_response(&window, request);
    answer.map(|body| body.deserialize().unwrap())
}

#[test]
fn a_command_is_done_for_its_own_window_only_whatever_the_capabilities_say() {
    let done = Ok(serde_json::json!("done"));
    assert_eq!(called("kiosk", "kiosk_enter_code"), done);
    assert_eq!(called("mailroom", "receive"), done);
    let refused = Err(serde_json::json!({ "code": "notAllowed" }));
    for (window, command) in [
        ("kiosk", "sign_in"),
        ("kiosk", "inspect"),
        ("mailroom", "kiosk_enter_code"),
        ("other", "kiosk_state"),
        ("other", "start"),
        ("kiosk2", "kiosk_state"),
    ] {
        assert_eq!(called(window, command), refused, "{window}: {command}");
    }
}

/// Each of the kiosk's permissions is one of its commands, or hearing what it is told.
#[test]
fn the_kiosk_may_do_nothing_of_tauris_own_but_listen() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("capabilities/kiosk.json");
    let file: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let others: Vec<&str> = file["permissions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p.as_str().unwrap())
        .filter(|p| !p.starts_with("allow-kiosk-"))
        .collect();
    assert_eq!(others, ["core:event:allow-listen", "core:event:allow-unlisten"]);
    assert!(file.get("remote").is_none() && file["local"] == true);
}

/// Developer tools are not in a release at all: the feature is off, so there is no code to open them.
#[test]
fn developer_tools_are_not_compiled_into_a_release() {
    for manifest in ["Cargo.toml", "../Cargo.toml"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(manifest);
        assert!(!std::fs::read_to_string(path).unwrap().contains("devtools"), "{manifest}");
    }
}
