//! What was seen and what is wrong with it, for people and for programs. Pure: prints nothing by itself.

mod json;
mod table;
mod words;

pub use json::json;
pub use table::table;
