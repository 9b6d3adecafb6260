//! Health checks: whether the application answers as its repository says it should.
//!
//! The address comes from a pull request, so it is not trusted: it is resolved once, an address that is not
//! public is refused (unless the admin allows it), the connection goes to the address that was resolved, a
//! redirect to another host is not followed, and nothing of the answer's body is ever repeated.

use async_trait::async_trait;
use ebbtide_templates::HealthCheck;
use std::net::{IpAddr, SocketAddr};
use url::{Host, Url};

/// Most bytes of an answer that are searched for the expected text.
const BODY_LIMIT: usize = 1 << 20;

/// Sends health checks.
#[async_trait]
pub trait Prober: Send + Sync {
    /// One request; the error says in a sentence what was not as expected.
    async fn probe(&self, url: &str, check: &HealthCheck) -> Result<(), String>;
}

/// Health checks over HTTP.
#[derive(Clone, Debug, Default)]
pub struct HttpProber {
    /// Whether addresses that are not public may be asked.
    pub allow_private: bool,
}

#[async_trait]
impl Prober for HttpProber {
    async fn probe(&self, url: &str, check: &HealthCheck) -> Result<(), String> {
        let url = Url::parse(url).map_err(|error| format!("the address is not a URL: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("{}: is not an http or https address", url.scheme()));
        }
        let address = self.resolve(&url).await?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let same_host = reqwest::redirect::Policy::custom(move |attempt| {
            let here = attempt.url().host_str() == Some(host.as_str());
            if here && attempt.previous().len() < 5 {
                attempt.follow()
            } else {
                attempt.stop()
            }
        });
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(same_host)
            .timeout(check.timeout)
            .resolve(url.host_str().unwrap_or_default(), address)
            .user_agent("ebbtide-health-check")
            .build()
            .map_err(|error| error.to_string())?;
        let mut answer = client
            .get(url.clone())
            .send()
            .await
            .map_err(|error| describe(&error))?;
        if answer.status().as_u16() != check.status {
            return Err(format!(
                "{} answered {}, expected {}",
                place(&url),
                answer.status().as_u16(),
                check.status
            ));
        }
        let Some(wanted) = &check.contains else {
            return Ok(());
        };
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| describe(&error))? {
            body.extend_from_slice(&chunk);
            if body.len() > BODY_LIMIT {
                body.truncate(BODY_LIMIT);
                break;
            }
        }
        let found = body
            .windows(wanted.len().max(1))
            .any(|window| window == wanted.as_bytes());
        if found {
            Ok(())
        } else {
            Err(format!(
                "{} answered {} but its body does not contain the expected text",
                place(&url),
                check.status
            ))
        }
    }
}

impl HttpProber {
    async fn resolve(&self, url: &Url) -> Result<SocketAddr, String> {
        let port = url.port_or_known_default().unwrap_or(80);
        let addresses: Vec<SocketAddr> = match url.host() {
            Some(Host::Ipv4(ip)) => vec![SocketAddr::from((ip, port))],
            Some(Host::Ipv6(ip)) => vec![SocketAddr::from((ip, port))],
            Some(Host::Domain(name)) => tokio::net::lookup_host((name, port))
                .await
                .map_err(|_| format!("{name} cannot be resolved"))?
                .collect(),
            None => return Err("the address names no host".to_owned()),
        };
        let first = addresses
            .first()
            .copied()
            .ok_or_else(|| "the host has no address".to_owned())?;
        if self.allow_private {
            return Ok(first);
        }
        addresses
            .into_iter()
            .find(|address| is_public(address.ip()))
            .ok_or_else(|| {
                format!(
                    "{} is not a public address; the admin can allow it",
                    url.host_str().unwrap_or_default()
                )
            })
    }
}

/// Host, port and path: a query can hold what is nobody's business.
fn place(url: &Url) -> String {
    let port = url
        .port()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    format!("{}{port}{}", url.host_str().unwrap_or_default(), url.path())
}

fn describe(error: &reqwest::Error) -> String {
    let what = if error.is_timeout() {
        "did not answer in time"
    } else if error.is_connect() {
        "cannot be connected to"
    } else {
        "did not answer as HTTP"
    };
    match error.url() {
        Some(url) => format!("{} {what}", place(url)),
        None => format!("the application {what}"),
    }
}

/// Whether an address is one of the public internet.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            let reserved = a == 0
                || a >= 224
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 198 && (b == 18 || b == 19));
            !(reserved
                || ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_documentation()
                || ip.is_broadcast())
        }
        IpAddr::V6(ip) => {
            if let Some(mapped) = ip.to_ipv4_mapped() {
                return is_public(IpAddr::V4(mapped));
            }
            let first = ip.segments()[0];
            // 2000::/3 is all that is handed out; of it, documentation, Teredo and 6to4 lead elsewhere.
            (first & 0xe000) == 0x2000
                && first != 0x2002
                && !(first == 0x2001 && matches!(ip.segments()[1], 0 | 0x0db8))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_public;

    #[test]
    fn only_addresses_of_the_public_internet_are_asked() {
        let public = ["1.1.1.1", "52.95.110.1", "2600:1f18::1"];
        let others = [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "::ffff:127.0.0.1",
            "2001:db8::1",
            "2002:7f00:1::",
        ];
        for ip in public {
            assert!(is_public(ip.parse().expect("an address")), "{ip}");
        }
        for ip in others {
            assert!(!is_public(ip.parse().expect("an address")), "{ip}");
        }
    }
}
