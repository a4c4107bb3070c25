//! The HTTP client.

use neurotrain_plugin_api::{Error, Result};
use std::time::Duration;
use ureq::Agent;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

/// How patient a fetch is.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Longest silence of a server.
    pub stall: Duration,
    /// How often an address is tried again without having sent anything new.
    pub retries: u32,
    /// The first wait before trying again; doubled each time.
    pub backoff: Duration,
}

impl Default for Settings {
    /// Half a minute of silence, three more tries after 1, 2 and 4 seconds.
    fn default() -> Self {
        Settings {
            stall: Duration::from_secs(30),
            retries: 3,
            backoff: Duration::from_secs(1),
        }
    }
}

/// A client that goes through the proxy of the environment (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`) and
/// trusts Mozilla's certificates, or those of the file `SSL_CERT_FILE`.
pub(crate) fn agent(settings: &Settings) -> Result<Agent> {
    let tls = match std::env::var_os("SSL_CERT_FILE").filter(|file| !file.is_empty()) {
        None => TlsConfig::builder().build(),
        Some(file) => {
            let wrong = |why: String| {
                Error::new("io", format!("SSL_CERT_FILE={}: {why}", file.display()))
                    .with_hint("point it at a file of PEM certificates, or unset it")
            };
            let pem = std::fs::read(&file).map_err(|e| wrong(e.to_string()))?;
            let certificates: Vec<_> = parse_pem(&pem)
                .filter_map(|item| match item {
                    Ok(PemItem::Certificate(certificate)) => Some(certificate),
                    _ => None,
                })
                .collect();
            if certificates.is_empty() {
                return Err(wrong("holds no certificate".to_owned()));
            }
            TlsConfig::builder()
                .root_certs(RootCerts::new_with_certs(&certificates))
                .build()
        }
    };
    let stall = Some(settings.stall);
    let config = Agent::config_builder()
        .tls_config(tls)
        .user_agent(concat!("neurotrain/", env!("CARGO_PKG_VERSION")))
        .http_status_as_error(false)
        .timeout_resolve(stall)
        .timeout_connect(stall)
        .timeout_recv_response(stall)
        .timeout_per_read(stall)
        .build();
    Ok(config.new_agent())
}
