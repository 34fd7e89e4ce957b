//! What only the system knows of a page: that its process is gone, how to end it, how much memory it holds.
//!
//! Only Linux tells. Elsewhere nothing is told: there the kiosk's page is watched by its beats alone, the mailroom's
//! by whoever sits before it, and the nightly rebuild is what keeps memory in bounds.

pub(super) use system::{end, memory, when_lost};

#[cfg(target_os = "linux")]
mod system {
    use std::path::Path;
    use tauri::WebviewWindow;
    use webkit2gtk::{WebProcessTerminationReason, WebViewExt};

    /// Calls back when the page's process crashed or was killed, but not when [`end`] ended it.
    pub fn when_lost(window: &WebviewWindow, then: impl Fn() + Send + 'static) {
        let asked = window.with_webview(move |view| {
            view.inner().connect_web_process_terminated(move |_, why| {
                if why != WebProcessTerminationReason::TerminatedByApi {
                    then();
                }
            });
        });
        if let Err(error) = asked {
            tracing::warn!(%error, "a crash of this page will not be noticed at once");
        }
    }

    /// A frozen process does not end by itself when its window goes.
    pub fn end(window: &WebviewWindow) {
        // Without a web view there is nothing to end.
        let _ = window.with_webview(|view| view.inner().terminate_web_process());
    }

    /// What the processes of our pages hold, in bytes.
    pub fn memory() -> Option<u64> {
        let ours = std::process::id();
        let mut sum = 0;
        for entry in std::fs::read_dir("/proc").ok()?.flatten() {
            let folder = entry.path();
            // A process that ends meanwhile holds nothing.
            let Ok(stat) = std::fs::read_to_string(folder.join("stat")) else { continue };
            if is_page_of(&stat, ours) {
                sum += held(&folder).unwrap_or(0);
            }
        }
        Some(sum)
    }

    /// From the line "pid (name) state parent …". The kernel cuts the name after 15 characters.
    fn is_page_of(stat: &str, parent: u32) -> bool {
        let Some((head, rest)) = stat.rsplit_once(") ") else { return false };
        let name = head.split_once('(').map_or("", |(_, name)| name);
        name == "WebKitWebProces" && rest.split(' ').nth(1).and_then(|p| p.parse().ok()) == Some(parent)
    }

    /// Its share of what it has in memory; where the kernel does not say, all of it.
    fn held(folder: &Path) -> Option<u64> {
        let read = |file: &str| std::fs::read_to_string(folder.join(file)).ok();
        let share = read("smaps_rollup").and_then(|text| kilobytes(&text, "Pss:"));
        Some(share.or_else(|| kilobytes(&read("status")?, "VmRSS:"))? * 1024)
    }

    fn kilobytes(text: &str, key: &str) -> Option<u64> {
        text.lines().find_map(|line| line.strip_prefix(key))?.trim().strip_suffix("kB")?.trim().parse().ok()
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_page_is_known_by_its_name_and_parent() {
            assert!(is_page_of("71 (WebKitWebProces) S 42 42 42 0 -1", 42));
            assert!(!is_page_of("71 (WebKitWebProces) S 43 42 42 0 -1", 42), "another program's");
            assert!(!is_page_of("71 (WebKitNetworkPr) S 42 42 42 0 -1", 42));
            assert!(!is_page_of("71 (a) S 42 (WebKitWebProces) S 7 42", 42), "a name can hold anything");
            assert!(!is_page_of("", 42));
        }

        #[test]
        fn kilobytes_are_read_from_what_the_kernel_writes() {
            let rollup = "55d0-7ffe ---p 00000000 00:00 0 [rollup]\nRss:  210984 kB\nPss:  150312 kB\nPss_Dirty: 9 kB\n";
            assert_eq!(kilobytes(rollup, "Pss:"), Some(150_312));
            assert_eq!(kilobytes("VmRSS:\t  1234 kB\n", "VmRSS:"), Some(1234));
            assert_eq!(kilobytes("Pss: many kB\n", "Pss:"), None);
            assert_eq!(kilobytes("", "Pss:"), None);
        }

        #[test]
        fn this_process_has_no_pages_and_holds_memory() {
            assert_eq!(memory(), Some(0));
            assert!(held(Path::new("/proc/self")).is_some_and(|bytes| bytes > 1024 * 1024));
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use tauri::WebviewWindow;

    pub fn when_lost(_: &WebviewWindow, _: impl Fn() + Send + 'static) {}

    pub fn end(_: &WebviewWindow) {}

    pub fn memory() -> Option<u64> {
        None
    }
}
