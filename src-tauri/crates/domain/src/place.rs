//! Where a door is in its bank, as people find it: by place, not by number.

use crate::package::Size;
use serde::{Deserialize, Serialize};

/// How high a door hangs: four bands of its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Height {
    Top,
    Upper,
    Lower,
    Bottom,
}

/// One cell of a column as it stands, top to bottom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    pub units: u8,
}

/// Share of height the kiosk's screen takes in its column.
pub const SCREEN_UNITS: u8 = 3;

impl From<Size> for Cell {
    fn from(size: Size) -> Self {
        Cell { units: size.units() }
    }
}

/// The band of the cell at `index` of a column.
pub fn height(column: &[Cell], index: usize) -> Height {
    let total: u32 = column.iter().map(|c| u32::from(c.units)).sum();
    let above: u32 = column.iter().take(index).map(|c| u32::from(c.units)).sum();
    let own = column.get(index).map_or(0, |c| u32::from(c.units));
    // Middle of the cell, in eighths of the column, so that no fractions are compared.
    match (above * 2 + own) * 4 / total.max(1) {
        0..2 => Height::Top,
        2..4 => Height::Upper,
        4..6 => Height::Lower,
        _ => Height::Bottom,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_of_four_has_each_band_once() {
        let column = [Cell { units: 1 }; 4];
        let bands: Vec<_> = (0..4).map(|i| height(&column, i)).collect();
        assert_eq!(bands, [Height::Top, Height::Upper, Height::Lower, Height::Bottom]);
    }
}
