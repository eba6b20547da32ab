//! What these tests share with others. By path, because rustfmt looks for nested modules beside `gc_live`.

#[path = "../support/binary.rs"]
pub mod binary;
#[path = "../support/independent.rs"]
pub mod independent;
