//! Bearer tokens: handed out for users and service accounts, recognised until they end.
//!
//! Differs: a token has the three parts of a JWT and claims that clients may read, but its last part is random
//! and the registry knows it by heart: nothing is signed, so nothing needs a key.

use std::collections::HashMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use parking_lot::Mutex;
use serde_json::Value;
use serde_json::json;

use super::User;

/// The audience of a token that names none, and the issuer of all.
pub(crate) const ISSUER: &str = "https://kubernetes.default.svc";
const CREDENTIAL: &str = "authentication.kubernetes.io/credential-id";

/// The uid of a live object, by resource (`serviceaccounts`, `pods`, `secrets`, `nodes`), namespace and name.
pub(crate) type LiveObjects<'a> = &'a dyn Fn(&str, &str, &str) -> Option<String>;

/// The token is unknown, out of date, or its account is gone: 401.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unauthorized;

/// Whom a service account's token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServiceAccountClaims {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) uid: String,
    pub(crate) audiences: Vec<String>,
    /// The object whose end is the token's end.
    pub(crate) bound: Option<BoundObject>,
}

/// An object that a token lives and dies with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BoundObject {
    pub(crate) resource: String,
    pub(crate) name: String,
    pub(crate) uid: String,
}

/// A token that was handed out.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Issued {
    pub(crate) token: String,
    pub(crate) expires: Timestamp,
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued").field("token", &"..").field("expires", &self.expires).finish()
    }
}

/// All tokens of one server.
pub(crate) struct Tokens {
    state: Mutex<State>,
}

struct State {
    random: Random,
    users: HashMap<String, User>,
    accounts: HashMap<String, Account>,
}

/// Where the unguessable part comes from.
type Random = Box<dyn FnMut() -> u128 + Send>;

struct Account {
    claims: ServiceAccountClaims,
    id: String,
    expires: Timestamp,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}

impl Tokens {
    /// No token yet. `random` is the system's in a server that listens, seeded where runs are replayed.
    pub(crate) fn new(random: impl FnMut() -> u128 + Send + 'static) -> Self {
        let (users, accounts) = (HashMap::new(), HashMap::new());
        Self { state: Mutex::new(State { random: Box::new(random), users, accounts }) }
    }

    /// A token for a user, good as long as the server runs.
    pub(crate) fn grant(&self, user: User) -> String {
        let mut state = self.state.lock();
        let token = format!("{:032x}", (state.random)());
        state.users.insert(token.clone(), user);
        token
    }

    /// A token for a service account, good until it expires or the account goes.
    pub(crate) fn issue(
        &self,
        claims: ServiceAccountClaims,
        seconds: i64,
        now: Timestamp,
    ) -> Issued {
        let mut state = self.state.lock();
        let mut random = || (state.random)();
        let id = uuid::Builder::from_random_bytes(random().to_be_bytes()).into_uuid().to_string();
        let mut seal = random().to_be_bytes().to_vec();
        seal.extend(random().to_be_bytes());
        let span = jiff::SignedDuration::from_secs(seconds);
        let expires = now.checked_add(span).unwrap_or(Timestamp::MAX);
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let token = format!(
            "{}.{}.{}",
            part(&json!({ "alg": "none", "typ": "JWT" })),
            part(&payload(&claims, &id, now, expires)),
            URL_SAFE_NO_PAD.encode(seal)
        );
        state.accounts.retain(|_, account| account.expires > now);
        state.accounts.insert(token.clone(), Account { claims, id, expires });
        Issued { token, expires }
    }

    /// Who sends this `Authorization` header: anonymous without one.
    pub(crate) fn authenticate(
        &self,
        header: Option<&str>,
        now: Timestamp,
        live: LiveObjects<'_>,
    ) -> Result<User, Unauthorized> {
        let Some(header) = header else { return Ok(User::anonymous()) };
        // A scheme that is not ours was never a credential to us; an empty bearer token neither.
        let Some((scheme, token)) = header.trim().split_once(' ') else {
            return Ok(User::anonymous());
        };
        if !scheme.eq_ignore_ascii_case("bearer") || token.trim().is_empty() {
            return Ok(User::anonymous());
        }
        self.user(token.trim(), now, live).map(|(user, _)| user).ok_or(Unauthorized)
    }

    /// The user and audiences of a token that is good now.
    pub(crate) fn user(
        &self,
        token: &str,
        now: Timestamp,
        live: LiveObjects<'_>,
    ) -> Option<(User, Vec<String>)> {
        let (claims, id) = {
            let state = self.state.lock();
            if let Some(user) = state.users.get(token) {
                return Some((user.clone(), vec![ISSUER.to_owned()]));
            }
            let account = state.accounts.get(token).filter(|account| account.expires > now)?;
            (account.claims.clone(), account.id.clone())
        };
        let ServiceAccountClaims { namespace, name, uid, audiences, bound } = claims;
        if live("serviceaccounts", &namespace, &name)? != uid {
            return None;
        }
        let mut user = User::service_account(&namespace, &name, &uid);
        user.extra.insert(CREDENTIAL.to_owned(), vec![format!("JTI={id}")]);
        if let Some(bound) = bound {
            if live(&bound.resource, &namespace, &bound.name)? != bound.uid {
                return None;
            }
            if bound.resource == "pods" {
                let key = |part| format!("authentication.kubernetes.io/pod-{part}");
                user.extra.insert(key("name"), vec![bound.name]);
                user.extra.insert(key("uid"), vec![bound.uid]);
            }
        }
        Some((user, audiences))
    }
}

fn payload(claims: &ServiceAccountClaims, id: &str, now: Timestamp, expires: Timestamp) -> Value {
    let mut kubernetes = json!({
        "namespace": claims.namespace,
        "serviceaccount": { "name": claims.name, "uid": claims.uid },
    });
    if let Some(bound) = &claims.bound {
        let kind = bound.resource.strip_suffix('s').unwrap_or(&bound.resource);
        kubernetes[kind] = json!({ "name": bound.name, "uid": bound.uid });
    }
    json!({
        "aud": claims.audiences,
        "exp": expires.as_second(),
        "iat": now.as_second(),
        "iss": ISSUER,
        "jti": id,
        "kubernetes.io": kubernetes,
        "nbf": now.as_second(),
        "sub": format!("system:serviceaccount:{}:{}", claims.namespace, claims.name),
    })
}
