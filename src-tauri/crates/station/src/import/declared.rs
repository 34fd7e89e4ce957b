//! The directory server as the site file declares it.

use crate::Secrets;
use directory::Target;
use directory::ldap::{Bind, LdapError, Settings};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where the server is and what is read of it, as the site file declares it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LdapPlan {
    pub url: String,
    #[serde(default)]
    pub unencrypted: bool,
    pub bind_dn: Option<String>,
    pub password: Option<String>,
    /// Read each time, so that a password can be changed there.
    pub password_file: Option<PathBuf>,
    pub base: String,
    pub filter: Option<String>,
    pub groups: Option<String>,
    #[serde(default)]
    pub attributes: BTreeMap<Target, Vec<String>>,
    pub ca_file: Option<PathBuf>,
    pub every_hours: u32,
}

impl std::fmt::Debug for LdapPlan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LdapPlan").field("url", &self.url).field("base", &self.base).finish_non_exhaustive()
    }
}

impl LdapPlan {
    /// What differs from what was declared, as lines to read.
    pub fn changes(&self, secrets: &Secrets) -> Vec<String> {
        if secrets.ldap() == Some(self) {
            return Vec::new();
        }
        let mut lines =
            vec![format!("directory: read {} from {} every {} h", self.base, self.url, self.every_hours)];
        if self.unencrypted {
            lines.push("directory: WARNING: the password and everything read can be seen on the way".into());
        }
        lines
    }

    /// With the password as it is now.
    pub fn settings(&self) -> Result<Settings, LdapError> {
        let wrong = |key, why| LdapError::Setting { key, why };
        let password = match (&self.password_file, &self.password) {
            (Some(path), _) => {
                let text = std::fs::read_to_string(path).map_err(|e| {
                    wrong("password_file", format!("({}) can't be read: {e}", path.display()))
                })?;
                Some(text.trim_end_matches(['\r', '\n']).to_owned())
            }
            (None, password) => password.clone(),
        };
        let bind = match (&self.bind_dn, password) {
            (None, None) => None,
            (dn, password) => {
                Some(Bind { dn: dn.clone().unwrap_or_default(), password: password.unwrap_or_default() })
            }
        };
        Ok(Settings {
            unencrypted: self.unencrypted,
            bind,
            filter: self.filter.clone(),
            groups: self.groups.clone(),
            attributes: self.attributes.clone(),
            ca_file: self.ca_file.clone(),
            ..Settings::new(&self.url, &self.base)
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LdapTable {
    url: String,
    #[serde(default)]
    unencrypted: bool,
    bind_dn: Option<String>,
    password: Option<String>,
    password_file: Option<String>,
    base: String,
    filter: Option<String>,
    groups: Option<String>,
    #[serde(default)]
    attributes: BTreeMap<String, Names>,
    ca_file: Option<String>,
    every_hours: Option<u32>,
}

/// One attribute, or several in order of preference.
#[derive(Deserialize)]
#[serde(untagged)]
enum Names {
    One(String),
    Several(Vec<String>),
}

/// Checks a table of the site file. What is wrong is named by key and remedy; files are looked for in `folder`.
pub(crate) fn ldap_plan(ldap: &LdapTable, folder: &Path) -> Result<LdapPlan, (&'static str, String)> {
    let beside = |key: &'static str, name: &Option<String>| {
        let path = name.as_ref().map(|name| std::path::absolute(folder.join(name))).transpose();
        path.map_err(|e| (key, e.to_string()))
    };
    let mut attributes = BTreeMap::new();
    for (field, names) in &ldap.attributes {
        let target = Target::parse(field).ok_or_else(|| {
            let known: Vec<&str> = Target::all().map(Target::as_str).collect();
            ("attributes", format!("has \"{field}\": use one of {}", known.join(", ")))
        })?;
        let names = match names {
            Names::One(name) => vec![name.clone()],
            Names::Several(names) => names.clone(),
        };
        attributes.insert(target, names);
    }
    let every_hours = match ldap.every_hours.unwrap_or(24) {
        hours if (1..=8_760).contains(&hours) => hours,
        hours => return Err(("every_hours", format!("is {hours}: use 1 to 8760"))),
    };
    let plan = LdapPlan {
        url: ldap.url.clone(),
        unencrypted: ldap.unencrypted,
        bind_dn: ldap.bind_dn.clone(),
        password: ldap.password.clone(),
        password_file: beside("password_file", &ldap.password_file)?,
        base: ldap.base.clone(),
        filter: ldap.filter.clone(),
        groups: ldap.groups.clone(),
        attributes,
        ca_file: beside("ca_file", &ldap.ca_file)?,
        every_hours,
    };
    match plan.settings().and_then(|settings| settings.check()) {
        Ok(()) => Ok(plan),
        Err(LdapError::Setting { key, why }) => Err((key, why)),
        Err(other) => Err(("url", other.to_string())),
    }
}
