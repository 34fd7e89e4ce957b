//! Declaring a site: banks, compartments, readers, the mail channel, the first admin. Says what it will change, does
//! it in one transaction, and does nothing when there is nothing to do.

use crate::channels::Settings as ChannelSettings;
use crate::error::InvalidWhy;
use crate::start::Station;
use crate::wire::{self, CellPlan};
use crate::{DEMO_PORT, Error, Result, Secrets, people};
use domain::directory::Record;
use domain::event::{Actor, BankFacts, CompartmentFacts, Event};
use domain::person::Role;
use domain::site::{BankPlan, CompartmentPlan, Fault, SitePlan, Why};
use domain::{BankId, CompartmentId};
use serde::{Deserialize, Serialize};
use store::{Stamp, Store};
use uuid::Uuid;

/// A badge reader or scanner, as declared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReaderPlan {
    pub name: String,
    /// `hid-keyboard`, `hid-pos` or `serial-line`.
    pub kind: String,
    pub device: String,
    pub baud: u32,
    /// `kiosk` for badges and QR codes, `mailroom` for labels.
    pub place: String,
}

#[derive(Clone)]
pub struct FirstAdmin {
    pub name: String,
    pub email: String,
    pub password: String,
    /// Characters it must have at least.
    pub(crate) least: usize,
}

impl FirstAdmin {
    pub fn new(name: &str, email: &str, password: &str) -> FirstAdmin {
        let (name, email, password) = (name.into(), email.into(), password.into());
        FirstAdmin { name, email, password, least: people::PASSWORD_MIN }
    }
}

/// What was changed, or would be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    pub changes: Vec<String>,
}

pub(crate) const READERS: &str = "readers";

/// Everything a site file or the first run declares.
pub struct Declaration<'a> {
    pub plan: &'a SitePlan,
    pub admin: Option<FirstAdmin>,
    pub readers: Option<Vec<ReaderPlan>>,
    /// A channel that is not declared stays as it is.
    pub channels: ChannelSettings,
    /// The identity provider that staff may sign in by. `None` leaves it as it is.
    pub provider: Option<sso::Settings>,
}

/// Works out what differs from what is declared now, as lines to read and events to write.
async fn difference(store: &Store, plan: &SitePlan) -> Result<(Vec<String>, Vec<Event>)> {
    let (mut lines, mut events) = (Vec::new(), Vec::new());
    if store.site_name().await?.as_deref() != Some(&plan.name) {
        lines.push(format!("site: name it \"{}\"", plan.name));
        events.push(Event::SiteNamed { name: plan.name.clone() });
    }
    let banks = store.banks().await?;
    let compartments = store.compartments().await?;
    for (position, bank) in (0u16..).zip(&plan.banks) {
        let known = banks.iter().find(|b| b.name == bank.name);
        let id = known.map_or_else(|| BankId(Uuid::now_v7()), |b| b.id);
        let facts = BankFacts {
            bank: id,
            name: bank.name.clone(),
            driver: bank.driver.clone(),
            port: bank.port.clone(),
            baud: bank.baud,
            board: bank.board,
            closed_bit: bank.closed_bit,
            status_order: bank.status_order.clone(),
            screen: bank.screen,
            position,
        };
        let same = known.is_some_and(|b| {
            b.driver == facts.driver
                && b.port == facts.port
                && b.baud == facts.baud
                && b.board == facts.board
                && b.closed_bit == facts.closed_bit
                && b.status_order == facts.status_order
                && b.screen == facts.screen
                && b.position == facts.position
        });
        if !same {
            let verb = if known.is_some() { "change" } else { "add" };
            lines.push(format!(
                "bank {}: {verb} it ({} on {}, board {})",
                bank.name, bank.driver, bank.port, bank.board
            ));
            events.push(Event::BankDeclared(facts));
        }
        for c in &bank.compartments {
            let known = compartments.iter().find(|k| k.bank == id && k.label == c.label);
            let same = known.is_some_and(|k| {
                (k.channel, k.size, k.column, k.row, k.accessible, k.refrigerated)
                    == (c.channel, c.size, c.column, c.row, c.accessible, c.refrigerated)
            });
            if same {
                continue;
            }
            let verb = if known.is_some() { "change" } else { "add" };
            lines.push(format!(
                "compartment {} {}: {verb} it (channel {}, size {})",
                bank.name,
                c.label,
                c.channel,
                c.size.as_str()
            ));
            events.push(Event::CompartmentDeclared(CompartmentFacts {
                compartment: known.map_or_else(|| CompartmentId(Uuid::now_v7()), |k| k.id),
                bank: id,
                label: c.label.clone(),
                channel: c.channel,
                size: c.size,
                column: c.column,
                row: c.row,
                accessible: c.accessible,
                refrigerated: c.refrigerated,
            }));
        }
        for gone in compartments
            .iter()
            .filter(|k| k.bank == id && bank.compartments.iter().all(|c| c.label != k.label))
        {
            if gone.package.is_some() {
                return Err(Error::invalid(
                    format!("compartment {} {}", bank.name, gone.label),
                    InvalidWhy::Taken,
                ));
            }
            lines.push(format!("compartment {} {}: take it out of use", bank.name, gone.label));
            events.push(Event::CompartmentRetired { compartment: gone.id });
        }
    }
    Ok((lines, events))
}

