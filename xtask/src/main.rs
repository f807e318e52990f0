//! The project's only build tool.
fn main() {}
