//! What is too easy to guess to be a password or a PIN. A short list of our own: what stays after everything common
//! and everything about the person is taken out has to be worth something.
//!
//! Must never keep, return or print what it was given.

/// Words and keyboard runs that stand at the top of every list of lost passwords.
const COMMON: &[&str] = &[
    "correcthorsebatterystaple",
    "qwertzuiop",
    "qwertyuiop",
    "asdfghjkl",
    "1q2w3e4r5t",
    "1qaz2wsx",
    "zxcvbnm",
    "administrator",
    "passphrase",
    "contraseña",
    "contrasena",
    "password",
    "passwort",
    "motdepasse",
    "princess",
    "sunshine",
    "football",
    "baseball",
    "superman",
    "starwars",
    "trustno",
    "whatever",
    "welcome",
    "dragon",
    "monkey",
    "letmein",
    "iloveyou",
    "master",
    "shadow",
    "secret",
    "qwerty",
    "qwertz",
    "azerty",
    "asdf",
    "hello",
    "login",
    "admin",
    "hunter",
    "summer",
    "winter",
    "spring",
    "autumn",
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "monday",
    "friday",
    "parcel",
    "package",
    "locker",
    "mailroom",
    "cubby",
    "changeme",
    "default",
    "guest",
    "test",
    "root",
    "pass",
    "user",
];

/// Characters that must be left when all that is common is gone.
const REST: usize = 8;

/// Is this password among the commonest, or made of what anyone can know: the person's name, mail, site?
pub fn guessable(password: &str, about: &[&str]) -> bool {
    let plain = plain(password);
    let length = plain.chars().count();
    if repeats(&plain) || distinct(&plain) < 5 {
        return true;
    }
    let mut known: Vec<String> = about.iter().flat_map(|text| parts(text)).collect();
    known.extend(COMMON.iter().map(|word| (*word).to_owned()));
    known.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let mut rest = plain;
    for word in &known {
        rest = rest.replace(word.as_str(), " ");
        rest = rest.replace(&disguised(word), " ");
    }
    without_runs(&rest).chars().filter(|c| !c.is_whitespace()).count() < REST.min(length * 2 / 3)
}

/// Is this PIN one that is tried first?
pub fn guessable_pin(digits: &str) -> bool {
    const FIRST: &[&str] =
        &["112233", "123321", "147258", "159753", "258456", "789456", "246810", "135790", "101010", "020202"];
    repeats(digits)
        || without_runs(digits).chars().count() < 3
        || FIRST.iter().any(|pin| digits.starts_with(pin))
}

/// Letters and digits alone, in lower case: a blank or a dash between common words makes them no rarer.
fn plain(text: &str) -> String {
    text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The word with digits for the letters that look like them.
fn disguised(word: &str) -> String {
    word.chars()
        .map(|c| match c {
            'o' => '0',
            'i' | 'l' => '1',
            'e' => '3',
            'a' => '4',
            's' => '5',
            't' => '7',
            c => c,
        })
        .collect()
}

/// The words of a name, an address or a site that are long enough to be recognised, and the whole run together.
fn parts(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let mut words: Vec<String> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| w.chars().count() >= 3)
        .map(str::to_owned)
        .collect();
    let whole: String = lower.chars().filter(|c| c.is_alphanumeric()).collect();
    if whole.chars().count() >= 3 {
        words.push(whole);
    }
    words
}

fn distinct(text: &str) -> usize {
    text.chars().collect::<std::collections::BTreeSet<char>>().len()
}

/// Is it one short piece again and again?
fn repeats(text: &str) -> bool {
    let all: Vec<char> = text.chars().collect();
    (1..=all.len() / 2).any(|period| all.iter().zip(all.iter().skip(period)).all(|(a, b)| a == b))
}

/// Without runs of three and more that count up, count down or stand still.
fn without_runs(text: &str) -> String {
    let all: Vec<char> = text.chars().collect();
    let mut kept = String::new();
    let mut from = 0;
    while let Some(first) = all.get(from) {
        let step = all.get(from + 1).map(|next| i64::from(u32::from(*next)) - i64::from(u32::from(*first)));
        let mut to = from + 1;
        if let Some(step @ -1..=1) = step {
            while let (Some(a), Some(b)) = (all.get(to - 1), all.get(to)) {
                if i64::from(u32::from(*b)) - i64::from(u32::from(*a)) != step {
                    break;
                }
                to += 1;
            }
        }
        if to - from < 3 {
            kept.push(*first);
            to = from + 1;
        }
        from = to;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABOUT: &[&str] = &["Ada Lovelace", "ada.lovelace@example.com", "Head office"];

    #[test]
    fn what_is_tried_first_is_refused() {
        for easy in [
            "password12345678",
            "Password!1234567",
            "p455w0rd12345678",
            "qwertyuiop123456",
            "aaaaaaaaaaaaaaaa",
            "abcabcabcabcabcabc",
            "CorrectHorseBatteryStaple",
            "welcome-welcome-2026",
            "contraseña123456",
        ] {
            assert!(guessable(easy, &[]), "{easy}");
        }
    }

    #[test]
    fn what_anyone_knows_of_the_person_is_worth_nothing() {
        for easy in
            ["AdaLovelace2026", "lovelace-ada-123", "headofficeadalovelace", "ada.lovelace@example.com"]
        {
            assert!(guessable(easy, ABOUT), "{easy}");
        }
        assert!(!guessable("AdaLovelace-rowed-the-tin-boat", ABOUT), "what stays is long enough");
    }

    #[test]
    fn words_of_ones_own_are_taken_in_any_script() {
        for good in
            ["rowing past nine herons", "seven grey umbrellas", "воробей на крыше сидит", "k3#Vq9!zPw2@Lm"]
        {
            assert!(!guessable(good, ABOUT), "{good}");
        }
    }

    #[test]
    fn pins_that_are_tried_first_are_refused() {
        for easy in ["000000", "123456", "654321", "121212", "123123", "112233", "1234567890", "111222"] {
            assert!(guessable_pin(easy), "{easy}");
        }
        for good in ["204917", "830264", "19472058"] {
            assert!(!guessable_pin(good), "{good}");
        }
    }
}
