//! Licences: what a text names, and which family it belongs to.
//!
//! Expressions are read leniently by the `spdx` crate; what is none stays a text, and its family is told from how it
//! begins.

use spdx::expression::{ExprNode, Operator};
use spdx::{Expression, LicenseId, LicenseItem, LicenseReq, ParseMode};

/// What a licence asks of who passes the work on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// Hardly more than that its notice is kept.
    Permissive,
    /// That changes to the work itself stay under the licence.
    WeakCopyleft,
    /// That whatever is made from it stays under the licence.
    StrongCopyleft,
    /// There is a licence, and what it asks is not known here.
    Unknown,
    /// No licence is stated.
    NoneStated,
}

impl Family {
    /// Every family, in the order in which they are shown.
    pub const ALL: [Self; 5] = [
        Self::Permissive,
        Self::WeakCopyleft,
        Self::StrongCopyleft,
        Self::Unknown,
        Self::NoneStated,
    ];

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Permissive => "permissive",
            Self::WeakCopyleft => "weak-copyleft",
            Self::StrongCopyleft => "strong-copyleft",
            Self::Unknown => "unknown",
            Self::NoneStated => "none-stated",
        }
    }

    /// The name for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Permissive => "permissive",
            Self::WeakCopyleft => "weak copyleft",
            Self::StrongCopyleft => "strong copyleft",
            Self::Unknown => "unknown",
            Self::NoneStated => "none stated",
        }
    }
}

/// The family of several texts of one package: the strictest of those that are known, because the declared and the
/// concluded both hold until a person has looked. Cost: `O(n)` in the texts.
pub fn family_of<'a>(licenses: impl IntoIterator<Item = &'a str>) -> Family {
    let mut families = licenses.into_iter().map(family);
    let Some(first) = families.next() else {
        return Family::NoneStated;
    };
    families.fold(first, stricter)
}

fn stricter(one: Family, other: Family) -> Family {
    match (one, other) {
        (Family::Unknown, known) | (known, Family::Unknown) => known,
        (one, other) => one.max(other),
    }
}

/// The family of one text: of `A OR B` the freer, because one may choose, of `A AND B` the stricter.
pub fn family(text: &str) -> Family {
    let Some(expression) = parse(text) else {
        return of_text(text);
    };
    let mut stack: Vec<Family> = Vec::new();
    for node in expression.iter() {
        match node {
            ExprNode::Req(requirement) => stack.push(of_requirement(&requirement.req)),
            ExprNode::Op(operator) => {
                let (Some(one), Some(other)) = (stack.pop(), stack.pop()) else {
                    break;
                };
                stack.push(match operator {
                    Operator::And => stricter(one, other),
                    Operator::Or => one.min(other),
                });
            }
        }
    }
    stack.pop().unwrap_or(Family::Unknown)
}

/// The licences that a text names, as SPDX writes them; the text itself where it is no expression.
pub fn names(text: &str) -> Vec<String> {
    let Some(expression) = parse(text) else {
        return vec![text.trim().to_owned()];
    };
    let names = expression
        .requirements()
        .map(|requirement| match &requirement.req.license {
            LicenseItem::Spdx { id, .. } => id.name.to_owned(),
            other @ LicenseItem::Other(_) => other.to_string(),
        });
    names.collect()
}

fn parse(text: &str) -> Option<Expression> {
    // A text of this length is a licence's own words.
    if text.len() > 2000 {
        return None;
    }
    Expression::parse_mode(text.trim(), ParseMode::LAX).ok()
}

/// Licences that ask only for changes to the work itself.
const WEAK: [&str; 17] = [
    "LGPL", "MPL", "EPL", "CDDL", "CPL", "IPL", "CECILL-C", "MS-RL", "APSL", "SPL", "NPL", "EUPL",
    "ErlPL", "OFL", "LPPL", "Artistic", "CC-BY-ND",
];

/// Licences that ask for whatever is made from the work.
const STRONG: [&str; 13] = [
    "AGPL",
    "GPL",
    "SSPL",
    "OSL",
    "CECILL",
    "RPL",
    "QPL",
    "Sleepycat",
    "Watcom",
    "NPOSL",
    "CC-BY-SA",
    "CC-BY-NC-SA",
    "CPAL",
];

