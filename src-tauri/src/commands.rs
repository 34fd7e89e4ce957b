//! What each sub-command does. Standard output is for its result alone; everything else goes to standard error.
#![allow(clippy::print_stdout)]

pub(crate) mod secrets;

use crate::service;
use station::wire::{ImportOptions, ImportStay};
use station::{
    Clock, ImportError, NodeLock, Options, Outcome, Progress, Secrets, Station, Store, SystemClock,
};
use std::error::Error;
use std::io::{BufRead, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

pub(crate) type Done = Result<ExitCode, Box<dyn Error>>;

/// How long a start waits for boards to answer before it says that it is ready.
pub(crate) const DOORS: Duration = Duration::from_secs(4);

pub(crate) async fn serve(folder: PathBuf, demo: bool, listen: SocketAddr) -> Done {
    let station = Station::start(Options { folder: folder.clone(), demo, desktop: false }).await;
    let station = station.map_err(|error| explained(&folder, &error))?;
    station.doors_ready(DOORS).await;
    let announced = station.clone();
    let ready = move |address: SocketAddr| {
        println!("cubby is ready on http://{address}");
        // Whoever waits for the line reads a pipe.
        let _ = std::io::stdout().flush();
        service::ready(&announced);
    };
    api::serve(station.clone(), listen, ready, stopped()).await?;
    service::stopping();
    station.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Why it can't start, and what to do about it.
pub(crate) fn explained(folder: &Path, error: &station::Error) -> String {
    match station::backup::advice(folder, error) {
        Some(advice) => format!("{error}\n\n{advice}"),
        None => error.to_string(),
    }
}

/// Resolves when the process is asked to stop.
async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

pub(crate) async fn apply(folder: &Path, file: &Path, dry: bool) -> Done {
    let site = match station::site_file::read(file) {
        Ok(site) => site,
        Err(error) => {
            eprintln!("{}: {error}", file.display());
            eprintln!("nothing was changed");
            return Ok(ExitCode::FAILURE);
        }
    };
    let store = Store::open(folder).await?;
    let mut secrets = Secrets::open(folder)?;
    let mut planned =
        station::apply(&store, &mut secrets, station::stamp(&store).await?, site.declaration(), true).await?;
    planned.changes.extend(site.backup.iter().flat_map(|plan| plan.changes(folder)));
    planned.changes.extend(site.ldap.iter().flat_map(|plan| plan.changes(&secrets)));
    let deadlines = match &site.deadlines {
        Some(plan) => plan.changes(&store).await?,
        None => vec![],
    };
    planned.changes.extend(deadlines.iter().cloned());
    for change in &planned.changes {
        println!("{change}");
    }
    if planned.changes.is_empty() {
        println!("nothing to change");
    } else if dry {
        println!("{} changes; nothing was changed", planned.changes.len());
    } else {
        // A running node would not see its lines change under it.
        let _lock = NodeLock::take(folder)?;
        station::apply(&store, &mut secrets, station::stamp(&store).await?, site.declaration(), false)
            .await?;
        if let Some(plan) = &site.backup {
            plan.save(folder)?;
        }
        if let Some(plan) = &site.ldap {
            secrets.set_ldap(Some(plan.clone()))?;
        }
        if let Some(plan) = site.deadlines.as_ref().filter(|_| !deadlines.is_empty()) {
            plan.declare(&store, station::stamp(&store).await?).await?;
        }
        println!("{} changes made", planned.changes.len());
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn devices() -> Done {
    let found = station::devices().await;
    if found.is_empty() {
        println!("no serial or HID device found");
    }
    for device in found {
        let access = match (device.permitted, &device.group) {
            (true, _) => String::new(),
            (false, Some(group)) => {
                format!("  NOT PERMITTED: add this user to group {group}, then sign in again")
            }
            (false, None) => "  NOT PERMITTED".into(),
        };
        let kind = match device.kind {
            station::wire::DeviceKind::Serial => "serial",
            station::wire::DeviceKind::Hid => "hid   ",
        };
        println!("{kind}  {}  {}  ({}){access}", device.id, device.name, device.path);
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn check(folder: &Path) -> Done {
    let store = Store::open_existing(folder).await?;
    let report = store.check().await?;
    store.close().await;
    match report.fault {
        None => {
            println!("ok: {} events, the chain holds, head {}", report.events, report.head);
            Ok(ExitCode::SUCCESS)
        }
        Some(fault) => {
            println!("NOT OK: {fault}");
            Ok(ExitCode::FAILURE)
        }
    }
}

pub(crate) async fn backup(folder: &Path, file: Option<&Path>, recipient: Option<&str>) -> Done {
    let store = Store::open_existing(folder).await?;
    let progress = Progress::default();
    let mut percent = progress.percent();
    let followed = tokio::spawn(async move {
        while percent.changed().await.is_ok() {
            eprintln!("{} %", *percent.borrow_and_update());
        }
    });
    let made = {
        let mut made = std::pin::pin!(async {
            match file {
                Some(file) => station::backup::back_up(&store, folder, file, recipient, &progress)
                    .await
                    .map(|()| (file.to_owned(), recipient.is_some())),
                None => station::backup::by_plan(&store, folder, SystemClock::new().wall(), &progress)
                    .await
                    .map(|file| (file.clone(), file.extension().is_some_and(|e| e == "age"))),
            }
        });
        tokio::select! {
            made = &mut made => made,
            () = stopped() => {
                progress.cancel();
                made.await
            }
        }
    };
    followed.abort();
    store.close().await;
    let (file, encrypted) = made?;
    println!("backup written and verified: {}", file.display());
    if !encrypted {
        println!(
            "it is not encrypted, and lacks the secrets: without this folder's secrets.json, codes and badges do not open after a restore"
        );
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn backup_key(file: &Path) -> Done {
    println!("{}", station::backup::new_key(file)?);
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn restore(folder: &Path, file: &Path, identity: Option<&Path>) -> Done {
    let kept = format!("before-restore-{}", SystemClock::new().wall().0);
    let had_secrets = folder.join("secrets.json").exists();
    let with_secrets = station::backup::restore(folder, file, identity, &kept).await?;
    println!("restored from {}; what was there is kept as {kept}.db", file.display());
    if !with_secrets && !had_secrets {
        println!(
            "WARNING: there are no secrets: codes, badges and passwords of before do not work. Put the old secrets.json into {} before the next start",
            folder.display()
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// `COLUMN=FIELD` of the command line.
pub(crate) fn mapping(text: &str) -> Result<(String, String), String> {
    let (column, field) = text.rsplit_once('=').ok_or("use COLUMN=FIELD, such as Plastic=badges")?;
    let fields = station::import_targets();
    if fields.contains(&field) {
        Ok((column.into(), field.into()))
    } else {
        Err(format!("use one of {}", fields.join(", ")))
    }
}

pub(crate) async fn import_people(folder: &Path, file: &Path, options: &ImportOptions, dry: bool) -> Done {
    let bytes = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let done = station::import_file(folder, &bytes, options, dry, percents()).await;
    told(folder, done, dry)
}

pub(crate) async fn sync_people(folder: &Path, many_leavers: bool, dry: bool) -> Done {
    told(folder, station::sync_server(folder, many_leavers, dry, percents()).await, dry)
}

/// Tells each tenth on standard error.
fn percents() -> impl Fn(usize, usize) {
    let last = std::cell::Cell::new(0);
    move |done, of| {
        let tenth = done * 10 / of.max(1);
        if tenth > last.replace(tenth) {
            eprintln!("{} %", tenth * 10);
        }
    }
}

fn told(folder: &Path, done: Result<Outcome, ImportError>, dry: bool) -> Done {
    let outcome = match done {
        Ok(outcome) => outcome,
        Err(ImportError::Station(station::Error::Store(station::StoreError::InUse(_)))) => {
            eprintln!(
                "Cubby is running on {}: use People > Import in the mailroom's window, or stop it first",
                folder.display()
            );
            eprintln!("nothing was changed");
            return Ok(ExitCode::FAILURE);
        }
        Err(error @ ImportError::Station(_)) => return Err(error.into()),
        Err(error) => {
            eprintln!("{error}");
            eprintln!("nothing was changed");
            return Ok(ExitCode::FAILURE);
        }
    };
    if let Some(sheet) = &outcome.sheet {
        let columns = sheet.columns.iter();
        let read: Vec<String> =
            columns.map(|c| format!("{}={}", c.header, c.target.as_deref().unwrap_or("-"))).collect();
        eprintln!("read as {}, delimiter {:?}: {}", sheet.encoding, sheet.delimiter, read.join(", "));
    }
    for fault in &outcome.faults {
        println!("{fault}");
    }
    match outcome.preview.stay {
        Some(ImportStay::Unreadable { lines }) => {
            println!("nobody was taken to have left: {lines} lines could be about anybody");
        }
        Some(ImportStay::TooMany { leavers, of }) => {
            println!(
                "{leavers} of {of} people would leave: nobody was taken to; --many-leavers if that is right"
            );
        }
        None => {}
    }
    let n = outcome.preview.counts;
    println!(
        "{} new, {} changed, {} deactivated, {} reactivated, {} unchanged, {} lines refused{}",
        n.added,
        n.changed,
        n.deactivated,
        n.reactivated,
        n.unchanged,
        n.refused,
        if dry { "; nothing was changed" } else { "" }
    );
    if n.held > 0 {
        println!("{} people have fields that a higher source says otherwise: those stay", n.held);
    }
    Ok(if n.refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

pub(crate) async fn export_person(folder: &Path, who: &str, file: &Path) -> Done {
    let store = Store::open_existing(folder).await?;
    let files = station::export_person(&store, who, file).await?;
    store.close().await;
    println!("{}\n{}", files.data, files.page);
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn erase_person(folder: &Path, who: &str) -> Done {
    let store = Store::open_existing(folder).await?;
    let erasure = station::erase_person(&store, folder, who).await?;
    store.close().await;
    println!("erased");
    for copy in erasure.copies {
        println!("a copy made before still has them: {copy}");
    }
    Ok(ExitCode::SUCCESS)
}

/// A virtual bank on a pseudo-terminal: prints its path, then obeys lines of standard input.
#[cfg(unix)]
pub(crate) fn sim(channels: u8, board: u8, closed_bit: u8, first_byte_first: bool) -> Done {
    use hardware::StatusOrder::{FirstByteFirst, LastByteFirst};
    use hardware::simulate::{VirtualBank, VirtualSettings};
    let status_order = if first_byte_first { FirstByteFirst } else { LastByteFirst };
    let bank = VirtualBank::new(VirtualSettings { board, channels, closed_bit, status_order });
    let pty = bank.serve_pty()?;
    println!("{}", pty.path());
    eprintln!("commands: shut N, pull N, jam N, free N, unplug, plug, doors, quit");
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let mut words = line.split_whitespace();
        let (verb, channel) = (words.next(), words.next().and_then(|w| w.parse::<u8>().ok()));
        match (verb, channel) {
            (Some("shut"), Some(n)) => bank.shut(n),
            (Some("pull"), Some(n)) => bank.pull(n),
            (Some("jam"), Some(n)) => bank.jam(n, true),
            (Some("free"), Some(n)) => bank.jam(n, false),
            (Some("unplug"), _) => bank.plug(false),
            (Some("plug"), _) => bank.plug(true),
            (Some("doors"), _) => {
                for door in bank.doors() {
                    let jam = if door.jammed { ", jammed" } else { "" };
                    println!("{} {}{jam}", door.channel, if door.open { "open" } else { "shut" });
                }
            }
            (Some("quit"), _) => return Ok(ExitCode::SUCCESS),
            _ => eprintln!("commands: shut N, pull N, jam N, free N, unplug, plug, doors, quit"),
        }
    }
    // Without a standard input, the bank stays until it is ended.
    loop {
        std::thread::park();
    }
}
