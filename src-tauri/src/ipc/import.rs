//! Taking people in, from a file or a directory server: what the staff window may call.

use super::{Answer, Shell};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use station::wire::{ImportOptions, ImportState};
use station::{Error, InvalidWhy};
use tauri::State;

/// Begins with a file of this name; its bytes follow by `import_bytes`.
#[tauri::command]
#[specta::specta]
pub async fn import_begin(shell: State<'_, Shell>, name: String) -> Answer<ImportState> {
    Ok(shell.supervisor().await?.import_begin(&name)?)
}

/// The next piece of the file in base64, best about a mebibyte.
#[tauri::command]
#[specta::specta]
pub async fn import_bytes(shell: State<'_, Shell>, id: String, base64: String) -> Answer<()> {
    let malformed = |_| Error::Invalid { field: "base64".into(), why: InvalidWhy::Malformed };
    let bytes = STANDARD.decode(base64).map_err(malformed)?;
    Ok(shell.supervisor().await?.import_bytes(&id, &bytes)?)
}

/// Reads and compares the file; again with other options, if they were not right. `import_state` tells how far.
#[tauri::command]
#[specta::specta]
pub async fn import_read(shell: State<'_, Shell>, id: String, options: ImportOptions) -> Answer<ImportState> {
    Ok(shell.supervisor().await?.import_read(&id, options).await?)
}

/// Reads and compares the directory server.
#[tauri::command]
#[specta::specta]
pub async fn sync_read(shell: State<'_, Shell>, many_leavers: bool) -> Answer<ImportState> {
    Ok(shell.supervisor().await?.sync_read(many_leavers)?)
}

/// The import that is under way, or was last.
#[tauri::command]
#[specta::specta]
pub async fn import_state(shell: State<'_, Shell>) -> Answer<Option<ImportState>> {
    Ok(shell.supervisor().await?.import_state())
}

/// Does what was compared.
#[tauri::command]
#[specta::specta]
pub async fn import_apply(shell: State<'_, Shell>, id: String) -> Answer<ImportState> {
    Ok(shell.supervisor().await?.import_apply(&id)?)
}

#[tauri::command]
#[specta::specta]
pub async fn import_cancel(shell: State<'_, Shell>, id: String) -> Answer<ImportState> {
    Ok(shell.supervisor().await?.import_cancel(&id)?)
}
