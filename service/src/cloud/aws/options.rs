//! What an operator sets about AWS.

use crate::clock::Clock;
use crate::environment::Region;
use aws_credential_types::Credentials;

use std::collections::BTreeMap;
use std::sync::Arc;

/// The role that AWS makes in a new account unless told otherwise.
pub const DEFAULT_MEMBER_ROLE: &str = "OrganizationAccountAccessRole";

/// How to reach AWS and where the sandbox accounts are.
#[derive(Clone)]
pub struct AwsOptions {
    /// The home region: where STS is asked for the roles of sandbox accounts.
    pub region: Region,
    /// Another address for every service: an emulator, a proxy. `AWS_ENDPOINT_URL` works as well.
    pub endpoint_url: Option<String>,
    /// Other addresses for single services (`cloudcontrol`, `ec2`, …), over [`Self::endpoint_url`].
    pub endpoints: BTreeMap<String, String>,
    /// A role of the management account to take first, for a service that runs in another one.
    pub management_role_arn: Option<String>,
    /// The organizational unit that holds the sandbox accounts and nothing else: `ou-…`.
    pub sandbox_ou: String,
    /// The role to enter sandbox accounts by; [`DEFAULT_MEMBER_ROLE`] where empty.
    pub member_role: String,
    /// Instead of the standard chain; for emulators, which tell accounts apart by the key's id.
    pub credentials: Option<Credentials>,
    /// Tells when a session is to be renewed.
    pub clock: Arc<dyn Clock>,
}

/// An option that cannot work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("aws.{key}: {problem}")]
pub struct InvalidOptions {
    /// The key in `ebbtide.toml`, without its section.
    pub key: &'static str,
    /// What is wrong with it and how to mend it.
    pub problem: String,
}

impl AwsOptions {
    /// The role to enter sandbox accounts by.
    pub(super) fn member_role(&self) -> &str {
        if self.member_role.is_empty() {
            DEFAULT_MEMBER_ROLE
        } else {
            &self.member_role
        }
    }

    pub(super) fn check(&self) -> Result<(), InvalidOptions> {
        let invalid = |key, problem: String| Err(InvalidOptions { key, problem });
        if self.sandbox_ou.is_empty() {
            return invalid(
                "sandbox_ou",
                "not set; create an organizational unit for sandbox accounts and give its id (ou-…)"
                    .to_owned(),
            );
        }
        // The root is refused on purpose: it holds the management account and everybody else's.
        if !self.sandbox_ou.starts_with("ou-") {
            return invalid(
                "sandbox_ou",
                format!(
                    "\"{}\" is not an organizational unit; its id starts with ou-",
                    self.sandbox_ou
                ),
            );
        }
        match &self.management_role_arn {
            Some(arn) if !arn.starts_with("arn:") => invalid(
                "management_role_arn",
                format!(
                    "\"{arn}\" is not an ARN; it looks like arn:aws:iam::123456789012:role/NAME"
                ),
            ),
            _ => Ok(()),
        }
    }
}
