"""What an attempt has kept can be had, as what it is."""

from __future__ import annotations

from components.ui.compare.details import kept_link

SHA = "ab" * 32


def test_bytes_that_are_no_picture_are_a_file_of_no_type() -> None:
    assert f'href="/download/kept/{SHA}.bin"' in kept_link(f"kept/ab/{SHA}.bin")


def test_a_picture_that_came_too_late_is_a_picture() -> None:
    link = kept_link(f"{SHA}.png")
    assert f'href="/app/static/media/{SHA}.png"' in link
    assert "Download its picture" in link
