//! A terminal of a size that somebody looks at. A terminal says how large it is, and may say anything: one of 65535
//! columns and as many rows would take gigabytes to draw on.

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

use super::terminal::Console;

/// The most that is drawn on: several times what the largest screens show in the smallest letters.
const MOST: Size = Size::new(1_000, 500);

/// As much of a size as is drawn on.
pub(super) fn bounded(size: Size) -> Size {
    Size::new(size.width.min(MOST.width), size.height.min(MOST.height))
}

/// Another backend, of which no more is used than [`bounded`].
#[derive(Debug)]
pub struct Bounded<B>(pub B);

impl<B: Backend> Backend for Bounded<B> {
    type Error = B::Error;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), B::Error>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        self.0.draw(content)
    }

    fn append_lines(&mut self, count: u16) -> Result<(), B::Error> {
        self.0.append_lines(count)
    }

    fn hide_cursor(&mut self) -> Result<(), B::Error> {
        self.0.hide_cursor()
    }

    fn show_cursor(&mut self) -> Result<(), B::Error> {
        self.0.show_cursor()
    }

    fn get_cursor_position(&mut self) -> Result<Position, B::Error> {
        self.0.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), B::Error> {
        self.0.set_cursor_position(position)
    }

    fn clear(&mut self) -> Result<(), B::Error> {
        self.0.clear()
    }

    fn clear_region(&mut self, region: ClearType) -> Result<(), B::Error> {
        self.0.clear_region(region)
    }

    fn size(&self) -> Result<Size, B::Error> {
        self.0.size().map(bounded)
    }

    fn window_size(&mut self) -> Result<WindowSize, B::Error> {
        self.0.window_size()
    }

    fn flush(&mut self) -> Result<(), B::Error> {
        self.0.flush()
    }
}

impl<B: Console> Console for Bounded<B> {
    fn copy(&mut self, text: &str) -> Result<(), String> {
        self.0.copy(text)
    }

    fn suspend(&mut self) -> Result<(), String> {
        self.0.suspend()
    }

    fn set_mouse(&mut self, is_on: bool) {
        self.0.set_mouse(is_on);
    }
}
