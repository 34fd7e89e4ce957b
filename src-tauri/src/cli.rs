//! The command line. What scripts rely on: names, flags and what stands on standard output.

use crate::commands::{self, secrets};
use clap::{Parser, Subcommand, ValueEnum};
use station::SecretKey;
use station::wire::{ImportOptions, SecretsPlace};
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

#[derive(Parser)]
#[command(
    name = "cubby",
    version,
    about = "Parcel lockers and the mailroom in one program that works offline"
)]
struct Cli {
    /// The folder that holds this node's database and secrets.
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Which windows this machine shows.
    #[arg(long, global = true, value_enum, default_value_t = Role::Both)]
    role: Role,
    /// Run on a virtual bank, to try everything without hardware.
    #[arg(long, global = true)]
    demo: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    Kiosk,
    Mailroom,
    Both,
}

#[derive(Subcommand)]
enum Command {
    /// Run the node without windows, with its HTTP API.
    Serve {
        #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8437")]
        listen: SocketAddr,
    },
    /// Declare the site in a file; can be run again.
    Apply {
        file: PathBuf,
        /// Say what would change, and change nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// List serial and HID devices, also those that are there and not permitted.
    Devices,
    /// Verify the database and the custody log's chain.
    Check,
    /// Write a verified copy of the database, also while the node runs.
    Backup {
        /// Left out, it is the backup that the site's plan asks for.
        file: Option<PathBuf>,
        /// Encrypt it for this age public key, and put the secrets in.
        #[arg(long, value_name = "AGE1…", requires = "file")]
        recipient: Option<String>,
    },
    /// Make the key that opens encrypted backups, and print its public half, the recipient. Keep the file elsewhere.
    BackupKey { file: PathBuf },
    /// Put a backup in the database's place. What was there is kept beside it.
    Restore {
        file: PathBuf,
        /// The file that holds the age key of an encrypted backup.
        #[arg(long, value_name = "KEYFILE")]
        identity: Option<PathBuf>,
    },
    /// Tokens of the HTTP API.
    Token {
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// People: taking them in, a copy of what is kept of one, or its end.
    People {
        #[command(subcommand)]
        command: PeopleCommand,
    },
    /// Where the node's secrets are kept, and new keys for old ones. Never shows a secret.
    Secrets {
        #[command(subcommand)]
        command: SecretsCommand,
    },
    /// A virtual bank on a pseudo-terminal, worked from standard input.
    #[cfg(unix)]
    Sim {
        #[arg(long, default_value_t = 24)]
        channels: u8,
        #[arg(long, default_value_t = 1)]
        board: u8,
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(0..=1))]
        closed_bit: u8,
        /// The first status byte holds channels 1 to 8, not the last.
        #[arg(long)]
        first_byte_first: bool,
    },
}

#[derive(Subcommand)]
enum PeopleCommand {
    /// Write everything that is kept of a person, as JSON and as a page to read.
    Export {
        /// The person's id or mail address.
        who: String,
        file: PathBuf,
    },
    /// Erase all that names a person. Their id stays in the record.
    Erase {
        /// The person's id or mail address.
        who: String,
    },
    /// Take people in from a spreadsheet's file: any delimiter, any encoding.
    Import {
        file: PathBuf,
        /// Say what would change, and change nothing.
        #[arg(long)]
        dry_run: bool,
        /// What a column is read as, such as `Plastic=badges`; remembered for the next file.
        #[arg(long = "map", value_name = "COLUMN=FIELD", value_parser = commands::mapping)]
        map: Vec<(String, String)>,
        /// Such as windows-1252; found out if left out.
        #[arg(long)]
        encoding: Option<String>,
        /// People who are not in this file have left.
        #[arg(long)]
        leavers: bool,
        /// Also if that is most of them.
        #[arg(long, requires = "leavers")]
        many_leavers: bool,
    },
    /// Read the directory server of the site file now.
    Sync {
        /// Say what would change, and change nothing.
        #[arg(long)]
        dry_run: bool,
        /// Most of the people may have left.
        #[arg(long)]
        many_leavers: bool,
    },
}

#[derive(Subcommand)]
enum TokenCommand {
    /// Make a token and print it. It can't be shown again.
    Create {
        #[arg(long, value_parser = ["read", "kiosk", "staff", "admin", "directory"])]
        scope: String,
    },
    /// List the tokens that are not revoked: id, scope, and when each was made.
    List,
    /// End a token at once, also while the node runs.
    Revoke { id: String },
}