/// Applies a declaration to a folder that no node runs on, or only says what it would change.
pub async fn apply(
    store: &Store,
    secrets: &mut Secrets,
    stamp: Stamp,
    declaration: Declaration<'_>,
    dry: bool,
) -> Result<Applied> {
    declaration.plan.check().map_err(|fault| invalid(&fault))?;
    let (mut changes, events) = difference(store, declaration.plan).await?;
    let mut admin = None;
    if let Some(first) = declaration.admin
        && !store.has_admin().await?
    {
        let record = Record {
            name: Some(people::name(&first.name).map_err(within("admin"))?),
            email: people::email(Some(&first.email)).map_err(within("admin"))?,
            language: Some("en".into()),
            ..Record::default()
        };
        let hash = people::hash_password_of(secrets, "admin.password", &first.password, first.least).await?;
        if record.email.is_none() {
            return Err(Error::invalid("admin.email", InvalidWhy::Empty));
        }
        changes.push(format!("admin: add {}", first.name.trim()));
        let known = [declaration.plan.name.as_str(), first.name.as_str(), first.email.as_str()];
        if domain::password::guessable(&first.password, &known) {
            // Whoever writes a site file is told; a window refuses.
            if first.least >= people::PASSWORD_MIN {
                return Err(Error::invalid("admin.password", InvalidWhy::Guessable));
            }
            changes.push("admin: WARNING: this password is easy to guess".into());
        }
        if first.password.chars().count() < people::PASSWORD_MIN {
            changes.push(format!(
                "admin: WARNING: use a password of {} characters or more",
                people::PASSWORD_MIN
            ));
        }
        admin = Some((record, hash));
    }
    let mut channels = secrets.channels().clone();
    let set = channels.adopt(declaration.channels);
    channels
        .check()
        .map_err(|(channel, why)| Error::Internal(format!("channel.{}: {why}", channel.as_str())))?;
    changes.extend(set.iter().map(|(_, line)| line.clone()));
    let provider = declaration.provider.filter(|p| secrets.provider() != Some(p));
    if let Some(provider) = &provider {
        changes.push(format!("sign-in: by {}", provider.name()));
    }
    let readers = match declaration.readers {
        Some(readers) => {
            let text = serde_json::to_string(&readers).map_err(store::StoreError::from)?;
            let same = store.setting(READERS).await?.unwrap_or_else(|| "[]".into()) == text;
            if !same {
                changes.push(format!("readers: {}", readers.len()));
            }
            (!same).then_some(text)
        }
        None => None,
    };
    if dry || changes.is_empty() {
        return Ok(Applied { changes });
    }
    let mut tx = store.begin(stamp).await?;
    for event in &events {
        tx.append(event).await?;
    }
    for (channel, _) in &set {
        tx.append(&Event::ChannelSet { channel: *channel, used: true, by: Actor::System }).await?;
    }
    if let Some((record, hash)) = admin {
        let person = people::add(&mut tx, secrets, Role::Admin, record).await?;
        people::set_password(&mut tx, person, hash, Actor::System).await?;
    }
    tx.commit().await?;
    if !set.is_empty() {
        secrets.set_channels(channels)?;
    }
    if let Some(provider) = provider {
        secrets.set_provider(Some(provider))?;
    }
    if let Some(readers) = readers {
        store.put_setting(READERS, &readers).await?;
    }
    Ok(Applied { changes })
}

fn within(prefix: &'static str) -> impl Fn(Error) -> Error {
    move |error| match error {
        Error::Invalid { field, why } => Error::Invalid { field: format!("{prefix}.{field}"), why },
        other => other,
    }
}

/// Where a plan is wrong, as the wire's field path.
fn invalid(fault: &Fault) -> Error {
    let why = match fault.why {
        Why::Empty => InvalidWhy::Empty,
        Why::TooLong(_) => InvalidWhy::TooLong,
        Why::Taken(_) => InvalidWhy::Taken,
        Why::Range(_) => InvalidWhy::OutOfRange,
        Why::Unknown(_) => InvalidWhy::Malformed,
    };
    let field = match (fault.bank, fault.compartment) {
        (None, _) => format!("site.{}", fault.key),
        (Some(_), None) => format!("bank.{}", fault.key),
        (Some(_), Some(compartment)) => format!("bank.compartments.{compartment}.{}", fault.key),
    };
    Error::invalid(field, why)
}

impl Station {
    /// Declares a site on this running node and takes it into use at once.
    pub(crate) async fn declare(&self, plan: &SitePlan, admin: Option<FirstAdmin>) -> Result<Applied> {
        let channels = ChannelSettings::default();
        self.declare_all(Declaration { plan, admin, readers: None, channels, provider: None }).await
    }

