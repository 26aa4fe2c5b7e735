//! Types JSON, in one way for all: each other reader would be compiled once more for every type of Kubernetes, which are
//! most of what this program reads.

use serde::de::DeserializeOwned;
use serde_json::Value;

/// Why JSON is not of a type, and where.
pub(crate) type ReadError = serde_path_to_error::Error<serde_json::Error>;

/// A value of JSON as a type.
///
/// # Errors
/// The first part that the type does not have so.
pub(crate) fn read<T: DeserializeOwned>(value: &Value) -> Result<T, ReadError> {
    serde_path_to_error::deserialize(value)
}
