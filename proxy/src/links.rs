//! Which of KonPro's links a visitor, or the proxy itself, may be sent to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use axum::http::StatusCode;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use konpro_api::{Job, JobError, Status, code};
use konpro_job::Instant;
use url::{Host, Url};

/// Longer links than this are not real.
const LONGEST: usize = 8 * 1024;

/// Judges links by the address of the API that they come from.
#[derive(Clone, Debug)]
pub(crate) struct Links {
    api: Url,
}

impl Links {
    pub(crate) fn of(api: Url) -> Self {
        Self { api }
    }

    /// Whether the API lives on this computer or its neighbours, as a simulator does.
    pub(crate) fn api_is_private(&self) -> bool {
        is_private_host(&self.api)
    }

    /// Whether `link` is `https` (or the API's own origin), without credentials, and not private.
    pub(crate) fn accept(&self, link: &str) -> bool {
        if link.len() > LONGEST {
            return false;
        }
        let Ok(url) = Url::parse(link) else {
            return false;
        };
        if !url.username().is_empty() || url.password().is_some() {
            return false;
        }
        let public = !is_private_host(&url) || self.api_is_private();
        url.origin() == self.api.origin() || (url.scheme() == "https" && public)
    }

    /// A job without links that nobody should follow; a video that is nowhere else is no video.
    pub(crate) fn clean(&self, mut job: Job) -> Job {
        let accept = |link: &String| self.accept(link);
        job.thumbnail_url = job.thumbnail_url.filter(accept);
        job.caption_url = job.caption_url.filter(accept);
        if job
            .video_url
            .as_ref()
            .is_some_and(|link| !self.accept(link))
        {
            job.video_url = None;
            job.status = Status::Failed;
            let message = "The video is at an address that cannot be used.";
            job.error = Some(JobError::new(code::UPSTREAM_INVALID, message));
        }
        job
    }
}

/// When a link ends to work, where it says so itself, as signed ones do: `expires` in seconds since the
/// Unix epoch, or a date and a number of seconds.
pub(crate) fn expires(link: &str) -> Option<Instant> {
    let url = Url::parse(link).ok()?;
    let said = |name: &str| {
        let mut pairs = url.query_pairs();
        pairs.find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value))
    };
    let seconds = |text: &str| text.parse::<i64>().ok();
    let ends = match said("expires") {
        Some(ends) => seconds(&ends)?,
        None => {
            let signed = |by: &str| {
                let date = said(&format!("x-{by}-date"))?;
                let lasts = seconds(&said(&format!("x-{by}-expires"))?)?;
                let date = DateTime::strptime("%Y%m%dT%H%M%SZ", &*date).ok()?;
                let date = date.to_zoned(TimeZone::UTC).ok()?;
                date.timestamp().as_second().checked_add(lasts)
            };
            signed("amz").or_else(|| signed("goog"))?
        }
    };
    let millis = u64::try_from(ends).ok()?.checked_mul(1000)?;
    Some(Instant::from_millis(millis))
}

/// Whether a video's host says that its link does not work, or no longer: a fresh one may.
pub(crate) fn is_dead(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::GONE
    )
}

/// Whether an address names this computer or one of its neighbours.
pub(crate) fn is_private_host(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => is_private(&address.into()),
        Some(Host::Ipv6(address)) => is_private(&address.into()),
        None => true,
    }
}

/// Addresses that are not the internet's, in either family, and one inside of the other.
pub(crate) fn is_private(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [first, second, third, _] = v4.octets();
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_multicast()
                || first == 0
                || first >= 240
                || (first == 100 && second & 0xc0 == 64)
                || (first == 198 && second & 0xfe == 18)
                || (first, second, third) == (192, 0, 0)
        }
        IpAddr::V6(v6) => match embedded(v6) {
            Some(v4) => is_private(&v4.into()),
            None => {
                v6.is_multicast()
                    || v6.is_unique_local()
                    || v6.is_unicast_link_local()
                    // What was meant for one site, and one network's own NAT64.
                    || v6.segments()[0] & 0xffc0 == 0xfec0
                    || v6.segments()[..3] == [0x64, 0xff9b, 1]
            }
        },
    }
}

