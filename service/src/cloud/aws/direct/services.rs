//! Where each service is and how it speaks, from AWS's published service models.

use crate::environment::Region;

/// How a service is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    /// AWS JSON: one address, the operation in a header.
    Json {
        /// `1.0` or `1.1`.
        version: &'static str,
        /// Before the operation in `X-Amz-Target`.
        target: &'static str,
    },
    /// Query, EC2's kind included: a form there, XML back.
    Query {
        /// The API's version.
        version: &'static str,
    },
    /// REST with JSON bodies; [`super::routes`] has the paths.
    RestJson,
    /// REST with XML bodies.
    RestXml,
}

/// Which of its endpoints a service has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// One in each region.
    Regional,
    /// One for the whole partition.
    Global,
    /// One in each region, with the account's number before it.
    PerAccount,
}

/// One service.
#[derive(Clone, Copy, Debug)]
pub(super) struct Service {
    /// Its name in our calls; that of the endpoint, but where two APIs share one.
    pub(super) name: &'static str,
    pub(super) protocol: Protocol,
    /// The first part of its host name.
    host: &'static str,
    /// Its name in signatures.
    pub(super) signing: &'static str,
    reach: Reach,
}

const fn json(name: &'static str, version: &'static str, target: &'static str) -> Service {
    service(name, Protocol::Json { version, target })
}

const fn query(name: &'static str, version: &'static str) -> Service {
    service(name, Protocol::Query { version })
}

const fn service(name: &'static str, protocol: Protocol) -> Service {
    Service {
        name,
        protocol,
        host: name,
        signing: name,
        reach: Reach::Regional,
    }
}

const SERVICES: &[Service] = &[
    json("acm", "1.1", "CertificateManager"),
    json("application-autoscaling", "1.1", "AnyScaleFrontendService"),
    json("athena", "1.1", "AmazonAthena"),
    query("autoscaling", "2011-01-01"),
    service("backup", Protocol::RestJson),
    query("cloudformation", "2010-05-15"),
    json("codebuild", "1.1", "CodeBuild_20161006"),
    json("cognito-idp", "1.1", "AWSCognitoIdentityProviderService"),
    json("config", "1.1", "StarlingDoveService"),
    json("dynamodb", "1.0", "DynamoDB_20120810"),
    query("ec2", "2016-11-15"),
    Service {
        host: "api.ecr",
        ..json("ecr", "1.1", "AmazonEC2ContainerRegistry_V20150921")
    },
    json("ecs", "1.1", "AmazonEC2ContainerServiceV20141113"),
    query("elasticache", "2015-02-02"),
    service("elasticfilesystem", Protocol::RestJson),
    query("elasticloadbalancing", "2015-12-01"),
    Service {
        host: "elasticloadbalancing",
        signing: "elasticloadbalancing",
        ..query("elasticloadbalancing-classic", "2012-06-01")
    },
    service("es", Protocol::RestJson),
    json("events", "1.1", "AWSEvents"),
    json("fsx", "1.1", "AWSSimbaAPIService_v20180301"),
    json("glue", "1.1", "AWSGlue"),
    Service {
        reach: Reach::Global,
        ..query("iam", "2010-05-08")
    },
    json("kinesis", "1.1", "Kinesis_20131202"),
    json("kms", "1.1", "TrentService"),
    service("lambda", Protocol::RestJson),
    json("logs", "1.1", "Logs_20140328"),
    Service {
        host: "monitoring",
        signing: "monitoring",
        ..query("cloudwatch", "2010-08-01")
    },
    query("rds", "2014-10-31"),
    query("redshift", "2012-12-01"),
    Service {
        reach: Reach::Global,
        ..service("route53", Protocol::RestXml)
    },
    // Only the oldest of its addresses says where any bucket is.
    Service {
        reach: Reach::Global,
        ..service("s3", Protocol::RestXml)
    },
    Service {
        host: "s3-control",
        signing: "s3",
        reach: Reach::PerAccount,
        ..service("s3control", Protocol::RestXml)
    },
    json("secretsmanager", "1.1", "secretsmanager"),
    json("servicediscovery", "1.1", "Route53AutoNaming_v20170314"),
    json("servicequotas", "1.1", "ServiceQuotasV20190624"),
    query("sns", "2010-03-31"),
    json("sqs", "1.0", "AmazonSQS"),
    json("ssm", "1.1", "AmazonSSM"),
    json("states", "1.0", "AWSStepFunctions"),
    query("sts", "2011-06-15"),
];

