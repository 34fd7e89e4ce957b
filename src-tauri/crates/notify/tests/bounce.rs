//! Reports as mail servers write them, and as nobody should.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // clippy takes helpers of a test for no test

use notify::{Reason, Report, Whose, read_report};
use proptest::prelude::*;

const ID: &str = "0198f2c4-7a3b-7def-8123-456789abcdef@cubby";

/// A report of `recipients` (blocks of fields), with what came back in a part of type `returned`.
fn report(recipients: &[&str], returned: &str) -> String {
    format!(
        "From: MAILER-DAEMON@mx.example.net\r\nTo: parcels@example.com\r\nSubject: Undelivered Mail Returned to Sender\r\n\
         Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"B/mx\"\r\n\r\n\
         --B/mx\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nI'm sorry, 1 2 3.\r\n\r\n\
         --B/mx\r\nContent-Description: Delivery report\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mx.example.net\r\nX-Queue-ID: 4Xyz\r\nArrival-Date: Tue, 24 Nov 2026 18:30:00 +0100\r\n\r\n\
         {}\r\n\
         --B/mx\r\nContent-Type: {returned}\r\n\r\n\
         From: Parcel room <parcels@example.com>\r\nTo: ana@example.com\r\nMessage-ID: <{ID}>\r\n\
         Subject: Your package is at the counter\r\n\r\nHello\r\n\
         --B/mx--\r\n",
        recipients.join("\r\n")
    )
}

const UNKNOWN: &str = "Final-Recipient: rfc822; ana@example.com\r\nOriginal-Recipient: rfc822;ana@example.com\r\n\
                       Action: failed\r\nStatus: 5.1.1\r\nRemote-MTA: dns; mail.example.com\r\n\
                       Diagnostic-Code: smtp; 550 5.1.1 <ana@example.com>: Recipient address rejected:\r\n    User unknown\r\n";
const FULL: &str = "Final-Recipient: rfc822; <bo@example.com>\r\nAction: failed\r\nStatus: 5.0.0\r\n\
                    Diagnostic-Code: smtp; 552 5.2.2 mailbox full\r\n";
const LATE: &str = "Final-Recipient: RFC822; cy@example.com\r\naction: delayed (will try again)\r\nstatus: 4.4.1 (no answer)\r\n";
const DONE: &str = "Final-Recipient: rfc822; di@example.com\r\nAction: delivered\r\nStatus: 2.0.0\r\n";

fn read(text: &str) -> Option<Report> {
    read_report(text.as_bytes())
}

#[test]
fn a_report_tells_which_mail_to_whom_and_why() {
    for returned in
        ["message/rfc822", "text/rfc822-headers", "text/rfc822-headers; charset=us-ascii", "message/global"]
    {
        let report = read(&report(&[UNKNOWN], returned)).unwrap();
        assert_eq!(report.message_id.as_deref(), Some(ID), "{returned}");
        let [failure] = &report.failures[..] else { panic!("{report:?}") };
        assert_eq!(failure.recipient, "ana@example.com");
        assert_eq!((failure.status.as_deref(), failure.permanent), (Some("5.1.1"), true));
        assert_eq!(
            (failure.why.reason, failure.why.code.as_deref()),
            (Reason::UnknownAddress, Some("550 5.1.1"))
        );
        assert_eq!(failure.why.reason.whose(), Whose::Address);
        assert!(!format!("{report:?} {}", failure.why).contains("ana@"), "{report:?}");
    }
}

#[test]
fn each_recipient_is_told_apart() {
    let report = read(&report(&[UNKNOWN, DONE, FULL, LATE], "message/rfc822")).unwrap();
    let told: Vec<_> = report
        .failures
        .iter()
        .map(|failure| {
            (failure.recipient.as_str(), failure.permanent, failure.why.reason, failure.status.as_deref())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("ana@example.com", true, Reason::UnknownAddress, Some("5.1.1")),
            ("bo@example.com", true, Reason::MailboxFull, Some("5.2.2")),
            ("cy@example.com", false, Reason::NotNow, Some("4.4.1")),
        ]
    );
}

#[test]
fn what_is_no_report_is_none() {
    for mail in [
        "",
        "Subject: Re: your package\r\n\r\nThank you!\r\n",
        "Subject: Out of office\r\nAuto-Submitted: auto-replied\r\n\r\nBack on Monday.\r\n",
        &report(&[DONE], "message/rfc822"),
        &report(&[], "message/rfc822"),
        &report(&["Action: failed\r\n"], "message/rfc822"),
        &report(&["Final-Recipient: rfc822; ana@example.com\r\n"], "message/rfc822"),
    ] {
        assert_eq!(read(mail), None, "{mail}");
    }
    let huge = report(&[UNKNOWN], "message/rfc822") + &"x".repeat(notify::LONGEST_REPORT);
    assert_eq!(read(&huge), None);
}

#[test]
fn a_report_without_the_mail_is_matched_by_what_it_answers() {
    let bare = report(&[UNKNOWN], "text/plain");
    assert_eq!(read(&bare).unwrap().message_id, None);
    let answering = format!("In-Reply-To: <{ID}>\r\n{bare}");
    assert_eq!(read(&answering).unwrap().message_id.as_deref(), Some(ID));
    let odd = format!("In-Reply-To: <\u{1b}[31m x>\r\n{bare}");
    assert_eq!(read(&odd).unwrap().message_id, None);
}

#[test]
fn a_report_is_read_in_any_dress() {
    // Line ends of a mailbox file, and a body in base64.
    let plain = report(&[UNKNOWN], "message/rfc822");
    assert_eq!(read(&plain.replace("\r\n", "\n")).unwrap().failures.len(), 1);
    // "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; ana@example.com\nAction: failed\nStatus: 5.1.1\n"
    let encoded = "UmVwb3J0aW5nLU1UQTogZG5zOyBteAoKRmluYWwtUmVjaXBpZW50OiByZmM4MjI7IGFuYUBleGFtcGxlLmNvbQpBY3Rpb246IGZhaWxlZApTdGF0dXM6IDUuMS4xCg==";
    let from = plain.find("message/delivery-status").unwrap();
    let to = plain[from..].find("--B/mx").unwrap() + from;
    let dressed = format!(
        "{}message/delivery-status\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}\r\n{}",
        &plain[..from],
        &plain[to..]
    );
    let report = read(&dressed).unwrap();
    assert_eq!(
        (report.failures[0].recipient.as_str(), report.message_id.as_deref()),
        ("ana@example.com", Some(ID))
    );
}

#[test]
fn a_report_that_is_cut_anywhere_does_no_harm() {
    let whole = report(&[UNKNOWN, FULL, LATE], "message/rfc822");
    for end in 0..whole.len() {
        if let Some(report) = read(&whole[..end]) {
            assert!(report.failures.len() <= 3);
            assert!(report.message_id.is_none_or(|id| ID.starts_with(&id)));
        }
    }
}

#[test]
fn a_report_about_very_many_is_bounded() {
    let many = vec![UNKNOWN; 1000];
    assert_eq!(read(&report(&many, "message/rfc822")).unwrap().failures.len(), 50);
}

proptest! {
    #[test]
    fn no_bytes_are_too_odd(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let _ = read_report(&bytes);
    }

    #[test]
    fn no_field_is_too_odd(fields in "[ -~\t\r\n;:.<>é0-9]{0,400}") {
        if let Some(told) = read_report(report(&[&fields], "message/rfc822").as_bytes()) {
            for failure in told.failures {
                prop_assert!(failure.why.code.is_none_or(|code| !code.contains('@') && code.len() <= 40));
            }
        }
    }
}
