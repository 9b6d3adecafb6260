//! What a refused list or call proves. Nothing is proven by guessing: only AWS's own words that nothing can
//! be there count, and all else is unknown.
//!
//! Cloud Control asks the service for us and hands its words on within its own error, as
//! `TYPE Handler returned status FAILED: … (Service: S, Status Code: N, …) (HandlerErrorCode: C, …)`; so the
//! sentences are read, not only the codes.

use super::setback::Failed;
use crate::cloud::Unlisted;
use crate::environment::Setback;

/// Who was asked.
#[derive(Clone, Copy)]
pub(super) enum Asked<'a> {
    /// Cloud Control, about this type.
    CloudControl(&'a str),
    /// The service itself.
    Service,
}

/// Codes of an account that is not signed up. They are no proof: a new account says so for a while, an account
/// with a billing problem too, and so does a region that was switched off with things left in it.
const NOT_SIGNED_UP: &[&str] = &[
    "NotSignedUp",
    "OptInRequired",
    "SubscriptionRequiredException",
];

/// Sentences by which AWS says that this region or account never had the service.
const NOT_OFFERED: &[&str] = &[
    "not available in this region",
    "not supported in this region",
    "not available to new customers",
    "no longer available to new customers",
    "not open to new customers",
    "no longer open to new customers",
];

/// Marks in Cloud Control's sentence by which the service's trouble will pass.
const PASSING: &[&str] = &[
    "HandlerErrorCode: Throttling",
    "HandlerErrorCode: NetworkFailure",
    "HandlerErrorCode: ServiceInternalError",
    "HandlerErrorCode: ServiceTimeout",
    "Rate exceeded",
    "Status Code: 429",
    "Status Code: 5",
];

/// Reads a failed list or call: what it proves, or that it has to be asked again.
pub(super) fn read(failed: Failed, asked: Asked<'_>) -> Result<Unlisted, Setback> {
    let code = failed.code().to_owned();
    if code.is_empty() {
        return Err(failed.setback);
    }
    if let Some(by) = denied_by(failed.message(), asked) {
        return Ok(Unlisted::Denied { by });
    }
    if is_not_offered(&failed, asked) {
        return Ok(Unlisted::NotOffered { code });
    }
    let unknown = Unlisted::Unknown {
        code,
        message: failed.message().to_owned(),
    };
    if failed.ends_session() {
        return Err(failed.setback);
    }
    if failed.is_any(NOT_SIGNED_UP) {
        return Ok(unknown);
    }
    let wrapped = failed.says("Status Code: ") || failed.says("HandlerErrorCode: ");
    if wrapped && PASSING.iter().any(|mark| failed.says(mark)) {
        return Err(Setback::later(failed.setback.to_string()));
    }
    // A handler that trips over the service's "no" will do so every time.
    if wrapped && failed.says("Status Code: 4") {
        return Ok(unknown);
    }
    match failed.setback {
        Setback::Refused { .. } => Ok(unknown),
        passing => Err(passing),
    }
}

/// Whether a service control policy denied a call to the service itself.
pub(super) fn is_denied(failed: &Failed) -> bool {
    denied_by(failed.message(), Asked::Service).is_some()
}

/// The service control policy that denied it. A denial of Cloud Control's own action says nothing of the type:
/// the service itself may well have been allowed.
fn denied_by(message: &str, asked: Asked<'_>) -> Option<String> {
    let (before, after) = message
        .split_once("with an explicit deny in a service control policy")
        .or_else(|| message.split_once("because no service control policy allows"))?;
    let action = before
        .split_once("not authorized to perform: ")
        .and_then(|(_, rest)| rest.split_whitespace().next())
        .unwrap_or_default();
    let of_cloud_control = action.starts_with("cloudformation:") || action.is_empty();
    match asked {
        Asked::CloudControl(kind)
            if of_cloud_control && !kind.starts_with("AWS::CloudFormation::") =>
        {
            return None;
        }
        _ => {}
    }
    let named = after
        .trim_start_matches(':')
        .split_whitespace()
        .next()
        .map(|word| word.trim_end_matches(['.', ',', ';', ')']))
        .filter(|word| word.starts_with("arn:"));
    Some(named.unwrap_or("a service control policy").to_owned())
}

