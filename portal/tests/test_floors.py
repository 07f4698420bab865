"""The floors hold, migrations match the models, and nothing is stored in the repository that should not be."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

ROOT = Path(settings.BASE_DIR)


def test_imports_go_downstairs():
    linter = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run([linter, "--config", ".importlinter", "--no-cache"], cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.django_db
def test_migrations_match_the_models():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_no_style_or_script_stands_inside_a_page():
    offenders = []
    for template in (ROOT / "templates").rglob("*.html"):
        text = template.read_text()
        if "emails" in template.parts:
            continue
        for mark in (" style=", "<style", " onclick=", " hx-on", "javascript:"):
            if mark in text:
                offenders.append(f"{template.relative_to(ROOT)}: {mark}")
        if "<script>" in text or "|safe" in text or "mark_safe" in text:
            offenders.append(f"{template.relative_to(ROOT)}: script or safe")

    assert offenders == []


def test_every_package_says_what_lives_in_it():
    import importlib

    apps = [
        "portal",
        "accounts",
        "organizations",
        "backups",
        "billing",
        "support",
        "news",
        "jobs",
        "notifications",
        "news",
        "printing",
        "sealing",
        "simulators",
        "training",
    ]

    assert [name for name in apps if "What lives here" not in (importlib.import_module(name).__doc__ or "")] == []
