"""Nobody is asked but publishers of the registry: not by a redirect, not by a name that leads inside."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from siteselect.errors import SourceRefused
from siteselect.sources import web
from siteselect.sources.apart import apart
from siteselect.sources.patience import Patience
from siteselect.sources.registry import Registry
from tests import publishers
from tests.publishers import Page, Publisher
from tests.siteselect.sources import made


def asked(url: str, registry: Registry) -> None:
    """Asks an address and throws the answer away."""

    async def ask() -> None:
        way = web.Web(registry)
        try:
            async with way.opened(url, Patience(2)):
                pass
        finally:
            await way.close()

    apart(ask())


@pytest.mark.parametrize(
    "location",
    [
        "http://localhost:{port}/secret",
        "https://elsewhere.example/x",
        "https://127.1/x",
        "https://[::1]/x",
        "https://2130706433/x",
        "https://169.254.169.254/latest/meta-data",
        "https://user@127.0.0.1/x",
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
        "gopher://127.0.0.1/x",
        "//elsewhere.example/x",
        "https://127.0.0.1.elsewhere.example/x",
        "https://127.0.0.1:99999/x",
        "https://[zz]/x",
        "http://127.0.0.1\\@elsewhere.example/",
    ],
)
def test_a_redirect_off_the_registry_is_not_followed(location: str, hall: Publisher, tmp_path: Path) -> None:
    hall.pages["/t.csv"] = Page(location=location.format(port=hall.port))
    hall.pages["/secret"] = Page(made.table(9))
    outcome = made.one(tmp_path, made.source(hall.at("/t.csv")), own=frozenset({"127.0.0.1"}), patience_s=2)
    assert outcome.state == "failed"
    assert len(hall.asked) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_redirect_on_the_same_host_is_followed_but_not_for_ever(hall: Publisher, tmp_path: Path) -> None:
    hall.pages |= {"/t.csv": Page(location="/new.csv"), "/new.csv": Page(made.table(9))}
    assert made.one(tmp_path, made.source(hall.at("/t.csv"))).state == "fetched"
    hall.pages["/new.csv"] = Page(location="/t.csv")
    assert "redirected more than 5 times" in made.one(tmp_path / "b", made.source(hall.at("/t.csv"))).words


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "[::1]", "127.1", "2130706433", "0.0.0.0", "[::ffff:127.0.0.1]"]
)
def test_a_publisher_whose_name_leads_inside_is_not_asked(host: str, hall: Publisher) -> None:
    url = f"https://{host}:{hall.port}/secret"
    known = Registry({"thing": made.source(url)})
    with pytest.raises(SourceRefused, match="a machine that is not public"):
        asked(url, known)
    assert hall.asked == []


PRIVATE = (
    "10.1.2.3 192.168.0.1 172.16.5.5 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 127.8.8.8 "
    "::1 fd00::1 fe80::1%eth0 ::ffff:10.0.0.1 64:ff9b::a00:1 2002:a00:1::1"
)


@pytest.mark.parametrize("number", PRIVATE.split())
def test_private_numbers_are_known_in_every_writing(number: str) -> None:
    assert not web._public(number)


@pytest.mark.parametrize("number", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_public_numbers_are_public(number: str) -> None:
    assert web._public(number)


def test_only_https_is_asked_of_publishers(hall: Publisher) -> None:
    url = hall.at("/t.csv")
    with pytest.raises(SourceRefused, match="only plain https addresses are asked"):
        asked(url, Registry({"thing": made.source(url)}))
    assert hall.asked == []


def test_a_publisher_cannot_lead_into_ones_own_network() -> None:
    known = Registry({"thing": made.source("https://publisher.example/x")}, frozenset({"intranet"}))
    way = web.Web(known)
    with pytest.raises(SourceRefused, match="a host of your own network"):
        way._onward("https://publisher.example/x", "http://intranet/admin", "https://publisher.example/x")
    apart(way.close())


def test_a_name_that_nobody_knows_is_said_so(tmp_path: Path) -> None:
    outcome = made.one(tmp_path, made.source("https://nowhere.invalid/x"), patience_s=3)
    assert outcome.state == "failed"
    assert "nowhere.invalid" in outcome.words


def test_a_publisher_whose_certificate_is_its_own_is_not_believed(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here to make a certificate with")
    make = "openssl req -x509 -newkey rsa:2048 -nodes -keyout k -out c -days 2 -subj /CN=localhost"
    subprocess.run(make.split(), cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "c", tmp_path / "k")
    with publishers.publisher(context) as hall:
        hall.pages["/t.csv"] = Page(made.table(9))
        url = hall.at("/t.csv", "localhost").replace("http:", "https:")
        words = made.one(tmp_path / "data", made.source(url), patience_s=1).words
        assert "its certificate is not to be trusted" in words
        assert hall.asked == []
