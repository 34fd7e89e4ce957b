//! Taking people in from spreadsheets, into a real file: looked at first, done whole, and never twice.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use domain::directory::Source;
use station::wire::{ImportCounts, ImportFieldChange, ImportOptions, ImportStay};
use station::{ImportError, Outcome, Store, Why, import_file};
use std::path::Path;
use store::PersonRow;
use tempfile::TempDir;

fn options() -> ImportOptions {
    ImportOptions { encoding: None, columns: [].into(), leavers: false, many_leavers: false }
}

fn leavers() -> ImportOptions {
    ImportOptions { leavers: true, ..options() }
}

async fn import_as(folder: &Path, text: &str, options: &ImportOptions) -> Outcome {
    import_file(folder, text.as_bytes(), options, false, |_, _| ()).await.unwrap()
}

async fn import(folder: &Path, text: &str) -> Outcome {
    import_as(folder, text, &options()).await
}

async fn opened<T>(folder: &Path, look: impl AsyncFnOnce(&Store) -> T) -> T {
    let store = Store::open(folder).await.unwrap();
    let seen = look(&store).await;
    store.close().await;
    seen
}

async fn head(folder: &Path) -> i64 {
    opened(folder, async |store| store.head().await.unwrap().0).await
}

/// The person with this address; and whatever happened, the tables are what the log says.
async fn person(folder: &Path, email: &str) -> Option<PersonRow> {
    opened(folder, async |store| {
        let report = store.check().await.unwrap();
        assert!(report.fault.is_none(), "{:?}", report.fault);
        store.person_by_email(email).await.unwrap()
    })
    .await
}

fn faults(outcome: &Outcome) -> Vec<(u64, Why, Option<u64>)> {
    outcome.faults.iter().map(|f| (f.at, f.why, f.other)).collect()
}

fn counts(added: u32, changed: u32, unchanged: u32) -> ImportCounts {
    ImportCounts { added, changed, unchanged, ..ImportCounts::default() }
}

const TWO: &str = "id,name,email,badge,department\n1,Ada Lovelace,ada@example.com,1001,R&D\n2,Bea,bea@example.com,1002,HR\n";

#[tokio::test]
async fn a_look_changes_nothing_and_the_second_time_there_is_nothing_to_change() {
    let folder = TempDir::new().unwrap();
    let before = head(folder.path()).await;
    let look = import_file(folder.path(), TWO.as_bytes(), &options(), true, |_, _| ()).await.unwrap();
    assert_eq!(look.preview.counts, counts(2, 0, 0));
    assert_eq!(look.preview.added[0].name, "Ada Lovelace");
    assert_eq!(head(folder.path()).await, before);
    assert!(person(folder.path(), "ada@example.com").await.is_none());

    assert_eq!(import(folder.path(), TWO).await.preview.counts, counts(2, 0, 0));
    let ada = person(folder.path(), "ada@example.com").await.unwrap();
    assert!(ada.active && ada.has_badge);
    assert_eq!(ada.detail.department.as_deref(), Some("R&D"));
    let found =
        opened(folder.path(), async |store| store.search_people("lovel", None, 9).await.unwrap()).await;
    assert_eq!(found[0].id, ada.id);

    let before = head(folder.path()).await;
    assert_eq!(import(folder.path(), TWO).await.preview.counts, counts(0, 0, 2));
    assert_eq!(head(folder.path()).await, before, "an import that changes nothing leaves no trace");
}

#[tokio::test]
async fn a_change_is_told_field_by_field() {
    let folder = TempDir::new().unwrap();
    import(folder.path(), TWO).await;
    let before = person(folder.path(), "ada@example.com").await.unwrap();
    let outcome = import(
        folder.path(),
        "id,name,email,badge,department\n1,Ada King,ada.king@example.com,1001;1003,R&D\n",
    )
    .await;
    let change = &outcome.preview.changed[0];
    let told = |field: &str, from: &str, to: &str| ImportFieldChange {
        field: field.into(),
        from: Some(from.into()),
        to: Some(to.into()),
    };
    assert_eq!((change.line, change.name.as_str()), (Some(2), "Ada King"));
    assert_eq!(
        change.fields,
        [
            told("name", "Ada Lovelace", "Ada King"),
            told("email", "ada@example.com", "ada.king@example.com"),
            told("badges", "1", "2")
        ]
    );
    let after = person(folder.path(), "ada.king@example.com").await.unwrap();
    assert_eq!(after.id, before.id);
    let found = |text: &'static str| {
        let folder = folder.path().to_owned();
        async move { opened(&folder, async |store| store.search_people(text, None, 9).await.unwrap().len()).await }
    };
    assert_eq!((found("lovelace").await, found("king").await), (0, 1));
    let whole =
        (found("ada.king@example.com").await, found("ADA.KI").await, found("other@example.com").await);
    assert_eq!(whole, (1, 1, 0));
    assert_eq!((found("com").await, found("exam").await), (0, 0), "a domain is everybody's");
}

