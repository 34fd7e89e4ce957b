//! What the window and its web view do so that a visitor at the kiosk has the kiosk and nothing else. The page does
//! its part in `ui/src/kiosk/lockdown.ts`, the operating system its own (docs/kiosk.md).
//!
//! Must never keep a digit, a letter or Enter from the page: readers type them.

pub(crate) use system::lock;

#[cfg(target_os = "linux")]
mod system {
    use gtk::gdk::{ModifierType, WindowState, keys::constants as key};
    use gtk::prelude::*;
    use gtk::{EventSequenceState, GestureZoom, PropagationPhase};
    use tauri::WebviewWindow;
    use webkit2gtk::{
        FileChooserRequestExt, PermissionRequestExt, SettingsExt, WebContextExt, WebView, WebViewExt,
    };

    /// With `whole`, the window also keeps the whole screen.
    pub fn lock(window: &WebviewWindow, whole: bool) {
        let locked = window.with_webview(move |view| {
            let view = view.inner();
            settings(&view);
            requests(&view);
            if let Some(window) = view.toplevel().and_then(|top| top.downcast::<gtk::Window>().ok()) {
                keys(&window);
                pinch(&window);
                if whole {
                    keep_whole(&window);
                }
            }
        });
        if let Err(error) = locked {
            tracing::error!(%error, "the kiosk's web view could not be locked");
        }
    }

    fn settings(view: &WebView) {
        if let Some(settings) = WebViewExt::settings(view) {
            settings.set_enable_developer_extras(false);
            settings.set_enable_fullscreen(false);
            settings.set_enable_back_forward_navigation_gestures(false);
            settings.set_enable_caret_browsing(false);
            settings.set_enable_page_cache(false);
            settings.set_allow_modal_dialogs(false);
            settings.set_javascript_can_open_windows_automatically(false);
        }
        if let Some(context) = WebViewExt::context(view) {
            context.set_spell_checking_enabled(false);
        }
        view.set_zoom_level(1.0);
        view.connect_zoom_level_notify(|view| {
            if (view.zoom_level() - 1.0).abs() > f64::EPSILON {
                view.set_zoom_level(1.0);
            }
        });
        // Nothing is dropped here: no text, no link, no file.
        view.drag_dest_unset();
    }

    /// Whatever the page asks of the desktop is answered with no, before anything shows.
    fn requests(view: &WebView) {
        view.connect_context_menu(|_, _, _, _| true);
        view.connect_show_option_menu(|_, _, _, _| true);
        view.connect_print(|_, _| true);
        view.connect_script_dialog(|_, _| true);
        view.connect_enter_fullscreen(|_| true);
        view.connect_leave_fullscreen(|_| true);
        view.connect_run_file_chooser(|_, request| {
            request.cancel();
            true
        });
        view.connect_permission_request(|_, request| {
            request.deny();
            true
        });
    }

    /// Shortcuts end at the window: neither GTK nor WebKit nor a page that hangs gets to see them.
    fn keys(window: &gtk::Window) {
        window.connect_key_press_event(|_, event| {
            let shortcut = ModifierType::CONTROL_MASK
                | ModifierType::MOD1_MASK
                | ModifierType::SUPER_MASK
                | ModifierType::HYPER_MASK
                | ModifierType::META_MASK;
            let key = event.keyval();
            let named = (*key::F1..=*key::F35).contains(&*key)
                || [key::Menu, key::Print, key::Cancel, key::Help, key::Find, key::Undo, key::Redo].contains(&key)
                // Back, Forward, Reload, Mail, Print: the keys with a picture.
                || (0x1008_ff00..=0x1008_ffff).contains(&*key);
            if event.state().intersects(shortcut) || named {
                gtk::glib::Propagation::Stop
            } else {
                gtk::glib::Propagation::Proceed
            }
        });
    }

    /// WebKit zooms with two fingers before the page hears of them. The window takes them for itself and does nothing.
    fn pinch(window: &gtk::Window) {
        let fingers = GestureZoom::new(window);
        fingers.set_propagation_phase(PropagationPhase::Capture);
        fingers.connect_begin(|fingers, _| {
            fingers.set_state(EventSequenceState::Claimed);
        });
        // The gesture lives as long as what its window holds.
        window.connect_destroy(move |_| fingers.reset());
    }

    fn keep_whole(window: &gtk::Window) {
        window.connect_window_state_event(|window, event| {
            let state = event.new_window_state();
            if !state.contains(WindowState::WITHDRAWN) {
                if state.contains(WindowState::ICONIFIED) {
                    window.deiconify();
                }
                if !state.contains(WindowState::FULLSCREEN) {
                    window.fullscreen();
                }
            }
            gtk::glib::Propagation::Proceed
        });
    }
}

#[cfg(windows)]
mod system {
    use tauri::WebviewWindow;

    pub fn lock(window: &WebviewWindow, _: bool) {
        let locked = window.with_webview(|view| {
            if let Err(error) = webview2::lock(&view.controller()) {
                tracing::error!(%error, "the kiosk's web view is not wholly locked");
            }
        });
        if let Err(error) = locked {
            tracing::error!(%error, "the kiosk's web view could not be locked");
        }
    }
}

#[cfg(not(any(target_os = "linux", windows)))]
mod system {
    use tauri::WebviewWindow;

    pub fn lock(_: &WebviewWindow, _: bool) {}
}
