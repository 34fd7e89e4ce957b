//! Codes made and hashed ahead, so that the slow hash keeps neither a door nor the one writer waiting. The digits stay in
//! memory until they are sealed into their message.

use crate::secrets::Secrets;
use crate::{Result, credential};
use domain::code::AccessCode;

/// A few of them, ready.
pub(crate) struct Codes(tokio::sync::Mutex<tokio::sync::mpsc::Receiver<Prepared>>);

pub(crate) struct Prepared {
    pub digits: AccessCode,
    pub tag: u8,
    pub hash: String,
}

impl Codes {
    pub fn start(secrets: Secrets) -> Codes {
        let (send, receive) = tokio::sync::mpsc::channel(4);
        tokio::spawn(async move {
            loop {
                match prepare(&secrets).await {
                    Ok(prepared) => {
                        if send.send(prepared).await.is_err() {
                            return;
                        }
                    }
                    Err(error) => {
                        tracing::error!(%error, "no code could be made");
                        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                    }
                }
            }
        });
        Codes(tokio::sync::Mutex::new(receive))
    }

    pub async fn next(&self) -> Result<Prepared> {
        self.0.lock().await.recv().await.ok_or_else(|| crate::Error::Internal("no code could be made".into()))
    }
}

async fn prepare(secrets: &Secrets) -> Result<Prepared> {
    let digits = credential::new_code()?;
    let hash = credential::hash(secrets, digits.digits()).await?;
    Ok(Prepared { tag: secrets.code_tag(digits.digits()), digits, hash })
}
