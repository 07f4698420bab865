"""Working days at the simulated Microsoft 365: people write, move and delete, so that backups find something new."""

import json
import threading
import urllib.error
import urllib.request

from portal.launcher.family import say

_ANSWERS_WITHIN = 120


class Days:
    """Plays a working day in every tenant within each ``pace`` seconds, one tenant after the other."""

    def __init__(self, port: int, pace: float) -> None:
        self.port, self.pace = port, pace
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._play_on, daemon=True)

    def begin(self) -> None:
        """Play on beside everything else until `end`; a day the simulator does not answer is left out."""
        self._thread.start()

    def end(self) -> None:
        """Begin no other day, and wait for the one that is played."""
        self._ending.set()
        self._thread.join(_ANSWERS_WITHIN)

    def _play_on(self) -> None:
        tenants: list[str] = []
        wait = self.pace
        while not self._ending.wait(wait):
            try:
                if not tenants:
                    tenants = [tenant["id"] for tenant in self._ask("")]
                    wait = self.pace / max(len(tenants), 1)
                if tenants:
                    self._ask(f"/{tenants.pop(0)}/day", b"{}")
            except (urllib.error.URLError, ConnectionError, TimeoutError, ValueError) as problem:
                say("days", f"A working day was left out: {problem}")

    def _ask(self, path: str, data: bytes | None = None) -> list | dict:
        headers = {"Content-Type": "application/json"}
        url = f"http://localhost:{self.port}/_sim/tenants{path}"
        request = urllib.request.Request(url, data=data, headers=headers)
        with urllib.request.urlopen(request, timeout=_ANSWERS_WITHIN) as answer:  # noqa: S310
            return json.loads(answer.read())
