//! Signing in, staying signed in, and the accounts of staff. Each command parses, calls one use case, maps the error.

use super::error::{ApiError, ProviderWhy};
use super::{Answer, Seat, Shell, id};
use station::wire::{
    AccountView, FactorOffer, RoleName, SessionView, SignInPolicy, SignInStep, StaffRow, Start,
};
use station::{Entry, Error, Shown};
use tauri::State;

#[tauri::command]
#[specta::specta]
pub async fn start(shell: State<'_, Shell>) -> Answer<Start> {
    let station = &shell.station;
    if station.first_run().await? && !station.is_demo().await? {
        return Ok(Start::FirstRun);
    }
    let (site, demo) = (station.site_name().await?, station.is_demo().await?);
    Ok(match shell.view().await? {
        Some(session) => Start::SignedIn { session, site, demo },
        None => Start::SignIn { site, demo, provider: station.provider() },
    })
}

#[tauri::command]
#[specta::specta]
pub async fn sign_in(shell: State<'_, Shell>, email: String, password: String) -> Answer<SignInStep> {
    Ok(match shell.station.sign_in(&email, &password).await? {
        Entry::In(session) => SignInStep::In { session: shell.seated(session).await? },
        Entry::Half(half) => {
            let step = match half.offer() {
                Some(offer) => SignInStep::Enrol { offer: offer.view()? },
                None => SignInStep::Code,
            };
            *shell.seat.lock().await = Seat::Half(half);
            step
        }
    })
}

/// The second step: what the phone shows, or a recovery code.
#[tauri::command]
#[specta::specta]
pub async fn sign_in_code(shell: State<'_, Shell>, code: String) -> Answer<SessionView> {
    let half = shell.half().await?;
    let session = shell.station.second_factor(&half, &code).await?;
    Ok(shell.seated(session).await?)
}

/// Opens the provider's page in the system's browser and waits for whom it sends back.
async fn browsed<T>(
    shell: &Shell,
    again: bool,
    then: impl AsyncFnOnce(station::Attempt) -> station::Result<T>,
) -> Answer<T> {
    // Whoever asked before waits for nothing any more.
    shell.asking.notify_waiters();
    let cancelled = shell.asking.notified();
    let attempt = shell.station.ask_provider(again).await?;
    if !(shell.on_browse)(attempt.url()) {
        return Err(ApiError::NotByProvider { why: ProviderWhy::NoBrowser });
    }
    tokio::select! {
        done = then(attempt) => Ok(done?),
        () = cancelled => Err(ApiError::NotByProvider { why: ProviderWhy::Declined }),
    }
}

