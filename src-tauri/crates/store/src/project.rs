//! Folds an event into the tables. The only place that writes them: folding the whole log into an empty database
//! gives the same tables again, and a test says so.

use crate::Result;
use domain::event::{Actor, BankFacts, CompartmentFacts, Event, Outcome, Report};
use domain::time::Wall;
use domain::{BadgeId, CompartmentId, OpeningId, PackageId, PersonId};
use sqlx::sqlite::{Sqlite, SqliteConnection};
use sqlx::{Row, Transaction};

type Inner = Transaction<'static, Sqlite>;

pub(crate) async fn fold(tx: &mut Inner, event: &Event, seq: i64, at: Wall) -> Result<()> {
    let db: &mut SqliteConnection = tx;
    match event {
        Event::SiteNamed { name } => {
            sqlx::query("insert into site (id, name) values (1, ?) on conflict (id) do update set name = excluded.name")
                .bind(name)
                .execute(db)
                .await?;
        }
        Event::BankDeclared(bank) => bank_declared(db, bank).await?,
        Event::CompartmentDeclared(compartment) => compartment_declared(db, compartment).await?,
        Event::CompartmentRetired { compartment } => {
            sqlx::query("update compartment set retired = 1 where id = ?")
                .bind(compartment.0)
                .execute(db)
                .await?;
        }
        Event::FitnessSet { compartment, in_service, .. } => {
            // Back in service is a clean start for its sensor too.
            sqlx::query(
                "update compartment set in_service = ?1, suspect = iif(?1, 0, suspect) where id = ?2",
            )
            .bind(in_service)
            .bind(compartment.0)
            .execute(db)
            .await?;
        }
        Event::CompartmentSuspected { compartment, suspect } => {
            sqlx::query("update compartment set suspect = ? where id = ?")
                .bind(suspect)
                .bind(compartment.0)
                .execute(db)
                .await?;
        }
        Event::BankLocked { bank } => lock(db, bank.0, true).await?,
        Event::BankUnlocked { bank, .. } => lock(db, bank.0, false).await?,

        Event::PersonAdded { person, role, .. } => {
            sqlx::query("insert into person (id, role) values (?, ?)")
                .bind(person.0)
                .bind(role.as_str())
                .execute(db)
                .await?;
        }
        Event::PersonChanged { person, role, active, .. } => {
            sqlx::query(
                "update person set role = ?1, active = ?2, left_ms = iif(?2, null, coalesce(left_ms, ?3)) where id = ?4",
            )
            .bind(role.as_str())
            .bind(active)
            .bind(at.0)
            .bind(person.0)
            .execute(db)
            .await?;
        }
        Event::BadgeSet { person, given, .. } => {
            let badge = BadgeId(person.0);
            if *given { badge_given(db, badge, *person, at).await? } else { badge_taken(db, badge).await? }
        }
        Event::PeopleAdded { people, .. } => {
            sqlx::query(
                "insert into person (id, role) select unhex(value, '-'), 'recipient' from json_each(?)",
            )
            .bind(serde_json::to_string(people)?)
            .execute(db)
            .await?;
        }
        Event::PeopleActiveSet { active, people, .. } => {
            sqlx::query(
                "update person set active = ?1, left_ms = iif(?1, null, coalesce(left_ms, ?2)) where id in (select unhex(value, '-') from json_each(?3))",
            )
            .bind(active)
            .bind(at.0)
            .bind(serde_json::to_string(people)?)
            .execute(db)
            .await?;
        }
        Event::PersonErased { person, .. } => {
            sqlx::query("update person set active = 0, role = 'recipient', left_ms = coalesce(left_ms, ?) where id = ?")
                .bind(at.0)
                .bind(person.0)
                .execute(db)
                .await?;
        }
        Event::BadgesGiven { badges, .. } => {
            sqlx::query(
                "insert into badge (id, person, state, changed_ms)
                 select unhex(value ->> 0, '-'), unhex(value ->> 1, '-'), 'active', ? from json_each(?)",
            )
            .bind(at.0)
            .bind(serde_json::to_string(badges)?)
            .execute(db)
            .await?;
        }
        Event::BadgesTaken { badges, .. } => {
            let badges = serde_json::to_string(badges)?;
            for table in [
                "delete from badge where id in (select unhex(value ->> 0, '-') from json_each(?))",
                "delete from badge_secret where badge in (select unhex(value ->> 0, '-') from json_each(?))",
            ] {
                sqlx::query(table).bind(&badges).execute(&mut *db).await?;
            }
        }
        Event::BadgeGiven { badge, person, .. } => badge_given(db, *badge, *person, at).await?,
        Event::BadgeTaken { badge, .. } => badge_taken(db, *badge).await?,
        Event::BadgeBlocked { badge, .. } => badge_is(db, *badge, "blocked", at).await?,
        Event::BadgeUnblocked { badge, .. } => badge_is(db, *badge, "active", at).await?,
        Event::DelegationGiven { delegation, principal, delegate, package, from, until, by } => {
            sqlx::query(
                "insert into delegation (id, principal, delegate, package, from_ms, until_ms, by) values (?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(delegation.0)
            .bind(principal.0)
            .bind(delegate.0)
            .bind(package.map(|p| p.0))
            .bind(from.0)
            .bind(until.0)
            .bind(actor(by)?)
            .execute(&mut *db)
            .await?;
            if let Some(package) = package {
                told(db, *package, seq).await?;
            }
        }
        Event::DelegationEnded { delegation, .. } => {
            sqlx::query("update delegation set ended = 1 where id = ?")
                .bind(delegation.0)
                .execute(&mut *db)
                .await?;
            sqlx::query("insert into story (package, seq) select package, ? from delegation where id = ? and package is not null")
                .bind(seq)
                .bind(delegation.0)
                .execute(db)
                .await?;
        }
        Event::HoldSet { hold, person, from, until, .. } => {
            sqlx::query("insert into hold (id, person, from_ms, until_ms) values (?, ?, ?, ?)")
                .bind(hold.0)
                .bind(person.0)
                .bind(from.0)
                .bind(until.0)
                .execute(db)
                .await?;
        }
        Event::HoldEnded { hold, .. } => {
            sqlx::query("update hold set ended_ms = ? where id = ?")
                .bind(at.0)
                .bind(hold.0)
                .execute(db)
                .await?;
        }
        Event::TokenCreated { token, scope } => {
            sqlx::query("insert into token (id, scope) values (?, ?)")
                .bind(token.0)
                .bind(scope)
                .execute(db)
                .await?;
        }
        Event::TokenRevoked { token, .. } => {
            sqlx::query("delete from token where id = ?").bind(token.0).execute(&mut *db).await?;
            sqlx::query("delete from token_secret where token = ?").bind(token.0).execute(db).await?;
        }

        Event::Received { package, tracking_number, carrier, recipient, size, handling, .. } => {
            let handling: Vec<&str> = handling.iter().map(|h| h.as_str()).collect();
            sqlx::query(
                "insert into package (id, tracking_number, carrier, recipient, size, handling, state, received_ms, changed_ms)
                 values (?1, ?2, ?3, ?4, ?5, ?6, 'received', ?7, ?7)",
            )
            .bind(package.0)
            .bind(tracking_number)
            .bind(carrier)
            .bind(recipient.0)
            .bind(size.as_str())
            .bind(handling.join(","))
            .bind(at.0)
            .execute(&mut *db)
            .await?;
            told(db, *package, seq).await?;
        }
        Event::Stored { package, compartment, opening, deadline } => {
            occupy(db, *compartment, "holding", *package).await?;
            sqlx::query(
                "update package set state = 'stored', compartment = ?, opening = ?, deadline_ms = ?, stored_ms = ?, shelf = null, fired = 0, changed_ms = ? where id = ?",
            )
            .bind(compartment.0)
            .bind(opening.0)
            .bind(deadline.0)
            .bind(at.0)
            .bind(at.0)
            .bind(package.0)
            .execute(&mut *db)
            .await?;
            told(db, *package, seq).await?;
        }
        Event::Shelved { package, place, .. } => {
            sqlx::query(
                "update package set state = 'shelved', shelf = ?, compartment = null, deadline_ms = null, stored_ms = null, fired = iif(state = 'shelved', fired, 0), changed_ms = ? where id = ?",
            )
            .bind(place)
            .bind(at.0)
            .bind(package.0)
            .execute(&mut *db)
            .await?;
            told(db, *package, seq).await?;
        }
        Event::Removed { package, compartment, opening, .. } => {
            vacate(db, *compartment, at).await?;
            place(db, *package, "received", Some(*opening), at).await?;
            told(db, *package, seq).await?;
        }
        Event::Collected { package, compartment, opening, .. } => {
            vacate(db, *compartment, at).await?;
            place(db, *package, "collected", Some(*opening), at).await?;
            told(db, *package, seq).await?;
        }
        Event::HandedOver { package, to, .. } => {
            place(db, *package, "handed_over", None, at).await?;
            sqlx::query("update package set handed_to = ? where id = ?")
                .bind(to.0)
                .bind(package.0)
                .execute(&mut *db)
                .await?;
            told(db, *package, seq).await?;
        }
        Event::Returned { package, .. } => {
            place(db, *package, "returned", None, at).await?;
            told(db, *package, seq).await?;
        }
        Event::Reported { package, compartment, what: Report::NotThere | Report::NotMine, .. } => {
            occupy(db, *compartment, "holding", *package).await?;
            sqlx::query(
                "update package set state = 'disputed', compartment = ?, changed_ms = ? where id = ?",
            )
            .bind(compartment.0)
            .bind(at.0)
            .bind(package.0)
            .execute(&mut *db)
            .await?;
            told(db, *package, seq).await?;
        }
        Event::PackageSettled { package, compartment, outcome, .. } => {
            if let Outcome::PackageGone = outcome {
                vacate(db, *compartment, at).await?;
                place(db, *package, "lost", None, at).await?;
            } else {
                sqlx::query(
                    "update package set state = 'stored', changed_ms = ? where id = ? and state = 'disputed'",
                )
                .bind(at.0)
                .bind(package.0)
                .execute(&mut *db)
                .await?;
            }
            told(db, *package, seq).await?;
        }
        Event::DepositCancelled { package, compartment, .. } => {
            sqlx::query(
                "update compartment set occupancy = 'empty', package = null where id = ? and package = ? and occupancy = 'reserved'",
            )
            .bind(compartment.0)
            .bind(package.0)
            .execute(&mut *db)
            .await?;
            told(db, *package, seq).await?;
        }

        Event::OpeningDecided { opening, compartment, package, purpose, by, .. } => {
            if *purpose == domain::event::Purpose::Deposit
                && let Some(package) = package
            {
                occupy(db, *compartment, "reserved", *package).await?;
            }
            sqlx::query(
                "insert into opening (id, compartment, package, purpose, by, state, decided_ms, changed_ms) values (?1, ?2, ?3, ?4, ?5, 'journaled', ?6, ?6)",
            )
            .bind(opening.0)
            .bind(compartment.0)
            .bind(package.map(|p| p.0))
            .bind(purpose.as_str())
            .bind(actor(by)?)
            .bind(at.0)
            .execute(&mut *db)
            .await?;
            if let Some(package) = package {
                told(db, *package, seq).await?;
            }
        }
        Event::OpeningSent { opening, attempt } => {
            sqlx::query("update opening set state = 'sent', attempts = ?, changed_ms = ? where id = ?")
                .bind(attempt)
                .bind(at.0)
                .bind(opening.0)
                .execute(&mut *db)
                .await?;
            of_opening(db, *opening, seq).await?;
        }
        Event::OpeningAcknowledged { opening } => moved(db, *opening, "acknowledged", None, seq, at).await?,
        Event::OpeningOpened { opening, recovered } => {
            moved(db, *opening, "open", None, seq, at).await?;
            sqlx::query("update opening set recovered = ? where id = ?")
                .bind(recovered)
                .bind(opening.0)
                .execute(&mut *db)
                .await?;
            sqlx::query("update compartment set used = used + 1 where id = (select compartment from opening where id = ?)")
                .bind(opening.0)
                .execute(db)
                .await?;
        }
        Event::OpeningNotOpened { opening, why } => {
            let why = serde_json::to_value(why)?.as_str().unwrap_or_default().to_owned();
            moved(db, *opening, "not_opened", Some(&why), seq, at).await?;
        }
        Event::OpeningUnknown { opening, why } => {
            let why = serde_json::to_value(why)?.as_str().unwrap_or_default().to_owned();
            moved(db, *opening, "unknown", Some(&why), seq, at).await?;
        }
        Event::OpeningAnswered { opening, opened, .. } => {
            sqlx::query("update opening set answered = ? where id = ?")
                .bind(opened)
                .bind(opening.0)
                .execute(&mut *db)
                .await?;
            of_opening(db, *opening, seq).await?;
        }
        Event::OpeningClosed { opening } => moved(db, *opening, "closed", None, seq, at).await?,

        Event::CodeIssued { code, package, expires, delegation } => {
            sqlx::query(
                "insert into code (id, package, state, expires_ms, delegation) values (?, ?, 'active', ?, ?)",
            )
            .bind(code.0)
            .bind(package.0)
            .bind(expires.0)
            .bind(delegation.map(|d| d.0))
            .execute(&mut *db)
            .await?;
            told(db, *package, seq).await?;
        }
        Event::CodeRevoked { code, package } => code_ended(db, code.0, *package, "revoked", seq).await?,
        Event::CodeConsumed { code, package, .. } => {
            code_ended(db, code.0, *package, "consumed", seq).await?;
        }

        Event::NoticeWritten { notice, package, person, channel } => {
            sqlx::query(
                "insert into notice (id, package, person, channel, state, changed_ms) values (?, ?, ?, ?, 'waiting', ?)",
            )
            .bind(notice.0)
            .bind(package.0)
            .bind(person.0)
            .bind(channel.as_str())
            .bind(at.0)
            .execute(&mut *db)
            .await?;
            told(db, *package, seq).await?;
        }
        Event::NoticeSent { notice } => notice_is(db, notice.0, "sent", seq, at).await?,
        Event::NoticeFailed { notice } => notice_is(db, notice.0, "failed", seq, at).await?,
        Event::NoticeRedirected { notice, channel } | Event::NoticeAgain { notice, channel, .. } => {
            notice_goes_by(db, notice.0, *channel).await?;
            notice_is(db, notice.0, "waiting", seq, at).await?;
        }

        Event::TaskRaised { task, what, bank, compartment, package } => {
            let what = serde_json::to_value(what)?.as_str().unwrap_or_default().to_owned();
            sqlx::query("insert into task (id, what, bank, compartment, package, raised_ms) values (?, ?, ?, ?, ?, ?)")
                .bind(task.0)
                .bind(what)
                .bind(bank.map(|b| b.0))
                .bind(compartment.map(|c| c.0))
                .bind(package.map(|p| p.0))
                .bind(at.0)
                .execute(&mut *db)
                .await?;
            if let Some(package) = package {
                told(db, *package, seq).await?;
            }
        }
        Event::TaskTaken { task, owner, .. } => {
            sqlx::query("update task set owner = ? where id = ?")
                .bind(owner.map(|person| person.0))
                .bind(task.0)
                .execute(&mut *db)
                .await?;
        }
        Event::TaskSettled { task, outcome, .. } => {
            let outcome = serde_json::to_value(outcome)?.as_str().unwrap_or_default().to_owned();
            sqlx::query("update task set outcome = ? where id = ?")
                .bind(outcome)
                .bind(task.0)
                .execute(db)
                .await?;
        }
        Event::OverrideDecided { package, .. } => told(db, *package, seq).await?,
        Event::AlarmRaised { package, .. } => {
            if let Some(package) = package {
                told(db, *package, seq).await?;
            }
        }
        Event::PackageKept(kept) => {
            crate::retention::story_gone(db, kept.package).await?;
            crate::retention::keep(db, kept).await?;
            told(db, kept.package, seq).await?;
        }
        Event::RecordErased(erased) => crate::retention::gone(db, erased).await?,
        Event::DeadlineFired { package, step, .. } => {
            let done = sqlx::query("update package set fired = fired | ?1 where id = ?2 and fired & ?1 = 0")
                .bind(step.bit())
                .bind(package.0)
                .execute(&mut *db)
                .await?;
            if done.rows_affected() == 0 {
                return Err(crate::StoreError::Conflict("deadline".into()));
            }
            told(db, *package, seq).await?;
        }
        Event::ClockAccepted { from, until, .. } => {
            sqlx::query("insert into clock_jump (from_ms, until_ms) values (?, ?)")
                .bind(from.0)
                .bind(until.0)
                .execute(db)
                .await?;
        }
        // Kept in the log alone.
        Event::DeadlinesSet { .. }
        | Event::ChannelSet { .. }
        | Event::TemplateSet { .. }
        | Event::PeopleChanged { .. }
        | Event::PolicySet { .. }
        | Event::PersonExported { .. }
        | Event::BlockedBadgeShown { .. }
        | Event::AccountChanged { .. }
        | Event::EverythingDoor { .. }
        | Event::EverythingBegan { .. }
        | Event::EverythingEnded { .. }
        | Event::SignedIn { .. }
        | Event::SignInRefused {}
        | Event::SecretRotated { .. }
        | Event::CredentialRefused { .. }
        | Event::CodeAsked { .. }
        | Event::VisitBegan { .. }
        | Event::VisitEnded { .. } => {}
    }
    Ok(())
}

fn actor(actor: &Actor) -> Result<String> {
    Ok(serde_json::to_string(actor)?)
}

async fn badge_given(db: &mut SqliteConnection, badge: BadgeId, person: PersonId, at: Wall) -> Result<()> {
    sqlx::query(
        "insert into badge (id, person, state, changed_ms) values (?, ?, 'active', ?)
         on conflict (id) do update set state = 'active', changed_ms = excluded.changed_ms",
    )
    .bind(badge.0)
    .bind(person.0)
    .bind(at.0)
    .execute(db)
    .await?;
    Ok(())
}

async fn badge_taken(db: &mut SqliteConnection, badge: BadgeId) -> Result<()> {
    sqlx::query("delete from badge where id = ?").bind(badge.0).execute(&mut *db).await?;
    sqlx::query("delete from badge_secret where badge = ?").bind(badge.0).execute(db).await?;
    Ok(())
}

async fn badge_is(db: &mut SqliteConnection, badge: BadgeId, state: &str, at: Wall) -> Result<()> {
    sqlx::query("update badge set state = ?, changed_ms = ? where id = ?")
        .bind(state)
        .bind(at.0)
        .bind(badge.0)
        .execute(db)
        .await?;
    Ok(())
}

async fn bank_declared(db: &mut SqliteConnection, bank: &BankFacts) -> Result<()> {
    let (column, row) = bank.screen.unzip();
    sqlx::query(
        "insert into bank (id, name, driver, port, baud, board, closed_bit, status_order, screen_column, screen_row, position)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         on conflict (id) do update set name = excluded.name, driver = excluded.driver, port = excluded.port, baud = excluded.baud,
           board = excluded.board, closed_bit = excluded.closed_bit, status_order = excluded.status_order,
           screen_column = excluded.screen_column, screen_row = excluded.screen_row, position = excluded.position",
    )
    .bind(bank.bank.0)
    .bind(&bank.name)
    .bind(&bank.driver)
    .bind(&bank.port)
    .bind(bank.baud)
    .bind(bank.board)
    .bind(bank.closed_bit)
    .bind(&bank.status_order)
    .bind(column)
    .bind(row)
    .bind(bank.position)
    .execute(db)
    .await?;
    Ok(())
}

async fn compartment_declared(db: &mut SqliteConnection, c: &CompartmentFacts) -> Result<()> {
    sqlx::query(
        "insert into compartment (id, bank, label, channel, size, place_column, place_row, accessible, refrigerated)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?)
         on conflict (id) do update set label = excluded.label, channel = excluded.channel, size = excluded.size,
           place_column = excluded.place_column, place_row = excluded.place_row, accessible = excluded.accessible,
           refrigerated = excluded.refrigerated, retired = 0",
    )
    .bind(c.compartment.0)
    .bind(c.bank.0)
    .bind(&c.label)
    .bind(c.channel)
    .bind(c.size.as_str())
    .bind(c.column)
    .bind(c.row)
    .bind(c.accessible)
    .bind(c.refrigerated)
    .execute(db)
    .await?;
    Ok(())
}

async fn lock(db: &mut SqliteConnection, bank: uuid::Uuid, locked: bool) -> Result<()> {
    sqlx::query("update bank set locked = ? where id = ?").bind(locked).bind(bank).execute(db).await?;
    Ok(())
}

/// One package per compartment and one place per package: the tables' indexes refuse anything else.
async fn occupy(
    db: &mut SqliteConnection,
    compartment: CompartmentId,
    how: &str,
    package: PackageId,
) -> Result<()> {
    let done = sqlx::query(
        "update compartment set occupancy = ?1, package = ?2 where id = ?3 and (package is null or package = ?2)",
    )
    .bind(how)
    .bind(package.0)
    .bind(compartment.0)
    .execute(db)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(crate::StoreError::Conflict("compartment".into())) }
}

