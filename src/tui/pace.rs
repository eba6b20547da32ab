//! When the screen is drawn, and when its rows are made anew.
//!
//! A key is drawn at once, over the rows that there are. What comes from the crawl is drawn as it comes for as long as
//! that is cheap; where it is not, rows and frames get a share of the time, and the rest is for taking facts in.

use std::time::{Duration, Instant};

use super::tree::Rows;

/// The shortest time between two frames.
const FRAME: Duration = Duration::from_millis(10);
/// How much longer than making them takes rows stay as they are while facts come: so they cost a quarter of the time.
const SHARE: u32 = 3;

/// What is due.
#[derive(Debug, Default)]
pub(super) struct FramePacer {
    /// When the last frame was done.
    frame: Option<Instant>,
    /// When rows were made last, and how long that and their frame took.
    rows: Option<(Instant, Duration)>,
    /// Whether the person did something that is not drawn.
    is_pressed: bool,
    /// Whether something else happened that is not drawn.
    is_dirty: bool,
}

impl FramePacer {
    /// The person did something.
    pub(super) fn pressed(&mut self) {
        self.is_pressed = true;
    }

    /// Whether what the person did is not drawn yet.
    pub(super) fn is_pressed(&self) -> bool {
        self.is_pressed
    }

    /// Something else happened.
    pub(super) fn changed(&mut self) {
        self.is_dirty = true;
    }

    /// The rows of the frame that is due now; none where none is.
    pub(super) fn due(&self, now: Instant) -> Option<Rows> {
        let is_frame_due = self.frame.is_none_or(|frame| now >= frame + FRAME);
        let are_rows_due = self
            .rows
            .is_none_or(|(made, cost)| now >= made + cost * SHARE);
        match (is_frame_due, are_rows_due) {
            (true, true) if self.is_pressed || self.is_dirty => Some(Rows::Newest),
            (true, false) if self.is_pressed => Some(Rows::AsTheyAre),
            _ => None,
        }
    }

    /// When the next frame is due, if one is.
    pub(super) fn next(&self) -> Option<Instant> {
        let frame = self.frame? + FRAME;
        if self.is_pressed {
            return Some(frame);
        }
        let rows = self.rows.map(|(made, cost)| made + cost * SHARE);
        self.is_dirty
            .then(|| rows.map_or(frame, |rows| rows.max(frame)))
    }

    /// A frame with such rows was begun then, and is done now.
    pub(super) fn drawn(&mut self, rows: Rows, begun: Instant, now: Instant) {
        self.frame = Some(now);
        self.is_pressed = false;
        match rows {
            Rows::Newest => {
                self.rows = Some((now, now.saturating_duration_since(begun)));
                self.is_dirty = false;
            }
            // What came before the key is still to be shown.
            Rows::AsTheyAre => self.is_dirty = true,
        }
    }

    /// When the last frame was done.
    pub(super) fn last(&self) -> Option<Instant> {
        self.frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(start: Instant, milliseconds: u64) -> Instant {
        start + Duration::from_millis(milliseconds)
    }

    #[test]
    fn a_key_is_drawn_over_the_rows_that_there_are_while_new_ones_are_dear() {
        let start = Instant::now();
        let mut pace = FramePacer::default();
        pace.changed();
        assert_eq!(pace.due(start), Some(Rows::Newest));
        pace.drawn(Rows::Newest, start, after(start, 100));
        assert_eq!(pace.next(), None);
        pace.changed();
        assert_eq!(pace.next(), Some(after(start, 400)));
        assert_eq!(pace.due(after(start, 200)), None);
        pace.pressed();
        assert_eq!(pace.next(), Some(after(start, 110)));
        assert_eq!(pace.due(after(start, 200)), Some(Rows::AsTheyAre));
        pace.drawn(Rows::AsTheyAre, after(start, 200), after(start, 205));
        // The facts are not forgotten, whatever is typed.
        assert_eq!(pace.next(), Some(after(start, 400)));
        pace.pressed();
        assert_eq!(pace.due(after(start, 400)), Some(Rows::Newest));
    }

    #[test]
    fn what_is_cheap_is_drawn_as_it_comes() {
        let start = Instant::now();
        let mut pace = FramePacer::default();
        pace.drawn(Rows::Newest, start, after(start, 2));
        pace.changed();
        assert_eq!(pace.due(after(start, 11)), None);
        assert_eq!(pace.due(after(start, 12)), Some(Rows::Newest));
    }
}
