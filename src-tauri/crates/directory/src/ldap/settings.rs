//! Where the directory is and what is read of it.

use super::LdapError;
use crate::Target;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

const PAGE: u32 = 500;
const PAGE_MAX: u32 = 10_000;
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Clone, PartialEq, Eq)]
pub struct Bind {
    pub dn: String,
    pub password: String,
}

#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// `ldaps://host[:port]`, or `ldap://host[:port]`, which is encrypted by StartTLS.
    pub url: String,
    /// `ldap://` stays as it is: everybody on the way can read it.
    pub unencrypted: bool,
    /// `None` asks as nobody in particular.
    pub bind: Option<Bind>,
    pub base: String,
    /// Who counts as a person; by the kind of server if left out.
    pub filter: Option<String>,
    /// Which attributes are read as what, beside or instead of those its kind of server has.
    pub attributes: BTreeMap<Target, Vec<String>>,
    /// Which entries are groups with members, where people don't say themselves what they belong to.
    pub groups: Option<String>,
    /// PEM certificates to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Entries asked for at once.
    pub page: u32,
    /// How long one answer may take.
    pub patience: Duration,
}

/// Without the password.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bind = self.bind.as_ref().map(|b| &b.dn);
        f.debug_struct("Settings")
            .field("url", &self.url)
            .field("bind", &bind)
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

impl Settings {
    pub fn new(url: &str, base: &str) -> Settings {
        Settings {
            url: url.into(),
            unencrypted: false,
            bind: None,
            base: base.into(),
            filter: None,
            attributes: BTreeMap::new(),
            groups: None,
            ca_file: None,
            page: PAGE,
            patience: PATIENCE,
        }
    }

    /// What can be seen to be wrong without asking the server.
    pub fn check(&self) -> Result<(), LdapError> {
        let wrong = |key, why: &str| Err(LdapError::Setting { key, why: why.into() });
        self.address()?;
        if self.base.trim().is_empty() {
            return wrong("base", "is empty: use one like ou=people,dc=example,dc=com");
        }
        for (key, filter) in [("filter", &self.filter), ("groups", &self.groups)] {
            if filter.as_ref().is_some_and(|f| !f.is_empty() && ldap3::parse_filter(f).is_err()) {
                return wrong(key, "is no LDAP filter: use one like (objectClass=inetOrgPerson)");
            }
        }
        if self.bind.as_ref().is_some_and(|b| b.dn.trim().is_empty() || b.password.is_empty()) {
            // An empty password makes a server take anybody for nobody, and say yes.
            return wrong("password", "is empty, or bind_dn is: give both or neither");
        }
        let name = |a: &String| {
            !a.is_empty() && a.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
        };
        if !self.attributes.values().flatten().all(name) {
            return wrong("attributes", "has a name that can't be one: use letters, digits and -");
        }
        if !(1..=PAGE_MAX).contains(&self.page) {
            return wrong("page", "is out of range: use 1 to 10000");
        }
        self.tls().map(|_| ())
    }

    pub(super) fn address(&self) -> Result<Url, LdapError> {
        let wrong = |why: &str| LdapError::Setting { key: "url", why: why.into() };
        let url = Url::parse(&self.url)
            .map_err(|_| wrong("can't be read: use one like ldaps://ldap.example.com"))?;
        if !matches!(url.scheme(), "ldap" | "ldaps") {
            return Err(wrong("begins with neither ldaps:// nor ldap://"));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(wrong("names no server: use one like ldaps://ldap.example.com"));
        }
        if !url.username().is_empty() || url.password().is_some() || !matches!(url.path(), "" | "/") {
            return Err(wrong("holds more than a server and a port: use bind_dn, password and base"));
        }
        Ok(url)
    }

    pub(super) fn tls(&self) -> Result<Arc<ClientConfig>, LdapError> {
        let mut roots = RootCertStore::empty();
        match &self.ca_file {
            Some(path) => trust(&mut roots, path).map_err(|why| {
                let why = format!(
                    "({}) can't be used: {why}. Name a readable file of PEM certificates",
                    path.display()
                );
                LdapError::Setting { key: "ca_file", why }
            })?,
            None => {
                let found = rustls_native_certs::load_native_certs();
                roots.add_parsable_certificates(found.certs);
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| LdapError::Tls { why: error.to_string() })?;
        Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
    }
}

fn trust(roots: &mut RootCertStore, path: &Path) -> Result<(), String> {
    for certificate in CertificateDer::pem_file_iter(path).map_err(|e| e.to_string())? {
        let certificate = certificate.map_err(|e| e.to_string())?;
        roots.add(certificate).map_err(|e| e.to_string())?;
    }
    if roots.is_empty() { Err("it holds no certificate".into()) } else { Ok(()) }
}
