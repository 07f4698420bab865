"""New buckets at any S3 server, and a second client to look at them with."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

import boto3
from botocore.config import Config

from backups.vault.stores.s3 import S3Store
from backups.vault.stores.s3_requests import Identity

A_DAY = timedelta(days=1)


@dataclass
class Bucket:
    """A new bucket at a server, and boto3 as a second, independent client with the same credentials."""

    endpoint: str
    name: str
    identity: Identity

    @property
    def boto(self):
        return boto_client(self.endpoint, self.identity)

    def store(self, **options) -> S3Store:
        options = {"prefix": "vault", "timeout": 20, **options}
        return S3Store(endpoint=self.endpoint, bucket=self.name, identity=self.identity, **options)

    def address(self, **options: str) -> str:
        more = "".join(f"&{word}={value}" for word, value in options.items())
        return f"s3://{self.name}/vault?endpoint={self.endpoint}{more}"

    @property
    def environment(self) -> dict[str, str]:
        return {"AWS_ACCESS_KEY_ID": self.identity.access_key, "AWS_SECRET_ACCESS_KEY": self.identity.secret_key}


def boto_client(endpoint: str, identity: Identity):
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=identity.access_key,
        aws_secret_access_key=identity.secret_key,
        region_name=identity.region,
        config=Config(
            s3={"addressing_style": "path"},
            retries={"max_attempts": 1},
            # Ceph 16 does not know the checksums boto3 adds of its own accord.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def make_bucket(endpoint: str, identity: Identity, **options) -> Bucket:
    bucket = Bucket(endpoint, f"acme-{uuid.uuid4().hex[:12]}", identity)
    bucket.boto.create_bucket(Bucket=bucket.name, **options)
    return bucket
