//! Colours and characters, by role. Whatever the terminal has, each can be read on black and on white; without colour,
//! weight alone.

use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;

use crate::insight::marks::Mark;

/// How things are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    palette: Palette,
    is_ascii: bool,
}

/// The colours of the roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Palette {
    /// None: weight alone.
    Mono,
    /// Of the terminal's own sixteen, those that can be read on black and on white; the rest is weight.
    Sixteen,
    /// Of the 256 fixed ones, those that can be read on black and on white.
    Default,
    /// Brighter, for a dark ground.
    Dark,
    /// Darker, for a light ground.
    Light,
}

/// What a colour is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Heading,
    Key,
    Good,
    Warning,
    Bad,
    About,
    Border,
}

impl Palette {
    /// The palette of this name.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "default" => Self::Default,
            "dark" => Self::Dark,
            "light" => Self::Light,
            "mono" => Self::Mono,
            "16" => Self::Sixteen,
            _ => return None,
        })
    }

    /// The colour of a role; none where it is told by weight.
    pub(super) const fn colour(self, role: Role) -> Option<Color> {
        let index = match (self, role) {
            (Self::Mono, _) | (Self::Sixteen, Role::Heading | Role::Key | Role::Border) => {
                return None;
            }
            (Self::Sixteen, Role::Bad) => return Some(Color::Red),
            (Self::Sixteen, Role::Good) => return Some(Color::Green),
            (Self::Sixteen, Role::Warning | Role::About) => return Some(Color::Magenta),
            (Self::Default, Role::Heading) => 33,
            (Self::Default, Role::Key | Role::Border) => 31,
            (Self::Default, Role::Good) => 28,
            (Self::Default, Role::Warning) => 136,
            (Self::Default, Role::Bad) => 160,
            (Self::Default, Role::About) => 133,
            (Self::Dark, Role::Heading) => 75,
            (Self::Dark, Role::Key | Role::Border) => 80,
            (Self::Dark, Role::Good) => 114,
            (Self::Dark, Role::Warning) => 179,
            (Self::Dark, Role::Bad) => 203,
            (Self::Dark, Role::About) => 176,
            (Self::Light, Role::Heading) => 25,
            (Self::Light, Role::Key | Role::Border) => 24,
            (Self::Light, Role::Good) => 22,
            (Self::Light, Role::Warning) => 94,
            (Self::Light, Role::Bad) => 124,
            (Self::Light, Role::About) => 90,
        };
        Some(Color::Indexed(index))
    }
}

/// The frame of terminals that have nothing else.
const ASCII_BORDER: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

impl Default for Theme {
    fn default() -> Self {
        Self::new(true, false)
    }
}

impl Theme {
    /// A theme with or without colour, for terminals with or without characters beyond ASCII.
    pub fn new(has_colour: bool, is_ascii: bool) -> Self {
        let palette = if has_colour {
            Palette::Default
        } else {
            Palette::Mono
        };
        Self { palette, is_ascii }
    }

