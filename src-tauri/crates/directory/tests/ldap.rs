//! Reading a real OpenLDAP, whole, refused, limited and gone in the middle.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod slapd;

use directory::ldap::{Bind, Kind, LdapError, Reader, Settings};
use directory::{Entry, Fault, Refused, Target};
use domain::directory::{Field, Record};
use fuzz::fuzz;
use proptest::prelude::*;
use slapd::{BASE, PASSWORD, Plan, READER, Slapd};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

fn settings(slapd: &Slapd) -> Settings {
    let bind = Some(Bind { dn: READER.into(), password: PASSWORD.into() });
    Settings { bind, ca_file: Some(slapd.authority()), ..Settings::new(&slapd.url(), BASE) }
}

/// Everyone, once the server said that this was all.
async fn everyone(settings: Settings) -> Result<Vec<Result<Entry, Refused>>, LdapError> {
    let mut reader = Reader::open(settings).await?;
    let mut all = Vec::new();
    while let Some(entry) = reader.next().await? {
        all.push(entry);
    }
    assert_eq!(reader.next().await, Ok(None), "an end stays one");
    Ok(all)
}

fn people(count: usize) -> String {
    let mut ldif = String::new();
    for n in 0..count {
        write!(
            ldif,
            "dn: uid=p{n},ou=people,{BASE}\nobjectClass: inetOrgPerson\nuid: p{n}\ncn: Person {n}\nsn: {n}\n\
             mail: p{n}@example.com\n\n"
        )
        .unwrap();
    }
    ldif
}

#[tokio::test]
async fn a_person_is_read_with_their_groups_and_manager() {
    let ldif = format!(
        "dn: cn=Ada Lovelace,ou=people,{BASE}\nobjectClass: inetOrgPerson\ncn: Ada Lovelace\ncn: Augusta Ada King\nsn: Lovelace\n\
         givenName: Ada\ndisplayName: Countess\nmail: ada@example.com\nmobile: +44 20 1234\ntelephoneNumber: 5678\n\
         departmentNumber: R&D\nroomNumber: 2.14\npreferredLanguage: es-ES\nmanager: uid=bea,ou=people,{BASE}\n\
         entryUUID: 6f3c2f54-5e10-103e-8a5d-0d2d5c2b7a11\n\n\
         dn: uid=bea,ou=people,{BASE}\nobjectClass: inetOrgPerson\nuid: bea\ncn:: {}\nsn: Bea\nmail: bea@example.com\n\n\
         dn: cn=lab,ou=groups,{BASE}\nobjectClass: groupOfNames\ncn: lab\nmember: CN=Ada  Lovelace , OU=people,{BASE}\n\n\
         dn: cn=all,ou=groups,{BASE}\nobjectClass: groupOfUniqueNames\ncn: all\nuniqueMember: cn=ada lovelace,ou=people,{BASE}\n\n",
        "QmXDqQ==" // Beé
    );
    let slapd =
        Slapd::start(&Plan { people: ldif.replace("Ada  Lovelace ,", "Ada Lovelace ,"), ..Plan::default() });
    let mut read: Vec<Entry> =
        everyone(settings(&slapd)).await.unwrap().into_iter().map(Result::unwrap).collect();
    read.sort_by(|a, b| a.record.email.cmp(&b.record.email));
    let ada = Record {
        name: Some("Ada Lovelace".into()),
        preferred_name: Some("Countess".into()),
        aliases: Some(vec!["Augusta Ada King".into()]),
        email: Some("ada@example.com".into()),
        phone: Some("+44 20 1234".into()),
        department: Some("R&D".into()),
        location: Some("2.14".into()),
        manager: Some(format!("uid=bea,ou=people,{BASE}")),
        groups: Some(vec!["all".into(), "lab".into()]),
        language: Some("es".into()),
        active: Some(true),
        ..Record::default()
    };
    assert_eq!(read[0].record, ada);
    assert_eq!(read[0].external_id.as_deref(), Some("6f3c2f54-5e10-103e-8a5d-0d2d5c2b7a11"));
    assert_eq!(read[1].reference, read[0].record.manager);
    assert_eq!(read[1].record.name.as_deref(), Some("Beé"));
    assert_eq!(read[1].record.groups, Some(Vec::new()));
    assert!(read[1].external_id.is_some(), "the server makes a key of its own");
}

