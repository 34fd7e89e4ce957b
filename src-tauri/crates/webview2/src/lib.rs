//! The settings of Windows' web view for which tauri has no word. Empty on other systems.
//!
//! The only place with `unsafe`: every call is one into COM. Never decides when a view is locked.
#![cfg(windows)]

use webview2_com::Microsoft::Web::WebView2::Win32::{
    ICoreWebView2Controller, ICoreWebView2Settings3, ICoreWebView2Settings4, ICoreWebView2Settings5,
    ICoreWebView2Settings6,
};
use windows_core::{Interface, Result};

/// No browser keys (print, find, reload, zoom, developer tools), menus, dialogs, autofill, pinch or swipe.
#[allow(unsafe_code)]
pub fn lock(controller: &ICoreWebView2Controller) -> Result<()> {
    // SAFETY: calls of live COM interfaces, on the thread that owns them: tauri lends a controller nowhere else.
    unsafe {
        let settings = controller.CoreWebView2()?.Settings()?;
        settings.SetAreDevToolsEnabled(false)?;
        settings.SetAreDefaultContextMenusEnabled(false)?;
        settings.SetAreDefaultScriptDialogsEnabled(false)?;
        settings.SetIsStatusBarEnabled(false)?;
        settings.SetIsZoomControlEnabled(false)?;
        settings.cast::<ICoreWebView2Settings3>()?.SetAreBrowserAcceleratorKeysEnabled(false)?;
        let filling = settings.cast::<ICoreWebView2Settings4>()?;
        filling.SetIsGeneralAutofillEnabled(false)?;
        filling.SetIsPasswordAutosaveEnabled(false)?;
        settings.cast::<ICoreWebView2Settings5>()?.SetIsPinchZoomEnabled(false)?;
        settings.cast::<ICoreWebView2Settings6>()?.SetIsSwipeNavigationEnabled(false)
    }
}
