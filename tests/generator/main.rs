//! What is made of a spec without a cluster: what is read and refused, the objects and their text, and what holds among
//! them. One binary, as each one links the library anew.

mod golden;
mod house;
mod invalid;
mod links;
mod metrics;
mod network;
mod scenarios;
mod spec;
mod stream;
mod yaml;
