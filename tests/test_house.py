"""What the papers promise about the house itself: its lists, its scripts, its commands, its package."""

import functools
import importlib.util
import os
import pkgutil
import re
import shutil
import socket
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("siteselect", "resources", "maps", "api")
LISTS = ("requirements-build.txt", "requirements.txt", "requirements-dev.txt")
SCRIPTS = ("demo", "test", "setup.sh")
# spelled in pieces, so that this file does not break the rules that it keeps
REGISTRY_HOSTS = tuple(".".join(host) for host in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org")))
MACHINE_PATHS = re.compile(r"(?<![\w.<])/(?:wo" + r"rk|fa" + r"rm|ro" + r"ot|ho" + r"me)/\w")


@functools.cache
def files() -> tuple[Path, ...]:
    """Every file that a clone of this state would hold, and those about to be added."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a git checkout: what belongs to the project cannot be listed")
    said = run("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    return tuple(ROOT / name for name in sorted(set(said.stdout.split("\0"))) if name and (ROOT / name).is_file())


def run(*words: str, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words, cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL
    )


def texts(*suffixes: str) -> list[tuple[Path, str]]:
    return [(path, path.read_text(encoding="utf-8")) for path in files() if path.suffix in suffixes]


def prose() -> list[tuple[Path, str]]:
    """The pages that people read: every Markdown file except the decisions, which tell of the past."""
    return [(path, text) for path, text in texts(".md") if "decisions" not in path.parts]


def pins(name: str) -> dict[str, str]:
    """Each pinned package of a list, as name with its condition -> version."""
    found = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)( ;[^\\\n]*)?", (ROOT / name).read_text(), re.MULTILINE)
    return {plain(package) + condition.strip(): version for package, version, condition in found}


def plain(package: str) -> str:
    """A package's name as an index compares it, without a range or extras behind it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", package)[0]).lower()


# ---- the pinned lists


@pytest.mark.parametrize("name", LISTS)
def test_every_pin_of_a_list_has_a_hash_and_the_list_names_no_host(name: str) -> None:
    text = (ROOT / name).read_text()
    blocks = re.findall(r"^[^#\s].*\n(?: .*\n?)*", text, re.MULTILINE)
    assert blocks
    assert [block.splitlines()[0] for block in blocks if "==" not in block or "--hash=sha256:" not in block] == []
    assert not re.search(r"://|--index-url|--extra-index-url|--find-links| @ ", text)


def test_the_lists_agree_on_every_package_that_two_of_them_hold() -> None:
    build, runtime, dev = (pins(name).items() for name in LISTS)
    assert runtime <= dev
    assert {name for name, version in build if dict(dev).get(name, version) != version} == set()


def test_every_package_that_the_project_asks_for_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    runtime, dev = project["project"]["dependencies"], project["dependency-groups"]["dev"]
    for name, words in (("requirements.txt", runtime), ("requirements-dev.txt", dev)):
        assert {plain(word) for word in words} - {pin.split(";")[0] for pin in pins(name)} == set()


# ---- what no file may hold


def test_no_file_names_a_package_registry_or_a_path_of_one_machine() -> None:
    wrong = []
    for path in files():
        if path.suffix in {".png", ".gpkg", ".parquet", ".mo", ".zip", ".pbf", ".tif", ".woff2"} or "raw" in path.parts:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        if any(host in text for host in REGISTRY_HOSTS) or MACHINE_PATHS.search(text):
            wrong.append(str(path.relative_to(ROOT)))
    assert wrong == []


def test_what_a_user_runs_reads_nothing_outside_the_checkout() -> None:
    outside = re.compile(r"shared/(?:data|reference|design|prototypes)|\.\./sha" + "red")
    ran = [path for path in files() if path.relative_to(ROOT).parts[0] in {*PACKAGES, "places", "demo", "setup.sh"}]
    assert ran
    assert [str(path) for path in ran if outside.search(path.read_text(encoding="utf-8", errors="replace"))] == []


# ---- the scripts


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_executable_and_every_plain_shell_can_read_it(name: str) -> None:
    path = ROOT / name
    assert path.read_text().startswith("#!/bin/sh\n")
    assert os.access(path, os.X_OK)
    for shell in ("sh", "dash", "bash"):
        if shutil.which(shell):
            assert run(shell, "-n", str(path)).stderr == ""


def test_ci_runs_the_same_script_as_a_person() -> None:
    text = (ROOT / ".ci" / "run").read_text()
    assert "./test" in text
    assert "CI=1" in text
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


SLIPS = ("--port", "--port eighty", "--port=0", "--port 65536", "--port --no-serve", "--prot 80", "8080")


@pytest.mark.parametrize("words", SLIPS)
def test_the_demo_answers_a_slip_with_one_sentence_and_does_nothing(words: str) -> None:
    answer = run(str(ROOT / "demo"), *words.split())
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert len(answer.stderr.strip().splitlines()) == 1
    assert "./demo --port 8080" in answer.stderr


def test_the_demo_says_that_a_port_is_taken_before_it_works_for_nothing() -> None:
    _needs_setup()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = run(str(ROOT / "demo"), "--port", str(port))
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert answer.stderr.count("\n") == 1
    assert f"Port {port} cannot be used" in answer.stderr


def test_the_commands_work_from_a_folder_that_holds_others_of_their_names(tmp_path: Path) -> None:
    _needs_setup()
    for name in ("siteselect", "resources"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('the wrong one')\n")
        answer = run(str(ROOT / ".venv" / "bin" / name), "--help", cwd=tmp_path)
        assert (answer.returncode, answer.stderr) == (0, "")


def _needs_setup() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        installed = ROOT / ".venv" / "installed" / name
        if not installed.exists() or installed.read_bytes() != (ROOT / name).read_bytes():
            pytest.skip("this .venv was not made by ./setup.sh --dev from the present lists; ./test makes it")


# ---- starting is quick


HEAVY = ("osmnx", "rasterio", "osmium", "networkx", "numba", "distributed")
ASK_FOR_HELP = """
import runpy, sys
module, *heavy = sys.argv[1:]
sys.argv = [module, "--help"]
try:
    runpy.run_module(module, run_name="__main__", alter_sys=True)
except SystemExit as end:
    assert not end.code, end.code
print([name for name in heavy if name in sys.modules])
"""


@pytest.mark.parametrize("module", ["siteselect", "resources", "api"])
def test_help_loads_no_heavy_library(module: str) -> None:
    answer = run(sys.executable, "-c", ASK_FOR_HELP, module, *HEAVY)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.splitlines()[-1] == "[]"


# ---- what the pages say is there


@functools.cache
def help_of(*words: str) -> str:
    """A command's help, wide enough that no option is cut."""
    answer = run(sys.executable, "-m", *words, "--help", COLUMNS="300", TERM="dumb", NO_COLOR="1")
    assert answer.returncode == 0, f"{' '.join(words)} --help: {answer.stderr}"
    return answer.stdout


def commands(text: str) -> list[tuple[str, ...]]:
    """Each command of ours in a page's indented or fenced blocks, as its words."""
    blocks = "\n".join(re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)).replace("\\\n", " ")
    found = []
    for line in blocks.splitlines():
        words = tuple(line.split(" #")[0].removeprefix("$ ").split())
        if words[:1] and words[0].removeprefix(".venv/bin/") in {"siteselect", "resources"}:
            found.append((words[0].removeprefix(".venv/bin/"), *words[1:]))
        elif len(words) > 2 and Path(words[0]).name.startswith("python") and words[1] == "-m" and words[2] in PACKAGES:
            found.append(words[2:])
        elif words[:1] and words[0] in {"./demo", "./test", "./setup.sh"}:
            found.append(words)
    return found


def test_every_command_in_the_pages_exists_with_its_options() -> None:
    seen = 0
    for path, text in prose():
        for first, *rest in commands(text):
            options = [word.split("=")[0] for word in rest if word.startswith("--")]
            if first.startswith("./"):
                known = (ROOT / first).read_text()
                unknown = [] if first == "./test" else [option for option in options if option not in known]
            else:
                sub = rest[:1] if rest and re.fullmatch(r"[a-z][a-z-]+", rest[0]) and rest[0] in help_of(first) else []
                assert sub or not rest or rest[0].startswith("-"), f"{path.name}: `{first} {rest[0]}` is not a command"
                unknown = [option for option in options if option not in help_of(first, *sub)]
            assert unknown == [], f"{path.name}: {first} {' '.join(rest)}"
            seen += 1
    assert seen > 0


def test_the_readme_starts_with_the_two_scripts() -> None:
    told = {words[0] for words in commands((ROOT / "README.md").read_text())}
    assert {"./demo", "./test"} <= told


def test_every_file_that_a_page_names_is_there() -> None:
    rooms = "|".join((*PACKAGES, "tests", "places", "docs", "benchmarks", "data/raw", ".ci"))
    ours = re.compile(rf"`((?:{rooms})/[\w./*-]*)`")
    missing = []
    for path, text in prose():
        missing += [f"{path.name}: {name}" for name in ours.findall(text) if not any(ROOT.glob(name.rstrip("/")))]
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if not re.match(r"[a-z]+:|#", target) and not (path.parent / target.split("#")[0]).exists():
                missing.append(f"{path.name}: {target}")
    assert missing == []


def test_every_dotted_name_that_a_page_gives_can_be_imported() -> None:
    missing = []
    for path, text in prose():
        for name in re.findall(rf"`((?:{'|'.join(PACKAGES)})(?:\.[A-Za-z_]\w*)+)(?:\([^`]*\))?`", text):
            try:
                pkgutil.resolve_name(name)
            except (ImportError, AttributeError):
                missing.append(f"{path.name}: {name}")
    assert missing == []


# ---- the package


def test_the_wheel_holds_the_four_packages_with_their_data_and_the_two_commands(tmp_path: Path) -> None:
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("hatchling, which builds the wheel, is not installed; ./test installs it")
    built = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path))
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
        (entry,) = [name for name in names if name.endswith("entry_points.txt")]
        points = packed.read(entry).decode()
    inside = {name.relative_to(ROOT).as_posix() for name in files() if name.relative_to(ROOT).parts[0] in PACKAGES}
    assert inside - names == set()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == set(PACKAGES)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert "siteselect = siteselect.__main__:main" in points
    assert "resources = resources.__main__:main" in points
