//! A SQLite file system that loses power: after a chosen number of writing calls everything fails, and what had not
//! been synced is kept, dropped or torn by chance. Wraps SQLite's own file system; files outside a watched folder
//! pass through untouched. Never invents: what survives is only ever a part of what was written.
//!
//! The model is a disk with 512-byte sectors that may write what waits in any order; what a sync returned for stays.

use libsqlite3_sys as ffi;
use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, Once, OnceLock, PoisonError};

const SECTOR: usize = 512;

/// The power supply of one folder.
#[derive(Clone)]
pub struct Power(Arc<Shared>);

struct Shared {
    folder: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    ops: u64,
    cut_at: Option<u64>,
    off: bool,
    /// The next sync fails, and those after it succeed: what waited is lost all the same.
    sync_fails: bool,
    disks: BTreeMap<PathBuf, Disk>,
}

/// One file: what a power cut can't take, and what waits to be synced.
struct Disk {
    durable: Vec<u8>,
    waiting: Vec<Change>,
}

enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Truncate(usize),
}

static WATCHED: Mutex<Vec<Power>> = Mutex::new(Vec::new());

impl Power {
    /// Watches a folder, from now on and for whatever SQLite opens in it.
    pub fn of(folder: &Path) -> Power {
        install();
        let power = Power(Arc::new(Shared { folder: folder.into(), state: Mutex::default() }));
        lock(&WATCHED).push(power.clone());
        power
    }

    /// The power goes with the n-th writing call from now: that call and all after it fail. 1 is the next one.
    pub fn cut_after(&self, calls: u64) {
        let mut state = self.state();
        state.cut_at = Some(state.ops + calls);
    }

    /// The next sync fails as a disk's does that gave up on a block: what waited is gone, the one after succeeds.
    pub fn fail_a_sync(&self) {
        self.state().sync_fails = true;
    }

    /// No cut is to come any more.
    pub fn stay_on(&self) {
        self.state().cut_at = None;
    }

    pub fn is_off(&self) -> bool {
        self.state().off
    }

    /// Writing calls so far: writes, truncations, syncs and deletions.
    pub fn calls(&self) -> u64 {
        self.state().ops
    }

    /// What a power cut now would leave for certain: every file's synced bytes.
    pub fn durable(&self) -> Vec<Vec<u8>> {
        self.state().disks.values().map(|disk| disk.durable.clone()).collect()
    }

    /// Power comes back: the files hold what survived. All connections must be closed. `seed` decides what of the
    /// writes that waited was kept, dropped or torn.
    pub fn restore(&self, seed: u64) -> std::io::Result<()> {
        let mut state = self.state();
        let mut dice = seed;
        for (path, disk) in &mut state.disks {
            for change in std::mem::take(&mut disk.waiting) {
                disk.durable = survive(std::mem::take(&mut disk.durable), change, &mut dice);
            }
            if path.exists() {
                std::fs::write(path, &disk.durable)?;
            }
            let shared = PathBuf::from(format!("{}-shm", path.display()));
            if shared.exists() {
                std::fs::remove_file(shared)?;
            }
        }
        state.disks.clear();
        state.off = false;
        state.cut_at = None;
        Ok(())
    }

    /// No longer watched.
    pub fn forget(self) {
        lock(&WATCHED).retain(|power| !Arc::ptr_eq(&power.0, &self.0));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0.state)
    }

    /// Counts a writing call; false when there is no power for it.
    fn on(&self) -> bool {
        let mut state = self.state();
        state.ops += 1;
        if state.cut_at.is_some_and(|at| state.ops >= at) {
            state.off = true;
        }
        !state.off
    }

    fn wait(&self, path: &Path, change: Change) {
        if let Some(disk) = self.state().disks.get_mut(path) {
            disk.waiting.push(change);
        }
    }
}

fn survive(mut disk: Vec<u8>, change: Change, dice: &mut u64) -> Vec<u8> {
    match change {
        Change::Truncate(len) => {
            if roll(dice).is_multiple_of(2) {
                disk.resize(len, 0);
            }
        }
        Change::Write { at, bytes } => match roll(dice) % 3 {
            0 => {}
            1 => put(&mut disk, at, &bytes),
            _ => {
                // Torn: some sectors of it are new, the others as before.
                let mut from = 0;
                while from < bytes.len() {
                    let to = (from + SECTOR - (at + from) % SECTOR).min(bytes.len());
                    if roll(dice).is_multiple_of(2) {
                        put(&mut disk, at + from, &bytes[from..to]);
                    }
                    from = to;
                }
            }
        },
    }
    disk
}

