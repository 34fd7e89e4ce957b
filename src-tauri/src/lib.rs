//! The shell: command line, windows, and the typed border to the UI. Never decides anything: every command calls one
//! use case of the station.

mod bridge;
mod cli;
mod commands;
pub mod ipc;
mod lockdown;
mod service;
mod watch;
mod windows;

pub use cli::run;
