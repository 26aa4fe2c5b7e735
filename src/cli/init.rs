//! `pgherd init` and `pgherd schema`: a spec to start from, and what a spec may contain.

use std::process::ExitCode;

use anyhow::Result;

use super::print;
use crate::spec;

pub(crate) fn init() -> Result<ExitCode> {
    print(&spec::template())
}

pub(crate) fn schema() -> Result<ExitCode> {
    print(&format!("{:#}\n", spec::schema()))
}
