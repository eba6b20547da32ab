//! Where the panes are. Worked out from the model alone, so that clicks and scrolling agree with what is drawn.

use ratatui::layout::{Margin, Rect};

use super::model::{Focus, Model};

/// From this many columns on, tree and details are both shown.
const WIDE: u16 = 100;
/// From this many columns on, side by side: the tree has room there for all that it shows at 80. Where there are fewer, and
/// rows enough, the details stand below it.
const SIDE_BY_SIDE: u16 = 140;
/// Rows that both need below each other.
const TALL: u16 = 28;

/// The areas of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Where we are.
    pub top: Rect,
    /// The next keys.
    pub bottom: Rect,
    /// The tree with its frame, if it is shown.
    pub tree: Option<Rect>,
    /// The details with their frame, if they are shown.
    pub details: Option<Rect>,
}

impl Layout {
    /// The layout of a model.
    pub fn of(model: &Model) -> Self {
        let (width, height) = model.size;
        let line = |y| Rect::new(0, y, width, 1.min(height));
        let panes = Rect::new(0, 1.min(height), width, height.saturating_sub(2));
        let (tree, details) = if width < WIDE || model.is_zoomed {
            match model.focus {
                Focus::Tree => (Some(panes), None),
                Focus::Details => (None, Some(panes)),
            }
        } else if width < SIDE_BY_SIDE && height >= TALL {
            let above = u16::try_from(u32::from(panes.height) * u32::from(model.split) / 100);
            let above = above.unwrap_or(panes.height).min(panes.height);
            let tree = Rect {
                height: above,
                ..panes
            };
            let details = Rect {
                y: panes.y + above,
                height: panes.height - above,
                ..panes
            };
            (Some(tree), Some(details))
        } else {
            let left = u16::try_from(u32::from(width) * u32::from(model.split) / 100);
            let left = left.unwrap_or(width).min(width);
            let tree = Rect {
                width: left,
                ..panes
            };
            let details = Rect {
                x: left,
                width: width.saturating_sub(left),
                ..panes
            };
            (Some(tree), Some(details))
        };
        Self {
            top: line(0),
            bottom: line(height.saturating_sub(1)),
            tree,
            details,
        }
    }

    /// All between the top line and the bottom line.
    pub fn panes(&self) -> Rect {
        Rect {
            y: self.top.y + self.top.height,
            height: self.bottom.y.saturating_sub(self.top.y + self.top.height),
            ..self.top
        }
    }

    /// The rows of the tree, inside its frame.
    pub fn tree_inside(&self) -> Option<Rect> {
        self.tree.map(|area| area.inner(Margin::new(1, 1)))
    }

    /// How many rows of the tree are shown.
    pub fn tree_rows(&self) -> usize {
        // What is behind the details keeps the height that it will have.
        let area = self.tree.or(self.details).unwrap_or_default();
        usize::from(area.height.saturating_sub(2))
    }

    /// The content of the details: below the tabs, inside the frame.
    pub fn details_inside(&self) -> Rect {
        let area = self.details.unwrap_or_default();
        let inner = area.inner(Margin::new(2, 1));
        let tabs = if inner.height > 12 { 2 } else { 1 };
        Rect {
            y: inner.y + tabs.min(inner.height),
            height: inner.height.saturating_sub(tabs),
            ..inner
        }
    }

    /// The line of the tabs.
    pub fn tabs(&self) -> Rect {
        let inner = self.details.unwrap_or_default().inner(Margin::new(2, 1));
        Rect {
            height: inner.height.min(1),
            ..inner
        }
    }

    /// How many lines of the details are shown.
    pub fn details_rows(&self) -> usize {
        usize::from(self.details_inside().height)
    }

    /// How many columns the details have.
    pub fn details_columns(&self) -> usize {
        usize::from(self.details_inside().width)
    }
}
