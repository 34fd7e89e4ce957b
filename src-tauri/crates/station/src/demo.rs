//! The virtual bank: the other half of the protocol, in memory, to try everything without hardware.

use crate::session::{Session, Staff};
use crate::start::Station;
use crate::wire::{VirtualDoor, VirtualMail, VirtualPanel};
use crate::{Error, Result, people};
use domain::PersonId;
use domain::directory::Record;
use domain::package::Size;
use domain::person::Role;
use domain::site::{BankPlan, CompartmentPlan, SitePlan};
use hardware::StatusOrder;
use hardware::simulate::{VirtualBank, VirtualSettings};
use std::sync::{Mutex, OnceLock, PoisonError};

/// The port of the virtual bank.
pub const DEMO_PORT: &str = "virtual:demo";

/// Where the demo keeps who its newcomer is.
const ADMIN: &str = "demo_admin";

/// Name, department, language.
const PEOPLE: [(&str, &str, &str); 6] = [
    ("Anna Gutiérrez", "Finance", "es"),
    ("Ann Okafor", "Legal", "en"),
    ("Joanne Petrov", "Finance", "en"),
    ("Max Lind", "Design", "en"),
    ("Priya Nair", "Research", "en"),
    ("王小明", "Operations", "en"),
];

/// One for the process, as one cabinet stands in one place.
static BANK: OnceLock<VirtualBank> = OnceLock::new();

pub(crate) fn ensure() -> VirtualBank {
    BANK.get_or_init(|| {
        let settings = VirtualSettings {
            board: 1,
            channels: 24,
            closed_bit: 1,
            status_order: StatusOrder::LastByteFirst,
        };
        let bank = VirtualBank::new(settings);
        bank.register("demo");
        bank
    })
    .clone()
}

/// What the virtual bank's people were written, newest first. In memory: it holds codes.
#[derive(Default)]
pub(crate) struct Mailbox(Mutex<Vec<VirtualMail>>);

const MAILS: usize = 20;

impl Mailbox {
    /// Nothing stays of what was written to this address.
    pub fn forget(&self, address: Option<&str>) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|mail| Some(mail.to.as_str()) != address);
    }

    pub fn deliver(&self, mail: VirtualMail) {
        let mut mails = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        mails.insert(0, mail);
        mails.truncate(MAILS);
    }

    fn mails(&self) -> Vec<VirtualMail> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A bank of sixteen doors as a lobby has it.
pub fn demo_plan() -> SitePlan {
    use Size::{L, M, S, XL};
    let columns: [&[Size]; 4] = [&[S, S, S, M, L], &[S, S, S, M, L], &[M, XL], &[M, M, L, S]];
    let mut compartments = Vec::new();
    let mut channel = 0;
    for (column, sizes) in (0u16..).zip(columns) {
        for (row, size) in (0u16..).zip(sizes) {
            channel += 1;
            // The third column begins with the kiosk's screen.
            let row = if column == 2 { row + 1 } else { row };
            compartments.push(CompartmentPlan {
                label: format!("A{channel:02}"),
                channel,
                size: *size,
                column,
                row,
                accessible: matches!((column, row), (0 | 1, 3) | (3, 1)),
                refrigerated: column == 3 && *size == L,
            });
        }
    }
    SitePlan {
        name: "Head office".into(),
        banks: vec![BankPlan {
            name: "Lobby".into(),
            driver: "bcc8a".into(),
            port: DEMO_PORT.into(),
            baud: 9_600,
            board: 1,
            closed_bit: 1,
            status_order: Some("last-byte-first".into()),
            screen: Some((2, 0)),
            compartments,
        }],
    }
}

impl Station {
    /// In a demo that has no admin, whoever tries it is one: there is nothing to guard but virtual doors.
    pub async fn demo_session(&self) -> Result<Option<Session>> {
        if !self.inner.demo {
            return Ok(None);
        }
        let Some(id) = self.inner.store.setting(ADMIN).await?.and_then(|text| text.parse().ok()) else {
            return Ok(None);
        };
        let now = self.inner.clock.mono();
        Ok(self.inner.store.person(id).await?.map(|person| Session::of_newcomer(&person, now)))
    }

    /// A first start of the demo: the bank, someone to work there, and people to deliver to.
    pub(crate) async fn declare_demo(&self) -> Result<()> {
        self.declare(&demo_plan(), None).await?;
        let secrets = self.inner.secrets();
        let mut tx = self.begin().await?;
        let record = Record { name: Some("Rosa Ilić".into()), ..Record::default() };
        let admin = people::add(&mut tx, &secrets, Role::Admin, record).await?;
        for (n, (name, department, language)) in (1u32..).zip(PEOPLE) {
            let record = Record {
                name: Some(name.into()),
                email: Some(format!("person{n}@demo.invalid")),
                department: Some(department.into()),
                language: Some(language.into()),
                badges: Some(vec![format!("{}", 40_856_000 + n)]),
                ..Record::default()
            };
            people::add(&mut tx, &secrets, Role::Recipient, record).await?;
        }
        self.commit(tx).await?;
        self.inner.store.put_setting(ADMIN, &admin.to_string()).await?;
        Ok(())
    }

    /// Does a bank of this node stand on the virtual port?
    pub async fn is_demo(&self) -> Result<bool> {
        Ok(self.inner.store.banks().await?.iter().any(|b| b.port == DEMO_PORT))
    }
}

impl Staff {
    async fn bank(&self) -> Result<VirtualBank> {
        if self.station.is_demo().await? { Ok(ensure()) } else { Err(Error::NotFound("bank")) }
    }

    pub async fn virtual_panel(&self) -> Result<VirtualPanel> {
        let bank = self.bank().await?;
        let compartments = self.station.inner.store.compartments().await?;
        let virtual_banks = self.station.inner.store.banks().await?;
        let here = virtual_banks.iter().find(|b| b.port == DEMO_PORT).map(|b| b.id);
        let doors = bank
            .doors()
            .into_iter()
            .filter_map(|door| {
                let row = compartments.iter().find(|c| Some(c.bank) == here && c.channel == door.channel)?;
                Some(VirtualDoor {
                    channel: door.channel,
                    label: row.label.clone(),
                    open: door.open,
                    jammed: door.jammed,
                })
            })
            .collect();
        Ok(VirtualPanel { doors, plugged: bank.is_plugged(), mails: self.station.inner.mailbox.mails() })
    }

    pub async fn virtual_shut(&self, channel: u8) -> Result<VirtualPanel> {
        self.bank().await?.shut(channel);
        self.virtual_panel().await
    }

    pub async fn virtual_pull(&self, channel: u8) -> Result<VirtualPanel> {
        self.bank().await?.pull(channel);
        self.virtual_panel().await
    }

    pub async fn virtual_jam(&self, channel: u8, jammed: bool) -> Result<VirtualPanel> {
        self.bank().await?.jam(channel, jammed);
        self.virtual_panel().await
    }

    pub async fn virtual_cable(&self, plugged: bool) -> Result<VirtualPanel> {
        let bank = self.bank().await?;
        tokio::task::spawn_blocking(move || bank.plug(plugged))
            .await
            .map_err(|e| Error::Internal(e.to_string()))?;
        self.virtual_panel().await
    }

    /// As if this person's badge were tapped at the kiosk.
    pub async fn virtual_badge(&self, person: PersonId) -> Result<()> {
        self.bank().await?;
        self.station.as_visitor(crate::readers::KIOSK).tap(person).await
    }
}
