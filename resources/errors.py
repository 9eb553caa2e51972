"""What this package refuses, as facts; every text is one sentence for a person and says what to do."""


class ResourcesError(Exception):
    """The base of all refusals of the housing half."""


class FileRefused(ResourcesError):
    """A file cannot be read as an inventory, a table of addresses, a gazetteer or a table of offices."""


class StoreRefused(ResourcesError):
    """The store is not there, not ours, of another edition, or does not answer."""


class QuestionRefused(ResourcesError):
    """A question cannot be meant: a latitude of 122, a radius with no point, a time without a zone."""


class PlaceNotFound(ResourcesError):
    """No address or place in the store answers the text; the text itself is never repeated here."""


class PlaceAmbiguous(ResourcesError):
    """Several places answer the text; `candidates` names them without a house number."""

    def __init__(self, message: str, candidates: tuple[str, ...]) -> None:
        super().__init__(message)
        self.candidates = candidates


class ProgramNotFound(ResourcesError):
    """No listed programme has that id."""
