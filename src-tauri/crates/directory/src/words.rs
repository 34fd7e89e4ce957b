//! The words that spreadsheets and exports use, in English and Spanish: for columns, for yes and no, for languages.

use crate::Target;
use domain::directory::Field as F;

/// As compared: lower case, without accents, and nothing but letters and digits.
pub(crate) fn fold(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' => 'a',
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'í' | 'ì' | 'î' | 'ï' => 'i',
            'ó' | 'ò' | 'ô' | 'ö' | 'õ' => 'o',
            'ú' | 'ù' | 'û' | 'ü' => 'u',
            'ñ' => 'n',
            'ç' => 'c',
            'º' | 'ª' => ' ',
            other => other,
        })
        .filter(|c| c.is_alphanumeric())
        .collect()
}

/// The more telling a word, the earlier it stands: of two columns for one field the earlier is read. Covers what
/// Entra, Okta, Google Workspace and Active Directory call their columns.
const COLUMNS: &[(Target, &[&str])] = &[
    (
        Target::ExternalId,
        &[
            "externalid",
            "employeeid",
            "employeenumber",
            "employeeno",
            "personnelnumber",
            "personnelno",
            "personid",
            "staffid",
            "staffnumber",
            "workerid",
            "objectid",
            "objectguid",
            "entryuuid",
            "uuid",
            "idempleado",
            "iddeempleado",
            "numerodeempleado",
            "numeroempleado",
            "nempleado",
            "nodeempleado",
            "noempleado",
            "codigoempleado",
            "codigodeempleado",
            "matricula",
            "legajo",
            "numerodenomina",
            "idpersona",
            "identificador",
            "idusuario",
            "userid",
            "id",
            "uid",
            "samaccountname",
            "username",
            "login",
            "usuario",
        ],
    ),
    (Target::Reference, &["distinguishedname", "dn"]),
    (
        Target::Field(F::Email),
        &[
            "email",
            "emailaddress",
            "mail",
            "mailaddress",
            "primaryemail",
            "workemail",
            "businessemail",
            "companyemail",
            "primarysmtpaddress",
            "correo",
            "correoelectronico",
            "direcciondecorreo",
            "direcciondecorreoelectronico",
            "correocorporativo",
            "emailcorporativo",
            "userprincipalname",
            "upn",
            "userlogin",
        ],
    ),
    (
        Target::Field(F::Name),
        &[
            "fullname",
            "displayname",
            "name",
            "nombrecompleto",
            "nombreyapellidos",
            "nombreyapellido",
            "apellidosynombre",
            "nombreparamostrar",
            "cn",
            "commonname",
            "formattedname",
            "legalname",
            "employeename",
            "employee",
            "person",
            "empleado",
            "persona",
            "trabajador",
        ],
    ),
    (
        Target::GivenName,
        &["givenname", "firstname", "forename", "first", "nombre", "nombres", "nombredepila", "primernombre"],
    ),
    (
        Target::FamilyName,
        &[
            "familyname",
            "lastname",
            "surname",
            "sn",
            "last",
            "apellidos",
            "apellido",
            "primerapellido",
            "segundoapellido",
            "apellidopaterno",
            "apellidomaterno",
        ],
    ),
    (
        Target::Field(F::PreferredName),
        &[
            "preferredname",
            "preferredfirstname",
            "knownas",
            "nickname",
            "nombrepreferido",
            "conocidocomo",
            "apodo",
        ],
    ),
    (
        Target::Field(F::Aliases),
        &[
            "aliases",
            "alias",
            "othernames",
            "alternatenames",
            "formername",
            "maidenname",
            "aka",
            "otrosnombres",
        ],
    ),
    (
        Target::Field(F::Phone),
        &[
            "phone",
            "phonenumber",
            "mobile",
            "mobilephone",
            "mobilenumber",
            "cellphone",
            "cell",
            "workphone",
            "primaryphone",
            "businessphone",
            "businessphones",
            "officephone",
            "telephone",
            "telephonenumber",
            "tel",
            "telefono",
            "telefonomovil",
            "movil",
            "celular",
            "numerodetelefono",
            "telefonodeltrabajo",
        ],
    ),
    (
        Target::Field(F::Department),
        &[
            "department",
            "departmentname",
            "dept",
            "division",
            "team",
            "unit",
            "businessunit",
            "orgunit",
            "departamento",
            "area",
            "seccion",
            "equipo",
            "unidad",
        ],
    ),
    (
        Target::Field(F::Location),
        &[
            "location",
            "officelocation",
            "worklocation",
            "office",
            "physicaldeliveryofficename",
            "site",
            "building",
            "buildingid",
            "desk",
            "ubicacion",
            "oficina",
            "sede",
            "edificio",
            "centrodetrabajo",
            "centro",
            "puesto",
        ],
    ),
    (
        Target::Field(F::Manager),
        &[
            "managerid",
            "managerexternalid",
            "manageremployeeid",
            "manageremail",
            "manager",
            "linemanager",
            "supervisorid",
            "supervisor",
            "reportsto",
            "boss",
            "idresponsable",
            "correodelresponsable",
            "emaildelresponsable",
            "responsable",
            "jefe",
            "jefa",
            "superior",
            "gerente",
        ],
    ),
    (Target::Field(F::Groups), &["groups", "group", "groupnames", "memberof", "grupos", "grupo"]),
    (
        Target::Field(F::Badges),
        &[
            "badges",
            "badge",
            "badgenumber",
            "badgenumbers",
            "badgeid",
            "badgeno",
            "cardnumber",
            "cardid",
            "cardno",
            "cards",
            "card",
            "accesscard",
            "accesscardnumber",
            "cardserialnumber",
            "csn",
            "rfid",
            "numerodetarjeta",
            "idtarjeta",
            "ntarjeta",
            "tarjetas",
            "tarjeta",
            "credencial",
            "acreditacion",
        ],
    ),
    (
        Target::Field(F::Language),
        &["preferredlanguage", "language", "locale", "lang", "idioma", "idiomapreferido", "lengua"],
    ),
    (
        Target::Field(F::Channel),
        &[
            "channel",
            "preferredchannel",
            "notificationchannel",
            "notifyby",
            "canal",
            "canalpreferido",
            "avisarpor",
        ],
    ),
    (
        Target::Field(F::NeedsLowDoor),
        &[
            "needslowdoor",
            "lowdoor",
            "accessibledoor",
            "accessibility",
            "accessible",
            "wheelchair",
            "puertabaja",
            "accesibilidad",
            "accesible",
            "sillaruedas",
            "silladeruedas",
        ],
    ),
    (
        Target::Field(F::Active),
        &[
            "active",
            "isactive",
            "enabled",
            "accountenabled",
            "accountstatus",
            "employmentstatus",
            "status",
            "useraccountcontrol",
            "activo",
            "activa",
            "habilitado",
            "estado",
            "situacion",
        ],
    ),
];

