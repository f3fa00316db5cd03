"""Progress of long work: tqdm's bar where tqdm is installed."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[int, int], None]


@contextmanager
def progress_bar(what: str, unit: str, wanted: bool | None) -> Iterator[Progress | None]:
    """A function to tell (done, total) to, or None.

    `wanted`: True for a bar, False for none; None for a bar that appears when the work takes longer than a second.
    Without tqdm there is none; True raises ImportError then.
    """
    if wanted is False:
        yield None
        return
    try:
        with warnings.catch_warnings():
            # A notebook without ipywidgets gets a bar of text, which needs no warning.
            warnings.simplefilter("ignore")
            from tqdm.auto import tqdm
    except ImportError:
        if wanted:
            raise
        yield None
        return
    with tqdm(desc=what, unit=unit, delay=0 if wanted else 1, leave=False, unit_scale=True) as bar:

        def tell(done: int, total: int) -> None:
            bar.total = total or None
            bar.update(done - bar.n)

        yield tell
