//! Who is asking: the App by its signed JSON Web Token, or an installation by a token of one hour.

use super::answer::Answer;
use super::state::{Refusal, State};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, Validation};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// The App, installed by an account on some of its repositories.
#[derive(Clone, Debug)]
pub(super) struct Installation {
    pub id: u64,
    pub account: String,
    pub repositories: BTreeSet<u64>,
    /// When and by whom it was suspended.
    pub suspended: Option<(DateTime<Utc>, String)>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// An installation token.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub installation: u64,
    /// The repositories it was narrowed to.
    pub only: Option<BTreeSet<u64>>,
    pub expires_at: DateTime<Utc>,
}

/// An installation token lives this long.
const TOKEN_LIFE: TimeDelta = TimeDelta::hours(1);
/// The App's own token may live this long at most.
const LONGEST_JWT: i64 = 10 * 60;
/// How far the client's clock may be ahead.
const CLOCK_SKEW: i64 = 60;

/// What GitHub reads of the App's token. `iss` comes as a number or as text.
#[derive(Deserialize)]
struct Claims {
    iss: Value,
    iat: Option<i64>,
    exp: Option<i64>,
}

impl State {
    /// Lets only the App itself pass.
    pub fn require_app(&self, bearer: Option<&str>) -> Result<(), Answer> {
        let undecodable = || Answer::unauthorized("A JSON web token could not be decoded");
        let token = bearer.ok_or_else(undecodable)?;
        let mut validation = Validation::new(Algorithm::RS256);
        // Times are judged below, by the clock of this model and with GitHub's sentences.
        validation.validate_exp = false;
        validation.required_spec_claims.clear();
        let claims = jsonwebtoken::decode::<Claims>(token, &self.app.key.public, &validation)
            .map_err(|_| undecodable())?
            .claims;
        let now = self.token_clock.now().timestamp();
        if claims.iat.is_none_or(|iat| iat > now + CLOCK_SKEW) {
            return Err(Answer::unauthorized(
                "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
            ));
        }
        match claims.exp {
            Some(exp) if exp > now + LONGEST_JWT => Err(Answer::unauthorized(
                "'Expiration time' claim ('exp') is too far in the future",
            )),
            Some(exp) if exp > now => {
                let issuer = claims.iss.as_u64();
                let named = claims.iss.as_str().and_then(|text| text.parse().ok());
                if issuer.or(named) == Some(self.app.id) {
                    Ok(())
                } else {
                    Err(Answer::missing("Integration not found"))
                }
            }
            Some(_) | None => Err(Answer::unauthorized(
                "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
            )),
        }
    }

    /// The token behind a bearer text, unless it ran out or its installation is gone.
    pub fn require_token(&self, bearer: Option<&str>) -> Result<&Token, Answer> {
        let token = bearer
            .and_then(|text| self.tokens.get(text))
            .filter(|token| self.token_clock.now() < token.expires_at);
        let token = token.ok_or_else(|| Answer::unauthorized("Bad credentials"))?;
        match self.installations.get(&token.installation) {
            None => Err(Answer::unauthorized("Bad credentials")),
            Some(installation) if installation.suspended.is_some() => Err(Answer::suspended()),
            Some(_) => Ok(token),
        }
    }

    /// Whether a token reaches a repository.
    pub fn token_reaches(&self, token: &Token, repository: u64) -> bool {
        token
            .only
            .as_ref()
            .is_none_or(|only| only.contains(&repository))
            && self
                .installations
                .get(&token.installation)
                .is_some_and(|installation| installation.repositories.contains(&repository))
    }

    /// Makes a token of one hour.
    pub fn make_token(
        &mut self,
        installation: u64,
        only: Option<BTreeSet<u64>>,
    ) -> (String, Token) {
        let text: String = std::iter::once("ghs_".to_owned())
            .chain((0..36).map(|_| fastrand::alphanumeric().to_string()))
            .collect();
        let expires_at = self.token_clock.now() + TOKEN_LIFE;
        let token = Token {
            installation,
            only,
            expires_at,
        };
        self.tokens.insert(text.clone(), token.clone());
        (text, token)
    }

    /// The installation that a repository's events go to: none while it is suspended.
    pub fn listening(&self, repository: u64) -> Option<u64> {
        self.installations
            .values()
            .find(|one| one.repositories.contains(&repository) && one.suspended.is_none())
            .map(|one| one.id)
    }

    /// Installs the App for an account; the one there is, if it is installed already.
    pub fn install(&mut self, account: &str) -> u64 {
        if let Some(there) = self
            .installations
            .values()
            .find(|one| one.account == account)
        {
            return there.id;
        }
        let (id, now) = (self.next_id(), self.now());
        self.installations.insert(
            id,
            Installation {
                id,
                account: account.to_owned(),
                repositories: BTreeSet::new(),
                suspended: None,
                created_at: now,
                updated_at: now,
            },
        );
        self.announce_installation(id, "created", account);
        id
    }

    /// Puts a repository under an installation.
    pub fn add_to_installation(&mut self, installation: u64, repository: u64) {
        let now = self.now();
        if let Some(one) = self.installations.get_mut(&installation)
            && one.repositories.insert(repository)
        {
            one.updated_at = now;
            let by = one.account.clone();
            self.announce_installation_repositories(installation, "added", repository, &by);
        }
    }

    /// Takes a repository from its installation.
    pub fn take_from_installation(&mut self, repository: u64, by: &str) -> Result<(), Refusal> {
        let now = self.now();
        let one = self
            .installations
            .values_mut()
            .find(|one| one.repositories.contains(&repository))
            .ok_or_else(|| Refusal::new("the App is not installed on this repository"))?;
        one.repositories.remove(&repository);
        one.updated_at = now;
        let id = one.id;
        self.announce_installation_repositories(id, "removed", repository, by);
        Ok(())
    }

    /// Removes an installation; its tokens are void at once.
    pub fn uninstall(&mut self, installation: u64, by: &str) -> Result<(), Refusal> {
        if !self.installations.contains_key(&installation) {
            return Err(Refusal::new(format!(
                "there is no installation {installation}"
            )));
        }
        self.announce_installation(installation, "deleted", by);
        self.installations.remove(&installation);
        self.tokens
            .retain(|_, token| token.installation != installation);
        Ok(())
    }

    /// Suspends an installation, or ends that.
    pub fn suspend(&mut self, installation: u64, by: &str, suspended: bool) -> Result<(), Refusal> {
        let now = self.now();
        let one = self
            .installations
            .get_mut(&installation)
            .ok_or_else(|| Refusal::new(format!("there is no installation {installation}")))?;
        one.suspended = suspended.then(|| (now, by.to_owned()));
        one.updated_at = now;
        let action = if suspended { "suspend" } else { "unsuspend" };
        self.announce_installation(installation, action, by);
        Ok(())
    }
}
