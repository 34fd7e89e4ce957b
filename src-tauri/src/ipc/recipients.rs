//! What the staff window may call about recipients' rights: delegates, holds, badges, opening for somebody, policy.

use super::{Answer, Shell, id};
use station::wire::{DelegateForm, OpeningView, OverrideForm, PolicyPage, PolicyView};
use tauri::State;

#[tauri::command]
#[specta::specta]
pub async fn delegate(shell: State<'_, Shell>, person_id: String, form: DelegateForm) -> Answer<String> {
    let given = shell.staff().await?.delegate(id(&person_id, "person")?, form.try_into()?).await?;
    Ok(given.to_string())
}

#[tauri::command]
#[specta::specta]
pub async fn end_delegation(shell: State<'_, Shell>, delegation: String) -> Answer<()> {
    Ok(shell.staff().await?.end_delegation(id(&delegation, "delegation")?).await?)
}

/// `from` is now, where nothing is said.
#[tauri::command]
#[specta::specta]
pub async fn set_hold(
    shell: State<'_, Shell>,
    person_id: String,
    from: Option<String>,
    until: String,
) -> Answer<String> {
    let from = from.map(|at| station::moment("from", &at)).transpose()?;
    let until = station::moment("until", &until)?;
    Ok(shell.staff().await?.set_hold(id(&person_id, "person")?, from, until).await?.to_string())
}

#[tauri::command]
#[specta::specta]
pub async fn end_hold(shell: State<'_, Shell>, hold: String) -> Answer<()> {
    Ok(shell.staff().await?.end_hold(id(&hold, "hold")?).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn give_badge(shell: State<'_, Shell>, person_id: String, number: String) -> Answer<()> {
    Ok(shell.staff().await?.give_badge(id(&person_id, "person")?, &number).await?)
}

/// Lost, or found again.
#[tauri::command]
#[specta::specta]
pub async fn block_badge(shell: State<'_, Shell>, badge: String, blocked: bool) -> Answer<()> {
    Ok(shell.staff().await?.block_badge(id(&badge, "badge")?, blocked).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn take_badge(shell: State<'_, Shell>, badge: String) -> Answer<()> {
    Ok(shell.staff().await?.take_badge(id(&badge, "badge")?).await?)
}

/// Opens a package's door for somebody whom staff have identified.
#[tauri::command]
#[specta::specta]
pub async fn open_for(
    shell: State<'_, Shell>,
    package_id: String,
    form: OverrideForm,
) -> Answer<OpeningView> {
    let staff = shell.staff().await?;
    let package = id(&package_id, "package")?;
    Ok(staff.open_for(&shell.confirmed().await?, package, form.try_into()?).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn policy(shell: State<'_, Shell>) -> Answer<PolicyPage> {
    Ok(shell.reader().await?.policy().await?)
}

#[tauri::command]
#[specta::specta]
pub async fn set_policy(shell: State<'_, Shell>, policy: PolicyView) -> Answer<()> {
    let admin = shell.admin().await?;
    Ok(admin.set_policy(&shell.confirmed().await?, policy).await?)
}
