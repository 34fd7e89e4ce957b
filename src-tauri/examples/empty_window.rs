//! The floor that the app's start and memory are measured beside: a window with nothing in it, and nothing behind it.
//! Says on standard output when its page has loaded.
#![allow(clippy::print_stdout)]

use std::borrow::Cow;
use std::io::Write;
use tauri::http::{HeaderValue, Response};
use tauri::webview::PageLoadEvent;
use tauri::{WebviewUrl, WebviewWindowBuilder};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let blank = WebviewUrl::CustomProtocol("blank://localhost/".parse()?);
    tauri::Builder::default()
        .register_uri_scheme_protocol("blank", |_, _| {
            let mut page = Response::new(Cow::from(b"<!doctype html><title>empty</title>".as_slice()));
            page.headers_mut().insert("content-type", HeaderValue::from_static("text/html"));
            page
        })
        .setup(move |app| {
            WebviewWindowBuilder::new(app, "empty", blank)
                // As the kiosk has it.
                .fullscreen(true)
                .decorations(false)
                .on_page_load(|_, load| {
                    if load.event() == PageLoadEvent::Finished {
                        println!("the window is shown");
                        // Whoever waits for the line reads a pipe.
                        let _ = std::io::stdout().flush();
                    }
                })
                .build()?;
            Ok(())
        })
        .run(tauri::generate_context!())?;
    Ok(())
}