#[tauri::command]
#[specta::specta]
pub async fn sign_in_by_provider(shell: State<'_, Shell>) -> Answer<SessionView> {
    let shell: &Shell = &shell;
    let session =
        browsed(shell, false, async |attempt| shell.station.sign_in_by_provider(attempt).await).await?;
    Ok(shell.seated(session).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn confirm_by_provider(shell: State<'_, Shell>) -> Answer<()> {
    let shell: &Shell = &shell;
    shell.session().await?;
    let identity = browsed(shell, true, async |attempt| shell.station.identity(attempt).await).await?;
    shell.with_session(async |station, session| station.confirm_by_provider(session, &identity).await).await
}

/// Nobody waits for the browser any more.
#[tauri::command]
#[specta::specta]
pub async fn cancel_provider(shell: State<'_, Shell>) -> Answer<()> {
    shell.asking.notify_waiters();
    Ok(())
}

/// The first code of a second factor: at the sign-in of who must have one, or of who sets one up. Answers with the
/// recovery codes, which are shown once.
#[tauri::command]
#[specta::specta]
pub async fn enrol_factor(shell: State<'_, Shell>, code: String) -> Answer<Vec<String>> {
    let mut seat = shell.seat.lock().await;
    match &mut *seat {
        Seat::Half(half) => {
            let (session, codes) = shell.station.enrol_at_sign_in(half, &code).await?;
            *seat = Seat::Taken(session);
            Ok(codes)
        }
        Seat::Taken(session) => Ok(shell.station.enrol_factor(session, &code).await?),
        Seat::Free => Err(Error::NotSignedIn.into()),
    }
}

#[tauri::command]
#[specta::specta]
pub async fn sign_out(shell: State<'_, Shell>) -> Answer<()> {
    *shell.seat.lock().await = Seat::Free;
    Ok(())
}

/// Its person closes the window's door behind them; what is typed stays.
#[tauri::command]
#[specta::specta]
pub async fn lock(shell: State<'_, Shell>) -> Answer<()> {
    if let Seat::Taken(session) = &mut *shell.seat.lock().await {
        session.lock();
    }
    Ok(())
}

/// Somebody is typing or pointing.
#[tauri::command]
#[specta::specta]
pub async fn still_here(shell: State<'_, Shell>) -> Answer<()> {
    shell.with_session(async |station, session| station.used(session).await).await
}

/// Whoever sits there shows again who they are; that unlocks, too.
#[tauri::command]
#[specta::specta]
pub async fn confirm(shell: State<'_, Shell>, password: Option<String>, code: Option<String>) -> Answer<()> {
    let shown = match (password, code) {
        (Some(password), _) => Shown::Password(password),
        (None, code) => Shown::Code(code.unwrap_or_default()),
    };
    shell.with_session(async |station, session| station.confirm(session, &shown).await).await
}

#[tauri::command]
#[specta::specta]
pub async fn my_account(shell: State<'_, Shell>) -> Answer<AccountView> {
    Ok(shell.station.my_account(&shell.session().await?).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn set_my_password(shell: State<'_, Shell>, password: String) -> Answer<()> {
    let session = shell.session().await?;
    let confirmed = shell.station.confirmed(&session).await?;
    Ok(shell.station.set_my_password(&session, &confirmed, &password).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn set_my_pin(shell: State<'_, Shell>, pin: String) -> Answer<()> {
    let session = shell.session().await?;
    let confirmed = shell.station.confirmed(&session).await?;
    Ok(shell.station.set_my_pin(&session, &confirmed, &pin).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn offer_factor(shell: State<'_, Shell>) -> Answer<FactorOffer> {
    shell
        .with_session(async |station, session| {
            let confirmed = station.confirmed(session).await?;
            station.offer_factor(session, &confirmed).await
        })
        .await
}

#[tauri::command]
#[specta::specta]
pub async fn new_recovery_codes(shell: State<'_, Shell>) -> Answer<Vec<String>> {
    let session = shell.session().await?;
    let confirmed = shell.station.confirmed(&session).await?;
    Ok(shell.station.new_recovery_codes(&session, &confirmed).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn staff(shell: State<'_, Shell>) -> Answer<Vec<StaffRow>> {
    Ok(shell.admin().await?.staff().await?)
}

#[tauri::command]
#[specta::specta]
pub async fn set_role(shell: State<'_, Shell>, person_id: String, role: RoleName) -> Answer<()> {
    let admin = shell.admin().await?;
    Ok(admin.set_role(&shell.confirmed().await?, id(&person_id, "person")?, role.into()).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn set_password(shell: State<'_, Shell>, person_id: String, password: String) -> Answer<()> {
    let admin = shell.admin().await?;
    Ok(admin.set_password(&shell.confirmed().await?, id(&person_id, "person")?, &password).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn set_active(shell: State<'_, Shell>, person_id: String, active: bool) -> Answer<()> {
    let admin = shell.admin().await?;
    Ok(admin.set_active(&shell.confirmed().await?, id(&person_id, "person")?, active).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn reset_factor(shell: State<'_, Shell>, person_id: String) -> Answer<()> {
    let admin = shell.admin().await?;
    Ok(admin.reset_factor(&shell.confirmed().await?, id(&person_id, "person")?).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn reset_pin(shell: State<'_, Shell>, person_id: String) -> Answer<()> {
    let admin = shell.admin().await?;
    Ok(admin.reset_pin(&shell.confirmed().await?, id(&person_id, "person")?).await?)
}

#[tauri::command]
#[specta::specta]
pub async fn sign_in_policy(shell: State<'_, Shell>) -> Answer<SignInPolicy> {
    Ok(shell.admin().await?.sign_in_policy().await?)
}

#[tauri::command]
#[specta::specta]
pub async fn set_sign_in_policy(shell: State<'_, Shell>, policy: SignInPolicy) -> Answer<()> {
    let admin = shell.admin().await?;
    Ok(admin.set_sign_in_policy(&shell.confirmed().await?, &policy).await?)
}
