//! How amounts are written and how texts are made to fit, the same on the screen and in what the command line prints.
//!
//! Pure: a text goes in, a text comes out. Widths are columns of a terminal, not bytes or characters.

mod amounts;
mod fit;

pub use amounts::{age, bytes, counted, grouped};
pub use fit::{fit, fit_middle, fit_name, head, width, wrap};