#[tokio::test]
async fn active_directory_is_recognised_and_read_its_own_way() {
    let ldif = format!(
        "dn: cn=Ada,ou=people,{BASE}\nobjectClass: inetOrgPerson\nobjectClass: user\nobjectCategory: person\ncn: Ada\nsn: Lovelace\n\
         displayName: Ada Lovelace\nuserPrincipalName: ada@corp.example.com\ndepartment: R&D\nuserAccountControl: 514\n\
         objectGUID:: MyIRAFVEd2aImaq7zN3u/w==\nmemberOf: cn=Lab\\, north,ou=groups,{BASE}\nemployeeBadge: 00123\nemployeeBadge: 456\n\n\
         dn: cn=Bea,ou=people,{BASE}\nobjectClass: inetOrgPerson\nobjectClass: user\nobjectCategory: person\ncn: Bea\nsn: B\n\
         mail: bea@example.com\nuserAccountControl: 66048\nobjectGUID:: AAAAAAAAAAAAAAAAAAAAAA==\n\n\
         dn: cn=printer,ou=people,{BASE}\nobjectClass: inetOrgPerson\nobjectClass: user\nobjectCategory: computer\ncn: printer\nsn: p\n\n"
    );
    let slapd = Slapd::start(&Plan { people: ldif, active_directory: true, ..Plan::default() });
    let mut settings = settings(&slapd);
    settings.attributes = BTreeMap::from([(Target::Field(Field::Badges), vec!["employeeBadge".into()])]);
    assert_eq!(Reader::open(settings.clone()).await.unwrap().kind(), Kind::ActiveDirectory);
    let mut read: Vec<Entry> = everyone(settings).await.unwrap().into_iter().map(Result::unwrap).collect();
    read.sort_by(|a, b| a.record.name.cmp(&b.record.name));
    assert_eq!(read.len(), 2, "a computer is no person");
    let ada = &read[0];
    // As Active Directory's own tools write it.
    assert_eq!(ada.external_id.as_deref(), Some("00112233-4455-6677-8899-aabbccddeeff"));
    assert_eq!(ada.record.name.as_deref(), Some("Ada Lovelace"));
    assert_eq!(ada.record.email.as_deref(), Some("ada@corp.example.com"));
    assert_eq!(ada.record.groups, Some(vec!["Lab, north".into()]));
    assert_eq!(ada.record.badges, Some(vec!["00123".into(), "456".into()]));
    assert_eq!((ada.record.active, read[1].record.active), (Some(false), Some(true)));
}

#[tokio::test]
async fn more_people_than_one_answer_may_hold_come_page_by_page() {
    let limits = "limits dn.exact=\"cn=reader,dc=example,dc=com\" size.soft=100 size.hard=100 size.pr=100 size.prtotal=unlimited\n";
    let slapd = Slapd::start(&Plan { people: people(1_234), limits, ..Plan::default() });
    let paged = Settings { page: 100, ..settings(&slapd) };
    let read = everyone(paged.clone()).await.unwrap();
    let mut mails: Vec<_> = read.into_iter().map(|e| e.unwrap().record.email.unwrap()).collect();
    mails.sort();
    mails.dedup();
    assert_eq!(mails.len(), 1_234);
    // Groups are a search of their own, and can hit a limit of their own.
    let one = Settings { filter: Some("(uid=p7)".into()), ..paged };
    assert_eq!(everyone(one).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_limit_of_the_server_is_never_taken_for_the_end() {
    let limits = "limits dn.exact=\"cn=reader,dc=example,dc=com\" size.pr=20 size.prtotal=50\n";
    let slapd = Slapd::start(&Plan { people: people(60), limits, ..Plan::default() });
    let error = everyone(Settings { page: 20, ..settings(&slapd) }).await.unwrap_err();
    assert_eq!(error, LdapError::Limited { after: 50 });
    let error = everyone(Settings { page: 500, ..settings(&slapd) }).await.unwrap_err();
    assert!(matches!(error, LdapError::Limited { .. } | LdapError::Refused { .. }), "{error}");
}

#[tokio::test]
async fn a_server_that_dies_between_two_pages_has_not_given_everyone() {
    let mut slapd = Slapd::start(&Plan { people: people(1_000), ..Plan::default() });
    let mut reader = Reader::open(Settings { page: 200, ..settings(&slapd) }).await.unwrap();
    assert!(reader.next().await.unwrap().unwrap().is_ok());
    slapd.kill();
    let mut given = 1;
    let error = loop {
        match reader.next().await {
            Ok(Some(_)) => given += 1,
            Ok(None) => panic!("{given} of 1000 were taken for everyone"),
            Err(error) => break error,
        }
    };
    assert!(given < 1_000);
    assert!(matches!(error, LdapError::Gone { after, .. } if after == given), "{error} after {given}");
}

/// Passes on a conversation, and hangs up after so many bytes of the server's.
async fn cut_after(bytes: u64, port: u16) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ldap://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (client, _) = listener.accept().await.unwrap();
        let server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let ((mut from_client, mut to_client), (from_server, mut to_server)) =
            (client.into_split(), server.into_split());
        tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
        tokio::io::copy(&mut from_server.take(bytes), &mut to_client).await.unwrap();
        to_client.shutdown().await.unwrap();
    });
    url
}