fn put(disk: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    if disk.len() < at + bytes.len() {
        disk.resize(at + bytes.len(), 0);
    }
    disk[at..at + bytes.len()].copy_from_slice(bytes);
}

/// SplitMix64.
fn roll(dice: &mut u64) -> u64 {
    *dice = dice.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *dice;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn watching(path: &Path) -> Option<Power> {
    lock(&WATCHED).iter().find(|power| path.parent() == Some(power.0.folder.as_path())).cloned()
}

// ---- SQLite's side ----

/// An open file: ours first, SQLite's own right behind it in the same allocation.
#[repr(C)]
struct File {
    base: ffi::sqlite3_file,
    watched: *mut Watched,
}

struct Watched {
    power: Power,
    path: PathBuf,
}

static REAL: OnceLock<usize> = OnceLock::new();
static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 3,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock_file),
    xUnlock: Some(unlock_file),
    xCheckReservedLock: Some(check_reserved),
    xFileControl: Some(control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: Some(fetch),
    xUnfetch: Some(unfetch),
};

/// Makes it SQLite's default file system, once.
fn install() {
    static ONCE: Once = Once::new();
    // SAFETY: the structs live for ever and SQLite copies nothing out of them but what it documents.
    ONCE.call_once(|| unsafe {
        ffi::sqlite3_initialize();
        let real = ffi::sqlite3_vfs_find(ptr::null());
        assert!(!real.is_null(), "SQLite has a file system");
        let _ = REAL.set(real as usize);
        let mut ours = ptr::read(real);
        ours.zName = c"crash".as_ptr();
        ours.szOsFile += c_int::try_from(size_of::<File>()).unwrap_or(c_int::MAX);
        ours.pNext = ptr::null_mut();
        ours.xOpen = Some(open);
        ours.xDelete = Some(delete);
        let code = ffi::sqlite3_vfs_register(Box::into_raw(Box::new(ours)), 1);
        assert_eq!(code, ffi::SQLITE_OK);
    });
}

fn real_vfs() -> *mut ffi::sqlite3_vfs {
    REAL.get().map_or(ptr::null_mut(), |at| *at as *mut ffi::sqlite3_vfs)
}

/// SAFETY: `file` was opened by [`open`], so SQLite's own file stands right behind ours.
unsafe fn behind(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    unsafe { file.cast::<u8>().add(size_of::<File>()).cast() }
}

/// SAFETY: as [`behind`]; null for a file outside a watched folder.
unsafe fn watched<'a>(file: *mut ffi::sqlite3_file) -> Option<&'a Watched> {
    unsafe { (*file.cast::<File>()).watched.as_ref() }
}

/// Calls the method of SQLite's own file.
macro_rules! real {
    ($file:expr, $method:ident $(, $arg:expr)*) => {{
        let inner = unsafe { behind($file) };
        match unsafe { (*(*inner).pMethods).$method } {
            Some(method) => unsafe { method(inner $(, $arg)*) },
            None => ffi::SQLITE_IOERR,
        }
    }};
}

