//! Sign-in by an identity provider: OpenID Connect's authorization code with PKCE, in the system's own browser, whose
//! answer comes back to a port of this machine that is open for this one sign-in.
//!
//! Says who the provider says it is, or why its answer is not believed. Must never decide who may do what, keep a
//! token, or send anything but over TLS; a provider on this very machine, as tests have it, is the one exception.

mod answer;
mod http;

use answer::{Answer, Listener};
use chrono::{DateTime, Utc};
use http::{Http, HttpError};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreErrorResponseType, CoreIdTokenVerifier, CoreProviderMetadata,
    CoreUserInfoClaims,
};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken,
    DiscoveryError, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RequestTokenError, Scope, SubjectIdentifier, TokenResponse,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Seconds by which the provider's clock may be ahead of this one's.
const SLACK: i64 = 60;
/// How long somebody may take in the browser.
const PATIENCE: Duration = Duration::from_secs(300);

/// Which provider, and as what this site is known to it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    pub issuer: String,
    pub client_id: String,
    /// A provider that knows this site as a native app has given it none.
    pub client_secret: Option<String>,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Settings({} at {})", self.client_id, self.issuer)
    }
}

/// Whom the provider vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub issuer: String,
    pub subject: String,
    /// Only if the provider says that it has verified it. In lower case.
    pub email: Option<String>,
}

/// Why nobody is signed in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failed {
    #[error("the settings name no provider that can be used: {0}")]
    Settings(String),
    #[error("the provider can't be reached: {0}")]
    Unreachable(String),
    #[error("the answer belongs to another sign-in")]
    OtherSession,
    #[error("the provider or the person said no")]
    Declined,
    /// The provider doesn't know the code, or has seen it before.
    #[error("the answer was used already, or is too old")]
    Spent,
    #[error("this machine's clock is behind the provider's")]
    ClockBehind,
    #[error("the answer has run out: this machine's clock may be ahead")]
    Expired,
    #[error("another provider answered than the one that was asked")]
    WrongIssuer,
    #[error("the answer is meant for another program")]
    WrongAudience,
    #[error("the person was not asked again who they are")]
    NotFresh,
    #[error("the answer can't be believed: {0}")]
    Unbelievable(String),
    #[error("nobody came back from the browser in time")]
    TimedOut,
}

/// Is this address one that secrets may be sent to?
fn guarded(address: &url::Url) -> bool {
    let here = match address.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    address.scheme() == "https" || (address.scheme() == "http" && here)
}

impl Settings {
    /// Are these settings that could work?
    pub fn check(&self) -> Result<(), Failed> {
        let issuer = url::Url::parse(&self.issuer).map_err(|e| Failed::Settings(format!("issuer: {e}")))?;
        if !guarded(&issuer) {
            return Err(Failed::Settings("issuer: use an https address".into()));
        }
        if self.client_id.trim().is_empty() {
            return Err(Failed::Settings("client_id is empty".into()));
        }
        Ok(())
    }

    /// What to call the provider: its host.
    pub fn name(&self) -> String {
        url::Url::parse(&self.issuer).ok().and_then(|u| u.host_str().map(str::to_owned)).unwrap_or_default()
    }

    /// Asks the provider where to go, and opens the port that the answer comes to. With `again`, the provider has to
    /// ask the person anew, also if it still knows them.
    pub async fn begin(&self, again: bool) -> Result<Attempt, Failed> {
        self.check()?;
        let http = Http::new()?;
        let issuer =
            IssuerUrl::new(self.issuer.clone()).map_err(|e| Failed::Settings(format!("issuer: {e}")))?;
        let ask = |request| http.send(request);
        let provider = CoreProviderMetadata::discover_async(issuer, &ask).await.map_err(undiscovered)?;
        for address in
            [Some(provider.authorization_endpoint().url()), provider.token_endpoint().map(|t| t.url())]
        {
            if !address.is_some_and(guarded) {
                return Err(Failed::Settings("the provider names an address without TLS".into()));
            }
        }
        let listener = Listener::open().await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let client =
            CoreClient::from_provider_metadata(provider.clone(), ClientId::new(self.client_id.clone()), None)
                .set_redirect_uri(redirect(&listener)?);
        let mut request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scope(Scope::new("email".into()))
            .set_pkce_challenge(challenge);
        if again {
            request = request.set_max_age(Duration::ZERO);
        }
        let (url, state, nonce) = request.url();
        Ok(Attempt { settings: self.clone(), http, provider, listener, verifier, state, nonce, url, again })
    }
}

fn redirect(listener: &Listener) -> Result<RedirectUrl, Failed> {
    RedirectUrl::new(listener.address()).map_err(|e| Failed::Settings(e.to_string()))
}

fn undiscovered(error: DiscoveryError<HttpError>) -> Failed {
    match error {
        DiscoveryError::Validation(_) => Failed::WrongIssuer,
        DiscoveryError::Request(error) => Failed::Unreachable(error.to_string()),
        other => Failed::Unreachable(other.to_string()),
    }
}

/// One sign-in under way. State, nonce and PKCE's secret are its own, and end with it.
pub struct Attempt {
    settings: Settings,
    http: Http,
    provider: CoreProviderMetadata,
    listener: Listener,
    verifier: PkceCodeVerifier,
    state: CsrfToken,
    nonce: Nonce,
    url: url::Url,
    again: bool,
}

