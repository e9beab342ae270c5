"""One comparison as a ZIP: its originals, each opened when its turn comes, and what is known."""

from __future__ import annotations

import io
import zipfile

from components.domain.model import State
from components.storage.archives import add
from components.storage.comparisons import Store
from components.storage.history import History
from components.storage.media import Media
from components.transfer.comparison_zip import zip_stream
from tests.support.archive_samples import comparisons

BASE = "http://triptych.test"


def test_the_zip_of_one_comparison_still_holds_its_rows(store: Store) -> None:
    media = Media("memory:///")
    found = comparisons(media, 1)
    add(store, found)
    comparison = store.comparison(found[0].id)
    packed = b"".join(zip_stream(comparison, media, History(store), BASE))
    names = zipfile.ZipFile(io.BytesIO(packed)).namelist()
    assert {"comparison.csv", "manifest.json"} < set(names)
    assert all(one.state is State.SUCCEEDED for one in comparison.generations)
