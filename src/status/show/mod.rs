//! What was seen and what is wrong with it, for people and for programs. Pure: prints nothing by itself.

mod colour;
mod json;
mod table;
mod words;

pub use colour::coloured;
pub use json::json;
pub use table::table;