fn is_not_offered(failed: &Failed, asked: Asked<'_>) -> bool {
    let unknown_type =
        matches!(asked, Asked::CloudControl(_)) && failed.is_any(&["TypeNotFoundException"]);
    let message = failed.message().to_lowercase();
    unknown_type
        || NOT_OFFERED.iter().any(|words| message.contains(words))
        || (message.contains("only existing") && message.contains("customers can access"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(code: &str, message: &str) -> Result<Unlisted, Setback> {
        let failed = Failed::answered("ListResources", code, message, 400, None);
        read(failed, Asked::CloudControl("AWS::EC2::VPC"))
    }

    fn unknown(code: &str, message: &str) -> Unlisted {
        Unlisted::Unknown {
            code: code.to_owned(),
            message: message.to_owned(),
        }
    }

    fn denied(by: &str) -> Unlisted {
        Unlisted::Denied { by: by.to_owned() }
    }

    fn not_offered(code: &str) -> Unlisted {
        Unlisted::NotOffered {
            code: code.to_owned(),
        }
    }

    #[test]
    fn a_service_control_policy_is_named_where_aws_names_it() {
        let sentence = "User: arn:aws:sts::111122223333:assumed-role/R/s is not authorized to perform: ec2:DescribeVpcs \
            with an explicit deny in a service control policy";
        let arn = "arn:aws:organizations::999988887777:policy/o-a1/service_control_policy/p-b2";
        let wrapped = format!(
            "AWS::EC2::VPC Handler returned status FAILED: {sentence}: {arn} (Service: Ec2, Status Code: 403, Request ID: 1) \
             (HandlerErrorCode: AccessDenied, RequestToken: 2)"
        );
        assert_eq!(through("AccessDeniedException", &wrapped), Ok(denied(arn)));
        let encoded = format!("{sentence}. Encoded authorization failure message: XQ_jqde5");
        assert_eq!(
            through("GeneralServiceException", &encoded),
            Ok(denied("a service control policy"))
        );
        let implicit = "User: u is not authorized to perform: ec2:DescribeVpcs because no service control policy allows \
            the ec2:DescribeVpcs action";
        assert_eq!(
            through("AccessDeniedException", implicit),
            Ok(denied("a service control policy"))
        );
    }

    #[test]
    fn a_denial_of_cloud_control_itself_proves_nothing() {
        let sentence = "User: u is not authorized to perform: cloudformation:ListResources on resource: r \
            with an explicit deny in a service control policy";
        assert_eq!(
            through("AccessDeniedException", sentence),
            Ok(unknown("AccessDeniedException", sentence))
        );
        let failed = Failed::answered("DescribeStacks", "AccessDenied", sentence, 403, None);
        assert_eq!(
            read(failed, Asked::Service),
            Ok(denied("a service control policy"))
        );
    }

    #[test]
    fn any_other_denial_is_unknown() {
        for sentence in [
            "User: u is not authorized to perform: ec2:DescribeVpcs because no identity-based policy allows it",
            "User: u is not authorized to perform: ec2:DescribeVpcs with an explicit deny in a resource control policy",
            "Unable to determine service/operation name to be authorized",
        ] {
            assert_eq!(
                through("AccessDeniedException", sentence),
                Ok(unknown("AccessDeniedException", sentence))
            );
        }
    }

    #[test]
    fn only_clear_words_say_that_a_region_lacks_a_service() {
        assert_eq!(
            through("TypeNotFoundException", "The type cannot be found"),
            Ok(not_offered("TypeNotFoundException"))
        );
        assert_eq!(
            through(
                "UnsupportedOperation",
                "The functionality you requested is not available in this region."
            ),
            Ok(not_offered("UnsupportedOperation"))
        );
        assert_eq!(
            through(
                "AccessDeniedException",
                "Only existing Timestream for LiveAnalytics customers can access the service"
            ),
            Ok(not_offered("AccessDeniedException"))
        );
        for (code, sentence) in [
            ("UnsupportedActionException", "does not support LIST action"),
            ("UnsupportedOperation", "The operation is not supported"),
            (
                "OptInRequired",
                "You are not subscribed to this service. Please go to http://aws.amazon.com to subscribe.",
            ),
            (
                "SubscriptionRequiredException",
                "The AWS Access Key Id needs a subscription for the service",
            ),
        ] {
            assert_eq!(through(code, sentence), Ok(unknown(code, sentence)));
        }
    }

    #[test]
    fn trouble_behind_cloud_control_passes_and_a_clear_no_stays() {
        let wrapped = |words: &str, status: u16, code: &str| {
            format!(
                "AWS::EC2::VPC Handler returned status FAILED: {words} (Service: Ec2, Status Code: {status}, Request ID: 1) \
                 (HandlerErrorCode: {code}, RequestToken: 2)"
            )
        };
        for (code, message) in [
            (
                "GeneralServiceException",
                wrapped("Rate exceeded", 400, "GeneralServiceException"),
            ),
            (
                "HandlerFailureException",
                wrapped("oops", 503, "GeneralServiceException"),
            ),
            (
                "InvalidRequestException",
                wrapped("wait", 400, "Throttling"),
            ),
            ("HandlerInternalFailureException", "null".to_owned()),
            ("ServiceInternalErrorException", "oops".to_owned()),
            ("NetworkFailureException", "oops".to_owned()),
            ("ThrottlingException", "Rate exceeded".to_owned()),
        ] {
            let answer = through(code, &message);
            assert!(
                matches!(answer, Err(Setback::TryLater { .. })),
                "{code}: {answer:?}"
            );
        }
        let no = wrapped(
            "The input should contain either ARN or Type Name",
            400,
            "InternalFailure",
        );
        assert_eq!(
            through("HandlerInternalFailureException", &no),
            Ok(unknown("HandlerInternalFailureException", &no))
        );
    }
}
