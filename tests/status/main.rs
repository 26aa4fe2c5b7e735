//! `pgherd status`, `psql`, `dsn`, `completions` and `man` without a cluster: facts are made up, what is judged and
//! shown of them is looked at, and the command line refuses what it has to.
#![cfg(feature = "cluster")]

mod certificate;
mod command;
mod documents;
mod judge;
mod shop;
mod tables;
mod widths;