    /// The theme that the environment asks for: `NO_COLOR` (no-color.org); `REGSCOPE_THEME`, one of `default`, `dark`,
    /// `light`, `mono` and `16`; `TERM` and `COLORTERM`, which say whether there are more than sixteen colours; and the
    /// locale, whose first set variable of `LC_ALL`, `LC_CTYPE` and `LANG` counts.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let is_set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let term = variable("TERM").unwrap_or_default();
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(is_set);
        let is_utf8 = locale.is_none_or(|locale| {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        });
        let has_many = term.contains("256color") || is_set("COLORTERM").is_some();
        let chosen = is_set("REGSCOPE_THEME").and_then(|name| Palette::named(&name));
        let palette = match chosen {
            _ if is_set("NO_COLOR").is_some() || term == "dumb" => Palette::Mono,
            Some(palette) => palette,
            None if has_many => Palette::Default,
            None => Palette::Sixteen,
        };
        Self {
            palette,
            is_ascii: !is_utf8 && term != "linux",
        }
    }

    /// Whether only ASCII may be drawn.
    pub fn is_ascii(self) -> bool {
        self.is_ascii
    }

    fn colour(self, role: Role) -> Style {
        match self.palette.colour(role) {
            Some(colour) => Style::new().fg(colour),
            None => Style::new(),
        }
    }

    /// Plain text.
    pub fn text(self) -> Style {
        Style::new()
    }

    /// What matters less.
    pub fn dim(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// Names and headings.
    pub fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// A version line, a repository.
    pub fn heading(self) -> Style {
        self.colour(Role::Heading).add_modifier(Modifier::BOLD)
    }

    /// A key that can be pressed.
    pub fn key(self) -> Style {
        self.colour(Role::Key).add_modifier(Modifier::BOLD)
    }

    /// Something that is well.
    pub fn good(self) -> Style {
        self.colour(Role::Good)
    }

    /// Something to look at.
    pub fn warning(self) -> Style {
        self.colour(Role::Warning)
    }

    /// Something that went wrong.
    pub fn bad(self) -> Style {
        self.colour(Role::Bad).add_modifier(Modifier::BOLD)
    }

    /// Referrers: what is said about something.
    pub fn about(self) -> Style {
        self.colour(Role::About)
    }

    /// The row under the cursor: one even bar, whatever its parts are drawn in.
    pub fn cursor(self, has_focus: bool) -> Style {
        if has_focus {
            Style::new()
                .fg(Color::Reset)
                .add_modifier(Modifier::REVERSED)
                .remove_modifier(Modifier::DIM)
        } else {
            Style::new().add_modifier(Modifier::UNDERLINED)
        }
    }

    /// The frame of a pane.
    pub fn border(self, has_focus: bool) -> Style {
        if has_focus {
            self.colour(Role::Border)
        } else {
            self.dim()
        }
    }

    /// The characters of a frame.
    pub fn border_set(self) -> border::Set<'static> {
        if self.is_ascii {
            ASCII_BORDER
        } else {
            border::ROUNDED
        }
    }

    /// The style of an evidence mark.
    pub fn mark(self, mark: Mark) -> Style {
        match mark {
            // Green is for what this run verified.
            Mark::Verified => self.good(),
            Mark::Present | Mark::Partly => self.text(),
            Mark::None | Mark::Unsupported | Mark::NotAsked | Mark::Loading => self.dim(),
            Mark::RateLimited | Mark::CutShort | Mark::TooLarge | Mark::Missing => self.warning(),
            Mark::Forbidden | Mark::Failed | Mark::Invalid | Mark::Refuted => self.bad(),
        }
    }

    /// What stands where something was cut.
    pub fn more(self) -> &'static str {
        if self.is_ascii { "~" } else { "…" }
    }

    /// What stands between the parts of a path.
    pub fn then(self) -> &'static str {
        if self.is_ascii { " > " } else { " › " }
    }

    /// A path that was written with the usual sign between its parts.
    pub fn plain_path(self, path: &str) -> String {
        if self.is_ascii {
            path.replace(" › ", self.then())
        } else {
            path.to_owned()
        }
    }

    /// What stands between parts of a sentence that are apart.
    pub fn dot(self) -> &'static str {
        if self.is_ascii { " - " } else { " · " }
    }

    /// The sign of an open row, of a closed one, and of one without children.
    pub fn fold(self, has_children: bool, is_open: bool) -> &'static str {
        match (has_children, is_open, self.is_ascii) {
            (false, ..) => "  ",
            (true, true, false) => "▾ ",
            (true, false, false) => "▸ ",
            (true, true, true) => "- ",
            (true, false, true) => "+ ",
        }
    }

    /// The sign of a row that was marked.
    pub fn marked(self) -> &'static str {
        if self.is_ascii { "*" } else { "◆" }
    }

    /// The sign of a row of the range that is about to be marked.
    pub fn ranged(self) -> &'static str {
        if self.is_ascii { "|" } else { "┃" }
    }

    /// The keys that have no letter.
    pub fn arrows(self) -> [&'static str; 5] {
        if self.is_ascii {
            ["Up", "Down", "Left", "Right", "Enter"]
        } else {
            ["↑", "↓", "←", "→", "↵"]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_is_obeyed() {
        let theme = |variables: &'static [(&str, &str)]| {
            Theme::from_environment(|name| {
                let found = variables.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        let of = |palette, is_ascii| Theme { palette, is_ascii };
        assert_eq!(
            theme(&[("LANG", "en_GB.UTF-8"), ("TERM", "xterm-256color")]),
            of(Palette::Default, false)
        );
        assert_eq!(theme(&[("TERM", "xterm")]), of(Palette::Sixteen, false));
        assert_eq!(
            theme(&[("LC_ALL", "C"), ("LANG", "de_DE.utf8")]),
            of(Palette::Sixteen, true)
        );
        assert_eq!(theme(&[("NO_COLOR", "1")]), of(Palette::Mono, false));
        assert_eq!(
            theme(&[("NO_COLOR", ""), ("REGSCOPE_THEME", "light")]),
            of(Palette::Light, false)
        );
    }

    const ROLES: [Role; 7] = [
        Role::Heading,
        Role::Key,
        Role::Good,
        Role::Warning,
        Role::Bad,
        Role::About,
        Role::Border,
    ];
    const BLACK: [u8; 3] = [0; 3];
    const WHITE: [u8; 3] = [255; 3];

    /// The relative luminance of a colour (WCAG 2.2).
    fn luminance(colour: [u8; 3]) -> f64 {
        let [red, green, blue] = colour.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    fn contrast(ink: [u8; 3], ground: [u8; 3]) -> f64 {
        let (ink, ground) = (luminance(ink), luminance(ground));
        (ink.max(ground) + 0.05) / (ink.min(ground) + 0.05)
    }

    /// A colour of the fixed cube of 256.
    fn of_cube(index: u8) -> [u8; 3] {
        let steps = [0, 95, 135, 175, 215, 255];
        let place = usize::from(index - 16);
        [place / 36, place / 6 % 6, place % 6].map(|step| steps[step])
    }

    #[test]
    fn every_colour_can_be_read_on_its_ground() {
        for role in ROLES {
            for (palette, grounds) in [
                (Palette::Default, &[BLACK, WHITE][..]),
                (Palette::Dark, &[BLACK]),
                (Palette::Light, &[WHITE]),
            ] {
                let Some(Color::Indexed(index)) = palette.colour(role) else {
                    panic!("{palette:?} has a colour for {role:?}");
                };
                for ground in grounds {
                    let found = contrast(of_cube(index), *ground);
                    assert!(
                        found >= 3.0,
                        "{palette:?} {role:?} on {ground:?}: {found:.2}"
                    );
                }
            }
        }
    }

    #[test]
    fn of_sixteen_colours_only_those_are_used_that_are_seen_on_both_grounds() {
        // What xterm and the console draw them in.
        let drawn = |colour| match colour {
            Color::Red => [[205, 0, 0], [170, 0, 0]],
            Color::Green => [[0, 205, 0], [0, 170, 0]],
            Color::Magenta => [[205, 0, 205], [170, 0, 170]],
            other => panic!("{other} is hard to see on black or on white"),
        };
        for colour in ROLES
            .into_iter()
            .filter_map(|role| Palette::Sixteen.colour(role))
        {
            for ink in drawn(colour) {
                for ground in [BLACK, WHITE] {
                    let found = contrast(ink, ground);
                    assert!(found >= 2.1, "{colour} on {ground:?}: {found:.2}");
                }
            }
        }
    }
}