#[tokio::test]
async fn who_is_known_by_mail_is_no_second_person_and_what_staff_typed_stays() {
    let folder = TempDir::new().unwrap();
    // Two sources: a file without keys, then one with them.
    import(folder.path(), "email,name,phone\nADA@example.com,Ada,+44 1\n").await;
    let first = person(folder.path(), "ada@example.com").await.unwrap();
    let outcome = import(folder.path(), "Employee ID,email,name\n7,Ada@Example.com,Ada Lovelace\n").await;
    assert_eq!(outcome.preview.counts, counts(0, 1, 0));
    let words = opened(folder.path(), async |store| store.sources_of(first.id).await.unwrap()).await;
    assert_eq!(words.len(), 1);
    assert_eq!((words[0].source, words[0].external_id.as_deref()), (Source::Csv, Some("7")));
    // By now the key knows her, whatever her address.
    import(folder.path(), "Employee ID,email,name\n7,countess@example.com,Ada Lovelace\n").await;
    assert_eq!(person(folder.path(), "countess@example.com").await.unwrap().id, first.id);
}

#[tokio::test]
async fn an_address_that_went_to_somebody_else_makes_nobody_the_one_before() {
    let folder = TempDir::new().unwrap();
    import(folder.path(), TWO).await;
    // The same person under a new number; and somebody else with the address of who left.
    let outcome =
        import(folder.path(), "id,name,email\n91,ada lovelace,ada@example.com\n92,Bert,bea@example.com\n")
            .await;
    assert_eq!(faults(&outcome), [(3, Why::AddressTaken, None)]);
    assert_eq!(outcome.preview.counts.changed, 1);
    assert_eq!(person(folder.path(), "bea@example.com").await.unwrap().detail.name, "Bea");
}

#[tokio::test]
async fn lines_that_can_not_all_be_right_are_all_refused_and_the_others_taken() {
    let folder = TempDir::new().unwrap();
    import(folder.path(), TWO).await;
    let outcome = import(
        folder.path(),
        "id,name,email,badge,manager\n\
         3,Cy,cy@example.com,2001,\n\
         3,Cyrus,cyrus@example.com,2002,\n\
         4,Dee,same@example.com,,\n\
         5,Eve,SAME@example.com,,\n\
         6,Fay,bea@example.com,,\n\
         7,Gus,gus@example.com,2003,\n\
         8,Hal,hal@example.com,02003,\n\
         9,Ida,ida@example.com,1001,\n\
         10,Jo,jo@example.com,,11\n\
         11,Ken,ken@example.com,,12\n\
         12,Lea,lea@example.com,,10\n\
         13,Max,max@example.com,2004,10\n\
         14,,nobody@example.com,,\n\
         15,Own,own@example.com,,15\n",
    )
    .await;
    assert_eq!(
        faults(&outcome),
        [
            (2, Why::SamePerson, Some(3)),
            (3, Why::SamePerson, Some(2)),
            (4, Why::SameAddress, Some(5)),
            (5, Why::SameAddress, Some(4)),
            (6, Why::AddressTaken, None),
            (7, Why::SameBadge, Some(8)),
            (8, Why::SameBadge, Some(7)),
            (9, Why::BadgeTaken, None),
            (10, Why::ManagerCycle, None),
            (11, Why::ManagerCycle, None),
            (12, Why::ManagerCycle, None),
            (14, Why::NoName, None),
        ]
    );
    assert_eq!(outcome.preview.counts, ImportCounts { refused: 12, ..counts(2, 0, 0) });
    assert!(person(folder.path(), "max@example.com").await.unwrap().has_badge);
    assert_eq!(person(folder.path(), "own@example.com").await.unwrap().detail.manager, None);
    assert!(person(folder.path(), "ida@example.com").await.is_none(), "nothing of a refused line is taken");
}

#[tokio::test]
async fn two_people_may_swap_what_is_theirs() {
    let folder = TempDir::new().unwrap();
    import(folder.path(), TWO).await;
    let outcome = import(
        folder.path(),
        "id,name,email,badge\n1,Ada,bea@example.com,1002\n2,Bea,ada@example.com,1001\n3,Cy,cy@example.com,1003\n",
    )
    .await;
    assert_eq!(faults(&outcome), []);
    let (one, two) = (
        person(folder.path(), "bea@example.com").await.unwrap(),
        person(folder.path(), "ada@example.com").await.unwrap(),
    );
    assert_eq!((one.detail.name.as_str(), two.detail.name.as_str()), ("Ada", "Bea"));
    assert!(one.has_badge && two.has_badge);
    // An address may also go on to somebody new.
    import(folder.path(), "id,name,email\n1,Ada,ada.l@example.com\n4,Dee,bea@example.com\n").await;
    assert_eq!(person(folder.path(), "bea@example.com").await.unwrap().detail.name, "Dee");
}

