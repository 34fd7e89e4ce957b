//! What the lobby window may call. Each command parses, calls one use case, maps the error.

use super::{Answer, Shell, id};
use station::wire::{EverythingWhy, KioskState, PackageBrief, ReportName};
use station::{KIOSK, Visitor};
use tauri::State;

fn visitor(shell: &Shell) -> Visitor {
    shell.station.as_visitor(KIOSK)
}

/// The page has drawn what it was told, and lives. Silence has it made anew.
#[tauri::command]
#[specta::specta]
pub async fn kiosk_alive(shell: State<'_, Shell>, hidden: bool, busy: bool) -> Answer<()> {
    (shell.on_beat)(hidden, busy);
    Ok(())
}

#[tauri::command]
#[specta::specta]
pub async fn kiosk_state(shell: State<'_, Shell>) -> Answer<KioskState> {
    Ok(visitor(&shell).state().await?)
}

#[tauri::command]
#[specta::specta]
pub async fn kiosk_enter_code(shell: State<'_, Shell>, code: String) -> Answer<KioskState> {
    Ok(visitor(&shell).enter_code(&code).await?)
}

/// What a wedge reader or scanner typed into the page: a badge, or the QR of a notice.
#[tauri::command]
#[specta::specta]
pub async fn kiosk_scan(shell: State<'_, Shell>, text: String) -> Answer<KioskState> {
    Ok(visitor(&shell).scan(&text).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn kiosk_try_again(shell: State<'_, Shell>, opening: String) -> Answer<KioskState> {
    Ok(visitor(&shell).try_again(id(&opening, "opening")?).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn kiosk_answer(shell: State<'_, Shell>, opening: String, opened: bool) -> Answer<KioskState> {
    Ok(visitor(&shell).answer(id(&opening, "opening")?, opened).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn kiosk_reopen(shell: State<'_, Shell>, package_id: String) -> Answer<KioskState> {
    Ok(visitor(&shell).reopen(id(&package_id, "package")?).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn kiosk_report(
    shell: State<'_, Shell>,
    package_id: String,
    what: ReportName,
) -> Answer<KioskState> {
    Ok(visitor(&shell).report(id(&package_id, "package")?, what.into()).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn kiosk_skip(shell: State<'_, Shell>, package_id: String) -> Answer<KioskState> {
    Ok(visitor(&shell).skip(id(&package_id, "package")?).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn kiosk_call_help(shell: State<'_, Shell>) -> Answer<KioskState> {
    Ok(visitor(&shell).call_help().await?)
}

#[tauri::command]
#[specta::specta]
pub async fn kiosk_touch(shell: State<'_, Shell>) -> Answer<KioskState> {
    Ok(visitor(&shell).touch().await?)
}

#[tauri::command]
#[specta::specta]
pub async fn kiosk_end(shell: State<'_, Shell>) -> Answer<KioskState> {
    Ok(visitor(&shell).end().await?)
}

#[tauri::command]
#[specta::specta]
pub async fn kiosk_deposit_scan(shell: State<'_, Shell>, tracking_number: String) -> Answer<KioskState> {
    Ok(visitor(&shell).deposit_scan(&tracking_number).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn kiosk_deposit_open(shell: State<'_, Shell>, compartment: Option<String>) -> Answer<KioskState> {
    let compartment = compartment.map(|c| id(&c, "compartment")).transpose()?;
    Ok(visitor(&shell).deposit_open(compartment).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn kiosk_deposit_bigger(shell: State<'_, Shell>) -> Answer<KioskState> {
    Ok(visitor(&shell).deposit_bigger().await?)
}

#[tauri::command]
#[specta::specta]
pub async fn kiosk_deposit_cancel(shell: State<'_, Shell>) -> Answer<KioskState> {
    Ok(visitor(&shell).deposit_cancel().await?)
}

#[tauri::command]
#[specta::specta]
pub async fn kiosk_packages_to_deposit(shell: State<'_, Shell>) -> Answer<Vec<PackageBrief>> {
    Ok(visitor(&shell).to_deposit().await?)
}

#[tauri::command]
#[specta::specta]
pub async fn kiosk_pin(shell: State<'_, Shell>, pin: String) -> Answer<KioskState> {
    Ok(visitor(&shell).pin(&pin).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn kiosk_fetch(shell: State<'_, Shell>) -> Answer<KioskState> {
    Ok(visitor(&shell).fetch().await?)
}

#[tauri::command]
#[specta::specta]
pub async fn kiosk_everything(shell: State<'_, Shell>, why: EverythingWhy) -> Answer<KioskState> {
    Ok(visitor(&shell).everything(why.into()).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn kiosk_everything_next(shell: State<'_, Shell>) -> Answer<KioskState> {
    Ok(visitor(&shell).everything_next().await?)
}

#[tauri::command]
#[specta::specta]
pub async fn kiosk_everything_stop(shell: State<'_, Shell>) -> Answer<KioskState> {
    Ok(visitor(&shell).everything_stop().await?)
}
