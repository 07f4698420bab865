"""The company's own record: everybody sees it, Administrators edit it, and its logo is a picture and nothing else."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.models import AuditEntry, Partner

EDIT = "/settings/company/edit/"


def picture(kind="PNG", size=(900, 300), trailer=b""):
    drawn = io.BytesIO()
    Image.new("RGB", size, "#336699").save(drawn, format=kind)
    return drawn.getvalue() + trailer


def typed(**changes):
    return {"name": "Northwind IT", "time_zone": "Europe/Berlin", "country": "DE", "city": "Kiel", **changes}


def upload(content, name="logo.png"):
    return SimpleUploadedFile(name, content)


def test_everybody_sees_it_and_only_administrators_find_the_button(sign_in):
    pages = {who: sign_in(who).get("/settings/company/").content.decode() for who in ("ada", "ben", "cora")}

    assert {who: EDIT in page for who, page in pages.items()} == {"ada": True, "ben": False, "cora": False}


def test_an_administrator_edits_it_and_the_log_says_what(sign_in, northwind):
    sign_in("ada").post(EDIT, typed(city="Kiel", accent_colour="#8a2f6b"))

    northwind.refresh_from_db()
    assert (northwind.city, northwind.accent_colour) == ("Kiel", "#8a2f6b")
    assert AuditEntry.objects.get(action="partner.edited").details == {
        "city": ["", "Kiel"], "country": ["", "DE"], "accent_colour": ["", "#8a2f6b"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", "x" * 121), ("time_zone", "Mars/Olympus"), ("country", "XX"), ("phone", "call me"),
     ("accent_colour", "red; } body { display: none"), ("accent_colour", "#12345g"), ("city", "a\r\nb")],
)  # fmt: skip
def test_a_malformed_field_changes_nothing(sign_in, northwind, field, value):
    answer = sign_in("ada").post(EDIT, typed(**{field: value}))

    assert answer.status_code == 422
    assert answer.context["form"].errors[field]
    assert Partner.objects.get(pk=northwind.pk).city == ""


def test_the_colour_reaches_the_page_as_a_stylesheet_of_its_own(sign_in, northwind, client):
    browser = sign_in("ada")
    browser.post(EDIT, typed(accent_colour="#8a2f6b"))
    address = f"/brand/{northwind.uuid}.css"

    assert address in browser.get("/dashboard/").content.decode()
    assert client.get(address).content == b":root { --brand: #8a2f6b; }\n"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_logo_is_drawn_anew_as_a_small_png(sign_in, northwind, client, kind):
    sign_in("ada").post(EDIT, typed(logo=upload(picture(kind, trailer=b"<script>alert(1)</script>"))))

    served = client.get(f"/brand/{northwind.uuid}.png")
    assert served["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(served.content)).size == (480, 160)
    assert b"script" not in served.content


@pytest.mark.parametrize(
    "content",
    [b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", b"GIF89a" + b"\x00" * 50, b"not a picture",
     picture()[:100], b""],
)  # fmt: skip
def test_what_is_no_picture_is_refused_with_a_sentence(sign_in, northwind, content):
    answer = sign_in("ada").post(EDIT, typed(logo=upload(content)))

    assert answer.status_code == 422
    assert answer.context["form"].errors["logo"]
    assert not Partner.objects.get(pk=northwind.pk).logo


def test_a_picture_that_unfolds_into_gigabytes_is_refused(sign_in, northwind):
    answer = sign_in("ada").post(EDIT, typed(logo=upload(picture(size=(9000, 9000)))))

    assert "too many pixels" in str(answer.context["form"].errors["logo"])


def test_a_large_file_is_refused(sign_in):
    answer = sign_in("ada").post(EDIT, typed(logo=upload(picture(trailer=b"x" * 600_000))))

    assert "larger than 512 KB" in str(answer.context["form"].errors["logo"])


def test_the_logo_can_be_removed(sign_in, northwind, client):
    browser = sign_in("ada")
    browser.post(EDIT, typed(logo=upload(picture())))

    browser.post(EDIT, typed(remove_logo="on"))

    assert client.get(f"/brand/{northwind.uuid}.png").status_code == 404
