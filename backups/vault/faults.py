"""Named points where a test may kill the process. In production the call costs a comparison and does nothing.

`VAULT_FAULT_POINT=pack.after_put:3` kills this process with SIGKILL when it reaches that point for the third time; only
`PORTICO_MODE=test` arms it, so that a variable left behind cannot hurt an installation.
"""

import os
import signal
import threading

POINTS = (
    "pack.before_put",
    "pack.after_put",
    "slip.before_put",
    "slip.after_put",
    "commit.before_put",
    "commit.after_put",
    "catalogue.before_commit",
    "catalogue.after_commit",
)


class _Trap:
    def __init__(self, setting: str) -> None:
        self.point, _, count = setting.partition(":")
        self.left = int(count or 1)
        self.lock = threading.Lock()

    def step(self, point: str) -> None:
        if point != self.point:
            return
        with self.lock:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


_setting = os.environ.get("VAULT_FAULT_POINT", "")
_trap = _Trap(_setting) if _setting and os.environ.get("PORTICO_MODE") == "test" else None


def fault_point(point: str) -> None:
    """Die here if a test asked for it; otherwise go on. Points are named in `POINTS` or by the module that adds one."""
    if _trap is not None:
        _trap.step(point)
