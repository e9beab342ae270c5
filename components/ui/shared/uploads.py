"""Uploaded files in Streamlit's memory: what waits there, and letting go of what was taken.

Streamlit keeps an uploaded file until its tab is closed, also when it left the upload field.
"""

from __future__ import annotations

from collections.abc import Iterable

from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile


def held(tab: str | None) -> tuple[int, int]:
    """How many files and bytes wait of one tab, by Streamlit's id of it; of all for None."""
    manager = _manager()
    if manager is None:
        return 0, 0
    storage = manager.file_storage
    tabs = [storage.get(tab, {})] if tab is not None else list(storage.values())
    sizes = [len(file.data) for files in tabs for file in list(files.values())]
    return len(sizes), sum(sizes)


def forget(files: Iterable[UploadedFile]) -> None:
    """Let go of files of this tab that were taken. Call it where a page is drawn."""
    manager, context = _manager(), get_script_run_ctx()
    if manager is not None and context is not None:
        for file in files:
            manager.remove_file(context.session_id, file.file_id)


def _manager() -> MemoryUploadedFileManager | None:
    if not runtime.exists():
        return None
    manager = runtime.get_instance().uploaded_file_mgr
    return manager if isinstance(manager, MemoryUploadedFileManager) else None
