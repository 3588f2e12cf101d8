//! What is not recognised: no page and no public record shows it, and nothing is concluded from a guess.

/// What, and why not.
pub const NOT_RECOGNISED: [(&str, &str); 11] = [
    (
        "a wrong ACS URL, audience, certificate or clock as the reason of a failed sign-in",
        "the texts of the records are not published; the failed sign-in itself is told",
    ),
    (
        "a NameID that is no user name of Identity Center",
        "its record is not published; it shows at the IdP and in the browser",
    ),
    (
        "more than 50 attributes, a name twice, or a value with several parts in an assertion",
        "the guide lists them among the reasons of a failed sign-in, without a text of the record",
    ),
    (
        "whether SCIM with an expired token (401) is recorded at all",
        "no page says so; the notice of AWS Health comes before",
    ),
    (
        "failures of the portal other than `ForbiddenException`",
        "`Session token not found or invalid` and others are known from clients only",
    ),
    (
        "`User attribute: ... is empty` at the portal",
        "known from clients only; the drift report names users without a value",
    ),
    ("`CreateToken` and `CreateTokenWithIAM` that fail", "their records are not published"),
    (
        "the members of the identity store's own events",
        "the guide shows their envelope; the user is taken from its resources or from any member that is named so, and otherwise nobody is named",
    ),
    (
        "the parameters of a write of the attribute mappings",
        "not published; they are read where they stand as the API names them",
    ),
    (
        "whether an account opted in to ABAC of DynamoDB or its streams",
        "no operation tells; it is named as a possibility beside a tag of the resource",
    ),
    (
        "errors of Identity Center's APIs for the instance's key (`KMS_DisabledException` and others)",
        "whether CloudTrail shows the reason is not published; the record of KMS is read",
    ),
];