impl Attempt {
    /// Where the browser has to go.
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// Waits for the browser to come back, and asks the provider whom it has sent. `now` is this machine's time.
    pub async fn answered(
        self,
        now: impl Fn() -> DateTime<Utc> + Send + Sync + Copy,
    ) -> Result<Identity, Failed> {
        let began = now();
        let answered = self.listener.answer(self.state.secret(), &self.settings.issuer);
        let Answer { code, page } = match tokio::time::timeout(PATIENCE, answered).await {
            Ok(answer) => answer?,
            Err(_) => return Err(Failed::TimedOut),
        };
        let redirect = redirect(&self.listener)?;
        let asked = Asked {
            settings: self.settings,
            http: self.http,
            provider: self.provider,
            verifier: self.verifier,
            nonce: self.nonce,
            again: self.again,
        };
        let identity = asked.redeem(code, redirect, began, now).await;
        page.end(identity.is_ok()).await;
        identity
    }
}

/// What is left of an attempt once the browser is back.
struct Asked {
    settings: Settings,
    http: Http,
    provider: CoreProviderMetadata,
    verifier: PkceCodeVerifier,
    nonce: Nonce,
    again: bool,
}

impl Asked {
    async fn redeem(
        self,
        code: String,
        redirect: RedirectUrl,
        began: DateTime<Utc>,
        now: impl Fn() -> DateTime<Utc> + Send + Sync + Copy,
    ) -> Result<Identity, Failed> {
        let secret = self.settings.client_secret.clone().map(ClientSecret::new);
        let client = CoreClient::from_provider_metadata(
            self.provider,
            ClientId::new(self.settings.client_id.clone()),
            secret,
        )
        .set_redirect_uri(redirect);
        let ask = |request| self.http.send(request);
        let exchange = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|e| Failed::Settings(e.to_string()))?
            .set_pkce_verifier(self.verifier);
        let tokens = exchange.request_async(&ask).await.map_err(|error| match error {
            RequestTokenError::ServerResponse(said)
                if *said.error() == CoreErrorResponseType::InvalidGrant =>
            {
                Failed::Spent
            }
            RequestTokenError::ServerResponse(said) => Failed::Settings(said.to_string()),
            RequestTokenError::Request(error) => Failed::Unreachable(error.to_string()),
            other => Failed::Unbelievable(other.to_string()),
        })?;
        let token =
            tokens.id_token().ok_or_else(|| Failed::Unbelievable("there is no identity in it".into()))?;
        let verifier: CoreIdTokenVerifier<'_> = client
            .id_token_verifier()
            .set_time_fn(now)
            .set_issue_time_verifier_fn(move |issued| match (issued - now()).num_seconds() {
                ahead if ahead > SLACK => Err(AHEAD.to_owned()),
                _ => Ok(()),
            })
            .set_auth_time_verifier_fn(move |asked| match asked {
                Some(at) if (began - at).num_seconds() <= SLACK => Ok(()),
                Some(_) => Err(STALE.to_owned()),
                None => Ok(()),
            });
        let claims = token.claims(&verifier, &self.nonce).map_err(unverified)?;
        if self.again && claims.auth_time().is_none_or(|at| (began - at).num_seconds() > SLACK) {
            return Err(Failed::NotFresh);
        }
        if let Some(expected) = claims.access_token_hash() {
            let algorithm = token.signing_alg().map_err(|e| Failed::Unbelievable(e.to_string()))?;
            let key = token.signing_key(&verifier).map_err(|e| Failed::Unbelievable(e.to_string()))?;
            let hash = AccessTokenHash::from_token(tokens.access_token(), algorithm, key)
                .map_err(|e| Failed::Unbelievable(e.to_string()))?;
            if hash != *expected {
                return Err(Failed::Unbelievable("its parts do not belong together".into()));
            }
        }
        let subject: SubjectIdentifier = claims.subject().clone();
        let mut email =
            claims.email().filter(|_| claims.email_verified() == Some(true)).map(|e| e.to_string());
        // Many providers say the address only when they are asked for it.
        if email.is_none()
            && let Ok(request) = client.user_info(tokens.access_token().clone(), Some(subject.clone()))
            && let Ok(info) = request.request_async(&ask).await
        {
            let info: CoreUserInfoClaims = info;
            email = info.email().filter(|_| info.email_verified() == Some(true)).map(|e| e.to_string());
        }
        Ok(Identity {
            issuer: claims.issuer().to_string(),
            subject: subject.to_string(),
            email: email.map(|e| e.to_lowercase()),
        })
    }
}

const AHEAD: &str = "issued in the future";
const STALE: &str = "not asked again";

fn unverified(error: ClaimsVerificationError) -> Failed {
    match error {
        ClaimsVerificationError::InvalidIssuer(_) => Failed::WrongIssuer,
        ClaimsVerificationError::InvalidAudience(_) => Failed::WrongAudience,
        ClaimsVerificationError::InvalidNonce(_) => Failed::OtherSession,
        ClaimsVerificationError::Expired(why) if why.contains(AHEAD) => Failed::ClockBehind,
        ClaimsVerificationError::Expired(_) => Failed::Expired,
        ClaimsVerificationError::InvalidAuthTime(_) => Failed::NotFresh,
        other => Failed::Unbelievable(other.to_string()),
    }
}
