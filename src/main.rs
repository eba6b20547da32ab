//! The `regscope` program.

fn main() {}
