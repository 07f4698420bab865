"""For the users of a client nothing exists but their own organization, and no page of theirs leads anywhere else."""

from urllib.parse import urlsplit

from accounts.roles import GRANTS, Role
from organizations.tests.scene import Page
from portal.tests.test_every_door_has_a_lock import DOORS, OF_PROGRAMS


def test_every_other_address_of_the_product_does_not_exist_for_otto(scene):
    answers = {}
    for name, door in DOORS:
        opens_with = getattr(door.callback, "opens_with", None)
        belongs_to_otto = opens_with in GRANTS[Role.ORGANIZATION_USER] and name != "organizations:board"
        if opens_with == "ANYONE" or belongs_to_otto or name.startswith(OF_PROGRAMS):
            continue
        address = scene.address_of(name, door)
        answers[name] = {scene.otto.get(address).status_code, scene.otto.post(address).status_code}

    assert len(answers) > 15
    assert {name: codes for name, codes in answers.items() if not codes <= {404, 405} or 404 not in codes} == {}


def test_the_platforms_administration_leads_otto_home(scene):
    answer = scene.otto.get("/admin/", follow=True)

    assert answer.redirect_chain[-1][0] == scene.acme.get_absolute_url()


def test_no_page_otto_can_open_leads_out_of_his_house(scene):
    allowed = (scene.acme.get_absolute_url(), "/account/", "/static/", "/style/", "/logout/", "/confirm/")
    todo, seen, astray, broken = {"/"}, set(), {}, {}
    while todo:
        address = todo.pop()
        seen.add(address)
        answer = scene.otto.get(address, follow=True)
        # 405 wants a POST, 422 wants something to be selected first: both are there.
        if answer.status_code not in (200, 405, 422):
            broken[address] = answer.status_code
        if answer.status_code != 200 or "text/html" not in answer["Content-Type"]:
            continue
        here = answer.redirect_chain[-1][0] if answer.redirect_chain else address
        for found in Page(answer.content.decode()).addresses:
            url = urlsplit(found)
            path = url.path or urlsplit(here).path
            if url.netloc or url.scheme or not (path == "/" or path.startswith(allowed)):
                astray.setdefault(here, set()).add(found)
            elif not path.startswith(("/static/", "/style/", "/logout/")) and path not in seen:
                todo.add(path)

    assert len(seen) > 15
    assert astray == {}
    assert broken == {}
