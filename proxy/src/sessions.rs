//! Sessions: JSON Web Tokens from the site's own server say who may make videos.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode, header};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use konpro_api::code;
use konpro_job::Instant;
use serde::Deserialize;

use crate::failure::Failure;

/// Clocks of two servers differ by as much.
const LEEWAY: Duration = Duration::from_secs(30);
const LONGEST_TOKEN: usize = 8 * 1024;
const LONGEST_SUBJECT: usize = 255;
const SHORTEST_SECRET: usize = 32;

/// What the site's server signs its tokens with. It cannot be printed.
#[derive(Clone)]
pub struct SessionSecret(String);

impl FromStr for SessionSecret {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.len() {
            SHORTEST_SECRET.. => Ok(Self(text.to_owned())),
            _ => Err("a secret of 32 bytes or more is needed, as `openssl rand -hex 32` makes one"),
        }
    }
}

impl fmt::Debug for SessionSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SessionSecret(hidden)")
    }
}

/// Checks tokens: HS256 and nothing else.
pub(crate) struct Sessions {
    key: DecodingKey,
    validation: Validation,
}

/// A valid token's bearer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    /// Whom the site's server names: `sub`.
    pub(crate) subject: Option<String>,
}

/// Instants in seconds, possibly with a fraction (RFC 7519, `NumericDate`).
#[derive(Deserialize)]
struct Claims {
    exp: f64,
    nbf: Option<f64>,
    sub: Option<String>,
}

impl Sessions {
    pub(crate) fn new(secret: &SessionSecret) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        // The time is ours to tell; the token names nobody else that we know.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        Self {
            key: DecodingKey::from_secret(secret.0.as_bytes()),
            validation,
        }
    }

    /// The session of a request with `Authorization: Bearer …`; 401 without a valid one.
    pub(crate) fn check(&self, headers: &HeaderMap, now: Instant) -> Result<Session, Failure> {
        let value = headers
            .get(header::AUTHORIZATION)
            .ok_or_else(|| refused("A session is needed: Authorization: Bearer, with a token."))?;
        let token = value.to_str().ok().and_then(bearer);
        let token =
            token.ok_or_else(|| refused("The session is no bearer token of 8 KiB at most."))?;
        let decoded = decode::<Claims>(token, &self.key, &self.validation);
        let decoded = decoded.map_err(|error| refused(explain(error.kind())))?;
        if decoded.header.crit.is_some() {
            // RFC 7515, 4.1.11: whoever does not know an extension must not accept the token.
            return Err(refused(
                "The session asks for an extension (crit) that is not known here.",
            ));
        }
        let claims = decoded.claims;
        let (now, leeway) = (now.as_millis() as f64 / 1000.0, LEEWAY.as_secs_f64());
        if !claims.exp.is_finite() || claims.exp + leeway <= now {
            return Err(refused("The session has expired: get a new token."));
        }
        if claims
            .nbf
            .is_some_and(|nbf| !nbf.is_finite() || nbf - leeway > now)
        {
            return Err(refused("The session is not valid yet: is a clock off?"));
        }
        match claims.sub {
            Some(subject) if subject.is_empty() || subject.len() > LONGEST_SUBJECT => {
                Err(refused("The token's sub must be 1 to 255 bytes long."))
            }
            subject => Ok(Session { subject }),
        }
    }
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    let fits = scheme.eq_ignore_ascii_case("bearer") && (1..=LONGEST_TOKEN).contains(&token.len());
    fits.then_some(token)
}

fn explain(error: &ErrorKind) -> &'static str {
    match error {
        ErrorKind::InvalidSignature => {
            "The session's signature is wrong: it must be signed with KONPRO_PROXY_SESSION_SECRET."
        }
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName => {
            "The session's algorithm is refused: it must be HS256."
        }
        ErrorKind::MissingRequiredClaim(_) => "The session's token needs an exp.",
        _ => "The session is no JSON Web Token with an exp.",
    }
}

