//! Who may call what, as one table. It grants nothing: the types of `station` do. A test calls every command as
//! everybody and holds the two against each other, and `docs/rights.md` is written from here.

use station::Right;

/// What it takes to call a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Whoever stands at the window.
    Nothing,
    /// On a site that is not set up: whoever is there; afterwards this right.
    SetUpOr(Right),
    /// Whoever has just given a right password.
    Password,
    /// Someone who signed in, whatever their role.
    SignedIn,
    May(Right),
    /// The same, shown again within the last five minutes.
    MayConfirmed(Right),
    /// Oneself, shown again within the last five minutes.
    SelfConfirmed,
    /// At the kiosk: whoever has shown a code or a badge.
    Visit,
    /// At the kiosk: a badge and its owner's PIN, of somebody with this right.
    Pin(Right),
}

use Needs::{May, MayConfirmed, Nothing, Password, Pin, SelfConfirmed, SetUpOr, SignedIn, Visit};
use Right::{Administer, Look, Supervise, Work};

/// Every command there is.
pub const COMMANDS: &[(&str, Needs)] = &[
    ("kiosk_alive", Nothing),
    ("kiosk_state", Nothing),
    ("kiosk_enter_code", Nothing),
    ("kiosk_scan", Nothing),
    ("kiosk_call_help", Nothing),
    ("kiosk_touch", Nothing),
    ("kiosk_end", Nothing),
    ("kiosk_try_again", Visit),
    ("kiosk_answer", Visit),
    ("kiosk_reopen", Visit),
    ("kiosk_report", Visit),
    ("kiosk_skip", Visit),
    ("kiosk_lost_code", Nothing),
    ("kiosk_no_badge", Nothing),
    ("kiosk_add_badge", Visit),
    ("kiosk_badge_lost", Visit),
    ("kiosk_add_delegate", Visit),
    ("kiosk_end_delegate", Visit),
    ("kiosk_away", Visit),
    ("kiosk_back", Visit),
    ("kiosk_pin", Visit),
    ("kiosk_fetch", Visit),
    ("kiosk_packages_to_deposit", Pin(Work)),
    ("kiosk_deposit_scan", Pin(Work)),
    ("kiosk_deposit_open", Pin(Work)),
    ("kiosk_deposit_bigger", Pin(Work)),
    ("kiosk_deposit_cancel", Pin(Work)),
    ("kiosk_everything", Pin(Supervise)),
    ("kiosk_everything_next", Pin(Supervise)),
    ("kiosk_everything_stop", Pin(Supervise)),
    ("start", Nothing),
    ("sign_in", Nothing),
    ("sign_in_code", Password),
    ("sign_in_by_provider", Nothing),
    ("cancel_provider", Nothing),
    ("confirm_by_provider", SignedIn),
    ("sign_out", Nothing),
    ("lock", Nothing),
    ("enrol_factor", SignedIn),
    ("still_here", SignedIn),
    ("confirm", SignedIn),
    ("my_account", SignedIn),
    ("set_my_password", SelfConfirmed),
    ("set_my_pin", SelfConfirmed),
    ("offer_factor", SelfConfirmed),
    ("new_recovery_codes", SelfConfirmed),
    ("staff", May(Administer)),
    ("set_role", MayConfirmed(Administer)),
    ("set_password", MayConfirmed(Administer)),
    ("set_active", MayConfirmed(Administer)),
    ("reset_factor", MayConfirmed(Administer)),
    ("reset_pin", MayConfirmed(Administer)),
    ("sign_in_policy", May(Administer)),
    ("set_sign_in_policy", MayConfirmed(Administer)),
    ("set_up", Nothing),
    ("devices", SetUpOr(Administer)),
    ("recognise", May(Work)),
    ("search_people", May(Look)),
    ("person", May(Look)),
    ("add_person", May(Work)),
    ("change_person", May(Work)),
    ("delegate", May(Work)),
    ("end_delegation", May(Work)),
    ("set_hold", May(Work)),
    ("end_hold", May(Work)),
    ("give_badge", May(Work)),
    ("block_badge", May(Work)),
    ("take_badge", May(Work)),
    ("open_for", MayConfirmed(Work)),
    ("policy", May(Look)),
    ("set_policy", MayConfirmed(Administer)),
    ("privacy", May(Look)),
    ("set_retention", MayConfirmed(Administer)),
    ("export_person", MayConfirmed(Administer)),
    ("erase_person", MayConfirmed(Administer)),
    ("import_begin", May(Supervise)),
    ("import_bytes", May(Supervise)),
    ("import_read", May(Supervise)),
    ("sync_read", May(Supervise)),
    ("import_state", May(Supervise)),
    ("import_apply", May(Supervise)),
    ("import_cancel", May(Supervise)),
    ("deadlines", May(Look)),
    ("preview_deadlines", May(Look)),
    ("set_deadlines", May(Administer)),
    ("removals", May(Look)),
    ("propose", May(Work)),
    ("receive", May(Work)),
    ("deposit", May(Work)),
    ("deposit_bigger", May(Work)),
    ("deposit_cancel", May(Work)),
    ("shelve", May(Work)),
    ("hand_over", May(Work)),
    ("reissue_code", May(Work)),
    ("removal", May(Work)),
    ("opening", May(Look)),
    ("answer_opening", May(Work)),
    ("banks", May(Look)),
    ("set_fitness", May(Work)),
    ("inspect", May(Work)),
    ("packages", May(Look)),
    ("package", May(Look)),
    ("tasks", May(Look)),
    ("settle_task", May(Work)),
    ("health", May(Look)),
    ("virtual_panel", May(Work)),
    ("virtual_shut", May(Work)),
    ("virtual_pull", May(Work)),
    ("virtual_jam", May(Work)),
    ("virtual_cable", May(Work)),
    ("virtual_badge", May(Work)),
];

/// What a command needs. One that is not in the table may be called by nobody.
pub fn needs(command: &str) -> Option<Needs> {
    COMMANDS.iter().find(|(name, _)| *name == command).map(|(_, needs)| *needs)
}
