"""Rows of the drives, lists and pages. Content is not stored, except what somebody uploaded."""

from simulators.microsoft365.drives.models.drive import Drive
from simulators.microsoft365.drives.models.invitation import Invitation
from simulators.microsoft365.drives.models.line import Line
from simulators.microsoft365.drives.models.node import Node, Permission, Version
from simulators.microsoft365.drives.models.page import Page
from simulators.microsoft365.drives.models.site_list import ListItem, SiteList
from simulators.microsoft365.drives.models.upload import Part, Stored, Upload
from simulators.microsoft365.drives.models.web import Web

__all__ = [
    "Drive", "Invitation", "Line", "ListItem", "Node", "Page", "Part", "Permission", "SiteList", "Stored", "Upload",
    "Version", "Web",
]  # fmt: skip
