"""How firmly the ranking holds, on one screen."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from api.board import held
from api.deps import Changes, TheHouse, TheWords
from api.pages.frame import answer
from api.pages.sites import link
from maps import firmness, ranked
from maps.gates import own
from siteselect.rank import firm

router = APIRouter(prefix="/stability")
BANDS = (0.1, 0.25, 0.5)


@router.get("")
def stability(
    request: Request, house: TheHouse, words: TheWords, changes: Changes,
    band: Annotated[float | None, Query(ge=0.01, le=0.99)] = None,
) -> HTMLResponse:  # fmt: skip
    """In how many draws of the weights each site is first, in the top three, and at each place."""
    weighed = house.weighed(changes)
    run = weighed.run
    worths = firm.worths(run.reasons, run.sites)
    found = firm.stability(worths, band=band)
    names = {str(i): str(n) for i, n in zip(run.sites["site_id"], run.sites["name"], strict=True)}
    ranks = {str(i): int(r) for i, r in zip(run.ranked["site_id"], run.ranked["rank"], strict=True)}
    labels = {c.id: own(c.model_dump(), "label", words) for c in held(run).policy.criteria}
    return answer(
        request, house, "stability.html", map=None, sheet=ranked.sheet(run, words), found=found, band=band, bands=BANDS,
        rows=firmness.rows(found, names, words), flip=firmness.flip(firm.flip(worths), names, labels, words),
        heat=firmness.heat(found, ranks, words), ranks=ranks, link=link(changes), changed=weighed.changed,
        weights=changes, tau=f"{found.tau:.2f}",
    )  # fmt: skip