/// Where an IPv6 address leads that holds an IPv4 one: mapped, compatible (loopback and unspecified
/// ones look like it), NAT64 or 6to4.
fn embedded(v6: &Ipv6Addr) -> Option<Ipv4Addr> {
    let (high, low) = match v6.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => (high, low),
        _ => return None,
    };
    Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn links(api: &str) -> Links {
        Links::of(Url::parse(api).unwrap())
    }

    #[test]
    fn a_signed_link_says_when_it_ends() {
        let at = |seconds: u64| Some(Instant::from_millis(seconds * 1000));
        for (link, ends) in [
            (
                "https://cdn.test/1.mp4?expires=1795435200&signature=x",
                at(1_795_435_200),
            ),
            (
                "https://cdn.test/1.mp4?Signature=x&Expires=1795435200",
                at(1_795_435_200),
            ),
            (
                "https://b.s3.test/1.mp4?X-Amz-Date=20261123T120000Z&X-Amz-Expires=604800",
                at(1_795_435_200 + 604_800),
            ),
            (
                "https://g.test/1?X-Goog-Date=20261123T120000Z&X-Goog-Expires=60",
                at(1_795_435_260),
            ),
            ("https://cdn.test/1.mp4", None),
            ("https://cdn.test/1.mp4?expires=soon", None),
            ("https://cdn.test/1.mp4?expires=-5", None),
            (
                "https://cdn.test/1.mp4?X-Amz-Date=20261123T120000Z&X-Amz-Expires=9223372036854775807",
                None,
            ),
        ] {
            assert_eq!(expires(link), ends, "{link}");
        }
    }

    #[test]
    fn links_are_https_and_public() {
        let links = links("https://api.konpro.ai");
        assert!(links.accept("https://cdn.example/video.mp4?token=1"));
        for wrong in [
            "http://cdn.example/video.mp4",
            "https://user@cdn.example/video.mp4",
            "https://127.0.0.1/video.mp4",
            "https://10.0.0.1/video.mp4",
            "https://[::1]/video.mp4",
            "https://[::ffff:192.168.0.1]/video.mp4",
            "https://localhost/video.mp4",
            "https://169.254.169.254/latest/meta-data",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "/video.mp4",
            "",
        ] {
            assert!(!links.accept(wrong), "{wrong}");
        }
    }

    #[test]
    fn addresses_are_known_for_what_they_are() {
        for private in [
            "0.1.2.3",
            "100.127.0.1",
            "172.31.0.1",
            "192.0.0.170",
            "198.19.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::192.168.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::808:808",
            "2002:7f00:1::",
            "fd00::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(is_private(&private.parse().unwrap()), "{private}");
        }
        for public in [
            "8.8.8.8",
            "100.128.0.1",
            "192.0.1.1",
            "198.20.0.1",
            "223.255.255.255",
            "64:ff9b::808:808",
            "2002:808:808::",
            "2a00:1450::1",
        ] {
            assert!(!is_private(&public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn a_simulator_on_this_computer_may_serve_its_own_videos() {
        let links = links("http://127.0.0.1:9000");
        assert!(links.accept("http://127.0.0.1:9000/media/1.mp4"));
        assert!(!links.accept("http://127.0.0.1:9001/media/1.mp4"));
    }

    #[test]
    fn a_video_at_a_bad_address_is_no_video() {
        let video_url = Some("http://evil.example/".to_owned());
        let job = Job {
            status: Status::Completed,
            video_url,
            ..Job::default()
        };
        let job = links("https://api.konpro.ai").clean(job);
        assert_eq!(job.status, Status::Failed);
        assert_eq!(job.video_url, None);
    }
}
