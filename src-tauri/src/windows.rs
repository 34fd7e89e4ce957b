//! The windows: which of them this role shows, where, and what a page in them may not do.

use crate::bridge;
use crate::cli::Role;
use crate::commands::{DOORS, Done};
use crate::ipc::{self, Shell};
use crate::lockdown;
use crate::service;
use crate::watch::{self, Watcher};
use station::{Options, Station};
use std::path::Path;
use std::process::ExitCode;
use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, Manager, RunEvent, Url, WebviewUrl, WebviewWindowBuilder, WindowEvent};
use tokio::runtime::Runtime;

pub(crate) fn open(runtime: &Runtime, folder: &Path, role: Role, demo: bool) -> Done {
    let _entered = runtime.enter();
    tauri::async_runtime::set(runtime.handle().clone());
    let desktop = role != Role::Kiosk;
    let started = runtime.block_on(Station::start(Options { folder: folder.into(), demo, desktop }));
    let station = match started {
        Ok(station) => station,
        Err(error) => return Err(cannot_start(&crate::commands::explained(folder, &error)).into()),
    };
    let first_run = runtime.block_on(station.first_run())? && !runtime.block_on(station.is_demo())?;
    runtime.spawn({
        let station = station.clone();
        async move {
            station.doors_ready(DOORS).await;
            service::ready(&station);
        }
    });
    let commands = ipc::builder::<tauri::Wry>();
    let app = tauri::Builder::default()
        .invoke_handler(ipc::each_to_its_own(commands.invoke_handler()))
        .setup(move |app| {
            commands.mount_events(app);
            let handle = app.handle().clone();
            bridge::start(&handle, &station);
            watch::start(&handle, &station, role);
            let on_beat = {
                let handle = handle.clone();
                Box::new(move |hidden, busy| handle.state::<Watcher>().beat(hidden, busy))
            };
            let on_set_up = {
                let handle = handle.clone();
                Box::new(move || {
                    if role != Role::Mailroom
                        && let Err(error) = kiosk(&handle, role)
                    {
                        tracing::error!(%error, "the kiosk's window could not be opened");
                    }
                })
            };
            // From the mailroom's sign-in alone: the kiosk may call nothing that comes here.
            let on_browse = Box::new(|address: &str| open::that_detached(address).is_ok());
            app.manage(Shell::new(station, on_set_up, on_beat, on_browse));
            if role != Role::Kiosk || first_run {
                mailroom(&handle)?;
            }
            if role != Role::Mailroom && !first_run {
                kiosk(&handle, role)?;
            }
            Ok(())
        })
        .build(tauri::generate_context!())?;
    app.run(|app, event| match event {
        RunEvent::ExitRequested { code: None, api, .. } if app.state::<Watcher>().rebuilding() => {
            api.prevent_exit();
        }
        RunEvent::Exit => service::stopping(),
        _ => {}
    });
    Ok(ExitCode::SUCCESS)
}

/// Says in a window of its own why there are no others: who started it by an icon sees no error output. The process
/// stays as long as the window does, so that a supervisor does not start it over and over.
fn cannot_start(why: &str) -> String {
    eprintln!("cubby: {why}");
    rfd::MessageDialog::new()
        .set_level(rfd::MessageLevel::Error)
        .set_title("Cubby is out of service")
        .set_description(why)
        .set_buttons(rfd::MessageButtons::Ok)
        .show();
    "it could not start".into()
}

/// The window of that name. Not on the main thread, which has to go on meanwhile.
pub(crate) fn build(app: &AppHandle, label: &str, role: Role) -> tauri::Result<()> {
    if label == "kiosk" { kiosk(app, role) } else { mailroom(app) }
}

fn mailroom(app: &AppHandle) -> tauri::Result<()> {
    let window = guarded(app, "mailroom", "mailroom.html").title("Cubby").inner_size(1440.0, 900.0);
    watch::attend(&window.min_inner_size(1024.0, 640.0).build()?);
    Ok(())
}

fn kiosk(app: &AppHandle, role: Role) -> tauri::Result<()> {
    if app.get_webview_window("kiosk").is_some() {
        return Ok(());
    }
    let window = guarded(app, "kiosk", "kiosk.html").title("Cubby kiosk").devtools(false);
    // Alone on its machine it has the whole screen; beside the mailroom's window it is a window.
    let alone = role == Role::Kiosk;
    let window = if alone {
        window.fullscreen(true).decorations(false).always_on_top(true).closable(false).minimizable(false)
    } else {
        window.inner_size(720.0, 1080.0)
    };
    let window = window.build()?;
    lockdown::lock(&window, alone);
    if alone {
        window.on_window_event(|event| {
            // What Alt+F4, a task list or a window manager asks for.
            if let WindowEvent::CloseRequested { api, .. } = event {
                api.prevent_close();
            }
        });
    }
    watch::attend(&window);
    Ok(())
}

/// A window that stays on its own page: no other page, no second window, no download, nothing dropped on it.
///
/// Not a private window: on Linux only one web context can serve the app's own pages, and a private one is a second.
/// The pages keep nothing but how they look.
fn guarded<'a>(
    app: &'a AppHandle,
    label: &str,
    page: &'static str,
) -> WebviewWindowBuilder<'a, tauri::Wry, AppHandle> {
    WebviewWindowBuilder::new(app, label, WebviewUrl::App(page.into()))
        .disable_drag_drop_handler()
        .general_autofill_enabled(false)
        .on_navigation(|url| is_own(url, page))
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .devtools(cfg!(debug_assertions))
}

/// The app's own origin, and there the window's own page: the kiosk's window never shows the mailroom's.
fn is_own(url: &Url, page: &str) -> bool {
    let ours = url.scheme() == "tauri" || url.host_str() == Some("tauri.localhost");
    ours && url.path() == format!("/{page}") && url.query().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_goes_nowhere_but_to_its_own_page() {
        let goes = |url: &str| is_own(&url.parse().unwrap(), "kiosk.html");
        assert!(goes("tauri://localhost/kiosk.html"));
        assert!(goes("http://tauri.localhost/kiosk.html"));
        assert!(goes("tauri://localhost/kiosk.html#/intake"));
        for elsewhere in [
            "tauri://localhost/mailroom.html",
            "tauri://localhost/kiosk.html/../mailroom.html",
            "tauri://localhost/",
            "tauri://localhost/kiosk.html?x=1",
            "http://tauri.localhost.example.com/kiosk.html",
            "https://example.com/kiosk.html",
            "file:///etc/passwd",
            "about:blank",
            "data:text/html,hello",
            "javascript:alert(1)",
            "blob:tauri://localhost/1",
        ] {
            assert!(!goes(elsewhere), "{elsewhere}");
        }
    }
}
