//! The graph for elsewhere: documents for programs.

pub mod tree;
