"""The tables of `backups`, one file per noun."""

from backups.models.discovery_feed import DiscoveryFeed
from backups.models.provider_pause import ProviderPause

__all__ = ["DiscoveryFeed", "ProviderPause"]
