//! What an account holds, resource by resource, whether or not a stack made it.

use super::{Place, next_page};
use crate::environment::Setback;
use async_trait::async_trait;
use serde_json::Value;

/// One resource as a list names it.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// Cloud Control's primary identifier; several parts are joined by `|`.
    pub identifier: String,
    /// What the list says of it; may be less than [`Resources::read`] says.
    pub properties: Value,
}

/// Why there is no list. Only an answer of AWS counts: a call that may succeed later is a [`Setback`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unlisted {
    /// A service control policy denies it: nothing of this type could be made while it was attached.
    Denied {
        /// The policy, as AWS names it.
        by: String,
    },
    /// This region does not have the type, or AWS closed the service to this account.
    NotOffered {
        /// AWS's error code.
        code: String,
    },
    /// Anything else: it is not known whether there is something.
    Unknown {
        /// AWS's error code.
        code: String,
        /// AWS's words.
        message: String,
    },
}

impl Unlisted {
    /// A list whose pages go round in a circle; what it shows cannot be the whole.
    pub fn going_round(operation: &str) -> Self {
        Self::Unknown {
            code: "RepeatedToken".to_owned(),
            message: format!("{operation} gave the same token for the next page twice"),
        }
    }
}

/// How far a change to a resource has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// AWS is at work; ask again with [`Resources::progress`].
    UnderWay {
        /// Names the request.
        request: String,
    },
    /// Done, or there was nothing to do: what was to be deleted is not there.
    Done,
    /// AWS said no.
    Refused {
        /// AWS's error code.
        code: String,
        /// AWS's words: they often name what is in the way.
        message: String,
    },
}

/// A call to a service of AWS that Cloud Control does not cover, as data.
///
/// Input and output have the names that AWS's API reference prints for the request itself. Where it prints
/// `Filter.N.Value.M` (services with a query API: EC2, RDS, IAM, …), each dot is an object and each number a
/// list: `{"Filter": [{"Name": "…", "Value": ["…"]}]}`, or `{"Filters": {"Filter": […]}}` for RDS. Their
/// answers are XML: numbers and truths are texts, an element without content is `null`, and an element that
/// holds a list is a list ([`Call::items`]).
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The service's name in endpoints: `ec2`, `rds`, `backup`, ….
    pub service: String,
    /// The operation: `DescribeSnapshots`.
    pub operation: String,
    /// Its input; `null` is none.
    pub input: Value,
}

impl Call {
    /// A call.
    pub fn new(service: &str, operation: &str, input: Value) -> Self {
        Self {
            service: service.to_owned(),
            operation: operation.to_owned(),
            input,
        }
    }

    /// The entries of a list in an answer; `None` where the answer does not have it.
    pub fn items<'a>(answer: &'a Value, list: &str) -> Option<&'a [Value]> {
        match answer.get(list)? {
            Value::Null => Some(&[]),
            Value::Array(items) => Some(items),
            _ => None,
        }
    }
}

/// What can have a policy that locks everybody out, us too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Locked {
    /// A bucket, by its name.
    Bucket(String),
    /// A queue, by its URL.
    Queue(String),
}

/// Everything in an account and region that is not asked for stack by stack.
#[async_trait]
pub trait Resources: Send + Sync {
    /// All resources of a type, through all pages. `under` are the properties that name the parent, for types
    /// that are listed under one.
    async fn list(
        &self,
        at: &Place,
        type_name: &str,
        under: Option<&Value>,
    ) -> Result<Result<Vec<Listed>, Unlisted>, Setback>;

    /// All properties of one resource; `None` when it is not there.
    async fn read(
        &self,
        at: &Place,
        type_name: &str,
        identifier: &str,
    ) -> Result<Option<Value>, Setback>;

    /// Asks for a deletion. `token` makes a repeat the same request.
    async fn delete(
        &self,
        at: &Place,
        type_name: &str,
        identifier: &str,
        token: &str,
    ) -> Result<Progress, Setback>;

    /// Changes a resource by a JSON patch (RFC 6902), for what stands in the way of its deletion.
    async fn update(
        &self,
        at: &Place,
        type_name: &str,
        identifier: &str,
        patch: &Value,
        token: &str,
    ) -> Result<Progress, Setback>;

    /// How far a request has come.
    async fn progress(&self, at: &Place, request: &str) -> Result<Progress, Setback>;

    /// Calls a service directly; the answer is its output as JSON, with the names of AWS's API reference.
    /// AWS's own "no" is the inner error.
    async fn call(&self, at: &Place, call: &Call) -> Result<Result<Value, Unlisted>, Setback>;

    /// Calls a service through all pages and returns the answers in order.
    async fn call_all(
        &self,
        at: &Place,
        call: &Call,
    ) -> Result<Result<Vec<Value>, Unlisted>, Setback> {
        let mut pages = Vec::new();
        let mut asked = vec![call.clone()];
        while let Some(call) = asked.last() {
            let page = match self.call(at, call).await? {
                Ok(page) => page,
                Err(no) => return Ok(Err(no)),
            };
            let next = next_page(call, &page);
            pages.push(page);
            match next {
                None => break,
                Some(next) if asked.contains(&next) => {
                    return Ok(Err(Unlisted::going_round(&call.operation)));
                }
                Some(next) => asked.push(next),
            }
        }
        Ok(Ok(pages))
    }

    /// Deletes what a bucket holds: objects in all versions, delete markers, unfinished uploads. The bucket may
    /// be in another region than `at`. One call does some thousands; at [`Progress::UnderWay`] call it again (the
    /// request is the bucket's name and nothing that [`Self::progress`] knows). Done is also a bucket that is not
    /// there.
    async fn empty_bucket(&self, at: &Place, bucket: &str) -> Result<Progress, Setback>;

    /// Takes away the policy of a bucket or queue as the account's root user, which no such policy can lock out
    /// (`sts:AssumeRoot`). Done is also one that is not there, or has no policy.
    async fn unlock(&self, at: &Place, locked: &Locked) -> Result<Progress, Setback>;
}
