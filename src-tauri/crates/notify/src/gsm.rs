//! How long a text message is: in segments, which are what a phone network carries and bills.
//!
//! Source: 3GPP TS 23.038 (the 7-bit alphabet) and TS 23.040 (joined messages). Languages' own shift tables are not
//! counted with: gateways don't use them unasked.

const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ\
                     ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Each takes two places.
const EXTENDED: &str = "^{}\\[~]|€\u{c}";

/// Places a character takes in the 7-bit alphabet; nothing if it isn't in it.
fn septets(c: char) -> Option<usize> {
    match c {
        _ if BASIC.contains(c) => Some(1),
        _ if EXTENDED.contains(c) => Some(2),
        _ => None,
    }
}

/// How many segments a text needs: 160 7-bit places or 70 UTF-16 units in one alone, 153 or 67 in each of several.
pub fn segments(text: &str) -> usize {
    let (places, alone, joined) = match text.chars().map(septets).collect::<Option<Vec<_>>>() {
        Some(places) => (places, 160, 153),
        None => (text.chars().map(char::len_utf16).collect(), 70, 67),
    };
    if places.iter().sum::<usize>() <= alone {
        return 1;
    }
    // A character of two places is never cut in two.
    let (full, used) = places.iter().fold((0, 0), |(full, used), place| {
        if used + place > joined { (full + 1, *place) } else { (full, used + place) }
    });
    full + usize::from(used > 0)
}

/// The same text in the 7-bit alphabet if it only takes plain letters and signs for accented and typographic ones
/// ("código" becomes "codigo"): otherwise one accent would more than double its length. Other scripts stay as they are.
pub fn fold(text: &str) -> String {
    let folded: Option<String> =
        text.chars().map(|c| if septets(c).is_some() { Some(c) } else { plain(c) }).collect();
    folded.unwrap_or_else(|| text.to_owned())
}

fn plain(c: char) -> Option<char> {
    Some(match c {
        'á' | 'â' | 'ã' | 'ā' | 'ą' => 'a',
        'Á' | 'À' | 'Â' | 'Ã' | 'Ā' | 'Ą' => 'A',
        'ç' | 'ć' | 'č' => 'c',
        'Ć' | 'Č' => 'C',
        'ê' | 'ë' | 'ē' | 'ę' | 'ě' => 'e',
        'È' | 'Ê' | 'Ë' | 'Ē' | 'Ę' | 'Ě' => 'E',
        'í' | 'î' | 'ï' | 'ī' => 'i',
        'Í' | 'Ì' | 'Î' | 'Ï' | 'Ī' => 'I',
        'ł' => 'l',
        'Ł' => 'L',
        'ń' | 'ň' => 'n',
        'Ń' | 'Ň' => 'N',
        'ó' | 'ô' | 'õ' | 'ő' => 'o',
        'Ó' | 'Ò' | 'Ô' | 'Õ' | 'Ő' => 'O',
        'ř' => 'r',
        'Ř' => 'R',
        'ś' | 'š' | 'ş' => 's',
        'Ś' | 'Š' | 'Ş' => 'S',
        'ú' | 'û' | 'ū' | 'ů' | 'ű' => 'u',
        'Ú' | 'Ù' | 'Û' | 'Ū' | 'Ů' | 'Ű' => 'U',
        'ý' | 'ÿ' => 'y',
        'Ý' => 'Y',
        'ź' | 'ż' | 'ž' => 'z',
        'Ź' | 'Ż' | 'Ž' => 'Z',
        '–' | '—' | '−' | '‐' | '‑' => '-',
        '‘' | '’' | '´' | '`' => '\'',
        '“' | '”' | '«' | '»' => '"',
        '…' => '.',
        'º' => 'o',
        'ª' => 'a',
        '\u{a0}' | '\u{202f}' => ' ',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alphabet_is_whole() {
        // 128 places, of which one is the escape to the second table.
        assert_eq!(BASIC.chars().count(), 127);
        assert_eq!(EXTENDED.chars().count(), 10);
    }

    #[test]
    fn segments_end_where_the_standard_says() {
        let cases = [
            ("", 1),
            (&*"a".repeat(160), 1),
            (&*"a".repeat(161), 2),
            (&*"a".repeat(306), 2),
            (&*"a".repeat(307), 3),
            (&*"€".repeat(80), 1),
            (&*"€".repeat(81), 2),
            // 76 of two places fill 152 of 153: the last place stays empty.
            (&*"€".repeat(152), 2),
            (&*"€".repeat(153), 3),
            (&*"ó".repeat(70), 1),
            (&*"ó".repeat(71), 2),
            (&*"ó".repeat(134), 2),
            (&*"ó".repeat(135), 3),
            (&*"🚪".repeat(35), 1),
            (&*"🚪".repeat(36), 2),
            (&*"🚪".repeat(66), 2),
            (&*"🚪".repeat(67), 3),
        ];
        for (text, expected) in cases {
            assert_eq!(segments(text), expected, "{} characters", text.chars().count());
        }
    }

    #[test]
    fn accents_go_only_where_that_shortens() {
        assert_eq!(fold("Código en el quiosco — José Ñandú…"), "Codigo en el quiosco - José Ñandu.");
        assert_eq!(fold("Código 李小龍"), "Código 李小龍");
        assert_eq!(fold("plain {text}"), "plain {text}");
    }
}
