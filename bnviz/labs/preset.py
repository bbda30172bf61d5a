"""Settings worth a look, with what they show."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

S = TypeVar("S")
D = TypeVar("D", bound="DataclassInstance")


@dataclass(frozen=True)
class Preset(Generic[S]):
    """Settings worth a look.

    Parameters
    ----------
    title : str
        A few words.
    sentence : str
        What one sees there; a claim, tested over several seeds.
    settings : dataclass instance
        All settings, the seed included. Values that the controls offer.
    extras : mapping of str to str
        What of it to look at, as in the link: the pick of a chart, the step.
    held : str
        In how many seeds, none of which chose the settings, the sentence holds: ``"10 of 10"``. A
        test counts them again. Empty where it was not counted.
    """

    title: str
    sentence: str
    settings: S
    extras: Mapping[str, str] = field(default_factory=dict)
    held: str = ""

    @property
    def words(self) -> str:
        """The title, the sentence and its share, as Markdown.

        Examples
        --------
        >>> Preset("Two", "BN gives −1 and +1.", None, held="10 of 10").words
        '**Two.** BN gives −1 and +1. (In 10 of 10 new seeds.)'
        """
        share = f" (In {self.held} new seeds.)" if self.held else ""
        return f"**{self.title}.** {self.sentence}{share}"


def followed(presets: Sequence[Preset[D]], settings: D) -> Preset[D] | None:
    """Return the preset with these settings, whatever the seed; None if there is none."""
    here = asdict(settings) | {"seed": None}
    return next((one for one in presets if asdict(one.settings) | {"seed": None} == here), None)