fn refused(message: &str) -> Failure {
    Failure::new(StatusCode::UNAUTHORIZED, code::SESSION_REQUIRED, message)
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use jsonwebtoken::{EncodingKey, Header, encode};
    use serde_json::{Value, json};

    use super::*;

    const SECRET: &str = "the-session-secret-of-32-characters";
    const NOW: u64 = 1_800_000_000;

    fn signed(claims: &Value, algorithm: Algorithm, secret: &str) -> String {
        let key = EncodingKey::from_secret(secret.as_bytes());
        encode(&Header::new(algorithm), claims, &key).unwrap()
    }

    fn token(claims: &Value) -> String {
        signed(claims, Algorithm::HS256, SECRET)
    }

    fn check(authorization: &str) -> Result<Session, Failure> {
        let sessions = Sessions::new(&SECRET.parse().unwrap());
        let mut headers = HeaderMap::new();
        headers.insert("authorization", authorization.parse().unwrap());
        sessions.check(&headers, Instant::from_millis(NOW * 1000))
    }

    fn refusal(authorization: &str) -> String {
        let failure = check(authorization).unwrap_err();
        assert_eq!(failure.status, 401);
        assert_eq!(failure.error.code, "SESSION_REQUIRED");
        assert!(
            !failure.error.message.contains("ey"),
            "no token is repeated"
        );
        failure.error.message
    }

    #[test]
    fn a_valid_token_names_its_visitor() {
        let named = token(&json!({"exp": NOW + 60, "sub": "visitor-1"}));
        let subject = Some("visitor-1".to_owned());
        assert_eq!(check(&format!("Bearer {named}")), Ok(Session { subject }));
        let unnamed = token(&json!({"exp": NOW + 60, "aud": "anybody", "iat": "odd"}));
        assert_eq!(
            check(&format!("bearer {unnamed}")),
            Ok(Session { subject: None })
        );
    }

    #[test]
    fn times_are_checked_with_half_a_minutes_leeway() {
        let at = |claims: Value| check(&format!("Bearer {}", token(&claims)));
        assert!(at(json!({"exp": NOW - 29})).is_ok());
        assert!(at(json!({"exp": NOW - 31})).is_err());
        assert!(at(json!({"exp": NOW as f64 + 0.5, "nbf": NOW + 29})).is_ok());
        assert!(at(json!({"exp": NOW + 60, "nbf": NOW + 31})).is_err());
        assert!(at(json!({"exp": "soon"})).is_err());
        assert!(at(json!({"sub": "visitor-1"})).is_err());
        assert!(at(json!({"exp": NOW + 60, "sub": ""})).is_err());
        assert!(at(json!({"exp": NOW + 60, "sub": 7})).is_err());
        assert!(at(json!({"exp": NOW + 60, "sub": "x".repeat(256)})).is_err());
    }

    #[test]
    fn another_algorithm_or_another_secret_is_refused() {
        let claims = json!({"exp": NOW + 60});
        let longer = signed(&claims, Algorithm::HS512, SECRET);
        assert!(refusal(&format!("Bearer {longer}")).contains("HS256"));
        let other = signed(
            &claims,
            Algorithm::HS256,
            "another-secret-of-32-characters-or-so",
        );
        assert!(refusal(&format!("Bearer {other}")).contains("KONPRO_PROXY_SESSION_SECRET"));
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signature = token(&claims);
        let (_, signature) = signature.rsplit_once('.').unwrap();
        let asymmetric = part(json!({"alg": "RS256", "typ": "JWT"}));
        let asymmetric = format!("{asymmetric}.{}.{signature}", part(claims.clone()));
        assert!(refusal(&format!("Bearer {asymmetric}")).contains("HS256"));
        let none = format!("{}.{}.", part(json!({"alg": "none"})), part(claims));
        refusal(&format!("Bearer {none}"));
    }

    #[test]
    fn a_token_that_must_be_understood_and_is_not_is_refused() {
        let header = Header {
            crit: Some(vec!["b64".to_owned()]),
            ..Header::new(Algorithm::HS256)
        };
        let key = EncodingKey::from_secret(SECRET.as_bytes());
        let token = encode(&header, &json!({"exp": NOW + 60}), &key).unwrap();
        assert!(refusal(&format!("Bearer {token}")).contains("crit"));
    }

    #[test]
    fn what_is_no_token_is_refused() {
        for odd in [
            "Bearer",
            "Bearer ",
            "Basic eA==",
            "Bearer a.b.c",
            "Bearer a b",
        ] {
            refusal(odd);
        }
        refusal(&format!("Bearer {}", "x".repeat(9_000)));
        let sessions = Sessions::new(&SECRET.parse().unwrap());
        let missing = sessions.check(&HeaderMap::new(), Instant::default());
        assert!(missing.unwrap_err().error.message.contains("Bearer"));
    }

    #[test]
    fn a_secret_is_long_and_does_not_print() {
        assert!("x".repeat(31).parse::<SessionSecret>().is_err());
        assert!("x".repeat(32).parse::<SessionSecret>().is_ok());
        let secret: SessionSecret = SECRET.parse().unwrap();
        assert!(!format!("{secret:?}").contains(SECRET));
    }
}
