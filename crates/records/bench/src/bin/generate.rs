//! Writes CloudTrail log files: `generate FOLDER RECORDS [SEED]`. The same seed gives the same files.
//!
//! Two records in 100 are denied or throttled: events of `events/`, with ids, times and addresses of their own. The
//! others look like what a trail delivers for its management events.

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use fastrand::Rng;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value as Json, json};

/// An event of the corpus; one that is not there any more does not compile.
macro_rules! event {
    ($name:literal) => {
        include_str!(concat!("../../../../../events/", $name, ".json"))
    };
}

/// Denials, and how often each is taken.
const DENIED: [(&str, u32); 8] = [
    (event!("intended/no-arn-in-the-message"), 40),
    (event!("mapping-missing/explicit-deny"), 15),
    (event!("mapping-missing/resource-variable"), 10),
    (event!("not-identity-center/role"), 15),
    (event!("resource-tag/ec2-instance"), 5),
    (event!("not-provisioned/start-build"), 5),
    (event!("service-control-policy/explicit"), 5),
    (event!("throttled/ec2"), 5),
];
const PER_FILE: usize = 2_000;
const CALLS: [(&str, &str); 16] = [
    ("ec2", "DescribeInstances"),
    ("ec2", "DescribeVolumes"),
    ("ec2", "DescribeNetworkInterfaces"),
    ("sts", "AssumeRole"),
    ("s3", "GetBucketAcl"),
    ("s3", "ListBuckets"),
    ("kms", "Decrypt"),
    ("kms", "GenerateDataKey"),
    ("lambda", "ListFunctions20150331"),
    ("dynamodb", "DescribeTable"),
    ("logs", "DescribeLogStreams"),
    ("monitoring", "DescribeAlarms"),
    ("iam", "GetRole"),
    ("config", "DescribeConfigurationRecorders"),
    ("ssm", "UpdateInstanceInformation"),
    ("elasticloadbalancing", "DescribeTargetHealth"),
];
const REGIONS: [&str; 3] = ["eu-west-1", "us-east-1", "eu-central-1"];
const ACCOUNTS: [&str; 3] = ["111122223333", "444455556666", "777788889999"];
const AGENTS: [&str; 4] = [
    "aws-cli/2.31.0 md/awscrt#0.27.6 ua/2.1 os/linux#6.8.0 md/arch#x86_64 lang/python#3.13.7 md/pyimpl#CPython cfg/retry-mode#standard",
    "Boto3/1.40.12 md/Botocore#1.40.12 ua/2.1 os/linux#5.10 md/arch#aarch64 lang/python#3.12.3 exec-env/AWS_Lambda_python3.12",
    "aws-sdk-go-v2/1.38.1 ua/2.1 os/linux lang/go#1.25.0 md/GOOS#linux md/GOARCH#amd64 api/ec2#1.245.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("which folder?")?);
    let records: usize = arguments.next().ok_or("how many records?")?.parse()?;
    let seed: u64 = arguments.next().map_or(Ok(1), |seed| seed.parse())?;
    fs::create_dir_all(&folder)?;
    let mut rng = Rng::with_seed(seed);
    let denied = DENIED
        .iter()
        .map(|(text, weight)| {
            let mut event: Json = serde_json::from_str(text)?;
            Ok((event["detail"].take(), *weight))
        })
        .collect::<Result<Vec<(Json, u32)>, Box<dyn Error>>>()?;
    let mut written = 0;
    for file in 0.. {
        if written == records {
            break;
        }
        let many = PER_FILE.min(records - written);
        let name = format!(
            "{}_CloudTrail_{}_20261123T{:02}{:02}Z_{:016x}.json.gz",
            ACCOUNTS[file % 3],
            REGIONS[file % 3],
            file / 60 % 24,
            file % 60,
            rng.u64(..)
        );
        let gzip = GzEncoder::new(File::create(folder.join(name))?, Compression::default());
        let mut out = BufWriter::new(gzip);
        out.write_all(b"{\"Records\":[")?;
        for index in 0..many {
            if index > 0 {
                out.write_all(b",")?;
            }
            let second = file * 60 + index * 60 / many;
            let record = if rng.u32(..100) < 2 {
                failure(&denied, &mut rng, second)
            } else {
                success(&mut rng, second)
            };
            serde_json::to_writer(&mut out, &record)?;
        }
        out.write_all(b"]}")?;
        out.into_inner().map_err(|error| error.into_error())?.finish()?;
        written += many;
    }
    Ok(())
}

fn failure(denied: &[(Json, u32)], rng: &mut Rng, second: usize) -> Json {
    let all: u32 = denied.iter().map(|(_, weight)| weight).sum();
    let mut left = rng.u32(..all);
    let mut record = Json::Null;
    for (event, weight) in denied {
        if left < *weight {
            record = event.clone();
            break;
        }
        left -= weight;
    }
    record["eventID"] = uuid(rng).into();
    record["requestID"] = uuid(rng).into();
    record["eventTime"] = time(second).into();
    record["sourceIPAddress"] = address(rng).into();
    record
}

fn success(rng: &mut Rng, second: usize) -> Json {
    let (service, call) = CALLS[rng.usize(..CALLS.len())];
    let (account, region) = (ACCOUNTS[rng.usize(..3)], REGIONS[rng.usize(..3)]);
    let role = format!("app-{:02}-{}", rng.u32(..40), service);
    let session = format!("i-{:017x}", rng.u64(..) >> 4);
    let key = format!("ASIA{:016X}", rng.u64(..));
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": format!("AROA{:016X}:{session}", rng.u64(..) >> 8),
            "arn": format!("arn:aws:sts::{account}:assumed-role/{role}/{session}"),
            "accountId": account,
            "accessKeyId": key,
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": format!("AROA{:016X}", rng.u64(..) >> 8),
                    "arn": format!("arn:aws:iam::{account}:role/{role}"),
                    "accountId": account,
                    "userName": role,
                },
                "attributes": {"creationDate": time(second.saturating_sub(900)), "mfaAuthenticated": "false"},
                "ec2RoleDelivery": "2.0",
            },
        },
        "eventTime": time(second),
        "eventSource": format!("{service}.amazonaws.com"),
        "eventName": call,
        "awsRegion": region,
        "sourceIPAddress": address(rng),
        "userAgent": AGENTS[rng.usize(..AGENTS.len())],
        "requestParameters": {
            "maxResults": rng.u32(5..1_000),
            "filterSet": {"items": [{"name": "resource-id", "valueSet": {"items": [{"value": session}]}}]},
        },
        "responseElements": null,
        "additionalEventData": {"SignatureVersion": "SigV4", "bytesTransferredOut": rng.u32(..90_000)},
        "requestID": uuid(rng),
        "eventID": uuid(rng),
        "readOnly": true,
        "resources": [{"accountId": account, "type": "AWS::IAM::Role", "ARN": format!("arn:aws:iam::{account}:role/{role}")}],
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": account,
        "eventCategory": "Management",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": format!("{service}.{region}.amazonaws.com"),
        },
    })
}

fn time(second: usize) -> String {
    format!("2026-11-23T{:02}:{:02}:{:02}Z", second / 3_600 % 24, second / 60 % 60, second % 60)
}

fn address(rng: &mut Rng) -> String {
    format!("203.0.{}.{}", rng.u8(..), rng.u8(..))
}

fn uuid(rng: &mut Rng) -> String {
    let (high, low) = (rng.u64(..), rng.u64(..));
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        low >> 48 & 0x3fff | 0x8000,
        low & 0xffff_ffff_ffff
    )
}
