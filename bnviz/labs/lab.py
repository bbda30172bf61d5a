"""A lab: its settings, its question, and its views. Plain data; ``bnviz.ui.lesson`` draws it."""

from dataclasses import dataclass
from typing import Any

from bnviz.labs.claim import Claim
from bnviz.labs.preset import Preset
from bnviz.labs.question import Question
from bnviz.labs.view import Trace, View


@dataclass(frozen=True, kw_only=True)
class Lab:
    """A lab that teaches: predict, run, explain.

    Parameters
    ----------
    slug : str
        Its folder, the stem of its page, and the first word of its settings in links.
    settings : type
        A frozen dataclass; see `bnviz.settings`.
    goal : str
        What the reader will be able to do, one sentence.
    question : Question
        Asked before anything is shown. It is about the first settings.
    views : tuple of View
        The first one answers the question. Two of one name, or a field that is no setting, is a
        ValueError.
    transfer : Question
        What happens in another case?
    sources : str
    reading : str
        What holds for the pictures of all views, Markdown.
    claims : tuple of Claim
        Those that belong to no single view.
    try_this : str
        The next experiment of a view that names none.
    presets : tuple of Preset
    see : tuple of str
        Slugs of pages that go on from here; links to them stand below the charts.
    """

    slug: str
    settings: type[Any]
    goal: str
    question: Question
    views: tuple[View, ...]
    transfer: Question
    sources: str
    reading: str = ""
    claims: tuple[Claim, ...] = ()
    try_this: str = ""
    presets: tuple[Preset[Any], ...] = ()
    see: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [view.name for view in self.views]
        if not names or len(set(names)) < len(names):
            raise ValueError(f"{self.slug} needs views, each of another name, got {names}")
        for view in self.views:
            strangers = {*view.needs, *view.free, *view.idle} - set(
                self.settings.__dataclass_fields__
            )
            if strangers:
                raise ValueError(f"{view.name} names {sorted(strangers)}, which are no settings")

    @property
    def first(self) -> View:
        """The view that answers the question."""
        return self.views[0]

    def view(self, name: str) -> View:
        """Return a view by its name."""
        for view in self.views:
            if view.name == name:
                return view
        raise ValueError(f"view must be one of {[v.name for v in self.views]}, got {name!r}")

    def run(self, name: str, settings: Any = None) -> Trace[Any, Any]:
        """Do all the work of a view, for its first settings or others."""
        return self.view(name).run(self.settings() if settings is None else settings)
