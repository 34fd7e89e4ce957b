//! What the staff window may call about deadlines: the rules, what they would come to, and what is to be taken out.

use super::{Answer, Shell};
use station::wire::{DeadlinesPage, DeadlinesPreview, DeadlinesView, RemovalItem};
use tauri::State;

#[tauri::command]
#[specta::specta]
pub async fn deadlines(shell: State<'_, Shell>) -> Answer<DeadlinesPage> {
    Ok(shell.reader().await?.deadlines().await?)
}

#[tauri::command]
#[specta::specta]
pub async fn preview_deadlines(
    shell: State<'_, Shell>,
    deadlines: DeadlinesView,
) -> Answer<DeadlinesPreview> {
    Ok(shell.reader().await?.preview_deadlines(deadlines)?)
}

#[tauri::command]
#[specta::specta]
pub async fn set_deadlines(shell: State<'_, Shell>, deadlines: DeadlinesView) -> Answer<()> {
    Ok(shell.admin().await?.set_deadlines(deadlines).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn removals(shell: State<'_, Shell>) -> Answer<Vec<RemovalItem>> {
    Ok(shell.reader().await?.removals().await?)
}
