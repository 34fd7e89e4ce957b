//! What the staff window may call. Each command parses, calls one use case, maps the error.

use super::{Answer, Shell, id};
use station::Received;
use station::wire::{
    BankView, Fitness, FoundDevice, Handling, Health, Intake, IntakeSize, OpeningView, OutcomeName,
    PackagePage, PackageRow, PackageState, Page, PersonForm, PersonHit, PersonPage, Proposal, SessionView,
    SitePlan, Task, Tracking, VirtualPanel,
};
use tauri::State;

/// For the first run, and for admins afterwards: what is plugged in is nobody else's business.
#[tauri::command]
#[specta::specta]
pub async fn devices(shell: State<'_, Shell>) -> Answer<Vec<FoundDevice>> {
    if !shell.station.first_run().await? {
        shell.admin().await?;
    }
    Ok(station::devices().await)
}

#[tauri::command]
#[specta::specta]
pub async fn set_up(shell: State<'_, Shell>, plan: SitePlan) -> Answer<SessionView> {
    let session = shell.station.set_up(plan).await?;
    let view = shell.station.session_view(&session).await?;
    shell.seat(session).await;
    (shell.on_set_up)();
    Ok(view)
}

#[tauri::command]
#[specta::specta]
pub async fn recognise(shell: State<'_, Shell>, text: String) -> Answer<Tracking> {
    Ok(shell.staff().await?.recognise(&text).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn search_people(
    shell: State<'_, Shell>,
    query: String,
    after: Option<String>,
) -> Answer<Page<PersonHit>> {
    Ok(shell.reader().await?.search_people(&query, after.as_deref()).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn person(shell: State<'_, Shell>, person_id: String) -> Answer<PersonPage> {
    Ok(shell.reader().await?.person(id(&person_id, "person")?).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn add_person(shell: State<'_, Shell>, form: PersonForm) -> Answer<String> {
    Ok(shell.staff().await?.add_person(form).await?.to_string())
}

#[tauri::command]
#[specta::specta]
pub async fn change_person(shell: State<'_, Shell>, person_id: String, form: PersonForm) -> Answer<()> {
    Ok(shell.staff().await?.change_person(id(&person_id, "person")?, form).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn propose(
    shell: State<'_, Shell>,
    recipient_id: String,
    size: IntakeSize,
    handling: Vec<Handling>,
) -> Answer<Proposal> {
    let handling: Vec<_> = handling.into_iter().map(Into::into).collect();
    Ok(shell.staff().await?.propose(id(&recipient_id, "person")?, size.into(), &handling).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn receive(shell: State<'_, Shell>, intake: Intake) -> Answer<PackageRow> {
    Ok(shell.staff().await?.receive(Received::try_from(intake)?).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn deposit(
    shell: State<'_, Shell>,
    package_id: String,
    compartment: Option<String>,
) -> Answer<OpeningView> {
    let compartment = compartment.map(|c| id(&c, "compartment")).transpose()?;
    Ok(shell.staff().await?.deposit(id(&package_id, "package")?, compartment).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn deposit_bigger(shell: State<'_, Shell>, package_id: String) -> Answer<OpeningView> {
    Ok(shell.staff().await?.deposit_bigger(id(&package_id, "package")?).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn deposit_cancel(shell: State<'_, Shell>, package_id: String) -> Answer<()> {
    Ok(shell.staff().await?.deposit_cancel(id(&package_id, "package")?).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn shelve(shell: State<'_, Shell>, package_id: String, place: String) -> Answer<PackageRow> {
    Ok(shell.staff().await?.shelve(id(&package_id, "package")?, &place).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn send_back(shell: State<'_, Shell>, package_id: String) -> Answer<PackageRow> {
    Ok(shell.staff().await?.send_back(id(&package_id, "package")?).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn hand_over(
    shell: State<'_, Shell>,
    package_id: String,
    to: Option<String>,
) -> Answer<PackageRow> {
    let to = to.map(|t| id(&t, "person")).transpose()?;
    Ok(shell.staff().await?.hand_over(id(&package_id, "package")?, to).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn reissue_code(shell: State<'_, Shell>, package_id: String) -> Answer<()> {
    Ok(shell.staff().await?.reissue_code(id(&package_id, "package")?).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn removal(shell: State<'_, Shell>, package_id: String) -> Answer<OpeningView> {
    Ok(shell.staff().await?.removal(id(&package_id, "package")?).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn opening(shell: State<'_, Shell>, opening_id: String) -> Answer<OpeningView> {
    Ok(shell.reader().await?.opening(id(&opening_id, "opening")?).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn answer_opening(
    shell: State<'_, Shell>,
    opening_id: String,
    opened: bool,
) -> Answer<OpeningView> {
    Ok(shell.staff().await?.answer(id(&opening_id, "opening")?, opened).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn banks(shell: State<'_, Shell>) -> Answer<Vec<BankView>> {
    Ok(shell.reader().await?.banks().await?)
}

#[tauri::command]
#[specta::specta]
pub async fn set_fitness(
    shell: State<'_, Shell>,
    compartment: String,
    fitness: Fitness,
    reason: Option<String>,
) -> Answer<()> {
    let in_service = fitness == Fitness::InService;
    Ok(shell
        .staff()
        .await?
        .set_fitness(id(&compartment, "compartment")?, in_service, reason.as_deref())
        .await?)
}

#[tauri::command]
#[specta::specta]
pub async fn inspect(shell: State<'_, Shell>, compartment: String) -> Answer<OpeningView> {
    Ok(shell.staff().await?.inspect(id(&compartment, "compartment")?).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn packages(
    shell: State<'_, Shell>,
    query: String,
    state: Option<PackageState>,
    after: Option<String>,
) -> Answer<Page<PackageRow>> {
    Ok(shell.reader().await?.packages(&query, state.map(station::state_name), after.as_deref()).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn package(shell: State<'_, Shell>, package_id: String) -> Answer<PackagePage> {
    Ok(shell.reader().await?.package(id(&package_id, "package")?).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn tasks(shell: State<'_, Shell>) -> Answer<Vec<Task>> {
    Ok(shell.reader().await?.tasks().await?)
}

#[tauri::command]
#[specta::specta]
pub async fn settle_task(shell: State<'_, Shell>, task_id: String, outcome: OutcomeName) -> Answer<()> {
    Ok(shell.staff().await?.settle_task(id(&task_id, "task")?, outcome.into()).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn health(shell: State<'_, Shell>) -> Answer<Health> {
    Ok(shell.reader().await?.health().await?)
}

#[tauri::command]
#[specta::specta]
pub async fn virtual_panel(shell: State<'_, Shell>) -> Answer<VirtualPanel> {
    Ok(shell.staff().await?.virtual_panel().await?)
}

#[tauri::command]
#[specta::specta]
pub async fn virtual_shut(shell: State<'_, Shell>, channel: u8) -> Answer<VirtualPanel> {
    Ok(shell.staff().await?.virtual_shut(channel).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn virtual_pull(shell: State<'_, Shell>, channel: u8) -> Answer<VirtualPanel> {
    Ok(shell.staff().await?.virtual_pull(channel).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn virtual_jam(shell: State<'_, Shell>, channel: u8, jammed: bool) -> Answer<VirtualPanel> {
    Ok(shell.staff().await?.virtual_jam(channel, jammed).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn virtual_cable(shell: State<'_, Shell>, plugged: bool) -> Answer<VirtualPanel> {
    Ok(shell.staff().await?.virtual_cable(plugged).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn virtual_badge(shell: State<'_, Shell>, person_id: String) -> Answer<()> {
    Ok(shell.staff().await?.virtual_badge(id(&person_id, "person")?).await?)
}
