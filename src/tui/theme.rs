//! Colours and characters. Sixteen colours at most, readable on dark and on light; without colour, weight alone.

use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;

use crate::insight::marks::Mark;

/// How things are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    has_colour: bool,
    is_ascii: bool,
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
        Self {
            has_colour,
            is_ascii,
        }
    }

    /// The theme that the environment asks for: `NO_COLOR` (no-color.org), `TERM=dumb`, and the locale, whose first
    /// set variable of `LC_ALL`, `LC_CTYPE` and `LANG` counts.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let is_set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let is_dumb = variable("TERM").is_some_and(|term| term == "dumb");
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(is_set);
        let is_utf8 = locale.is_none_or(|locale| {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        });
        let is_linux_console = variable("TERM").is_some_and(|term| term == "linux");
        Self::new(
            is_set("NO_COLOR").is_none() && !is_dumb,
            !is_utf8 && !is_linux_console,
        )
    }

    /// Whether only ASCII may be drawn.
    pub fn is_ascii(self) -> bool {
        self.is_ascii
    }

    fn colour(self, colour: Color) -> Style {
        if self.has_colour {
            Style::new().fg(colour)
        } else {
            Style::new()
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
        self.colour(Color::Blue).add_modifier(Modifier::BOLD)
    }

    /// A key that can be pressed.
    pub fn key(self) -> Style {
        self.colour(Color::Cyan).add_modifier(Modifier::BOLD)
    }

    /// Something that is well.
    pub fn good(self) -> Style {
        self.colour(Color::Green)
    }

    /// Something to look at.
    pub fn warning(self) -> Style {
        self.colour(Color::Yellow)
    }

    /// Something that went wrong.
    pub fn bad(self) -> Style {
        self.colour(Color::Red).add_modifier(Modifier::BOLD)
    }

    /// Referrers: what is said about something.
    pub fn about(self) -> Style {
        self.colour(Color::Magenta)
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
            self.colour(Color::Cyan)
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
            Mark::Present | Mark::Partly => self.text(),
            Mark::None | Mark::Unsupported | Mark::NotAsked | Mark::Loading => self.dim(),
            Mark::RateLimited | Mark::CutShort | Mark::TooLarge | Mark::Missing => self.warning(),
            Mark::Forbidden | Mark::Failed | Mark::Invalid => self.bad(),
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
        assert_eq!(theme(&[("LANG", "en_GB.UTF-8")]), Theme::new(true, false));
        assert_eq!(theme(&[]), Theme::new(true, false));
        assert_eq!(
            theme(&[("LC_ALL", "C"), ("LANG", "de_DE.utf8")]),
            Theme::new(true, true)
        );
        assert_eq!(theme(&[("NO_COLOR", "1")]), Theme::new(false, false));
        assert_eq!(theme(&[("NO_COLOR", "")]), Theme::new(true, false));
    }
}
