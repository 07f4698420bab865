"""Operations on the conversations of a team's group."""

from simulators.microsoft365.mutations.ledger import CannotMutate, Ledger
from simulators.microsoft365.teams.generator.threads import new_post
from simulators.microsoft365.teams.graph.threads import thread_id
from simulators.microsoft365.teams.models import Thread
from simulators.microsoft365.teams.mutations.finding import named_author, named_workspace
from simulators.microsoft365.teams.mutations.ledger import new_thing_id


def write_to_team(ledger: Ledger, arguments: dict) -> dict:
    """Write a mail to a ``team`` as ``user``: ``body``, with a ``file`` if wanted, into a ``thread`` or a new one."""
    workspace, author = named_workspace(ledger, arguments), named_author(ledger, arguments)
    thread = _thread(workspace, arguments["thread"]) if "thread" in arguments else None
    if thread is None:
        topic = arguments.get("topic", "New conversation")
        thread = Thread(id=new_thing_id(workspace, "thread"), group=workspace.group, topic=topic, last_at=ledger.now)
    body, has_file = arguments.get("body", "Hello everybody"), bool(arguments.get("file"))
    thread.posts = [*thread.posts, new_post(thread, len(thread.posts), author, ledger.now, body, has_file)]
    thread.last_at = ledger.now
    thread.save()
    return {"id": thread_id(thread), "team_id": str(workspace.group_id)}


def delete_thread(ledger: Ledger, arguments: dict) -> dict:
    """Delete a ``thread`` of a ``team``."""
    thread = _thread(named_workspace(ledger, arguments), arguments.get("thread", ""))
    thread.deleted_at = ledger.now
    thread.save(update_fields=["deleted_at"])
    return {"id": thread_id(thread)}


def _thread(workspace, word: str) -> Thread:
    for thread in Thread.objects.filter(group_id=workspace.group_id, deleted_at=None):
        if thread_id(thread) == word:
            return thread
    raise CannotMutate(f"There is no conversation {word!r} in this team.")