#[tokio::test]
async fn a_connection_cut_at_any_byte_is_never_taken_for_the_end() {
    let slapd = Slapd::start(&Plan { people: people(40), ..Plan::default() });
    let mut seen = 0;
    let mut bytes = 8;
    loop {
        let url = cut_after(bytes, slapd.port).await;
        let read = everyone(Settings { url, unencrypted: true, page: 15, ..settings(&slapd) }).await;
        match read {
            Ok(everyone) => {
                assert_eq!(everyone.len(), 40);
                break;
            }
            Err(LdapError::Gone { after, .. }) => seen = seen.max(after),
            Err(LdapError::Unreachable { .. }) => {}
            Err(other) => panic!("{other}"),
        }
        bytes += 97;
    }
    assert!(seen > 15, "no cut was in a later page: {seen}");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_base_are_told_apart() {
    let slapd = Slapd::start(&Plan { people: people(1), ..Plan::default() });
    let bind = |dn: &str, password: &str| Some(Bind { dn: dn.into(), password: password.into() });
    let wrong = Settings { bind: bind(READER, "guess"), ..settings(&slapd) };
    assert_eq!(everyone(wrong).await.unwrap_err(), LdapError::BindRefused);
    let unknown = Settings { bind: bind("cn=nobody,dc=example,dc=com", PASSWORD), ..settings(&slapd) };
    assert_eq!(everyone(unknown).await.unwrap_err(), LdapError::BindRefused);
    for base in ["ou=elsewhere,dc=example,dc=com", "not a name"] {
        let elsewhere = Settings { base: base.into(), ..settings(&slapd) };
        assert_eq!(everyone(elsewhere).await.unwrap_err(), LdapError::BaseUnknown { base: base.into() });
    }
    let nobody = Settings { bind: None, ..settings(&slapd) };
    let error = everyone(nobody).await.unwrap_err();
    assert_eq!(error, LdapError::Refused { why: "this bind_dn has no right to read it (result 50)".into() });
}

#[tokio::test]
async fn the_password_is_sent_to_no_server_that_can_not_prove_who_it_is() {
    let slapd = Slapd::start(&Plan { people: people(3), ..Plan::default() });
    for url in [slapd.url(), slapd.tls_url()] {
        let known = Settings { url: url.clone(), ..settings(&slapd) };
        assert_eq!(everyone(known.clone()).await.unwrap().len(), 3, "{url}");
        let unknown = Settings { ca_file: Some(slapd.stranger()), ..known.clone() };
        let error = everyone(unknown).await.unwrap_err();
        assert!(matches!(error, LdapError::Tls { .. }), "{error}");
        assert!(error.to_string().contains("UnknownIssuer"), "{error}");
        // The system's authorities don't know it either.
        let error = everyone(Settings { ca_file: None, ..known }).await.unwrap_err();
        assert!(matches!(error, LdapError::Tls { .. }), "{error}");
    }
    // Its certificate is for another name.
    let renamed =
        Settings { url: slapd.url().replace("127.0.0.1", "localhost.localdomain"), ..settings(&slapd) };
    assert!(everyone(renamed).await.is_err());
}

#[tokio::test]
async fn a_server_that_is_none_is_unreachable() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = everyone(Settings::new(&format!("ldap://{closed}"), BASE)).await.unwrap_err();
    assert!(matches!(error, LdapError::Unreachable { .. }), "{error}");

    // It takes the call, and then says something else.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let _ = socket.write_all(b"220 mail.example.com ESMTP ready\r\n").await;
        }
    });
    for (url, unencrypted) in [(format!("ldap://{address}"), true), (format!("ldaps://{address}"), false)] {
        let error = everyone(Settings { unencrypted, ..Settings::new(&url, BASE) }).await.unwrap_err();
        assert!(
            matches!(
                error,
                LdapError::Unreachable { .. } | LdapError::Tls { .. } | LdapError::Gone { after: 0, .. }
            ),
            "{error}"
        );
    }
}

