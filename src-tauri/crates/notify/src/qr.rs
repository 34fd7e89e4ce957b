//! The access code as a picture that the kiosk's scanner reads.
//!
//! It must never need more than black, white and a quiet zone: scanners read it from cheap and dimmed screens.

use qrcode::{Color, EcLevel, QrCode};

/// What the kiosk looks for in front of the eight digits, so that no other code on a phone is taken for one.
pub const QR_PREFIX: &str = "CUBBY-";

/// Pixels a module. Eight, so that a module's row is exactly one byte of a 1-bit picture.
const SCALE: usize = 8;
/// Modules of white around, as the standard asks.
const QUIET: usize = 4;
/// Upper case, digits and a hyphen fit the smallest symbol (21 modules) even at this level of correction.
const CORRECTION: EcLevel = EcLevel::Q;

/// The text inside the QR image for an access code's eight digits.
pub fn qr_payload(digits: &str) -> String {
    format!("{QR_PREFIX}{digits}")
}

/// Any text as a QR's modules, a row each, `1` where it is dark and `0` where it is not, without the quiet zone.
pub fn qr_rows(text: &str) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let symbol = QrCode::with_error_correction_level(text, EcLevel::M)?;
    let side = symbol.width();
    let row = |y| (0..side).map(|x| if symbol[(x, y)] == Color::Dark { '1' } else { '0' }).collect();
    Ok((0..side).map(row).collect())
}

/// The payload as a PNG, and the length of its side in pixels.
pub fn png(payload: &str) -> Result<(Vec<u8>, u32), Box<dyn std::error::Error>> {
    let symbol = QrCode::with_error_correction_level(payload, CORRECTION)?;
    let modules = symbol.width();
    let bytes_a_row = modules + 2 * QUIET;
    let mut pixels = vec![0xff_u8; bytes_a_row * bytes_a_row * SCALE];
    for (y, row) in pixels.chunks_exact_mut(bytes_a_row).enumerate() {
        let Some(y) = (y / SCALE).checked_sub(QUIET).filter(|y| *y < modules) else { continue };
        for (x, byte) in row.iter_mut().skip(QUIET).take(modules).enumerate() {
            if symbol[(x, y)] == Color::Dark {
                *byte = 0;
            }
        }
    }

    let side = u32::try_from(bytes_a_row * SCALE)?;
    let mut picture = Vec::new();
    let mut encoder = png::Encoder::new(&mut picture, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok((picture, side))
}
