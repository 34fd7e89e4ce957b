//! Calls the library and turns its answer into an exit code; nothing else.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

fn main() -> std::process::ExitCode {
    cubby_shell::run()
}
