//! homebody