/// Answers each question with these bytes, and hangs up.
async fn babble(bytes: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ldap://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let _ = socket.read(&mut [0; 512]).await;
        let _ = socket.write_all(&bytes).await;
    });
    url
}

#[test]
fn fuzz_answers_that_make_no_sense() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // The answer to the first question, spoilt, or anything.
    let good = b"\x30\x25\x02\x01\x01\x64\x20\x04\x00\x30\x1c\x30\x1a\x04\x05title\x31\x11\x04\x0fa short sentence\x30\x0c\x02\x01\x01\x65\x07\x0a\x01\x00\x04\x00\x04\x00";
    let spoilt = (0..good.len(), any::<u8>()).prop_map(|(at, byte)| {
        let mut bytes = good.to_vec();
        bytes[at] = byte;
        bytes
    });
    fuzz(&prop_oneof![3 => spoilt, 1 => any::<Vec<u8>>()], |bytes| {
        let read = runtime.block_on(async {
            let url = babble(bytes).await;
            everyone(Settings { unencrypted: true, ..Settings::new(&url, BASE) }).await
        });
        prop_assert!(read.is_err(), "it was taken for everyone");
        Ok(())
    });
}

#[tokio::test]
async fn an_entry_that_can_not_be_taken_names_its_attribute_and_costs_no_other() {
    let odd = format!(
        "dn: uid=odd,ou=people,{BASE}\nobjectClass: inetOrgPerson\nuid: odd\ncn: Odd\nsn: Odd\nmail: nowhere\n\n"
    );
    let slapd = Slapd::start(&Plan { people: people(2) + &odd, ..Plan::default() });
    let read = everyone(settings(&slapd)).await.unwrap();
    let faults: Vec<&Refused> = read.iter().filter_map(|e| e.as_ref().err()).collect();
    assert_eq!(read.len(), 3);
    assert_eq!(faults.len(), 1);
    assert_eq!((faults[0].column.as_deref(), faults[0].why), (Some("mail"), Fault::NotAnAddress));
    assert!(faults[0].external_id.is_some(), "nobody has left because of a typing error");
}

#[test]
fn settings_that_can_not_be_right_are_refused_by_name() {
    let good = Settings::new("ldaps://ldap.example.com", BASE);
    assert_eq!(good.check(), Ok(()));
    let bind = |dn: &str, password: &str| Some(Bind { dn: dn.into(), password: password.into() });
    for (settings, wrong) in [
        (Settings::new("ldap.example.com", BASE), "url"),
        (Settings::new("https://ldap.example.com", BASE), "url"),
        (Settings::new("ldap://", BASE), "url"),
        (Settings::new("ldap://user:secret@ldap.example.com", BASE), "url"),
        (Settings::new("ldaps://ldap.example.com", " "), "base"),
        (Settings { filter: Some("(mail=".into()), ..good.clone() }, "filter"),
        (Settings { bind: bind("cn=x", ""), ..good.clone() }, "password"),
        (Settings { ca_file: Some("/nowhere/ca.pem".into()), ..good.clone() }, "ca_file"),
        (Settings { page: 0, ..good.clone() }, "page"),
        (
            Settings { attributes: [(Target::ExternalId, vec!["a b".into()])].into(), ..good.clone() },
            "attributes",
        ),
    ] {
        match settings.check() {
            Err(LdapError::Setting { key, why }) => {
                assert_eq!(key, wrong);
                assert!(!why.contains("secret"));
            }
            other => panic!("{wrong}: {other:?}"),
        }
    }
    let secret = Settings { bind: bind("cn=x", "tr0ub4dor"), ..good };
    assert!(!format!("{secret:?}").contains("tr0ub4dor"));
}
