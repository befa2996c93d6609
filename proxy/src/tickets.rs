use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::secrets::Secret;

/// Names one visitor's claim to a job; inside the proxy only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TicketId([u8; 16]);

impl TicketId {
    pub(crate) fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

/// Turns ticket ids into the `job_id`s that browsers see, and back.
///
/// AES-GCM-SIV, because a ticket must always give the same string: with a fixed nonce it betrays no
/// more than that two equal strings are one ticket.
#[derive(Clone)]
pub(crate) struct Seal(Vec<Aes256GcmSiv>);

/// 16 bytes of id and 16 of tag.
const SEALED_LENGTH: usize = 43;
const PURPOSE: &[u8] = b"konpro-video job id 1";

impl Seal {
    pub(crate) fn new(secret: &Secret) -> Self {
        let cipher = |secret: &[u8]| {
            let key = Sha256::new()
                .chain_update(PURPOSE)
                .chain_update(secret)
                .finalize();
            Aes256GcmSiv::new(&key)
        };
        Self(secret.all().map(cipher).collect())
    }

    /// The `job_id` of a ticket.
    pub(crate) fn seal(&self, ticket: TicketId) -> String {
        let payload = Payload {
            msg: &ticket.0,
            aad: PURPOSE,
        };
        let sealed = self
            .0
            .first()
            .map(|cipher| cipher.encrypt(&Nonce::default(), payload));
        URL_SAFE_NO_PAD.encode(sealed.and_then(Result::ok).unwrap_or_default())
    }

    /// The ticket of a `job_id`; `None` for anything that was not sealed here.
    pub(crate) fn open(&self, job_id: &str) -> Option<TicketId> {
        if job_id.len() != SEALED_LENGTH {
            return None;
        }
        let sealed = URL_SAFE_NO_PAD.decode(job_id).ok()?;
        let open = |cipher: &Aes256GcmSiv| {
            let payload = Payload {
                msg: &sealed,
                aad: PURPOSE,
            };
            cipher.decrypt(&Nonce::default(), payload).ok()
        };
        self.0.iter().find_map(open)?.try_into().ok().map(TicketId)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn seal(secrets: &[&str]) -> Seal {
        Seal::new(&Secret::new(
            secrets.iter().map(|&one| one.to_owned()).collect(),
        ))
    }

    #[test]
    fn a_sealed_ticket_opens_and_is_always_the_same() {
        let (seal, ticket) = (seal(&["one"]), TicketId([7; 16]));
        let job_id = seal.seal(ticket);
        assert_eq!(job_id, seal.seal(ticket));
        assert_eq!(seal.open(&job_id), Some(ticket));
    }

    #[test]
    fn no_altered_id_opens() {
        let seal = seal(&["one"]);
        let job_id = seal.seal(TicketId([7; 16]));
        for at in 0..job_id.len() {
            for other in ['A', 'B', 'z', '_', '=', '/', 'é'] {
                let mut altered: Vec<char> = job_id.chars().collect();
                if altered[at] == other {
                    continue;
                }
                altered[at] = other;
                assert_eq!(seal.open(&altered.iter().collect::<String>()), None);
            }
        }
        assert_eq!(seal.open(""), None);
        assert_eq!(seal.open(&"A".repeat(100_000)), None);
    }

    #[test]
    fn an_old_secret_still_opens_while_rotating_and_then_no_more() {
        let ticket = TicketId([1; 16]);
        let old = seal(&["old"]).seal(ticket);
        assert_eq!(seal(&["new", "old"]).open(&old), Some(ticket));
        assert_eq!(seal(&["new"]).open(&old), None);
    }
}
