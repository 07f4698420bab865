"""The tables of `backups`, one file per noun."""

from backups.models.budget import ProviderBudget
from backups.models.container import Container, ContainerFeed, Failure, Removal, Sighting
from backups.models.deletion import Deletion, DeletionItem
from backups.models.digest import Digest
from backups.models.discovery_feed import DiscoveryFeed
from backups.models.export import Export, ExportPart, ExportVolume
from backups.models.parcel import Parcel
from backups.models.preview import Preview
from backups.models.provider_pause import ProviderPause
from backups.models.report import Report, ReportRow
from backups.models.restore import Restore, RestoreContainer
from backups.models.restore_object import RestoreObject, RestorePlace
from backups.models.run import Run, RunContainer, RunItem, Snapshot
from backups.models.search_entry import SearchEntry, SearchProgress
from backups.models.vault_commit import VaultCommit, VaultManifest, VaultTombstone
from backups.models.vault_key import VaultKey
from backups.models.vault_object import STILL, VaultObject, VaultVersion
from backups.models.vault_organization import VaultOrganization
from backups.models.vault_pack import VaultBlob, VaultPack

__all__ = [
    "STILL",
    "Container",
    "ContainerFeed",
    "Deletion",
    "DeletionItem",
    "Digest",
    "DiscoveryFeed",
    "Export",
    "ExportPart",
    "ExportVolume",
    "Failure",
    "Parcel",
    "Preview",
    "ProviderBudget",
    "ProviderPause",
    "Removal",
    "Report",
    "ReportRow",
    "Restore",
    "RestoreContainer",
    "RestoreObject",
    "RestorePlace",
    "Run",
    "RunContainer",
    "RunItem",
    "SearchEntry",
    "SearchProgress",
    "Sighting",
    "Snapshot",
    "VaultBlob",
    "VaultCommit",
    "VaultKey",
    "VaultManifest",
    "VaultObject",
    "VaultOrganization",
    "VaultPack",
    "VaultTombstone",
    "VaultVersion",
]
