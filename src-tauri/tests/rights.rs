//! Who may do what: every command called as everybody, over the border that the windows use, and held against the
//! table; and the page of the docs that is written from it.
#![recursion_limit = "256"]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // clippy takes helpers of a test for no test

use cubby_shell::ipc::rights::{COMMANDS, Needs};
use cubby_shell::ipc::{self, Shell};
use domain::time::{MINUTE, Mono, Wall};
use serde_json::{Value, json};
use station::wire::{AdminPlan, BankPlan, CellPlan, ColumnPlan, PersonForm, SitePlan, Size};
use station::{Admin, Clock, Entry, Options, Outside, Right, Role, Session, Station, SystemClock};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};
use std::time::Instant;
use tauri::test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder, mock_context, noop_assets};
use tauri::webview::InvokeRequest;
use tauri::{Manager, WebviewWindow, WebviewWindowBuilder};
use tempfile::TempDir;

const PASSWORD: &str = "rowing past nine herons";
const PIN: &str = "204917";
const STAFF: [Role; 4] = [Role::Clerk, Role::Supervisor, Role::Admin, Role::Auditor];

/// The machine's clock, ahead by as much as the test says.
struct Ahead {
    real: SystemClock,
    by: AtomicI64,
}

impl Clock for Ahead {
    fn mono(&self) -> Mono {
        Mono(self.real.mono().0 + self.by.load(SeqCst))
    }
    fn wall(&self) -> Wall {
        Wall(self.real.wall().0 + self.by.load(SeqCst))
    }
    fn instant(&self, mono: Mono) -> Instant {
        self.real.instant(Mono(mono.0 - self.by.load(SeqCst)))
    }
}

/// A node with one member of staff of each role, and the shell before it.
struct Site {
    _folder: TempDir,
    clock: Arc<Ahead>,
    station: Station,
    window: WebviewWindow<MockRuntime>,
}

fn badge(role: Role) -> String {
    format!("77{}", 100 + Role::ALL.iter().position(|r| *r == role).unwrap())
}

impl Site {
    async fn new() -> Site {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(Ahead { real: SystemClock::new(), by: AtomicI64::new(0) });
        let outside = Outside { clock: clock.clone(), code_memory: 64, ..Outside::real() };
        let options = Options { folder: folder.path().into(), demo: false, desktop: false };
        let station = Station::start_in(outside, options).await.unwrap();
        let session = station.set_up(plan()).await.unwrap();
        let admin: Admin = station.rights(&session).await.unwrap();
        let confirmed = station.confirmed(&session).await.unwrap();
        for role in Role::ALL {
            let form = PersonForm {
                email: Some(address(role)),
                badge: Some(badge(role)),
                ..PersonForm::named("Somebody")
            };
            let person = admin.add_person(form).await.unwrap();
            if role.is_staff() {
                admin.set_role(&confirmed, person, role).await.unwrap();
                admin.set_password(&confirmed, person, PASSWORD).await.unwrap();
                let session = sign_in(&station, role).await;
                let confirmed = station.confirmed(&session).await.unwrap();
                station.set_my_pin(&session, &confirmed, PIN).await.unwrap();
            }
        }
        let commands = ipc::builder::<MockRuntime>();
        let shell = Shell::new(station.clone(), Box::new(|| ()), Box::new(|_, _| ()), Box::new(|_| false));
        let app = mock_builder()
            .invoke_handler(commands.invoke_handler())
            .build(mock_context(noop_assets()))
            .unwrap();
        app.manage(shell);
        let window =
            WebviewWindowBuilder::new(&app, "mailroom", tauri::WebviewUrl::default()).build().unwrap();
        // The app lives as long as its window is asked.
        Box::leak(Box::new(app));
        Site { _folder: folder, clock, station, window }
    }

    /// What a command came to: nothing, or the error's code.
    fn call(&self, command: &str) -> Option<String> {
        let mut arguments = arguments();
        for (name, value) in own(command).as_object().into_iter().flatten() {
            arguments[name] = value.clone();
        }
        self.call_with(command, &arguments)
    }

    fn call_with(&self, command: &str, arguments: &Value) -> Option<String> {
        let request = InvokeRequest {
            cmd: command.into(),
            callback: tauri::ipc::CallbackFn(0),
            error: tauri::ipc::CallbackFn(1),
            url: "tauri://localhost".parse().unwrap(),
            body: tauri::ipc::InvokeBody::Json(arguments.clone()),
            headers: Default::default(),
            invoke_key: INVOKE_KEY.into(),
        };
        let window = self.window.clone();
        match tokio::task::block_in_place(|| get_ipc_response(&window, request)) {
            Ok(_) => None,
            Err(error) => match error.get("code").and_then(Value::as_str) {
                Some(code) => Some(code.to_owned()),
                None => panic!("{command} was not understood, give its arguments in this test: {error}"),
            },
        }
    }

