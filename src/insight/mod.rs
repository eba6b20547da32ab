//! What the graph means: pure answers over it, computed when asked, without I/O and without a clock.

pub mod marks;
pub mod outline;
pub mod version;
