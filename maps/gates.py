"""What a run's gates said of a site, in the words of a page; and the cells of its tables as text."""

import re
from functools import cached_property
from typing import Any

from maps import run as runs
from maps.figures import missing
from maps.words import Words


class Gates:
    """The sentences of a run's gates: `label: what was found`, joined by semicolons in the tables."""

    def __init__(self, run: runs.Run, words: Words) -> None:
        self.run = run
        self.words = words

    def said(self, cell: Any) -> str:
        """The sentences of one cell, in the page's language."""
        if self.words.lang == "en" or missing(cell) or not cell:
            return text(cell)
        return "; ".join(self._sentence(sentence) for sentence in str(cell).split("; "))

    def own(self, cell: Any) -> str:
        """The sentences of one cell that do not stand for every ranked site."""
        return "" if missing(cell) else self.said("; ".join(s for s in str(cell).split("; ") if s not in self.shared))

    @cached_property
    def shared(self) -> list[str]:
        """The conditions of every ranked site, so that a page says them once; none for fewer than two sites."""
        ranked = self.run.ranked
        if len(ranked) < 2 or "conditions" not in ranked:
            return []
        each = [str(cell).split("; ") if not missing(cell) else [] for cell in ranked["conditions"]]
        return [sentence for sentence in each[0] if all(sentence in others for others in each)]

    def causes(self) -> list[tuple[str, int]]:
        """What the gates found of the excluded sites and of how many each, the most first; a site may have several."""
        measured = {
            str(g.get("label")) for g in self.run.manifest.get("policy", {}).get("gates", []) if g.get("measure")
        }
        counts: dict[str, int] = {}
        for cell, count in self.run.excluded["excluded_because"].value_counts().items():
            for sentence in str(cell).split("; "):
                label = sentence.partition(": ")[0]  # a measure has as many figures as sites
                cause = self._labels.get(label, label) if label in measured else self._sentence(sentence)
                counts[cause] = counts.get(cause, 0) + int(count)
        return sorted(counts.items(), key=lambda found: (-found[1], found[0]))

    @cached_property
    def _labels(self) -> dict[str, str]:
        policy = self.run.manifest.get("policy", {})
        return {str(gate.get("label")): own(gate, "label", self.words) for gate in policy.get("gates", [])}

    def _sentence(self, sentence: str) -> str:
        if self.words.lang == "en":
            return sentence
        label, _, found = sentence.partition(": ")
        if label not in self._labels:
            return self.words.known(sentence)
        return f"{self._labels[label]}: {self._found(found)}"

    def _found(self, found: str) -> str:
        say = self.words.say
        parts = re.split(r" (is|may be as much as) ", found, maxsplit=1)
        if found == "not known":
            return say("not known")
        if len(parts) != 3:
            return self.words.known(found)
        field, between, amount = parts
        if field == "owner":
            return say("the owner is: {owner}", owner=owner(amount, self.words))
        if field == "located":
            return say("it is not")
        if field == "status":
            return say("its status is: {status}", status=amount)
        if between == "is":
            return say("{measure} is {amount}", measure=measure_name(field), amount=amount)
        return say("{measure} may be as much as {amount}", measure=measure_name(field), amount=amount)


def owner(value: Any, words: Words) -> str:
    """The kind of owner, in words."""
    known = {
        "county": words.say("County"),
        "city": words.say("City"),
        "state": words.say("State"),
        "federal": words.say("Federal government"),
        "other-public": words.say("Other public body"),
        "private": words.say("Private"),
    }
    return known.get(text(value), words.say("Owner not known"))


def measure_name(measure: str) -> str:
    """A measure's column name without its unit, for a measure the policy gives no label."""
    return re.sub(r"_(m|m2|min|share|percent|per_hour)$", "", measure).replace("_", " ")


def own(entry: dict[str, Any], key: str, words: Words) -> str:
    """An entry's text under `key`, in the page's own language where the run has it."""
    spanish = entry.get(f"{key}_es") if words.lang == "es" else None
    return text(spanish if not missing(spanish) else entry.get(key))


def text(value: Any) -> str:
    """A cell as text; empty when it holds nothing."""
    return "" if missing(value) else str(value).strip()