unsafe extern "C" fn open(
    _vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    let ours = file.cast::<File>();
    unsafe {
        (*ours).base.pMethods = ptr::null();
        (*ours).watched = ptr::null_mut();
    }
    let path = if name.is_null() { None } else { Some(path_of(name)) };
    let power = path.as_deref().and_then(watching);
    if power.as_ref().is_some_and(Power::is_off) {
        return ffi::SQLITE_CANTOPEN;
    }
    let before = path.as_deref().filter(|_| power.is_some()).map(|p| std::fs::read(p).unwrap_or_default());
    let vfs = real_vfs();
    let Some(real_open) = (unsafe { (*vfs).xOpen }) else { return ffi::SQLITE_IOERR };
    let code = unsafe { real_open(vfs, name, behind(file), flags, out) };
    if code != ffi::SQLITE_OK {
        return code;
    }
    unsafe { (*ours).base.pMethods = &raw const METHODS };
    if let (Some(power), Some(path), Some(durable)) = (power, path, before) {
        power.state().disks.entry(path.clone()).or_insert(Disk { durable, waiting: Vec::new() });
        unsafe { (*ours).watched = Box::into_raw(Box::new(Watched { power, path })) };
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(_vfs: *mut ffi::sqlite3_vfs, name: *const c_char, sync_dir: c_int) -> c_int {
    let path = path_of(name);
    if let Some(power) = watching(&path) {
        if !power.on() {
            return ffi::SQLITE_IOERR_DELETE;
        }
        power.state().disks.remove(&path);
    }
    let vfs = real_vfs();
    match unsafe { (*vfs).xDelete } {
        Some(real_delete) => unsafe { real_delete(vfs, name, sync_dir) },
        None => ffi::SQLITE_IOERR,
    }
}

fn path_of(name: *const c_char) -> PathBuf {
    // SAFETY: SQLite hands over a terminated string.
    PathBuf::from(unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned())
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    let code = real!(file, xClose);
    let ours = file.cast::<File>();
    unsafe {
        if !(*ours).watched.is_null() {
            drop(Box::from_raw((*ours).watched));
            (*ours).watched = ptr::null_mut();
        }
    }
    code
}

unsafe extern "C" fn read(file: *mut ffi::sqlite3_file, to: *mut c_void, n: c_int, at: i64) -> c_int {
    real!(file, xRead, to, n, at)
}

unsafe extern "C" fn write(file: *mut ffi::sqlite3_file, from: *const c_void, n: c_int, at: i64) -> c_int {
    if let Some(watched) = unsafe { watched(file) } {
        if !watched.power.on() {
            return ffi::SQLITE_IOERR_WRITE;
        }
        let len = usize::try_from(n).unwrap_or(0);
        // SAFETY: SQLite hands over `n` bytes.
        let bytes = unsafe { std::slice::from_raw_parts(from.cast::<u8>(), len) }.to_vec();
        watched.power.wait(&watched.path, Change::Write { at: usize::try_from(at).unwrap_or(0), bytes });
    }
    real!(file, xWrite, from, n, at)
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, len: i64) -> c_int {
    if let Some(watched) = unsafe { watched(file) } {
        if !watched.power.on() {
            return ffi::SQLITE_IOERR_TRUNCATE;
        }
        watched.power.wait(&watched.path, Change::Truncate(usize::try_from(len).unwrap_or(0)));
    }
    real!(file, xTruncate, len)
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _flags: c_int) -> c_int {
    let Some(watched) = (unsafe { watched(file) }) else { return real!(file, xSync, _flags) };
    if !watched.power.on() {
        return ffi::SQLITE_IOERR_FSYNC;
    }
    let mut state = watched.power.state();
    if std::mem::take(&mut state.sync_fails) {
        if let Some(disk) = state.disks.get_mut(&watched.path) {
            disk.waiting.clear();
        }
        return ffi::SQLITE_IOERR_FSYNC;
    }
    // The real disk needs no sync: the process goes on, and what is durable is kept here.
    if let Some(disk) = state.disks.get_mut(&watched.path) {
        for change in std::mem::take(&mut disk.waiting) {
            match change {
                Change::Truncate(len) => disk.durable.resize(len, 0),
                Change::Write { at, bytes } => put(&mut disk.durable, at, &bytes),
            }
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, out: *mut i64) -> c_int {
    real!(file, xFileSize, out)
}
unsafe extern "C" fn lock_file(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    real!(file, xLock, level)
}
unsafe extern "C" fn unlock_file(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    real!(file, xUnlock, level)
}
unsafe extern "C" fn check_reserved(file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    real!(file, xCheckReservedLock, out)
}
unsafe extern "C" fn control(file: *mut ffi::sqlite3_file, op: c_int, arg: *mut c_void) -> c_int {
    real!(file, xFileControl, op, arg)
}
unsafe extern "C" fn sector_size(_file: *mut ffi::sqlite3_file) -> c_int {
    c_int::try_from(SECTOR).unwrap_or(512)
}
unsafe extern "C" fn characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    real!(file, xDeviceCharacteristics)
}
unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    page: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    real!(file, xShmMap, page, size, extend, out)
}
unsafe extern "C" fn shm_lock(file: *mut ffi::sqlite3_file, offset: c_int, n: c_int, flags: c_int) -> c_int {
    real!(file, xShmLock, offset, n, flags)
}
unsafe extern "C" fn shm_barrier(file: *mut ffi::sqlite3_file) {
    let inner = unsafe { behind(file) };
    if let Some(barrier) = unsafe { (*(*inner).pMethods).xShmBarrier } {
        unsafe { barrier(inner) };
    }
}
unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, delete: c_int) -> c_int {
    real!(file, xShmUnmap, delete)
}
unsafe extern "C" fn fetch(file: *mut ffi::sqlite3_file, at: i64, n: c_int, out: *mut *mut c_void) -> c_int {
    real!(file, xFetch, at, n, out)
}
unsafe extern "C" fn unfetch(file: *mut ffi::sqlite3_file, at: i64, page: *mut c_void) -> c_int {
    real!(file, xUnfetch, at, page)
}
