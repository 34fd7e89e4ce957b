//! `cubby secrets` and `cubby token`: where the node's secrets are, new ones for old ones. Never prints a secret, but
//! for a token at the moment it is made.
#![allow(clippy::print_stdout)]

use super::Done;
use station::wire::{SecretsPlace, SecretsWarning};
use station::{NodeLock, Scope, SecretKey, Secrets, Station, Store, TokenFacts};
use std::path::Path;
use std::process::ExitCode;

pub(crate) fn show(folder: &Path) -> Done {
    if !folder.exists() {
        return Err(format!("there is no node in {}", folder.display()).into());
    }
    let secrets = Secrets::open(folder)?;
    say_where(&secrets);
    for key in secrets.keys() {
        let since = key.since.map_or("since this node was made".into(), |since| format!("since {since}"));
        let earlier = match key.earlier {
            0 => String::new(),
            1 => "; an earlier one is kept, something still needs it".into(),
            n => format!("; {n} earlier ones are kept, something still needs them"),
        };
        println!("{}: {since}{earlier}", name(key.what));
    }
    Ok(ExitCode::SUCCESS)
}

fn say_where(secrets: &Secrets) {
    let health = secrets.health();
    match health.place {
        SecretsPlace::File => println!("the secrets are in the file {}", health.at),
        SecretsPlace::Keyring => println!("the secrets are in the keyring, as {}", health.at),
        SecretsPlace::Credential => println!(
            "the secrets are in the credential {}, which is rotated where it was made and not by Cubby",
            health.at
        ),
    }
    for warning in health.warnings {
        println!("WARNING: {}", remedy(warning));
    }
}

fn remedy(warning: SecretsWarning) -> &'static str {
    match warning {
        SecretsWarning::FileOpen => "others than its owner may open secrets.json: chmod 600 it",
        SecretsWarning::FolderOpen => "anybody on this machine may look into the data folder: chmod 700 it",
        SecretsWarning::UnusedCopy => "the data folder still has secrets.json with all of them: delete it",
    }
}

fn name(what: SecretKey) -> &'static str {
    match what {
        SecretKey::Pepper => "pepper",
        SecretKey::BadgeKey => "badge-key",
        SecretKey::SealKey => "seal-key",
    }
}

pub(crate) fn move_to(folder: &Path, to: SecretsPlace) -> Done {
    let lock = NodeLock::take(folder)?;
    let mut secrets = Secrets::open(folder)?;
    secrets.move_to(&lock, to)?;
    say_where(&secrets);
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn rotate(folder: &Path, what: SecretKey) -> Done {
    let lock = NodeLock::take(folder)?;
    let store = Store::open(folder).await?;
    let mut secrets = Secrets::open(folder)?;
    station::rotate(&lock, &store, &mut secrets, station::stamp(&store).await?, what).await?;
    store.close().await;
    println!("the {} is a new one", name(what));
    if secrets.keys().iter().any(|key| key.what == what && key.earlier > 0) {
        println!(
            "the old one is kept until nothing needs it: {}",
            match what {
                SecretKey::Pepper =>
                    "codes are good until they are spent, passwords change over when their owners sign in",
                SecretKey::BadgeKey => "each badge changes over when it is presented",
                SecretKey::SealKey => "messages that wait are sent with it",
            }
        );
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn create_token(folder: &Path, scope: &str) -> Done {
    let scope = Scope::parse(scope).ok_or("the scope is one of read, kiosk, staff, admin")?;
    let store = Store::open(folder).await?;
    let token = Station::create_token(&store, station::stamp(&store).await?, scope).await?;
    store.close().await;
    println!("{token}");
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn list_tokens(folder: &Path) -> Done {
    let store = Store::open(folder).await?;
    let tokens = Station::tokens(&store).await?;
    store.close().await;
    for TokenFacts { id, scope, made } in tokens {
        println!("{id}  {scope:<6} {made}");
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn revoke_token(folder: &Path, id: &str) -> Done {
    let unknown = || format!("there is no token {id}: see cubby token list");
    let token = id.parse().map_err(|_| unknown())?;
    let store = Store::open(folder).await?;
    let revoked = Station::revoke_token(&store, station::stamp(&store).await?, token).await?;
    store.close().await;
    if !revoked {
        return Err(unknown().into());
    }
    println!("revoked: whoever holds it is refused from now on");
    Ok(ExitCode::SUCCESS)
}
