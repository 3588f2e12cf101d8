"""The template that takes the functions from a bucket, from the one that builds them."""

import re

BUILT = re.compile(
    r"    Metadata:\n      BuildMethod: rust-cargolambda\n      BuildProperties:\n        Binary: (?P<binary>\w+)\n"
    r"(?P<between>    Properties:\n      Description: [^\n]+\n)      CodeUri: \.\.\n"
)

TAKEN = """{between}      CodeUri:
        Bucket: !Ref CodeBucket
        Key: !Sub ${{CodePrefix}}{binary}-${{Architecture}}.zip
"""

PARAMETERS = """Parameters:
  CodeBucket:
    Type: String
    Description: Bucket of this account and Region that holds the zips of the release
    AllowedPattern: ^[a-z0-9.-]{{3,63}}$
    ConstraintDescription: must be the name of a bucket
  CodePrefix:
    Type: String
    Description: >-
      What stands before heal-arm64.zip and the other names there. It has the version: a function is only deployed anew where
      its key is another one
    Default: tagmend/{version}/
    AllowedPattern: ^([A-Za-z0-9._-]+/)*$
    ConstraintDescription: must be empty, or end with a slash
"""


def packaged(text, version):
    made, count = BUILT.subn(lambda found: TAKEN.format(**found.groupdict()), text)
    if count != 2:
        raise SystemExit(f"infra/template.yaml builds {count} functions, and two were expected")
    return made.replace("Parameters:\n", PARAMETERS.format(version=version), 1)
