//! What the staff window may call about notices: those that have not gone, the channels, and the words of templates.

use super::{Answer, Shell, id};
use station::wire::{
    ChannelForm, ChannelName, ChannelsPage, NoticeItem, NoticeProgress, Page, QuietHours, TemplateKey,
    TemplatePreview, TemplateText, TemplateView, TemplatesPage, TestAnswer,
};
use tauri::State;

#[tauri::command]
#[specta::specta]
pub async fn notices(
    shell: State<'_, Shell>,
    state: NoticeProgress,
    after: Option<String>,
) -> Answer<Page<NoticeItem>> {
    Ok(shell.reader().await?.notices(state, after).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn send_again(shell: State<'_, Shell>, notice_id: String) -> Answer<()> {
    Ok(shell.staff().await?.send_again(id(&notice_id, "notice")?).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn set_quiet_hours(
    shell: State<'_, Shell>,
    person_id: String,
    quiet: Option<QuietHours>,
) -> Answer<()> {
    Ok(shell.staff().await?.set_quiet_hours(id(&person_id, "person")?, quiet).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn take_task(shell: State<'_, Shell>, task_id: String, mine: bool) -> Answer<()> {
    Ok(shell.staff().await?.take_task(id(&task_id, "task")?, mine).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn channels(shell: State<'_, Shell>) -> Answer<ChannelsPage> {
    Ok(shell.reader().await?.channels().await?)
}

#[tauri::command]
#[specta::specta]
pub async fn set_channel(shell: State<'_, Shell>, form: ChannelForm) -> Answer<()> {
    let admin = shell.admin().await?;
    Ok(admin.set_channel(&shell.confirmed().await?, form).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn remove_channel(shell: State<'_, Shell>, channel: ChannelName) -> Answer<()> {
    let admin = shell.admin().await?;
    Ok(admin.remove_channel(&shell.confirmed().await?, channel).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn set_channel_order(shell: State<'_, Shell>, order: Vec<ChannelName>) -> Answer<()> {
    Ok(shell.admin().await?.set_channel_order(order).await?)
}

/// Sends a made-up notice to a mail address or a telephone number.
#[tauri::command]
#[specta::specta]
pub async fn test_channel(
    shell: State<'_, Shell>,
    key: TemplateKey,
    template: Option<TemplateText>,
    to: String,
) -> Answer<TestAnswer> {
    Ok(shell.admin().await?.test_channel(key, template, &to).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn templates(shell: State<'_, Shell>) -> Answer<TemplatesPage> {
    Ok(shell.reader().await?.templates())
}

#[tauri::command]
#[specta::specta]
pub async fn template(shell: State<'_, Shell>, key: TemplateKey) -> Answer<TemplateView> {
    Ok(shell.reader().await?.template(key))
}

#[tauri::command]
#[specta::specta]
pub async fn preview_template(
    shell: State<'_, Shell>,
    key: TemplateKey,
    template: TemplateText,
) -> Answer<TemplatePreview> {
    Ok(shell.reader().await?.preview_template(key, template))
}

/// `null` goes back to the words there were.
#[tauri::command]
#[specta::specta]
pub async fn set_template(
    shell: State<'_, Shell>,
    key: TemplateKey,
    template: Option<TemplateText>,
) -> Answer<()> {
    Ok(shell.admin().await?.set_template(key, template).await?)
}