    async fn seat(&self, session: Option<&Session>) {
        match session {
            Some(session) => self.window.state::<Shell>().seat(session.clone()).await,
            None => assert_eq!(self.call("sign_out"), None),
        }
    }

    /// Somebody of this role stands at the kiosk, after badge and PIN.
    async fn stand(&self, role: Option<Role>) {
        assert_eq!(self.call("kiosk_end"), None);
        let Some(role) = role else { return };
        assert_eq!(self.call_with("kiosk_scan", &json!({ "text": badge(role) })), None);
        if role.may(Right::Work) {
            assert_eq!(self.call_with("kiosk_pin", &json!({ "pin": PIN })), None);
        }
    }
}

fn address(role: Role) -> String {
    format!("{}@example.com", role.as_str())
}

async fn sign_in(station: &Station, role: Role) -> Session {
    match station.sign_in(&address(role), PASSWORD).await.unwrap() {
        Entry::In(session) => session,
        Entry::Half(_) => panic!("no second factor was asked for"),
    }
}

fn plan() -> SitePlan {
    let cells = vec![CellPlan::Compartment {
        label: "A01".into(),
        channel: 1,
        size: Size::M,
        accessible: false,
        refrigerated: false,
    }];
    SitePlan {
        site_name: "Head office".into(),
        admin: AdminPlan { name: "Ada".into(), email: "ada@example.com".into(), password: PASSWORD.into() },
        bank: BankPlan {
            name: "Lobby".into(),
            driver: "bcc8a".into(),
            port: Some("tcp://127.0.0.1:9".into()),
            baud: 9_600,
            board: 1,
            closed_bit: 1,
            status_order: None,
            columns: vec![ColumnPlan { cells }],
        },
        email: None,
    }
}

/// The arguments of those commands that share their names with others'.
fn own(command: &str) -> Value {
    let nobody = "00000000-0000-7000-8000-000000000000";
    match command {
        "delegate" => {
            json!({ "form": { "delegateId": nobody, "packageId": null, "from": null, "until": null } })
        }
        "open_for" => {
            json!({ "form": { "to": null, "reason": "codeLost", "check": "idCard", "note": null } })
        }
        "set_channel" => json!({ "form": { "channel": "teams", "url": "no url", "personal": false } }),
        "remove_channel" => json!({ "channel": "webhook" }),
        "notices" => json!({ "state": "waiting" }),
        _ => Value::Null,
    }
}

/// Something for every argument there is. Ids are nobody's, so that whoever gets through changes nothing.
fn arguments() -> Value {
    let nobody = "00000000-0000-7000-8000-000000000000";
    json!({
        "personId": nobody, "packageId": nobody, "openingId": nobody, "taskId": nobody, "recipientId": nobody,
        "compartment": nobody, "opening": nobody, "to": nobody, "after": null, "state": null, "reason": null,
        "query": "", "text": "", "code": "", "pin": "", "email": "", "password": "", "place": "", "trackingNumber": "T1",
        "hidden": false, "busy": false, "opened": true, "active": true, "plugged": true, "jammed": false, "channel": 1,
        "role": "clerk", "what": "notMine", "why": "audit", "size": "S", "fitness": "inService", "outcome": "done", "handling": [],
        "form": PersonForm::named(""),
        "intake": { "trackingNumber": "T1", "recipientId": nobody, "size": "S", "handling": [], "note": null },
        "plan": plan(),
        "policy": {
            "waysIn": "either", "waysInOf": [], "badgeBySelf": true, "delegatesForSensitive": true,
            "leaverNotice": { "kind": "nobody" }, "retention": { "access": 90, "packages": 365, "leavers": 90 },
            "idleMinutes": 9999, "totpForAdmins": false,
        },
        // A removal before the reminder is no rule.
        "deadlines": {
            "site": { "unit": "hours", "reminder": 24, "escalation": 48, "removal": 1 }, "rules": [],
            "escalateTo": { "kind": "staff" },
            "business": { "zone": "UTC", "weekdays": [true, true, true, true, true, false, false], "open": null, "holidays": [] },
        },
        // Nothing is set up to send a test by, and a text without words is no template.
        "key": { "channel": "sms", "kind": "stored", "language": "en" }, "template": { "subject": "", "body": "" },
        "noticeId": nobody, "order": [], "quiet": null, "mine": true,
        "retention": { "access": 0, "packages": 0, "leavers": 0 },
        "number": "", "delegation": nobody, "hold": nobody, "badge": nobody, "blocked": true, "days": 1,
        "from": null, "until": "2020-01-01T00:00:00Z",
        "id": "", "name": "", "base64": "", "options": { "encoding": null, "columns": {}, "leavers": false, "manyLeavers": false },
        "manyLeavers": false,
    })
}