/// What a header may mean, and how telling it is: 0 is the most.
pub(crate) fn column(header: &str) -> Option<(Target, usize)> {
    // Google writes "First Name [Required]".
    let header = fold(header.split('[').next().unwrap_or(header));
    // "Badge 2", "Apellido 1".
    let counted = header.trim_end_matches(|c: char| c.is_ascii_digit());
    let known = |word: &str| {
        COLUMNS
            .iter()
            .find_map(|(target, words)| words.iter().position(|w| *w == word).map(|at| (*target, at)))
    };
    known(&header).or_else(|| known(counted))
}

/// The bit of `userAccountControl` that says: switched off.
const SWITCHED_OFF: u32 = 0x2;
/// Below this, a number in a column of yes and no isn't `userAccountControl`.
const LEAST_CONTROL: u32 = 0x200;

/// Yes or no, as people and identity providers write it.
pub(crate) fn yes(text: &str) -> Option<bool> {
    Some(match fold(text).as_str() {
        "yes" | "y" | "true" | "t" | "1" | "x" | "on" | "active" | "enabled" | "employed" | "current"
        | "provisioned" | "recovery" | "passwordexpired" | "lockedout" | "si" | "s" | "verdadero"
        | "cierto" | "activo" | "activa" | "alta" | "habilitado" | "habilitada" => true,
        "no" | "n" | "false" | "f" | "0" | "off" | "inactive" | "disabled" | "left" | "leaver"
        | "terminated" | "former" | "archived" | "deleted" | "suspended" | "deprovisioned" | "staged"
        | "falso" | "inactivo" | "inactiva" | "baja" | "deshabilitado" | "deshabilitada" | "suspendido"
        | "suspendida" => false,
        number => {
            let control: u32 = number.parse().ok()?;
            if control < LEAST_CONTROL {
                return None;
            }
            control & SWITCHED_OFF == 0
        }
    })
}

/// One of the languages there are, or `None`: a person of another language gets the site's.
pub(crate) fn language(text: &str) -> Option<&'static str> {
    let word = fold(text.split(['-', '_', ',', ';']).next().unwrap_or(text));
    match word.as_str() {
        "en" | "eng" | "english" | "ingles" => Some("en"),
        "es" | "spa" | "spanish" | "espanol" | "castellano" => Some("es"),
        _ => None,
    }
}

/// A channel's name in one word.
pub(crate) fn channel(text: &str) -> Option<String> {
    let word = fold(text);
    Some(match word.as_str() {
        "" => return None,
        "email" | "mail" | "correo" | "correoelectronico" => "email".into(),
        "text" | "textmessage" | "mobile" | "movil" => "sms".into(),
        _ if word.len() <= 32 && word.is_ascii() => word,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exports_are_understood_without_a_hand() {
        for (header, target) in [
            ("First Name [Required]", Target::GivenName),
            ("E-mail", Target::Field(F::Email)),
            ("Correo electrónico", Target::Field(F::Email)),
            ("Nº empleado", Target::ExternalId),
            ("userPrincipalName", Target::Field(F::Email)),
            ("accountEnabled", Target::Field(F::Active)),
            ("Badge 2", Target::Field(F::Badges)),
            ("Segundo apellido", Target::FamilyName),
            ("physicalDeliveryOfficeName", Target::Field(F::Location)),
        ] {
            assert_eq!(column(header).map(|c| c.0), Some(target), "{header}");
        }
        assert_eq!(column("Shoe size"), None);
    }

    #[test]
    fn no_word_means_two_columns() {
        let mut seen = std::collections::BTreeMap::new();
        for (target, words) in COLUMNS {
            for word in *words {
                assert_eq!(fold(word), *word, "a word that can never be met");
                assert_eq!(seen.insert(*word, *target), None, "{word}");
            }
        }
    }

    #[test]
    fn yes_and_no_in_many_words() {
        assert!(["Sí", "TRUE", " 1 ", "ACTIVE", "512", "66048"].iter().all(|w| yes(w) == Some(true)));
        assert!(["No", "0", "Baja", "DEPROVISIONED", "514", "66050"].iter().all(|w| yes(w) == Some(false)));
        assert!(["", "maybe", "2", "99999999999"].iter().all(|w| yes(w).is_none()));
    }

    #[test]
    fn another_language_is_no_fault() {
        assert_eq!(
            ["en-US", "es_ES", "Español", "fr"].map(language),
            [Some("en"), Some("es"), Some("es"), None]
        );
    }
}
