//! Parts of ARNs. Source: `reference-arns` in the IAM user guide.

/// An ARN, taken apart. Parts that a service leaves out are empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arn<'a> {
    /// For instance `aws-cn`.
    pub partition: &'a str,
    /// For instance `ec2`.
    pub service: &'a str,
    /// The Region.
    pub region: &'a str,
    /// The account.
    pub account: &'a str,
    /// Everything behind the account.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Takes one apart; none where it is no ARN.
    pub fn parse(text: &'a str) -> Option<Arn<'a>> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, service, region, account, resource] = parts[..] else {
            return None;
        };
        Some(Arn { partition, service, region, account, resource })
    }
}

/// The partition of an ARN; that of the commercial Regions where it is no ARN.
pub fn partition(arn: &str) -> &str {
    Arn::parse(arn).map_or("aws", |arn| arn.partition)
}

/// What stands behind the last slash of an ARN: the name or the id of the thing.
pub fn last_part(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taken_apart() {
        let arn = Arn::parse("arn:aws-cn:logs:cn-north-1:111122223333:log-group:/a/b:*").unwrap();
        let parts = [arn.partition, arn.service, arn.region, arn.account, arn.resource];
        assert_eq!(parts, ["aws-cn", "logs", "cn-north-1", "111122223333", "log-group:/a/b:*"]);
        for text in ["", "arn:aws:s3", "urn:aws:s3:::b", "*"] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
        assert_eq!((last_part("arn:aws:sso:::permissionSet/i/ps"), last_part("ps")), ("ps", "ps"));
    }
}
