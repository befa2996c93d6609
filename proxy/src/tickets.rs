use std::fmt;
use std::sync::Arc;

use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::secrets::Secret;
use crate::store::JobId;

/// Names one visitor's claim to a job; inside the proxy only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct TicketId([u8; 16]);

impl TicketId {
    pub(crate) fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for TicketId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:032x}", u128::from_be_bytes(self.0))
    }
}

/// Turns ticket ids into the `job_id`s that browsers see, and jobs into the tokens that KonPro's
/// webhooks carry; and back.
///
/// AES-GCM-SIV, because a ticket must always give the same string: with a fixed nonce it betrays no
/// more than that two equal strings are one ticket.
#[derive(Clone)]
pub(crate) struct Seal(Arc<[Aes256GcmSiv]>);

/// 16 bytes of id and 16 of tag.
const SEALED_LENGTH: usize = 43;
/// What the key is made for, and what a job id is sealed as.
const PURPOSE: &[u8] = b"konpro-video job id 1";
/// What a webhook's token is sealed as: neither opens as the other.
const WEBHOOK: &[u8] = b"konpro-video webhook 1";
/// 8 bytes of id and 16 of tag.
const TOKEN_LENGTH: usize = 32;

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
        self.sealed(&ticket.0, PURPOSE)
    }

    /// The ticket of a `job_id`; `None` for anything that was not sealed here.
    pub(crate) fn open(&self, job_id: &str) -> Option<TicketId> {
        let right = job_id.len() == SEALED_LENGTH;
        let opened = right.then(|| self.opened(job_id, PURPOSE))??;
        opened.try_into().ok().map(TicketId)
    }

    /// The token of the webhook for a job.
    pub(crate) fn webhook_token(&self, job: JobId) -> String {
        self.sealed(&job.to_bytes(), WEBHOOK)
    }

    /// The job that a webhook's token stands for; `None` for anything else.
    pub(crate) fn open_webhook(&self, token: &str) -> Option<JobId> {
        let right = token.len() == TOKEN_LENGTH;
        let opened = right.then(|| self.opened(token, WEBHOOK))??;
        opened.try_into().ok().map(JobId::from_bytes)
    }

    fn sealed(&self, msg: &[u8], aad: &[u8]) -> String {
        let sealed = self
            .0
            .first()
            .map(|cipher| cipher.encrypt(&Nonce::default(), Payload { msg, aad }));
        URL_SAFE_NO_PAD.encode(sealed.and_then(Result::ok).unwrap_or_default())
    }

    fn opened(&self, text: &str, aad: &[u8]) -> Option<Vec<u8>> {
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let open = |cipher: &Aes256GcmSiv| {
            let payload = Payload { msg: &sealed, aad };
            cipher.decrypt(&Nonce::default(), payload).ok()
        };
        self.0.iter().find_map(open)
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

    #[test]
    fn a_webhooks_token_opens_as_its_job_and_as_nothing_else() {
        let seal = seal(&["one"]);
        let job = JobId::from_bytes([3; 8]);
        let token = seal.webhook_token(job);
        assert_eq!(seal.open_webhook(&token), Some(job));
        assert_eq!(seal.open(&token), None);
        assert_eq!(seal.open_webhook(&seal.seal(TicketId([3; 16]))), None);
        assert_eq!(seal.open_webhook(&token[1..]), None);
    }
}