    async fn declare_all(&self, declaration: Declaration<'_>) -> Result<Applied> {
        let mut secrets = self.inner.secrets();
        let applied = apply(&self.inner.store, &mut secrets, self.inner.stamp(), declaration, false).await?;
        *self.inner.secrets.write().unwrap_or_else(std::sync::PoisonError::into_inner) = secrets;
        self.inner.head.send_replace(self.inner.store.head().await?.0);
        self.reload_channels().await?;
        Ok(applied)
    }

    /// Is this node still to be set up?
    pub async fn first_run(&self) -> Result<bool> {
        Ok(!self.inner.store.has_admin().await?)
    }

    pub async fn site_name(&self) -> Result<String> {
        Ok(self.inner.store.site_name().await?.unwrap_or_default())
    }

    /// The first run's answers. Possible once, by whoever is there first.
    pub async fn set_up(&self, plan: wire::SitePlan) -> Result<crate::Session> {
        if !self.first_run().await? {
            return Err(domain::Refusal::AlreadySetUp.into());
        }
        let site = site_plan(&plan)?;
        site.check().map_err(|fault| window_field(&plan, &fault))?;
        let email = plan.email.map(|e| notify::EmailSettings { url: e.url, from: e.from, ca_file: None });
        if let Some(email) = &email {
            notify::Email::new(email).map_err(|why| {
                let field =
                    if matches!(why, notify::ConfigError::From { .. }) { "email.from" } else { "email.url" };
                Error::invalid(field, InvalidWhy::Malformed)
            })?;
        }
        let admin = FirstAdmin {
            name: plan.admin.name,
            email: plan.admin.email.clone(),
            password: plan.admin.password.clone(),
            least: people::PASSWORD_MIN,
        };
        let channels = ChannelSettings { email, ..ChannelSettings::default() };
        let declaration =
            Declaration { plan: &site, admin: Some(admin), readers: None, channels, provider: None };
        self.declare_all(declaration).await?;
        if site.banks.iter().any(|b| b.port == DEMO_PORT) {
            crate::demo::ensure();
        }
        self.reload().await?;
        let address = plan.admin.email.trim().to_lowercase();
        let person = self.inner.store.person_by_email(&address).await?.ok_or(Error::NotFound("person"))?;
        self.enter(&person).await
    }
}

fn site_plan(plan: &wire::SitePlan) -> Result<SitePlan> {
    let mut screen = None;
    let mut compartments = Vec::new();
    for (column, cells) in (0u16..).zip(&plan.bank.columns) {
        for (row, cell) in (0u16..).zip(&cells.cells) {
            match cell {
                CellPlan::Screen => screen = Some((column, row)),
                CellPlan::Compartment { label, channel, size, accessible, refrigerated } => {
                    compartments.push(CompartmentPlan {
                        label: label.trim().to_owned(),
                        channel: *channel,
                        size: (*size).into(),
                        column,
                        row,
                        accessible: *accessible,
                        refrigerated: *refrigerated,
                    });
                }
            }
        }
    }
    if compartments.is_empty() {
        return Err(Error::invalid("bank.columns", InvalidWhy::Empty));
    }
    let bank = BankPlan {
        name: plan.bank.name.trim().to_owned(),
        driver: plan.bank.driver.clone(),
        port: plan.bank.port.clone().unwrap_or_else(|| DEMO_PORT.into()),
        baud: plan.bank.baud,
        board: plan.bank.board,
        closed_bit: plan.bank.closed_bit,
        status_order: plan.bank.status_order.clone(),
        screen,
        compartments,
    };
    Ok(SitePlan { name: plan.site_name.trim().to_owned(), banks: vec![bank] })
}

/// The window's own path to what is wrong: it counts cells, screens among them.
fn window_field(plan: &wire::SitePlan, fault: &Fault) -> Error {
    let Error::Invalid { field, why } = invalid(fault) else { return invalid(fault) };
    let field = match (fault.bank, fault.compartment) {
        (None, _) => "siteName".to_owned(),
        (Some(_), Some(nth)) => {
            let cells = plan.bank.columns.iter().zip(0..).flat_map(|(c, column)| {
                c.cells.iter().zip(0..).map(move |(cell, row): (&CellPlan, usize)| (cell, column, row))
            });
            let mut doors = cells.filter(|(cell, ..)| matches!(cell, CellPlan::Compartment { .. }));
            match doors.nth(nth) {
                Some((_, column, row)) => {
                    let column: usize = column;
                    format!("bank.columns.{column}.cells.{row}.{}", fault.key)
                }
                None => field,
            }
        }
        (Some(_), None) => match fault.key {
            "closed_bit" => "bank.closedBit".into(),
            "status_order" => "bank.statusOrder".into(),
            key => format!("bank.{key}"),
        },
    };
    Error::Invalid { field, why }
}