#[derive(Subcommand)]
enum SecretsCommand {
    /// Say where they are and since when each key is in use.
    Show,
    /// Keep them elsewhere from now on. Stop the node first.
    Move {
        #[arg(long, value_enum)]
        to: Movable,
    },
    /// Take a new key into use. Stop the node first; what was made with the old key stays good.
    Rotate {
        #[arg(value_enum)]
        key: Rotatable,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Movable {
    /// The operating system's keyring.
    Keyring,
    /// A file in the data folder that only its owner can read.
    File,
}

#[derive(Clone, Copy, ValueEnum)]
enum Rotatable {
    /// Of codes and passwords.
    Pepper,
    /// Of badges.
    BadgeKey,
    /// Of messages that wait.
    SealKey,
}

/// Parses the command line and does what it says.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_env("CUBBY_LOG").unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    let folder = cli.data.unwrap_or_else(default_folder);
    let done = match cli.command {
        None => crate::windows::open(&runtime, &folder, cli.role, cli.demo),
        Some(Command::Serve { listen }) => runtime.block_on(commands::serve(folder, cli.demo, listen)),
        Some(Command::Apply { file, dry_run }) => runtime.block_on(commands::apply(&folder, &file, dry_run)),
        Some(Command::Devices) => runtime.block_on(commands::devices()),
        Some(Command::Check) => runtime.block_on(commands::check(&folder)),
        Some(Command::Backup { file, recipient }) => {
            runtime.block_on(commands::backup(&folder, file.as_deref(), recipient.as_deref()))
        }
        Some(Command::BackupKey { file }) => commands::backup_key(&file),
        Some(Command::Restore { file, identity }) => {
            runtime.block_on(commands::restore(&folder, &file, identity.as_deref()))
        }
        Some(Command::People { command: PeopleCommand::Export { who, file } }) => {
            runtime.block_on(commands::export_person(&folder, &who, &file))
        }
        Some(Command::People { command: PeopleCommand::Erase { who } }) => {
            runtime.block_on(commands::erase_person(&folder, &who))
        }
        Some(Command::Token { command }) => runtime.block_on(async {
            match command {
                TokenCommand::Create { scope } => secrets::create_token(&folder, &scope).await,
                TokenCommand::List => secrets::list_tokens(&folder).await,
                TokenCommand::Revoke { id } => secrets::revoke_token(&folder, &id).await,
            }
        }),
        Some(Command::Secrets { command }) => match command {
            SecretsCommand::Show => secrets::show(&folder),
            SecretsCommand::Move { to: Movable::Keyring } => secrets::move_to(&folder, SecretsPlace::Keyring),
            SecretsCommand::Move { to: Movable::File } => secrets::move_to(&folder, SecretsPlace::File),
            SecretsCommand::Rotate { key } => runtime.block_on(secrets::rotate(
                &folder,
                match key {
                    Rotatable::Pepper => SecretKey::Pepper,
                    Rotatable::BadgeKey => SecretKey::BadgeKey,
                    Rotatable::SealKey => SecretKey::SealKey,
                },
            )),
        },
        Some(Command::People {
            command: PeopleCommand::Import { file, dry_run, map, encoding, leavers, many_leavers },
        }) => {
            let columns = map.into_iter().collect();
            let options = ImportOptions { encoding, columns, leavers, many_leavers };
            runtime.block_on(commands::import_people(&folder, &file, &options, dry_run))
        }
        Some(Command::People { command: PeopleCommand::Sync { dry_run, many_leavers } }) => {
            runtime.block_on(commands::sync_people(&folder, many_leavers, dry_run))
        }
        #[cfg(unix)]
        Some(Command::Sim { channels, board, closed_bit, first_byte_first }) => {
            commands::sim(channels, board, closed_bit, first_byte_first)
        }
    };
    match done {
        Ok(code) => code,
        Err(error) => failed(error.as_ref()),
    }
}

fn failed(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("cubby: {error}");
    ExitCode::FAILURE
}

/// Where a desktop keeps an application's data.
fn default_folder() -> PathBuf {
    let variable = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let base = if cfg!(windows) {
        variable("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        variable("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        variable("XDG_DATA_HOME").or_else(|| variable("HOME").map(|home| home.join(".local/share")))
    };
    base.unwrap_or_else(|| PathBuf::from(".")).join("cubby")
}
