"""Peers that are none of the project's packages: an environment of their own, and one of them running in it."""

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

HERE = Path(__file__).resolve().parent
VENV, LIST = HERE / ".venv", HERE / "requirements.txt"


def python() -> Path | None:
    """The Python of the benchmark's environment, made on first use; None where its list cannot be installed."""
    found, stamp = VENV / "bin" / "python", VENV / "installed.txt"
    if stamp.exists() and stamp.read_text() == LIST.read_text():
        return found
    print("Making benchmarks/.venv with the peers of requirements.txt", file=sys.stderr)
    for step in (
        [sys.executable, "-m", "venv", "--clear", str(VENV)],
        [
            str(found),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--retries",
            "1",
            "--timeout",
            "10",
            "-r",
            str(LIST),
        ],
    ):
        done = subprocess.run(step, capture_output=True, text=True)
        if done.returncode:
            print(f"The peers cannot be installed here: {done.stderr.strip()[-300:]}", file=sys.stderr)
            return None
    stamp.write_text(LIST.read_text())
    return found


class Cafein:
    """cafein in a process of its own, asked in turn."""

    def __init__(self, interpreter: Path) -> None:
        self.process = subprocess.Popen(
            [str(interpreter), str(HERE / "cafein_peer.py")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def ask(self, do: str, **asked: object) -> dict[str, Any]:
        """What it answers; for a matrix `seconds` and `cpu_s` of its call alone."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps({"do": do, **asked}), file=self.process.stdin, flush=True)
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def __enter__(self) -> "Cafein":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()