fn of_requirement(requirement: &LicenseReq) -> Family {
    match &requirement.license {
        LicenseItem::Spdx { id, .. } => {
            let family = of_id(*id);
            // An exception lets others link with it.
            if requirement.addition.is_some() && family == Family::StrongCopyleft {
                return Family::WeakCopyleft;
            }
            family
        }
        LicenseItem::Other(_) => Family::Unknown,
    }
}

fn of_id(id: LicenseId) -> Family {
    let begins = |list: &[&str]| list.iter().any(|name| id.name.starts_with(name));
    if begins(&WEAK) {
        Family::WeakCopyleft
    } else if begins(&STRONG) || id.is_copyleft() {
        Family::StrongCopyleft
    } else {
        Family::Permissive
    }
}

/// How texts begin that are no expressions, in small letters; the first that fits counts.
const TEXTS: [(&str, Family); 27] = [
    ("lgpl", Family::WeakCopyleft),
    ("gnu lesser", Family::WeakCopyleft),
    ("gnu library", Family::WeakCopyleft),
    ("mozilla", Family::WeakCopyleft),
    ("mpl", Family::WeakCopyleft),
    ("eclipse", Family::WeakCopyleft),
    ("epl", Family::WeakCopyleft),
    ("cddl", Family::WeakCopyleft),
    ("common development", Family::WeakCopyleft),
    ("artistic", Family::WeakCopyleft),
    ("agpl", Family::StrongCopyleft),
    ("gnu affero", Family::StrongCopyleft),
    ("gpl", Family::StrongCopyleft),
    ("gnu general", Family::StrongCopyleft),
    ("gnu gpl", Family::StrongCopyleft),
    ("mit", Family::Permissive),
    ("the mit", Family::Permissive),
    ("bsd", Family::Permissive),
    ("new bsd", Family::Permissive),
    ("the bsd", Family::Permissive),
    ("apache", Family::Permissive),
    ("asl 2", Family::Permissive),
    ("the apache", Family::Permissive),
    ("isc", Family::Permissive),
    ("zlib", Family::Permissive),
    ("public domain", Family::Permissive),
    ("python", Family::Permissive),
];

fn of_text(text: &str) -> Family {
    let text = text.trim();
    if let Some((id, length)) = spdx::imprecise_license_id(text)
        && length == text.len()
    {
        return of_id(id);
    }
    let small = text.to_ascii_lowercase();
    let found = TEXTS.iter().find(|(start, _)| {
        // `mit` begins `mitigated` too.
        let rest = small.strip_prefix(start);
        rest.is_some_and(|rest| {
            !rest.starts_with(|c: char| c.is_alphabetic())
                || small.starts_with("gplv")
                || rest.starts_with('v')
        })
    });
    found.map_or(Family::Unknown, |(_, family)| *family)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Family::{NoneStated, Permissive, StrongCopyleft, Unknown, WeakCopyleft};

    #[test]
    fn a_text_belongs_to_a_family() {
        for (text, family) in [
            ("MIT", Permissive),
            ("Apache-2.0 OR GPL-2.0-only", Permissive),
            ("MIT AND LGPL-2.1-or-later", WeakCopyleft),
            ("(MIT AND GPL-3.0+) OR MPL-2.0", WeakCopyleft),
            ("GPL-2.0-only WITH Classpath-exception-2.0", WeakCopyleft),
            ("GPL-2.0", StrongCopyleft),
            ("GPLv2+", StrongCopyleft),
            ("LGPLv2.1", WeakCopyleft),
            ("GNU General Public License", StrongCopyleft),
            ("Apache License 2.0", Permissive),
            ("BSD", Permissive),
            ("AGPL-3.0-or-later", StrongCopyleft),
            ("LicenseRef-own", Unknown),
            ("Mitigated terms", Unknown),
            ("see the file", Unknown),
            ("MIT OR LicenseRef-own", Permissive),
            ("", Unknown),
            ("((((", Unknown),
        ] {
            assert_eq!(super::family(text), family, "{text}");
        }
        assert_eq!(family_of([]), NoneStated);
        assert_eq!(family_of(["MIT", "GPL-2.0-only", "own"]), StrongCopyleft);
    }

    #[test]
    fn an_expression_names_licences() {
        assert_eq!(
            names("(MIT OR Apache-2.0) AND LicenseRef-x"),
            ["MIT", "Apache-2.0", "LicenseRef-x"]
        );
        assert_eq!(names("own words"), ["own words"]);
    }
}
