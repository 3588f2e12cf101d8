//! What a call asks for, and what it has to be allowed.

use std::collections::BTreeMap;

use super::table::{ROWS, Row};
use crate::answer::ServiceError;
use crate::cloud_control::TYPES;
use crate::world::World;

const DECRYPT: &str = "kms:Decrypt";

/// A call, as far as IAM looks at it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// As `service:Operation`.
    pub(crate) operation: String,
    /// Members of its input that are text.
    pub(crate) members: BTreeMap<String, String>,
}

/// One permission that a call needs.
pub(super) struct Needed {
    pub(super) action: String,
    pub(super) resource: String,
    pub(super) context: Vec<(String, String)>,
}

impl Asked {
    pub(super) fn needed(&self, world: &World) -> Result<Vec<Needed>, ServiceError> {
        let row = ROWS.iter().find(|row| row.operation == self.operation).ok_or_else(|| {
            let message = format!("{} has no row in crates/sandbox/src/access/table.rs", self.operation);
            ServiceError::new(400, "NoRowInAccessTable", message)
        })?;
        let mut needed = Vec::new();
        needed.extend(world.kms_key.as_ref().and_then(|key| self.key(key, world)));
        if self.operation == "organizations:DescribePolicy" {
            needed.push(self.one(row, row.operation, &self.organization_policy(world))?);
        }
        for resource in row.resources {
            needed.push(self.one(row, row.operation, resource)?);
        }
        if self.operation == "cloudformation:GetResource" {
            let name = self.members.get("TypeName").map(String::as_str).unwrap_or_default();
            let identifier = self.members.get("Identifier").map(String::as_str).unwrap_or_default();
            for known in TYPES.iter().filter(|known| known.name == name) {
                for read in known.reads {
                    needed.push(self.one(row, read, &known.read_on(identifier))?);
                }
            }
        }
        // Source: conditional writes in the S3 user guide. A write that depends on the object's version reads it.
        if self.operation == "s3:PutObject" && self.members.contains_key("IfMatch") {
            needed.push(self.one(row, "s3:GetObject", "arn:aws:s3:::{Bucket}/{Key}")?);
        }
        // Source: "Enforce conditional writes on Amazon S3 buckets" in the S3 user guide.
        let is_put = |needed: &&mut Needed| needed.action == "s3:PutObject";
        for put in needed.iter_mut().filter(is_put) {
            let header = self.members.get("IfNoneMatch").cloned();
            put.context.extend(header.map(|value| ("s3:if-none-match".to_owned(), value)));
        }
        // Source: `GetObject` in the S3 API reference: 403 instead of 404 for whoever may not list.
        let journal = &world.journal;
        let is_absent = |key: &String| !journal.objects.contains_key(key) && !journal.texts.contains_key(key);
        if self.operation == "s3:GetObject" && self.members.get("Key").is_some_and(is_absent) {
            needed.push(self.one(row, "s3:ListBucket", "arn:aws:s3:::{Bucket}")?);
        }
        Ok(needed)
    }

    /// Both services of Identity Center use the key of the instance as their caller. Source: the dependent actions of
    /// `sso` in the Service Authorization Reference; "Advanced KMS key policy statements" in the user guide.
    fn key(&self, key: &str, world: &World) -> Option<Needed> {
        let [region, account] = [3, 4].map(|field| key.split(':').nth(field).unwrap_or_default());
        let service = self.service();
        let (name, value) = match service {
            "sso" => ("aws:sso:instance-arn", world.instance_arn.clone()),
            "identitystore" => {
                let store =
                    format!("arn:aws:identitystore::{account}:identitystore/{}", world.identity_store_id);
                ("aws:identitystore:identitystore-arn", store)
            }
            _ => return None,
        };
        let context = vec![
            ("kms:ViaService".to_owned(), format!("{service}.{region}.amazonaws.com")),
            (format!("kms:EncryptionContext:{name}"), value),
        ];
        Some(Needed { action: DECRYPT.to_owned(), resource: key.to_owned(), context })
    }

    fn service(&self) -> &str {
        self.operation.split(':').next().unwrap_or_default()
    }

    fn organization_policy(&self, world: &World) -> String {
        let id = self.members.get("PolicyId").map(String::as_str).unwrap_or_default();
        let known = world.organization_policies.keys().find(|arn| arn.rsplit('/').next() == Some(id));
        let of_nobody =
            || format!("arn:aws:organizations::999999999999:policy/o-none/service_control_policy/{id}");
        known.cloned().unwrap_or_else(of_nobody)
    }

    fn one(&self, row: &Row, action: &str, resource: &str) -> Result<Needed, ServiceError> {
        let context = row.context.iter().map(|(key, value)| Ok(((*key).to_owned(), self.filled(value)?)));
        Ok(Needed {
            action: action.to_owned(),
            resource: self.filled(resource)?,
            context: context.collect::<Result<_, ServiceError>>()?,
        })
    }

    /// Puts the input's members in for `{Member}`.
    fn filled(&self, text: &str) -> Result<String, ServiceError> {
        let Some((before, rest)) = text.split_once('{') else {
            return Ok(text.to_owned());
        };
        let (name, rest) = rest.split_once('}').unwrap_or((rest, ""));
        let value = self
            .members
            .get(name)
            .ok_or_else(|| ServiceError::validation(format!("{name} is required and has to be a string")))?;
        Ok(format!("{before}{value}{}", self.filled(rest)?))
    }

    /// How the service refuses what it was not allowed.
    pub(super) fn refused(&self, needed: &Needed, message: String) -> ServiceError {
        match self.service() {
            service if needed.action == DECRYPT => ServiceError::key_refused(service, message),
            "iam" | "s3" | "cloudwatch" | "sts" => ServiceError::new(403, "AccessDenied", message),
            "sso" | "identitystore" => ServiceError::new(400, "AccessDeniedException", message),
            _ => ServiceError::new(403, "AccessDeniedException", message),
        }
    }
}
