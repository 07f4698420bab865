"""Feeds that misbehave within the rules, and still tell everything."""

USERS = "/users/delta?$select=id,displayName"


def _ids(entries: list[dict]) -> list[str]:
    return [entry["id"] for entry in entries]


def _create(microsoft, tenant, name: str) -> str:
    return microsoft.mutate(tenant, {"op": "create_user", "display_name": name})[0]["id"]


def test_moody_feeds_still_tell_everything(graph, microsoft, dental):
    moods = {"seed": 7, "short": 0.5, "empty": 0.5, "duplicates": 0.7, "replays": 0.9, "shuffle": True}
    microsoft.moods(dental, **moods)
    expected = {user["id"] for user in microsoft.manifest(dental)["users"] if user["state"] == "live"}

    told, link, requests = graph.round(USERS, size=4)
    made = [_create(microsoft, dental, f"Newcomer {number}") for number in range(6)]
    later, link, _ = graph.round(link, size=4)
    replayed = [graph.round(link, size=4)[0] for _ in range(3)]

    assert set(_ids(told)) == expected
    assert len(told) > len(expected)
    assert requests > 3
    assert set(_ids(later)) >= set(made)
    assert any(replayed), "old news comes again"


def test_short_and_empty_pages_need_more_requests(graph, microsoft, dental):
    _, _, calm = graph.round(USERS, size=3)
    found = {}
    for mood in ("short", "empty"):
        microsoft.moods(dental, seed=5, **{mood: 0.8})
        told, _, found[mood] = graph.round(USERS, size=3)
        assert len(told) == 9

    assert found["short"] > calm
    assert found["empty"] > calm


def test_the_same_mood_is_the_same_every_time(graph, microsoft, dental):
    microsoft.moods(dental, seed=3, short=0.5, empty=0.4, duplicates=0.5, shuffle=True)

    first, second = (graph.round(USERS, size=3) for _ in range(2))

    assert (first[0], first[2]) == (second[0], second[2])


def test_moods_that_make_no_sense_are_refused(microsoft, dental):
    for body in ({"anger": 0.5}, {"short": 1}, {"empty": "often"}):
        assert microsoft.client.post(f"/tenants/{dental['id']}/moods", json=body).status_code == 400
