"""The ranked sites as one page: a list that says everything, and a map that says the same."""

from pathlib import Path
from urllib.parse import quote

from maps import page as frame
from maps import ranked
from maps import run as runs
from maps import words as languages
from maps.ranked import Site
from maps.words import Words


def page(run_folder: Path, lang: str = "en") -> str:
    """One HTML file of the run in `run_folder`, in English or Spanish, that asks nothing of any network.

    The same folder gives the same bytes.  FileRefused when the folder is not a run's.
    """
    return page_of(runs.read(Path(run_folder), ranked.MOST), languages.of(lang))


def write_pages(run_folder: Path) -> None:
    """Write map.html and map.es.html into the folder of a run, which is read once."""
    run = runs.read(Path(run_folder), ranked.MOST)
    for name, lang in (("map.html", "en"), ("map.es.html", "es")):
        (run_folder / name).write_text(page_of(run, languages.of(lang)), encoding="utf-8")


def page_of(run: runs.Run, words: Words) -> str:
    """The page of a run that is already read; see `page`."""
    shown = ranked.listed(run, words)
    chart = frame.parts(map_label(run, words), features(run, shown, words), run.background, words)
    sheet = ranked.sheet(run, words)
    return frame.render("sites_file.html", words, sheet=sheet, sites=shown, map=chart, facts=ranked.facts)


def features(run: runs.Run, shown: list[Site], words: Words, pages: str | None = None) -> list[frame.Feature]:
    """The located sites as map features, in the list's order; excluded ones as small dots.

    `pages` is the path under which each site has a page of its own; without it a mark leads to the list's entry.
    """
    return [_feature(site, run, words, pages) for site in shown if site.at]


def map_label(run: runs.Run, words: Words) -> str:
    """The accessible name of the map."""
    return words.say("Map of the sites in {place}", place=run.manifest["place"].get("name", ""))


def _feature(site: Site, run: runs.Run, words: Words, pages: str | None) -> frame.Feature:
    lines = [words.say("Excluded: {reason}", reason=site.excluded_because)]
    if site.rank is not None:
        lines = [
            words.say("Rank {rank}, score {score}", rank=site.rank, score=site.score),
            *(f"{reason.label}: {reason.told}" for reason in site.top),
        ]
    assert site.at is not None
    return frame.Feature(
        id=site.id,
        layer="excluded" if site.rank is None else "ranked",
        style=site.style,
        title=site.name,
        at=site.at,
        label="" if site.rank is None else str(site.rank),
        geometry=run.outlines.get(site.id) if site.rank is not None else None,
        margin_m=site.margin_m if site.rank is not None and site.margin_m else None,
        lines=lines,
        href="" if pages is None else f"{pages}/{quote(site.id, safe='')}",
    )
