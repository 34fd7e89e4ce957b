//! A real OpenLDAP for one test: a copy of the system's `slapd` in a folder of its own, on loopback ports.
#![allow(dead_code)]

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

pub const BASE: &str = "dc=example,dc=com";
pub const READER: &str = "cn=reader,dc=example,dc=com";
pub const PASSWORD: &str = "let-me-read";

/// What Active Directory has and OpenLDAP's schemas lack.
const ACTIVE_DIRECTORY: &str = "
attributetype ( 1.2.840.113556.1.4.2 NAME 'objectGUID' SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.8 NAME 'userAccountControl' SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.656 NAME 'userPrincipalName' SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.782 NAME 'objectCategory' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.2.840.113556.1.2.141 NAME 'department' SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.2.840.113556.1.4.9999 NAME 'employeeBadge' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.2.840.113556.1.2.102 NAME 'memberOf' EQUALITY distinguishedNameMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 )
attributetype ( 1.2.840.113556.1.4.1458 NAME 'supportedCapabilities' SYNTAX 1.3.6.1.4.1.1466.115.121.1.38 )
objectclass ( 1.2.840.113556.1.5.9 NAME 'user' SUP top AUXILIARY
  MAY ( objectGUID $ userAccountControl $ userPrincipalName $ objectCategory $ department $ memberOf $ employeeBadge ) )
";

pub struct Slapd {
    folder: tempfile::TempDir,
    program: Child,
    pub port: u16,
    tls_port: u16,
}

/// How it is set up, beyond the usual.
#[derive(Default)]
pub struct Plan {
    /// Entries, as LDIF.
    pub people: String,
    /// Lines of its configuration.
    pub limits: &'static str,
    pub active_directory: bool,
}

impl Slapd {
    pub fn start(plan: &Plan) -> Slapd {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        // Some systems confine the one at its usual place to its usual folders.
        std::fs::copy("/usr/sbin/slapd", at("slapd")).expect("this test needs Debian's slapd");
        std::fs::create_dir(at("db")).unwrap();
        certificates(folder.path());
        std::fs::write(at("slapd.conf"), configuration(folder.path(), plan)).unwrap();
        let mut ldif = format!(
            "dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\no: Example\n\n\
             dn: {READER}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\nuserPassword: {PASSWORD}\n\n\
             dn: ou=people,{BASE}\nobjectClass: organizationalUnit\n\n\
             dn: ou=groups,{BASE}\nobjectClass: organizationalUnit\n\n"
        );
        ldif.push_str(&plan.people);
        std::fs::write(at("people.ldif"), ldif).unwrap();
        let mut add = Command::new(at("slapd"));
        add.args(["-T", "add", "-q", "-f"]).arg(at("slapd.conf")).arg("-l").arg(at("people.ldif"));
        let added = add.output().unwrap();
        assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
        loop {
            let (port, tls_port) = (free_port(), free_port());
            let urls = format!("ldap://127.0.0.1:{port}/ ldaps://127.0.0.1:{tls_port}/");
            let mut program = Command::new(at("slapd"))
                .args(["-d", "256", "-h", &urls, "-f"])
                .arg(at("slapd.conf"))
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut said = String::new();
            let mut lines = BufReader::new(program.stderr.take().unwrap());
            while !said.contains("slapd starting") {
                let before = said.len();
                lines.read_line(&mut said).unwrap();
                if said.len() == before {
                    break;
                }
            }
            if said.contains("slapd starting") {
                // It listens a moment later.
                for port in [port, tls_port] {
                    while TcpStream::connect(("127.0.0.1", port)).is_err() {
                        assert!(program.try_wait().unwrap().is_none(), "it ended by itself");
                        std::thread::yield_now();
                    }
                }
                // A full pipe would stop it.
                std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
                return Slapd { folder, program, port, tls_port };
            }
            // Somebody else took the port meanwhile; anything else is a fault of the plan.
            assert!(said.contains("bind"), "{said}");
            program.wait().unwrap();
        }
    }

    pub fn url(&self) -> String {
        format!("ldap://127.0.0.1:{}", self.port)
    }
    pub fn tls_url(&self) -> String {
        format!("ldaps://127.0.0.1:{}", self.tls_port)
    }
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }
    /// An authority that has nothing to do with this server.
    pub fn stranger(&self) -> PathBuf {
        self.folder.path().join("stranger.pem")
    }
    pub fn kill(&mut self) {
        self.program.kill().unwrap();
        self.program.wait().unwrap();
    }

    /// Changes what it holds, as its own tools would.
    pub fn modify(&self, ldif: &str) {
        let mut tool = Command::new("ldapmodify")
            .args(["-x", "-H", &self.url(), "-D", &format!("cn=root,{BASE}"), "-w", "root"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("this test needs Debian's ldap-utils");
        tool.stdin.take().unwrap().write_all(ldif.as_bytes()).unwrap();
        assert!(tool.wait().unwrap().success());
    }
}

impl Drop for Slapd {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn configuration(folder: &Path, plan: &Plan) -> String {
    let folder = folder.display();
    let mut text = String::new();
    for schema in ["core", "cosine", "inetorgperson"] {
        writeln!(text, "include /etc/ldap/schema/{schema}.schema").unwrap();
    }
    if plan.active_directory {
        text.push_str(ACTIVE_DIRECTORY);
        let root = format!("{folder}/root.ldif");
        std::fs::write(&root, "dn:\nsupportedCapabilities: 1.2.840.113556.1.4.800\n").unwrap();
        writeln!(text, "rootDSE {root}").unwrap();
    }
    writeln!(
        text,
        "modulepath /usr/lib/ldap\nmoduleload back_mdb\npidfile {folder}/pid\n\
         TLSCertificateFile {folder}/server.pem\nTLSCertificateKeyFile {folder}/server.key\n\
         TLSCACertificateFile {folder}/authority.pem\n\
         database mdb\nmaxsize 268435456\nsuffix \"{BASE}\"\nrootdn \"cn=root,{BASE}\"\nrootpw root\ndirectory {folder}/db\n\
         access to attrs=userPassword by anonymous auth by * none\n\
         access to * by dn.exact=\"{READER}\" read by anonymous auth by * none\n{}",
        plan.limits
    )
    .unwrap();
    text
}

fn certificates(folder: &Path) {
    let authority = |name: &str| {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
    };
    let own = authority("The test's own authority");
    let key = KeyPair::generate().unwrap();
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let server = CertificateParams::new(names).unwrap().signed_by(&key, &own).unwrap();
    std::fs::write(folder.join("authority.pem"), own.pem()).unwrap();
    std::fs::write(folder.join("stranger.pem"), authority("Somebody else's").pem()).unwrap();
    std::fs::write(folder.join("server.pem"), server.pem()).unwrap();
    std::fs::write(folder.join("server.key"), key.serialize_pem()).unwrap();
}