fn refused(answer: Option<&str>) -> bool {
    matches!(answer, Some("notSignedIn" | "notAllowed"))
}

/// May someone of this role, or nobody, call what needs this?
fn may(role: Option<Role>, needs: Needs) -> bool {
    match needs {
        Needs::Nothing => true,
        // Nobody here stands between the two steps.
        Needs::Password => false,
        Needs::SignedIn | Needs::SelfConfirmed => role.is_some(),
        Needs::SetUpOr(right) | Needs::May(right) | Needs::MayConfirmed(right) | Needs::Pin(right) => {
            role.is_some_and(|role| role.may(right))
        }
        Needs::Visit => role.is_some(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_is_for_those_whom_the_table_names() {
    let site = Site::new().await;
    let at_kiosk = |needs: Needs| matches!(needs, Needs::Visit | Needs::Pin(_));
    for role in std::iter::once(None).chain(STAFF.map(Some)) {
        let session = match role {
            Some(role) => Some(sign_in(&site.station, role).await),
            None => None,
        };
        for (command, needs) in COMMANDS.iter().filter(|(_, needs)| !at_kiosk(*needs)) {
            site.seat(session.as_ref()).await;
            let answer = site.call(command);
            let words = format!("{command} as {role:?}: {answer:?}, and the table says {needs:?}");
            assert_eq!(!refused(answer.as_deref()), may(role, *needs), "{words}");
        }
    }
    // At the kiosk it is a visit that counts, and whose PIN opened it. Who signed in at the mailroom is nobody there.
    let admin = sign_in(&site.station, Role::Admin).await;
    site.seat(Some(&admin)).await;
    for role in std::iter::once(None).chain(Role::ALL.map(Some)) {
        for (command, needs) in COMMANDS {
            site.stand(role).await;
            let answer = site.call(command);
            let words =
                format!("{command} at the kiosk as {role:?}: {answer:?}, and the table says {needs:?}");
            match needs {
                Needs::Pin(_) => {
                    // Nothing is being deposited, and nothing was asked to open: past the PIN, that is what is said.
                    let state = matches!(answer.as_deref(), Some("notAllowed"))
                        && matches!(
                            *command,
                            "kiosk_deposit_open"
                                | "kiosk_deposit_bigger"
                                | "kiosk_deposit_cancel"
                                | "kiosk_everything_next"
                        );
                    if may(role, *needs) {
                        assert!(!refused(answer.as_deref()) || state, "{words}");
                    } else if *command != "kiosk_everything_stop" {
                        assert!(answer.is_some(), "{words}");
                    }
                }
                Needs::Visit if role.is_none() => {
                    assert_eq!(answer.as_deref(), Some("credentialRefused"), "{words}");
                }
                _ => {}
            }
        }
        site.seat(Some(&admin)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_asks_again_who_sits_there_asks_after_five_minutes_and_a_locked_window_does_nothing() {
    let site = Site::new().await;
    let admin = sign_in(&site.station, Role::Admin).await;
    site.clock.by.fetch_add(6 * MINUTE, SeqCst);
    for (command, needs) in COMMANDS {
        site.seat(Some(&admin)).await;
        let answer = site.call(command);
        let asks = matches!(needs, Needs::MayConfirmed(_) | Needs::SelfConfirmed);
        assert_eq!(answer.as_deref() == Some("confirmFirst"), asks, "{command}: {answer:?}");
    }
    site.clock.by.fetch_add(15 * MINUTE, SeqCst);
    for (command, needs) in COMMANDS {
        site.seat(Some(&admin)).await;
        let answer = site.call(command);
        let shut = match needs {
            Needs::SetUpOr(_) | Needs::May(_) | Needs::MayConfirmed(_) | Needs::SelfConfirmed => true,
            // What unlocks it, and what belongs to nobody.
            Needs::Nothing | Needs::Password | Needs::Visit | Needs::Pin(_) => false,
            Needs::SignedIn => !matches!(*command, "confirm" | "confirm_by_provider"),
        };
        assert_eq!(
            answer.as_deref() == Some("locked"),
            shut && *command != "confirm",
            "{command}: {answer:?}"
        );
    }
}

#[test]
fn no_command_is_missing_from_the_table() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bindings.ts");
    ipc::builder::<tauri::Wry>().export(specta_typescript::Typescript::default(), &path).unwrap();
    let bindings = std::fs::read_to_string(path).unwrap();
    let there: BTreeSet<&str> =
        bindings.split("__TAURI_INVOKE(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let listed: BTreeSet<&str> = COMMANDS.iter().map(|(command, _)| *command).collect();
    assert!(there.len() > 60, "the commands were not found in the bindings");
    assert_eq!(there, listed);
    assert_eq!(listed.len(), COMMANDS.len(), "one is listed twice");
}

fn mark(yes: bool) -> &'static str {
    if yes { "yes" } else { "–" }
}

fn words(needs: Needs) -> &'static str {
    match needs {
        Needs::Nothing => "",
        Needs::Password => "after a right password, for who owes the second factor",
        Needs::SetUpOr(_) => "before the site is set up: anybody",
        Needs::SignedIn => "",
        Needs::May(_) => "",
        Needs::MayConfirmed(_) | Needs::SelfConfirmed => "shown again who one is, within five minutes",
        Needs::Visit => "after a code or a badge, for one's own visit",
        Needs::Pin(_) => "badge and PIN, at the kiosk",
    }
}

fn page() -> String {
    let mut page = String::from(
        "# Who may do what\n\n\
         Made from the code by `CUBBY_WRITE_RIGHTS=1 cargo test -p cubby --test rights`; a test compares, and others call\n\
         every command and every route as everybody and compare that. The rights themselves are types: a use case is a\n\
         method of the narrowest of `Reader`, `Staff`, `Supervisor`, `Admin` and `Auditor` that may do it.\n\n\
         A clerk does the work of the room, a supervisor also settles what a door did wrongly (a forced or a wrong door, a bank that\n\
         reads implausibly) and asks for every door, an admin also sets up people's roles, the policy and the site, an\n\
         auditor reads everything and changes nothing. Nobody opens a door for somebody by role alone: each opening stands in the log.\n\n\
         ## In the windows\n\n\
         | command | nobody | clerk | supervisor | admin | auditor | also needed |\n|---|---|---|---|---|---|---|\n",
    );
    for (command, needs) in COMMANDS {
        let anyone = may(None, *needs) || matches!(needs, Needs::Visit | Needs::Password);
        write!(page, "| `{command}` | {} |", mark(anyone)).unwrap();
        for role in STAFF {
            write!(page, " {} |", mark(anyone || may(Some(role), *needs))).unwrap();
        }
        writeln!(page, " {} |", words(*needs)).unwrap();
    }
    page.push_str(
        "\n`settle_task` of an alarm (forced, wrong door, implausible bank) takes a supervisor. `sign_out`, `lock` and `start` are for\n\
         whoever sits there. A command that is not in this table is in no window.\n\n\
         ## Over HTTP\n\nA token has one scope. No scope opens several doors, changes a role, or signs anybody in.\n\n\
         | route | read | kiosk | staff | admin | directory |\n|---|---|---|---|---|---|\n",
    );
    let document = serde_json::to_value(api::openapi()).unwrap();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, route) in methods.as_object().unwrap() {
            let scopes: BTreeSet<&str> = route["security"][0]["token"]
                .as_array()
                .map(|scopes| scopes.iter().filter_map(Value::as_str).collect())
                .unwrap_or_default();
            let open = route["security"][0]["token"].is_null();
            write!(page, "| `{} {path}` |", method.to_uppercase()).unwrap();
            for scope in ["read", "kiosk", "staff", "admin", "directory"] {
                write!(page, " {} |", mark(open || scopes.contains(scope))).unwrap();
            }
            page.push('\n');
        }
    }
    page.push_str("| `/scim/v2/…`, every route | – | – | – | – | yes |\n");
    page.push_str("\nA row with every scope needs no token at all.\n");
    page
}

/// With CUBBY_WRITE_RIGHTS=1 it writes the page instead.
#[test]
fn the_page_of_the_docs_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/rights.md");
    if std::env::var_os("CUBBY_WRITE_RIGHTS").is_some() {
        std::fs::write(path, page()).unwrap();
        return;
    }
    assert!(
        std::fs::read_to_string(path).unwrap() == page(),
        "docs/rights.md differs from the code: write it anew"
    );
}
