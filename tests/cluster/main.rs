//! What talks to a cluster, without one: facts are made up, what `pgherd status` judges and shows of them is looked at,
//! who may take the lead, and what the command line of it, of `psql`, `dsn`, `completions` and `man` refuses.
#![cfg(feature = "cluster")]

mod certificate;
mod command;
mod documents;
mod judge;
mod kept;
mod leader;
mod seeds;
mod shop;
mod tables;
mod widths;
