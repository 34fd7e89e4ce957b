//! What people of a story are written, what the log says of a package, and somebody of staff who signs in.

use crate::{Room, stamp, until};
use domain::package::Size;
use domain::person::Role;
use domain::site::{BankPlan, CompartmentPlan};
use domain::{PackageId, PersonId};
use station::wire::{PersonForm, VirtualMail};
use station::{Admin, Confirmed, DEMO_PORT, Declaration, Entry, FirstAdmin, Secrets, Session, Staff, Store};

const PASSWORD: &str = "rowing past nine herons";
const ADMIN: &str = "admin@example.com";

impl Room {
    /// A room whose notices can be read: it also has a virtual bank, and so a virtual mailbox.
    pub async fn mailing() -> Room {
        let room = Room::new().await;
        let mut plan = crate::plan(&room.path(), 8);
        let only = CompartmentPlan {
            label: "V01".into(),
            channel: 1,
            size: Size::XL,
            column: 0,
            row: 0,
            accessible: false,
            refrigerated: false,
        };
        let virtual_bank = BankPlan {
            name: "Virtual".into(),
            port: DEMO_PORT.into(),
            compartments: vec![only],
            ..plan.banks[0].clone()
        };
        plan.banks.push(virtual_bank);
        room.restart_changing(async move |folder| {
            let store = Store::open(folder).await.unwrap();
            let mut secrets = Secrets::open(folder).unwrap();
            let declaration = Declaration {
                plan: &plan,
                admin: Some(FirstAdmin::new("Grace", ADMIN, PASSWORD)),
                readers: None,
                channels: Default::default(),
                provider: None,
            };
            station::apply(&store, &mut secrets, stamp(), declaration, false).await.unwrap();
            store.close().await;
        })
        .await
    }

    async fn mails(&self) -> Vec<VirtualMail> {
        self.staff.virtual_panel().await.unwrap().mails
    }

    async fn newest(&self, what: &str, wanted: impl Fn(&VirtualMail) -> bool) -> String {
        let mut found = None;
        until(&format!("a mail {what}"), async || {
            found = self.mails().await.into_iter().find(&wanted);
            found.is_some()
        })
        .await;
        found.unwrap().text
    }

    /// The newest mail to this address.
    pub async fn mail_to(&self, address: &str) -> String {
        self.newest(&format!("to {address}"), |mail| mail.to == address).await
    }

    /// The newest mail about this package.
    pub async fn mail_about(&self, package: PackageId) -> String {
        let number = self.station.package_view(package).await.unwrap().tracking_number;
        self.newest("about a package", |mail| mail.text.contains(&number)).await
    }

    /// The code its newest mail brought.
    pub async fn code_of(&self, package: PackageId) -> String {
        self.code_in(&self.mail_about(package).await)
    }

    pub fn code_in(&self, mail: &str) -> String {
        let is_code = |line: &&str| line.len() == 9 && line.split(' ').all(|half| half.len() == 4);
        let line = mail.lines().find(is_code).expect("a mail with a code");
        line.replace(' ', "")
    }

    /// As a directory names somebody's manager.
    pub async fn manager(&self, person: PersonId, named: &str) {
        let path = self.folder.path().join("cubby.db");
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
        let mut db = <sqlx::SqliteConnection as sqlx::Connection>::connect_with(&options).await.unwrap();
        sqlx::query("update person_source set record = json_set(record, '$.manager', ?) where person = ?")
            .bind(named)
            .bind(person.0)
            .execute(&mut db)
            .await
            .unwrap();
    }

    /// How many events of a kind the log has.
    pub async fn count(&self, kind: &str) -> usize {
        let events = self.station.store().events(0, i64::MAX).await.unwrap();
        events.iter().filter(|e| e.kind == kind).count()
    }

    /// The bodies of a package's events of a kind.
    pub async fn event_of(&self, package: PackageId, kind: &str) -> Vec<serde_json::Value> {
        let events = self.station.store().events(0, i64::MAX).await.unwrap();
        let id = package.to_string();
        let of = events.iter().filter(|e| e.kind == kind && e.body.contains(&id));
        of.map(|e| serde_json::from_str(&e.body).unwrap()).collect()
    }

    /// Grace, who administers a room that mails, signed in just now.
    pub async fn admin(&self) -> (Admin, Confirmed) {
        let (station, session) = (&self.station, self.sign_in(ADMIN).await);
        (station.as_admin(&session).await.unwrap(), station.confirmed(&session).await.unwrap())
    }

    pub async fn sign_in(&self, email: &str) -> Session {
        match self.station.sign_in(email, PASSWORD).await.unwrap() {
            Entry::In(session) => session,
            Entry::Half(_) => panic!("{email} owes a second factor"),
        }
    }

    /// Rosa, a clerk, signed in just now.
    pub async fn signed_in(&self) -> (Staff, Confirmed) {
        let form = PersonForm { email: Some("rosa@example.com".into()), ..PersonForm::named("Rosa") };
        let rosa = self.staff.add_person(form).await.unwrap();
        let (admin, confirmed) = self.admin().await;
        admin.set_role(&confirmed, rosa, Role::Clerk).await.unwrap();
        admin.set_password(&confirmed, rosa, PASSWORD).await.unwrap();
        let (station, session) = (&self.station, self.sign_in("rosa@example.com").await);
        (station.as_staff(&session).await.unwrap(), station.confirmed(&session).await.unwrap())
    }
}
