//! How the node is: its file, its chain, its devices.

use crate::Result;
use crate::clock::rfc3339;
use crate::session::Reader;
use crate::start::Station;
use crate::wire::{DeviceHealth, DeviceKind, DeviceWhy, FoundDevice, Health, HealthKind, Topic};
use hardware::{Access, DeviceClass};

/// Verifies the whole chain once after a start, beside everything else.
pub(crate) async fn verify(station: Station) {
    let report = station.inner.store.check().await;
    let ok = match report {
        Ok(report) => {
            if let Some(fault) = &report.fault {
                tracing::error!(%fault, "the custody log does not verify");
            }
            if let Some(fault) = &report.fault {
                // Doors must not be opened by a record that says what did not happen.
                station.inner.store.break_off(&format!("{fault}: restore a backup"));
            }
            report.fault.is_none()
        }
        Err(error) => {
            tracing::error!(%error, "the custody log could not be verified");
            if let store::StoreError::Damaged(_) = error {
                station.inner.store.break_off(&error.to_string());
            }
            return;
        }
    };
    *station.inner.chain_ok.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(ok);
    station.inner.changed(Topic::Health);
}

impl Reader {
    pub async fn health(&self) -> Result<Health> {
        let inner = &self.station.inner;
        let (events, saved) = inner.store.head().await?;
        let chain_ok = *inner.chain_ok.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let picture = self.station.picture();
        let mut devices: Vec<DeviceHealth> = Vec::new();
        for bank in inner.store.banks().await? {
            let link = picture.links.get(&bank.id);
            let ok = picture.online.get(&bank.id).copied().unwrap_or(false);
            let why =
                if ok { None } else { link.and_then(|l| l.why.clone()).or(Some(DeviceWhy::Connecting)) };
            let since = rfc3339(link.map_or(self.station.now(), |l| l.since));
            devices.push(DeviceHealth { name: bank.name, kind: HealthKind::Bank, ok, why, since });
        }
        for (name, state) in inner.readers.states() {
            let (ok, why, since) = (state.up, state.why, rfc3339(state.since));
            devices.push(DeviceHealth { name, kind: HealthKind::Reader, ok, why, since });
        }
        devices.extend(self.channel_health());
        let waiting = inner.store.outbox_waiting().await?.into_iter().map(|(_, n)| n).sum::<i64>();
        let name = inner.folder.display().to_string();
        if let Some(halted) = picture.halted {
            let (why, since) = (Some(DeviceWhy::DiskFailed { says: halted.why }), rfc3339(halted.since));
            devices.push(DeviceHealth { name, kind: HealthKind::Disk, ok: false, why, since });
        } else if let Some(since) = inner.room.low_since() {
            let free_mebibytes = u32::try_from(inner.room.free() >> 20).unwrap_or(u32::MAX);
            let why = Some(DeviceWhy::DiskLow { free_mebibytes });
            let since = rfc3339(since);
            devices.push(DeviceHealth { name, kind: HealthKind::Disk, ok: false, why, since });
        }
        Ok(Health {
            sqlite: inner.store.sqlite_version().await?,
            data_folder: inner.folder.display().to_string(),
            chain_ok,
            events: u32::try_from(events).unwrap_or(u32::MAX),
            saved_at: saved.map(rfc3339),
            devices,
            outbox_waiting: u32::try_from(waiting).unwrap_or(u32::MAX),
            backup: self.station.backup_health(),
            directory: self.station.directory_health().await?,
            secrets: inner.secrets().health(),
        })
    }
}

/// Serial ports and HID devices of this machine, also those that are there and not permitted.
pub async fn devices() -> Vec<FoundDevice> {
    let found = tokio::task::spawn_blocking(hardware::list).await.unwrap_or_default();
    found
        .into_iter()
        .map(|device| FoundDevice {
            id: device.id,
            path: device.path,
            name: device.name,
            kind: match device.class {
                DeviceClass::Serial => DeviceKind::Serial,
                DeviceClass::Hid => DeviceKind::Hid,
            },
            permitted: device.access == Access::Permitted,
            group: match device.access {
                Access::NotPermitted { group } => group,
                Access::Permitted => None,
            },
            in_use: false,
        })
        .collect()
}