async fn vacate(db: &mut SqliteConnection, compartment: CompartmentId, at: Wall) -> Result<()> {
    sqlx::query("update compartment set occupancy = 'empty', package = null, freed_ms = ? where id = ?")
        .bind(at.0)
        .bind(compartment.0)
        .execute(db)
        .await?;
    Ok(())
}

/// A state without a place.
async fn place(
    db: &mut SqliteConnection,
    package: PackageId,
    state: &str,
    opening: Option<OpeningId>,
    at: Wall,
) -> Result<()> {
    sqlx::query(
        "update package set state = ?, compartment = null, shelf = null, deadline_ms = null, stored_ms = null, fired = 0, opening = coalesce(?, opening), changed_ms = ? where id = ?",
    )
    .bind(state)
    .bind(opening.map(|o| o.0))
    .bind(at.0)
    .bind(package.0)
    .execute(db)
    .await?;
    Ok(())
}

async fn moved(
    db: &mut SqliteConnection,
    opening: OpeningId,
    state: &str,
    why: Option<&str>,
    seq: i64,
    at: Wall,
) -> Result<()> {
    sqlx::query("update opening set state = ?, why = ?, changed_ms = ? where id = ?")
        .bind(state)
        .bind(why)
        .bind(at.0)
        .bind(opening.0)
        .execute(&mut *db)
        .await?;
    of_opening(db, opening, seq).await
}

