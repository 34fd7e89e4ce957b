//! Which mail server a url means, and how well the line to it has to be guarded.
//!
//! It must never repeat a url in an error: a mistyped one may have its secret in any place.

use std::net::IpAddr;

use lettre::transport::smtp::authentication::Credentials;
use url::Url;

use crate::config::ConfigError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Security {
    /// TLS from the first byte.
    Implicit,
    /// STARTTLS, or nothing is sent.
    Required,
    /// STARTTLS if the server offers it: a relay of one's own often has none.
    Opportunistic,
}

#[derive(Clone)]
pub(crate) struct Server {
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub credentials: Option<Credentials>,
}

impl Server {
    /// Every refusal is a fixed text: a mistyped url may have its secret in any place.
    pub fn parse(url: &str) -> Result<Self, ConfigError> {
        let wrong = |why| Err(ConfigError::Url(why));
        let Ok(url) = Url::parse(url.trim()) else {
            return wrong(
                "it isn't a url. Write smtp://host:587 or smtps://host:465, with user:secret@ before the host if \
                 needed, and special characters in them percent-encoded (@ as %40, # as %23, / as %2F)",
            );
        };
        let implicit = match url.scheme() {
            "smtp" => false,
            "smtps" => true,
            _ => return wrong("it must begin with smtp:// (STARTTLS) or smtps:// (TLS from the start)"),
        };
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        if host.is_empty() {
            return wrong("it names no host. Write smtp://host:587 or smtps://host:465");
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return wrong(
                "nothing may follow host:port. If the user or secret has special characters, percent-encode them \
                 (@ as %40, # as %23, / as %2F, ? as %3F)",
            );
        }
        let decode = |part: &str| {
            percent_encoding::percent_decode_str(part).decode_utf8().map(|text| text.into_owned())
        };
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            ("", Some(_)) => return wrong("it has a secret but no user. Write smtp://user:secret@host:587"),
            (_, None | Some("")) => {
                return wrong("it has a user but no secret. Write smtp://user:secret@host:587");
            }
            (user, Some(secret)) => match (decode(user), decode(secret)) {
                (Ok(user), Ok(secret)) => Some(Credentials::new(user, secret)),
                _ => return wrong("its user or secret isn't UTF-8 once percent-decoded"),
            },
        };
        let security = match (implicit, &credentials) {
            (true, _) => Security::Implicit,
            (false, Some(_)) if !is_loopback(&host) => Security::Required,
            (false, _) => Security::Opportunistic,
        };
        let usual = match (implicit, &credentials) {
            (true, _) => 465,
            (false, Some(_)) => 587,
            (false, None) => 25,
        };
        Ok(Self { port: url.port().unwrap_or(usual), host, security, credentials })
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str) -> Server {
        Server::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"))
    }

    #[test]
    fn a_secret_asks_for_encryption_unless_it_stays_on_this_machine() {
        let cases = [
            ("smtps://mail.example.com", Security::Implicit, 465),
            ("smtps://u:s@mail.example.com:1465", Security::Implicit, 1465),
            ("smtp://u:s@mail.example.com", Security::Required, 587),
            ("smtp://u:s@localhost.example.com:587/", Security::Required, 587),
            ("smtp://u:s@192.0.2.1", Security::Required, 587),
            ("smtp://u:s@LOCALHOST:1025", Security::Opportunistic, 1025),
            ("smtp://u:s@127.0.0.9:1025", Security::Opportunistic, 1025),
            ("smtp://u:s@[::1]:1025", Security::Opportunistic, 1025),
            ("smtp://relay.example.com", Security::Opportunistic, 25),
        ];
        for (url, security, port) in cases {
            let server = server(url);
            assert_eq!((server.security, server.port), (security, port), "{url}");
        }
        assert_eq!(server("smtp://u:s@[::1]:1025").host, "::1");
    }
}