#[tokio::test]
async fn nobody_leaves_unless_the_list_is_said_and_seen_to_be_whole() {
    let folder = TempDir::new().unwrap();
    let line = |n: usize| format!("{n},Person {n},p{n}@example.com\n");
    let list = |of: std::ops::Range<usize>| format!("id,name,email\n{}", of.map(line).collect::<String>());
    import(folder.path(), &list(0..100)).await;
    let active = async |n: usize| person(folder.path(), &format!("p{n}@example.com")).await.unwrap().active;

    // A part of the list is no reason.
    import(folder.path(), &list(0..90)).await;
    assert!(active(95).await);
    // A line that could be about anybody is a reason against it.
    let unreadable = list(0..90) + "x,\"broken\" quote,\n";
    let outcome = import_as(folder.path(), &unreadable, &leavers()).await;
    assert_eq!(outcome.preview.stay, Some(ImportStay::Unreadable { lines: 1 }));
    assert!(active(95).await);
    // Whose line is refused hasn't left either.
    let refused = list(0..90) + "95,=Formula,p95@example.com\n";
    let outcome = import_as(folder.path(), &refused, &leavers()).await;
    assert_eq!(outcome.preview.counts.deactivated, 9);
    assert!(active(95).await && !active(96).await && active(89).await);
    // Back again.
    let outcome = import_as(folder.path(), &list(0..100), &leavers()).await;
    assert_eq!((outcome.preview.counts.reactivated, outcome.preview.counts.deactivated), (9, 0));
    // Half a file is not what it says it is.
    let outcome = import_as(folder.path(), &list(0..40), &leavers()).await;
    assert_eq!(outcome.preview.stay, Some(ImportStay::TooMany { leavers: 60, of: 100 }));
    assert!(active(95).await);
    let outcome =
        import_as(folder.path(), &list(0..40), &ImportOptions { many_leavers: true, ..leavers() }).await;
    assert_eq!(outcome.preview.counts.deactivated, 60);
    let before = head(folder.path()).await;
    import_as(folder.path(), &list(0..40), &leavers()).await;
    assert_eq!(head(folder.path()).await, before);
}

#[tokio::test]
async fn a_file_that_can_not_be_read_changes_nothing_and_says_why() {
    let folder = TempDir::new().unwrap();
    for text in ["", "email,name\n", "name\nAda\n", "PK\x03\x04"] {
        let error =
            import_file(folder.path(), text.as_bytes(), &options(), false, |_, _| ()).await.err().unwrap();
        assert!(matches!(error, ImportError::Sheet(_)), "{error}");
    }
}

#[tokio::test]
async fn what_columns_were_read_as_is_remembered_from_one_file_to_the_next() {
    let folder = TempDir::new().unwrap();
    let columns = [("Plastic".to_owned(), "badges".to_owned()), ("Who".to_owned(), "name".to_owned())].into();
    import_as(
        folder.path(),
        "Who,email,Plastic\nAda,ada@example.com,1001\n",
        &ImportOptions { columns, ..options() },
    )
    .await;
    let outcome = import(folder.path(), "Plastic;Who;email\n1002;Bea;bea@example.com\n").await;
    assert_eq!(outcome.sheet.unwrap().columns[0].target.as_deref(), Some("badges"));
    assert!(person(folder.path(), "bea@example.com").await.unwrap().has_badge);
}

#[tokio::test]
async fn an_import_cut_anywhere_is_nothing_or_is_finished_at_the_next_start() {
    let people: String =
        (0..700).map(|n| format!("{n},Person {n},p{n}@example.com,{}\n", 5_000 + n)).collect();
    let text = format!("id,name,email,badge\n{people}");
    for cut in [1, 60, 300, 699] {
        let folder = TempDir::new().unwrap();
        {
            let (far, mut enough) = tokio::sync::watch::channel(false);
            let options = options();
            let progress = |done: usize, _: usize| {
                let _ = far.send(done >= cut);
            };
            let whole = import_file(folder.path(), text.as_bytes(), &options, false, progress);
            tokio::select! {
                biased;
                _ = enough.wait_for(|enough| *enough) => {}
                _ = whole => {}
            }
        }
        // The next start, whatever it is for, first ends what was begun.
        let other = import(folder.path(), "id,name,email\n9999,Zoe,zoe@example.com\n").await;
        assert_eq!(other.preview.counts, counts(1, 0, 0));
        let all = opened(folder.path(), async |store| store.everybody().await.unwrap()).await;
        assert_eq!(all.people.len(), 701, "cut after {cut}");
        assert!(all.people.iter().filter(|p| p.badges.len() == 1).count() == 700);
        assert!(person(folder.path(), "p699@example.com").await.unwrap().has_badge);
        let before = head(folder.path()).await;
        assert_eq!(import(folder.path(), &text).await.preview.counts, counts(0, 0, 700));
        assert_eq!(head(folder.path()).await, before);
    }
}
