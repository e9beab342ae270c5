"""One comparison as a page that opens offline."""

from __future__ import annotations

from dataclasses import replace

from components.domain.model import Ask, Picture
from components.domain.version import GENERATOR
from components.storage.comparisons import Store
from components.storage.job_queue import JobQueue
from components.transfer.offline_page import standalone_page
from tests.support.samples import INPUT, NOON, create, failed, succeeded

BASE = "http://triptych.test"
NASTY = '=HYPERLINK("http://evil.test","x")\n<script>alert(1)</script>, "quoted" \'\u202e 蜂鳥 🐦'


def test_a_comparison_as_one_page_loads_nothing_and_runs_nothing(
    store: Store, job_queue: JobQueue
) -> None:
    asked = create(store, Ask(NASTY, ("<b>x", "y"), 1, (INPUT,)))
    first, second = asked.generations
    job_queue.claim(first.id, server="one", at=NOON)
    ended = succeeded()
    assert ended.success is not None
    nasty = replace(ended.success, text="</pre><img src=x onerror=alert(1)>", answered_by="<i>m")
    job_queue.finish(first.id, 1, replace(ended, success=nasty))
    job_queue.claim(second.id, server="one", at=NOON)
    job_queue.finish(second.id, 1, failed())
    previews: list[Picture] = []

    def preview(picture: Picture) -> bytes | None:
        previews.append(picture)
        return b"RIFF" if picture.sha256[0] == "a" else None

    page = standalone_page(store.comparison(asked.id), preview, BASE + asked.path)
    assert "<script" not in page
    assert "<b>" not in page
    assert "onerror=alert(1)>" not in page.replace("&gt;", "")
    assert page.count("<img") == 1
    assert 'src="data:image/webp;base64,UklGRg=="' in page
    assert "href=" not in page
    assert f'<meta name="generator" content="{GENERATOR}">' in page
    assert "default-src &#39;none&#39;" in page
    assert "800,000" in page
    assert "12.500 s" in page
    assert "It broke." in page
    assert "&lt;i&gt;m" in page
    assert {one.sha256[0] for one in previews} == {"a", "b"}
