//! Files that are whole or not there.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Written beside its place, and renamed when it is whole.
pub(super) fn put(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let half = half(path);
    let mut file = File::create(&half)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&half, path)
}

/// What a file is called until it is whole.
pub(super) fn half(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}