async fn code_ended(
    db: &mut SqliteConnection,
    code: uuid::Uuid,
    package: PackageId,
    state: &str,
    seq: i64,
) -> Result<()> {
    sqlx::query("update code set state = ? where id = ?").bind(state).bind(code).execute(&mut *db).await?;
    sqlx::query("delete from code_secret where code = ?").bind(code).execute(&mut *db).await?;
    told(db, package, seq).await
}

async fn notice_goes_by(
    db: &mut SqliteConnection,
    notice: uuid::Uuid,
    channel: domain::event::Channel,
) -> Result<()> {
    sqlx::query("update notice set channel = ? where id = ?")
        .bind(channel.as_str())
        .bind(notice)
        .execute(db)
        .await?;
    Ok(())
}

/// It is in another state from now on.
async fn notice_is(
    db: &mut SqliteConnection,
    notice: uuid::Uuid,
    state: &str,
    seq: i64,
    at: Wall,
) -> Result<()> {
    sqlx::query("update notice set state = ?, changed_ms = ? where id = ?")
        .bind(state)
        .bind(at.0)
        .bind(notice)
        .execute(&mut *db)
        .await?;
    let row =
        sqlx::query("select package from notice where id = ?").bind(notice).fetch_optional(&mut *db).await?;
    match row {
        Some(row) => told(db, PackageId(row.get(0)), seq).await,
        None => Ok(()),
    }
}

async fn told(db: &mut SqliteConnection, package: PackageId, seq: i64) -> Result<()> {
    sqlx::query("insert into story (package, seq) values (?, ?)")
        .bind(package.0)
        .bind(seq)
        .execute(db)
        .await?;
    Ok(())
}

async fn of_opening(db: &mut SqliteConnection, opening: OpeningId, seq: i64) -> Result<()> {
    sqlx::query("insert into story (package, seq) select package, ? from opening where id = ? and package is not null")
        .bind(seq)
        .bind(opening.0)
        .execute(db)
        .await?;
    Ok(())
}
