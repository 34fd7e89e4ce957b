//! Spreadsheets' files as people hand them in.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use directory::csv::{Mapping, Reading, Sheet, SheetError};
use directory::{Entry, Fault, Target};
use domain::directory::{Field, Record};

fn open(bytes: &[u8]) -> Sheet {
    Sheet::open(bytes, &Reading::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn entries(bytes: &[u8]) -> Vec<Entry> {
    open(bytes).entries().map(|entry| entry.unwrap_or_else(|fault| panic!("{fault}"))).collect()
}

fn refusal(bytes: &[u8]) -> SheetError {
    Sheet::open(bytes, &Reading::default()).err().expect("this can't be read")
}

fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(to_bytes).collect()
}

#[test]
fn a_row_says_all_that_its_columns_hold() {
    let text = "Employee ID,First Name,Last Name,Known as,Work e-mail,Mobile,Department,Office,Manager ID,Groups,Badge 1,Badge 2,Locale,Status,Low door\n\
                E7,Zoë,O'Brien,Zo,zoe@example.com,'+34 600 123,R&D,\"Building 2, floor 3\",E1,all; lab |lab,=\"00123\",99887,es-ES,Active,yes\n";
    let record = Record {
        name: Some("Zoë O'Brien".into()),
        preferred_name: Some("Zo".into()),
        aliases: None,
        email: Some("zoe@example.com".into()),
        phone: Some("+34 600 123".into()),
        department: Some("R&D".into()),
        location: Some("Building 2, floor 3".into()),
        manager: Some("E1".into()),
        groups: Some(vec!["all".into(), "lab".into()]),
        badges: Some(vec!["00123".into(), "99887".into()]),
        language: Some("es".into()),
        channel: None,
        needs_low_door: Some(true),
        active: Some(true),
    };
    let entry = Entry { external_id: Some("E7".into()), reference: None, at: 2, record };
    assert_eq!(entries(text.as_bytes()), [entry]);
}

#[test]
fn every_encoding_that_spreadsheets_write_gives_the_same_people() {
    let text =
        "Correo electrónico;Nombre completo;Departamento\r\nzoe@example.com;Zoë Núñez;Investigación\r\n";
    let people = entries(text.as_bytes());
    assert_eq!(people[0].record.name.as_deref(), Some("Zoë Núñez"));
    let (western, _, _) = encoding_rs::WINDOWS_1252.encode(text);
    let marked = |mark: &[u8], bytes: Vec<u8>| [mark.to_vec(), bytes].concat();
    for (name, bytes) in [
        ("UTF-8", marked(b"\xef\xbb\xbf", text.into())),
        ("UTF-16LE", marked(b"\xff\xfe", utf16(text, u16::to_le_bytes))),
        ("UTF-16BE", marked(b"\xfe\xff", utf16(text, u16::to_be_bytes))),
        ("UTF-16LE", utf16(text, u16::to_le_bytes)),
        ("UTF-16BE", utf16(text, u16::to_be_bytes)),
        ("windows-1252", western.into_owned()),
    ] {
        assert_eq!(entries(&bytes), people, "{name}");
        assert_eq!(open(&bytes).encoding(), name);
    }
    let (cyrillic, _, _) = encoding_rs::WINDOWS_1251.encode("email;name\nolga@example.com;Ольга Петрова\n");
    assert_eq!(entries(&cyrillic)[0].record.name.as_deref(), Some("Ольга Петрова"));
}

#[test]
fn an_encoding_that_was_told_goes_before_one_that_was_guessed() {
    let reading = Reading { encoding: Some("macintosh".into()), ..Reading::default() };
    let sheet = Sheet::open(b"email,name\nzoe@example.com,Zo\x91\n", &reading).unwrap();
    assert_eq!(sheet.entries().next().unwrap().unwrap().record.name.as_deref(), Some("Zoë"));
    let odd = Reading { encoding: Some("ebcdic".into()), ..Reading::default() };
    let error = Sheet::open(b"email\na@b\n", &odd).err();
    assert_eq!(error, Some(SheetError::NoSuchEncoding("ebcdic".into())));
}

#[test]
fn every_delimiter_is_found_or_told_by_the_first_line() {
    for (text, delimiter) in [
        ("email,name,groups\na@example.com,Ada,x;y|z\n", ','),
        ("email;name;location\na@example.com;Ada;\"2,3,4,5\"\n", ';'),
        ("email\tname\na@example.com\tAda\n", '\t'),
        ("email|name\na@example.com|Ada\n", '|'),
        ("sep=;\r\nemail;name\r\na@example.com;Ada\r\n", ';'),
        ("\"sep=,\"\nemail,name\na@example.com,Ada\n", ','),
        ("sep=\t\nemail\tname\na@example.com\tAda\n", '\t'),
        ("sep=^\nemail^name\na@example.com^Ada\n", '^'),
        ("\n\n  \nemail;name\na@example.com;Ada", ';'),
        ("'email';'name'\n'a@example.com';'Ada'\n", ';'),
        ("email\na@example.com\n", ','),
    ] {
        let sheet = open(text.as_bytes());
        assert_eq!(sheet.delimiter(), delimiter, "{text:?}");
        let entry = sheet.entries().next().unwrap().unwrap();
        assert_eq!(entry.record.email.as_deref(), Some("a@example.com"), "{text:?}");
        let line = text.lines().position(|l| l.contains("a@example.com")).unwrap() + 1;
        assert_eq!(entry.at, line as u64, "{text:?}");
    }
}

#[test]
fn a_fault_names_its_line_and_column_and_leaves_the_others_alone() {
    let text = "id,name,email,badge,active,department\n\
                1,Ada,ada@example.com,123,yes,R&D\n\
                2,\"Two\nlines\",two@example.com,124,yes,R&D\n\
                3,=HYPERLINK(1),x@example.com,125,yes,R&D\n\
                4,Bea,bea@example.com,4.09E+07,yes,R&D\n\
                5,Cy,cy at example.com,126,yes,R&D\n\
                6,Dee,dee@example.com,127,perhaps,R&D\n\
                7,Eve\n\
                8,Fay,fay@example.com,128,yes,R&D,extra\n\
                9,Gus,gus@example.com,129,yes,\"R&D\n\
                10,Hal,hal@example.com,130\n\
                ,,,,,\n\
                ,Ida,,,,\n\
                11,J\u{0}o,jo@example.com,,,\n\
                12,Ken,ken@example.com,<script>,,\n";
    let mut read = Vec::new();
    let mut refused = Vec::new();
    for entry in open(text.as_bytes()).entries() {
        match entry {
            Ok(entry) => read.push((entry.at, entry.external_id.unwrap(), entry.record.name.unwrap())),
            Err(fault) => refused.push((fault.at, fault.column, fault.external_id, fault.why)),
        }
    }
    let name = |text: &str| Some(text.to_owned());
    assert_eq!(
        read,
        [(2, "1".into(), "Ada".into()), (3, "2".into(), "Two lines".into()), (12, "10".into(), "Hal".into())]
    );
    assert_eq!(
        refused,
        [
            (5, name("name"), name("3"), Fault::Formula),
            (6, name("badge"), name("4"), Fault::Rounded),
            (7, name("email"), name("5"), Fault::NotAnAddress),
            (8, name("active"), name("6"), Fault::NotYesOrNo),
            (9, None, None, Fault::TooFewCells),
            (10, None, name("8"), Fault::TooManyCells),
            (11, None, None, Fault::UnclosedQuote),
            (14, None, None, Fault::NoKey),
            (15, name("name"), name("11"), Fault::ControlCharacter),
            (16, name("badge"), name("12"), Fault::NotABadge),
        ]
    );
}

#[test]
fn a_refusal_shows_nothing_of_a_value() {
    let text = "email,name,badge\nada@example.com,Ada,4.09E+07\n";
    let fault = open(text.as_bytes()).entries().next().unwrap().unwrap_err();
    let told = fault.to_string();
    assert!(told.starts_with("line 2, badge: "), "{told}");
    assert!(!told.contains("4.09") && !told.contains("Ada"), "{told}");
}

#[test]
fn a_file_that_can_not_be_read_at_all_says_what_to_do() {
    assert_eq!(refusal(b""), SheetError::Empty);
    assert_eq!(refusal(b"\xef\xbb\xbf\r\n  \r\n"), SheetError::Empty);
    assert_eq!(refusal(b"email,name\n"), SheetError::HeaderOnly);
    assert_eq!(refusal(b"email,name\n,\n , \n"), SheetError::HeaderOnly);
    assert_eq!(refusal(b"PK\x03\x04\x14\x00"), SheetError::Workbook);
    assert_eq!(refusal(b"name,department\nAda,R&D\n"), SheetError::NoKeyColumn);
    assert_eq!(refusal(b"Ada,ada@example.com\nBea,bea@example.com\n"), SheetError::NoKeyColumn);
    assert_eq!(refusal(b"email,name,e-mail\na@b,Ada,c@d\n"), SheetError::SameHeader("email".into()));
    assert_eq!(
        refusal(b"email,\"name\na@b,Ada\n"),
        SheetError::Header { line: 1, why: Fault::UnclosedQuote }
    );
}

#[test]
fn what_was_told_of_a_column_is_remembered_for_the_next_file() {
    let text = "Login,Who,Plastic,Notes,Notes\nada@example.com,Ada,123,a,b\n";
    let mut told = Mapping::default();
    for (header, target) in [
        ("who", Target::Field(Field::Name)),
        ("PLASTIC", Target::Field(Field::Badges)),
        ("Login", Target::Field(Field::Email)),
    ] {
        told.set(header, target);
    }
    let first = Sheet::open(text.as_bytes(), &Reading { told: told.clone(), ..Reading::default() }).unwrap();
    let entry = first.entries().next().unwrap().unwrap();
    assert_eq!(entry.record.badges, Some(vec!["123".into()]));
    assert_eq!((entry.external_id, entry.record.email.as_deref()), (None, Some("ada@example.com")));

    let reading = Reading { remembered: first.mapping(), ..Reading::default() };
    let next = Sheet::open(b"Plastic;Login;Who\n124;bea@example.com;Bea\n", &reading).unwrap();
    let entry = next.entries().next().unwrap().unwrap();
    assert_eq!(entry.record.name.as_deref(), Some("Bea"));
    assert!(next.columns().iter().all(|c| !c.guessed));
    assert!(next.columns()[0].sample.is_empty(), "badge numbers are shown to nobody");

    told.set("Colour", Target::Ignore);
    let error = Sheet::open(text.as_bytes(), &Reading { told, ..Reading::default() }).err();
    assert_eq!(error, Some(SheetError::NoSuchColumn("colour".into())));
}

#[test]
fn the_exports_of_directories_need_no_mapping() {
    let name = |text: &[u8]| entries(text).remove(0);
    let entra = b"userPrincipalName,displayName,surname,mail,givenName,id,userType,jobTitle,department,accountEnabled,usageLocation\n\
        ada@x.onmicrosoft.com,Ada L,Lovelace,ada@example.com,Ada,6f3c,Member,,R&D,False,GB\n";
    let entry = name(entra);
    assert_eq!(entry.record.email.as_deref(), Some("ada@example.com"));
    assert_eq!((entry.record.name.as_deref(), entry.record.active), (Some("Ada L"), Some(false)));
    assert_eq!(entry.external_id.as_deref(), Some("6f3c"));

    let google = b"First Name [Required],Last Name [Required],Email Address [Required],Employee ID,Status [READ ONLY]\n\
        Ada,Lovelace,ada@example.com,7,Active\n";
    let entry = name(google);
    assert_eq!((entry.record.name.as_deref(), entry.record.active), (Some("Ada Lovelace"), Some(true)));

    let csvde = b"DN,sAMAccountName,sn,givenName,mail,userAccountControl,manager\n\
        \"CN=Ada,OU=x,DC=example\",ada,Lovelace,Ada,ada@example.com,514,\"CN=Bea,OU=x,DC=example\"\n";
    let entry = name(csvde);
    assert_eq!(entry.record.active, Some(false));
    assert_eq!(entry.reference.as_deref(), Some("CN=Ada,OU=x,DC=example"));
    assert_eq!(entry.record.manager.as_deref(), Some("CN=Bea,OU=x,DC=example"));

    let spanish = "Matrícula;Nombre;Apellido 1;Apellido 2;Correo;Tarjeta;Activo\n7;Ana;García;López;ana@example.com;'00123;Sí\n";
    let entry = name(spanish.as_bytes());
    assert_eq!(entry.record.name.as_deref(), Some("Ana García López"));
    assert_eq!(entry.record.badges, Some(vec!["00123".into()]));
}

#[test]
fn an_empty_cell_says_nothing_and_an_empty_list_says_none() {
    let entry = entries(b"email,name,badges,department\nada@example.com,,,\n").remove(0);
    assert_eq!(
        entry.record,
        Record { email: Some("ada@example.com".into()), badges: Some(Vec::new()), ..Record::default() }
    );
}
