//! Requests to the provider: over TLS with the machine's own trusted roots, without redirects, bounded in time and size.

use crate::Failed;
use openidconnect::{HttpRequest, HttpResponse};
use reqwest::redirect::Policy;
use std::sync::Arc;
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of the longest answer that is read: keys and tokens are far smaller.
const MOST: usize = 1 << 20;

#[derive(Clone)]
pub(crate) struct Http(reqwest::Client);

#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    #[error("{0}")]
    Request(#[from] reqwest::Error),
    #[error("{0}")]
    Malformed(String),
    #[error("the answer is too long")]
    TooLong,
}

impl Http {
    pub fn new() -> Result<Http, Failed> {
        let broken = |why: String| Failed::Unreachable(why);
        let mut roots = rustls::RootCertStore::empty();
        // A root that can't be read is one less that is trusted.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| broken(e.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            // Following one would send what is secret to whomever the answer names.
            .redirect(Policy::none())
            .timeout(TIMEOUT)
            .build()
            .map(Http)
            .map_err(|e| broken(e.to_string()))
    }

    pub fn send(
        &self,
        request: HttpRequest,
    ) -> impl Future<Output = Result<HttpResponse, HttpError>> + use<> {
        let client = self.0.clone();
        async move {
            let request = reqwest::Request::try_from(request)?;
            let mut answer = client.execute(request).await?;
            let mut body = Vec::new();
            while let Some(part) = answer.chunk().await? {
                if body.len() + part.len() > MOST {
                    return Err(HttpError::TooLong);
                }
                body.extend_from_slice(&part);
            }
            let mut built = HttpResponse::new(body);
            *built.status_mut() = answer.status();
            *built.headers_mut() = answer.headers().clone();
            if built.body().is_empty() && built.status().is_success() {
                return Err(HttpError::Malformed("the answer is empty".into()));
            }
            Ok(built)
        }
    }
}
