"""The server's door: python -m api."""

import argparse
import logging
import sys
import traceback
from types import TracebackType
from typing import Any

import uvicorn
from pydantic import ValidationError

from api.app import create_app
from api.settings import Settings

ABOUT = "Serve the ranked sites and the search for a bed, as pages and as an API."
MORE = """
examples:
  python -m api                                        the demo, at http://127.0.0.1:8000/
  python -m api --data run/ --port 8080                the run that `siteselect rank ... --out run/` wrote
  python -m api --as-of 2024-01-26T22:00:00-08:00      as if it were that night; every page says so
"""


class Discreet(logging.Formatter):
    """Log lines whose tracebacks name the error and the lines of code, not the error's text: it may hold an address."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's own name
        """The frames and the kind of the error."""
        kind: type[BaseException] = ei[0]
        where: TracebackType | None = ei[2]
        return "".join([*traceback.format_tb(where), f"{kind.__module__}.{kind.__qualname__}"])


OPTIONS = (
    ("--data", "DIR", "a run's folder, or a folder with exactly one (default: data/processed/demo)"),
    ("--store", "URL", "the housing store (default: resources.sqlite in the run's folder)"),
    ("--as-of", "INSTANT", "a fixed clock, as 2024-01-26T22:00:00-08:00 (default: now)"),
    ("--host", "ADDRESS", "the address to listen on (default: 127.0.0.1)"),
    ("--port", "N", "the port to listen on (default: 8000)"),
)


def main(argv: list[str] | None = None) -> int:
    """Serve until stopped; 2 when the command or the environment is not understood."""
    given = {k: v for k, v in vars(_parser().parse_args(argv)).items() if v is not None}
    try:
        settings = Settings(**given)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        name = str(fault["loc"][0]).replace("_", "-")
        print(f"api: --{name}: {fault['msg'].removeprefix('Value error, ')}.", file=sys.stderr)
        return 2
    handler = logging.StreamHandler()
    handler.setFormatter(Discreet("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    print(f"Open http://{settings.host}:{settings.port}/  (stop with Ctrl-C)", flush=True)
    uvicorn.run(
        create_app(settings), host=settings.host, port=settings.port, access_log=False, log_config=None,
        server_header=False, limit_concurrency=200, timeout_keep_alive=10,
    )  # fmt: skip
    return 0


def _parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("python -m api", description=ABOUT, epilog=MORE, formatter_class=raw)
    for flag, metavar, told in OPTIONS:
        parser.add_argument(flag, metavar=metavar, help=told)
    return parser


if __name__ == "__main__":
    sys.exit(main())
