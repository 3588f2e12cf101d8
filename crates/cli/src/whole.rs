//! Files that are replaced whole: whoever is interrupted leaves the old one or the new one.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Writes a file, first beside it.
pub(crate) fn write(file: &Path, bytes: impl AsRef<[u8]>) -> io::Result<()> {
    // A link stays one: what it points to is replaced.
    let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let mut beside: OsString = file.clone().into_os_string();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    fs::write(&beside, bytes)?;
    if let Ok(before) = fs::metadata(&file) {
        fs::set_permissions(&beside, before.permissions())?;
    }
    fs::rename(&beside, &file)
}
