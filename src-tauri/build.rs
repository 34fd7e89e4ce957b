//! Lists every command, so that a window may call only what its capability grants it.

const KIOSK: &[&str] = &[
    "kiosk_alive",
    "kiosk_state",
    "kiosk_enter_code",
    "kiosk_scan",
    "kiosk_try_again",
    "kiosk_answer",
    "kiosk_reopen",
    "kiosk_report",
    "kiosk_skip",
    "kiosk_call_help",
    "kiosk_touch",
    "kiosk_end",
    "kiosk_deposit_scan",
    "kiosk_deposit_open",
    "kiosk_deposit_bigger",
    "kiosk_deposit_cancel",
    "kiosk_packages_to_deposit",
    "kiosk_lost_code",
    "kiosk_add_badge",
    "kiosk_badge_lost",
    "kiosk_add_delegate",
    "kiosk_end_delegate",
    "kiosk_away",
    "kiosk_back",
    "kiosk_no_badge",
];
const MAILROOM: &[&str] = &[
    "start",
    "sign_in",
    "sign_out",
    "devices",
    "set_up",
    "recognise",
    "search_people",
    "person",
    "add_person",
    "change_person",
    "set_role",
    "set_password",
    "propose",
    "receive",
    "deposit",
    "deposit_bigger",
    "deposit_cancel",
    "shelve",
    "hand_over",
    "reissue_code",
    "removal",
    "opening",
    "answer_opening",
    "banks",
    "set_fitness",
    "inspect",
    "packages",
    "package",
    "tasks",
    "settle_task",
    "health",
    "virtual_panel",
    "virtual_shut",
    "virtual_pull",
    "virtual_jam",
    "virtual_cable",
    "virtual_badge",
    "delegate",
    "end_delegation",
    "set_hold",
    "end_hold",
    "give_badge",
    "block_badge",
    "take_badge",
    "open_for",
    "policy",
    "set_policy",
];

fn main() {
    let commands: Vec<&'static str> = KIOSK.iter().chain(MAILROOM).copied().collect();
    // Tauri keeps the list for the whole build.
    let commands: &'static [&'static str] = Vec::leak(commands);
    let manifest = tauri_build::AppManifest::new().commands(commands);
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest)) {
        println!("cargo:warning={error:#}");
        std::process::exit(1);
    }
}
