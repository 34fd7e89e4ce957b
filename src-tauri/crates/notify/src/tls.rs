//! Whom to trust on an encrypted line: the system's authorities, and those of a file.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// Read once: there are hundreds.
static SYSTEM: LazyLock<rustls::RootCertStore> = LazyLock::new(|| {
    let mut roots = rustls::RootCertStore::empty();
    // One that can't be read is one less that is trusted.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
});

/// An error says what is wrong with the file, and what to do.
pub fn config(ca_file: Option<&Path>) -> Result<rustls::ClientConfig, String> {
    let mut roots = SYSTEM.clone();
    if let Some(path) = ca_file {
        let unusable = |why: &dyn std::fmt::Display| {
            format!("{}: {why}. Name a readable file with one or more PEM certificates", path.display())
        };
        let mut own = 0;
        for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unusable(&error))? {
            let certificate = certificate.map_err(|error| unusable(&error))?;
            roots.add(certificate).map_err(|error| unusable(&error))?;
            own += 1;
        }
        if own == 0 {
            return Err(unusable(&"it holds no PEM certificate"));
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
