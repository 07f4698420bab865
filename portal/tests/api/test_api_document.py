"""The document of the API tells the truth about it."""

from portal.api_schema import api_document
from portal.tests.api.programs import API, addresses, documented_answers, problem_schema, validator_of


def test_every_address_is_in_the_document_and_every_answer_is_as_it_says(program, scene, acme):
    document = program.client.get(f"{API}/schema/").json()
    documented = {path: operations["get"] for path, operations in document["paths"].items()}
    for name, path in addresses(acme.uuid, scene["eva"].uuid).items():
        item = scene["site" if "shared" in name else "eva"].uuid
        path = addresses(acme.uuid, item)[name]
        written = f"{API}{path}".replace(str(acme.uuid), "{client_uuid}").replace(str(item), "{item_uuid}")
        operation = documented.pop(written)
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        validator_of({**schema, "components": document["components"]}).validate(program.get(path))
        validator_of(problem_schema()).validate(program.get(path, status=400, data={"no_such": "parameter"}))
        assert operation["security"] == [{"ApiKey": []}]
        assert documented_answers().keys() | {"401", "403", "429"} <= operation["responses"].keys()

    assert document["openapi"] == "3.1.0"
    assert documented == {}


def test_the_document_is_drawn_without_a_warning(capsys):
    api_document.cache_clear()

    api_document()

    assert capsys.readouterr().err == ""


def test_the_page_of_the_documentation_asks_no_foreign_host_and_has_no_script_of_its_own(client, db):
    page = client.get(f"{API}/docs/")

    text = page.content.decode()
    assert "http" not in text
    assert not [tag for tag in ("<script>", "<style") if tag in text]
    assert "unsafe" not in page["Content-Security-Policy"]
    for address in [part.split('"')[0] for part in text.split('src="')[1:]]:
        assert client.get(address).status_code == 200
