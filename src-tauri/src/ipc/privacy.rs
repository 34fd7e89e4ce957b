//! What admins may call about people's data: how long it is kept, a copy of it, and its end.

use super::{Answer, Shell, id};
use station::wire::{Erasure, ExportFiles, PrivacyView, RetentionDays};
use tauri::State;

#[tauri::command]
#[specta::specta]
pub async fn privacy(shell: State<'_, Shell>) -> Answer<PrivacyView> {
    Ok(shell.reader().await?.privacy().await?)
}

#[tauri::command]
#[specta::specta]
pub async fn set_retention(shell: State<'_, Shell>, retention: RetentionDays) -> Answer<()> {
    let admin = shell.admin().await?;
    Ok(admin.set_retention(&shell.confirmed().await?, retention).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn export_person(shell: State<'_, Shell>, person_id: String) -> Answer<ExportFiles> {
    let admin = shell.admin().await?;
    Ok(admin.export_person(&shell.confirmed().await?, id(&person_id, "person")?).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn erase_person(shell: State<'_, Shell>, person_id: String) -> Answer<Erasure> {
    let admin = shell.admin().await?;
    Ok(admin.erase_person(&shell.confirmed().await?, id(&person_id, "person")?).await?)
}
