"""How firmly an order holds, for the Board: the heat map of places, the shares, the pairs that change places."""

from typing import Any

from maps import figures
from maps.gates import text
from maps.handover import exact, legible, phrases
from maps.handover.drawn import heat
from maps.handover.packet import Packet
from maps.words import Words

HEAT_SITES = 20
MOST_PAIRS = 8


def section(packet: Packet, words: Words) -> dict[str, Any]:
    """How the draws were made, the heat map and the tables of shares and pairs."""
    told = packet.stability
    shown = min(HEAT_SITES, len(packet.firmness.places))
    names = packet.run.ranked.set_index("site_id")["name"]
    rows = told["sites"][:shown]
    drawn = None
    if shown > 1:
        label = [legible.line(f"{n + 1}  {text(names[row['site_id']])}", 34) for n, row in enumerate(rows)]
        alt = words.say("Share of the draws in which each of the first {count} sites stands at each place; the table "
                        "below gives the same in numbers.", count=shown)  # fmt: skip
        picture = heat.heat(label, packet.firmness.places[:shown, :shown] + 0.0, words.say("place"))
        drawn = {"svg": picture, "alt": alt}
    draws = words.say("Counted exactly over all weights there are, nothing drawn.")
    if told["draws"]:
        draws = words.say("Over {draws} draws of all weights there are (uniform, seed {seed}).",
                          draws=figures.number(told["draws"], words), seed=told["seed"])  # fmt: skip
    tau = words.say("Kendall’s tau of the draws against the order, at the mean, is {tau}; 1 is the same order.",
                    tau=figures.number(told["tau"], words, 3))  # fmt: skip
    return {
        "title": words.say("How firmly the order holds"),
        "lines": [f"{draws} {tau}", flip(packet, words)],
        "heat": drawn,
        "wide": min(1.0, 0.42 + 0.03 * shown),
        "legend": words.say("Percent of the draws in which a site (row) stands at a place (column); the darker, the "
                            "more. A row spread wide is a site whose place hangs on the weights."),
        "table": _firm_table(packet, rows, words),
        "pairs": _pairs(packet, words),
    }  # fmt: skip


def _firm_table(packet: Packet, rows: list[dict[str, Any]], words: Words) -> dict[str, Any]:
    def places(row: dict[str, Any], part: str = "") -> str:
        return f"{row[f'rank_low{part}']}–{row[f'rank_high{part}']}"

    return {
        "title": words.say("First, in the top three, and at which places"),
        "heads": [words.say("Site"), words.say("First"), words.say("In the top three"), words.say("Places"),
                  words.say("Places, the unknown drawn too")],
        "rows": [
            [named(row), figures.percent(row["first_share"], words), figures.percent(row["top3_share"], words),
             places(row), places(row, "_unknowns")]
            for row in rows
        ],
    }  # fmt: skip


def _pairs(packet: Packet, words: Words) -> dict[str, Any]:
    names = packet.held.sites.set_index("site_id")["name"]
    pairs = packet.stability["pairs"][:MOST_PAIRS]
    return {
        "title": words.say("Pairs that change places most often"),
        "heads": [words.say("Stands above in the list"), words.say("Stands below"), words.say("Changed, of the draws")],
        "rows": [
            [*(named({"name": names[pair[k]], "site_id": pair[k]}) for k in ("above", "below")),
             figures.percent(pair["swapped_share"], words)]
            for pair in pairs
        ],
    }  # fmt: skip


def flip(packet: Packet, words: Words) -> str:
    """The smallest change of one weight that changes the top three, as a sentence."""
    found = packet.stability["flip"]
    if found is None:
        return words.say("No change of one weight alone changes who stands in the top three.")
    labels = phrases.labels(packet.run.manifest.get("policy", {}), words)
    names = packet.held.sites.set_index("site_id")["name"]
    leaves, enters = (legible.line(f"{text(names[found[k]])} ({found[k]})", 110) for k in ("leaves", "enters"))
    return words.say(
        "The smallest change of one weight that changes the top three: “{label}” from {weight} to beyond {needed}; "
        "{enters} then takes the place of {leaves}.", label=labels[found["criterion"]], enters=enters, leaves=leaves,
        weight=exact.number(found["weight"], words), needed=figures.number(found["needed"], words, 4),
    )  # fmt: skip


def named(row: dict[str, Any]) -> str:
    """A site by its name and its id."""
    return legible.line(f"{text(row['name'])} ({row['site_id']})", 110)
