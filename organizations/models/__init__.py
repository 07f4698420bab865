"""The tables of `organizations`, one file per noun."""

from organizations.models.alert_rule import AlertRule
from organizations.models.connection import Connection
from organizations.models.consent import Consent
from organizations.models.digest_setting import DigestSetting
from organizations.models.group import Group, GroupMember
from organizations.models.incident import Incident, IncidentNotice
from organizations.models.item import Item
from organizations.models.legal_hold import LegalHold
from organizations.models.organization import Organization
from organizations.models.policy import Policy
from organizations.models.retention_rule import RetentionRule
from organizations.models.site_address import SiteAddress
from organizations.models.source_app import SourceApp, SourceCredential

__all__ = [
    "AlertRule",
    "Connection",
    "Consent",
    "DigestSetting",
    "Group",
    "GroupMember",
    "Incident",
    "IncidentNotice",
    "Item",
    "LegalHold",
    "Organization",
    "Policy",
    "RetentionRule",
    "SiteAddress",
    "SourceApp",
    "SourceCredential",
]
