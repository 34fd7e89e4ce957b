//! Distinguished names: compared without regard to how they are written, and what their first part says.

/// A form that is the same for each way to write a name.
pub(super) fn normal(dn: &str) -> String {
    let parts: Vec<String> = split(dn, ',')
        .map(|rdn| {
            let mut pairs: Vec<String> = split(rdn, '+')
                .map(|pair| {
                    let (kind, value) = pair.split_once('=').unwrap_or((pair, ""));
                    format!("{}={}", kind.trim().to_lowercase(), plain(value).to_lowercase())
                })
                .collect();
            pairs.sort();
            pairs.join("\u{1}")
        })
        .collect();
    parts.join("\u{0}")
}

/// The value of the first part: `lab` of `cn=lab,ou=groups,dc=example`.
pub(super) fn first_value(dn: &str) -> Option<String> {
    let (_, value) = split(dn, ',').next()?.split_once('=')?;
    let value = plain(split(value, '+').next()?);
    (!value.is_empty()).then_some(value)
}

/// Pieces between separators that are neither escaped nor quoted.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut escaped, mut quoted) = (false, false);
    text.split(move |c: char| {
        let here = !escaped && !quoted && c == separator;
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        here
    })
}

/// A value without its escapes: `\,`, `\2C`, quotes, blanks around it.
fn plain(value: &str) -> String {
    let value = value.trim();
    let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let hex = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
        match tail {
            [high, low, tail @ ..] if hex(*high).is_some() && hex(*low).is_some() => {
                bytes.push(hex(*high).unwrap_or_default() << 4 | hex(*low).unwrap_or_default());
                rest = tail;
            }
            [escaped, tail @ ..] => {
                bytes.push(*escaped);
                rest = tail;
            }
            [] => {}
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_name_has_one_form() {
        for other in
            ["CN=Lovelace\\2C Ada , OU=R\\+D,DC=example", "cn=\"Lovelace, Ada\",ou=\"R+D\",dc=EXAMPLE"]
        {
            assert_eq!(normal("cn=Lovelace\\, Ada,ou=R\\+D,dc=example"), normal(other), "{other}");
        }
        assert_eq!(normal("a=1+b=2,c=3"), normal("B=2+A=1,C=3"));
        assert_ne!(normal("cn=a\\,ou=b"), normal("cn=a,ou=b"));
    }

    #[test]
    fn a_group_is_called_as_its_name_begins() {
        assert_eq!(first_value("CN=Lab\\, north,OU=Groups,DC=x").as_deref(), Some("Lab, north"));
        assert_eq!(first_value("cn=Zo\\c3\\ab,dc=x").as_deref(), Some("Zoë"));
        assert_eq!(first_value("nothing"), None);
    }

    proptest! {
        #[test]
        fn no_name_is_too_odd(text in ".{0,40}") {
            let form = normal(&text);
            prop_assert_eq!(&form.to_lowercase(), &form);
            first_value(&text);
        }
    }
}