/// A service by its name.
pub(super) fn find(name: &str) -> Option<&'static Service> {
    SERVICES.iter().find(|service| service.name == name)
}

impl Service {
    /// Its host as seen from a region, and the region that signatures for it name.
    pub(super) fn host(&self, region: &Region, account: &str) -> (String, String) {
        let here = region.as_str();
        let domain = match region.partition() {
            "aws-cn" => "amazonaws.com.cn",
            _ => "amazonaws.com",
        };
        match self.reach {
            Reach::Regional => (format!("{}.{here}.{domain}", self.host), here.to_owned()),
            Reach::PerAccount => (
                format!("{account}.{}.{here}.{domain}", self.host),
                here.to_owned(),
            ),
            Reach::Global => {
                let (host, home) = self.global_host(region.partition());
                (format!("{host}.{domain}"), home.to_owned())
            }
        }
    }

    /// The region that signatures name, whatever the host is.
    pub(super) fn signing_region(&self, region: &Region) -> String {
        match self.reach {
            Reach::Global => self.global_host(region.partition()).1.to_owned(),
            Reach::Regional | Reach::PerAccount => region.as_str().to_owned(),
        }
    }

    /// The host of a global service without its domain, and the region that it belongs to.
    fn global_host(&self, partition: &str) -> (String, &'static str) {
        match (partition, self.name) {
            ("aws-cn", "route53") => (self.host.to_owned(), "cn-northwest-1"),
            ("aws-us-gov", "s3") => ("s3.us-gov-west-1".to_owned(), "us-gov-west-1"),
            ("aws-cn", _) => (format!("{}.cn-north-1", self.host), "cn-north-1"),
            ("aws-us-gov", _) => (format!("{}.us-gov", self.host), "us-gov-west-1"),
            _ => (self.host.to_owned(), "us-east-1"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(service: &str, region: &str) -> String {
        let service = find(service).unwrap();
        let (host, signing) = service.host(&Region::new(region), "111122223333");
        assert_eq!(signing, service.signing_region(&Region::new(region)));
        format!("{host} {signing}")
    }

    #[test]
    fn each_partition_has_its_own_hosts() {
        assert_eq!(
            host("ec2", "eu-central-1"),
            "ec2.eu-central-1.amazonaws.com eu-central-1"
        );
        assert_eq!(
            host("ecr", "us-gov-east-1"),
            "api.ecr.us-gov-east-1.amazonaws.com us-gov-east-1"
        );
        assert_eq!(
            host("kms", "cn-north-1"),
            "kms.cn-north-1.amazonaws.com.cn cn-north-1"
        );
        assert_eq!(
            host("s3control", "eu-west-1"),
            "111122223333.s3-control.eu-west-1.amazonaws.com eu-west-1"
        );
    }

    #[test]
    fn global_services_are_asked_at_home() {
        assert_eq!(host("iam", "eu-central-1"), "iam.amazonaws.com us-east-1");
        assert_eq!(
            host("iam", "cn-northwest-1"),
            "iam.cn-north-1.amazonaws.com.cn cn-north-1"
        );
        assert_eq!(
            host("iam", "us-gov-east-1"),
            "iam.us-gov.amazonaws.com us-gov-west-1"
        );
        assert_eq!(
            host("route53", "cn-north-1"),
            "route53.amazonaws.com.cn cn-northwest-1"
        );
        assert_eq!(
            host("route53", "us-gov-west-1"),
            "route53.us-gov.amazonaws.com us-gov-west-1"
        );
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = SERVICES.iter().map(|service| service.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
