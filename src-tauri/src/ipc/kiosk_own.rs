//! What the lobby window may call for a recipient who sees to their own: badges, delegates, absence, a lost code.

use super::{Answer, Shell, id};
use station::wire::KioskState;
use station::{KIOSK, Visitor};
use tauri::State;

fn visitor(shell: &Shell) -> Visitor {
    shell.station.as_visitor(KIOSK)
}

/// A new code, to where the directory says this number's person is written to. One answer for every number.
#[tauri::command]
#[specta::specta]
pub async fn kiosk_lost_code(shell: State<'_, Shell>, number: String) -> Answer<KioskState> {
    Ok(visitor(&shell).lost_code(&number).await?)
}

/// The next badge shown becomes the visitor's.
#[tauri::command]
#[specta::specta]
pub async fn kiosk_add_badge(shell: State<'_, Shell>) -> Answer<KioskState> {
    Ok(visitor(&shell).add_badge().await?)
}

#[tauri::command]
#[specta::specta]
pub async fn kiosk_badge_lost(shell: State<'_, Shell>) -> Answer<KioskState> {
    Ok(visitor(&shell).badge_lost().await?)
}

/// The next badge shown is of who may fetch for the visitor.
#[tauri::command]
#[specta::specta]
pub async fn kiosk_add_delegate(shell: State<'_, Shell>, days: u8) -> Answer<KioskState> {
    Ok(visitor(&shell).add_delegate(days).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn kiosk_end_delegate(shell: State<'_, Shell>, delegation: String) -> Answer<KioskState> {
    Ok(visitor(&shell).end_delegate(id(&delegation, "delegation")?).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn kiosk_away(shell: State<'_, Shell>, days: u8) -> Answer<KioskState> {
    Ok(visitor(&shell).away(days).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn kiosk_back(shell: State<'_, Shell>) -> Answer<KioskState> {
    Ok(visitor(&shell).back().await?)
}

#[tauri::command]
#[specta::specta]
pub async fn kiosk_no_badge(shell: State<'_, Shell>) -> Answer<KioskState> {
    Ok(visitor(&shell).no_badge().await?)
}
