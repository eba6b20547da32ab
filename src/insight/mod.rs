//! What the graph means: pure functions over it, without I/O and without a clock.

pub mod impact;
