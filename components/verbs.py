"""What a visitor can do on a page: each verb joins the tab's form with the running services."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from components import wiring
from components.core.asks import checked
from components.core.curl import curl_command
from components.core.errors import AskRefused, StorageUnavailable, TriptychError
from components.core.imaging import media_type
from components.core.inputs import prepare_input, shares
from components.core.model import Comparison, Generation, InputImage, as_ask
from components.core.phrases import plain
from components.core.wire import request_size
from components.ui import tab
from components.ui.cell import Actions
from components.ui.clipboard import pasted_images


def fire() -> None:
    """Send what the form asks for and open its comparison; or say at the field why not.

    Not the very same twice within two seconds: a second click would be paid for.
    """
    _fire(even_twice=False)


def _fire(*, even_twice: bool) -> None:
    services = wiring.services()
    tab.refuse(None)
    try:
        ask = checked(tab.current_ask(), services.aliases, services.settings.max_inputs)
        ask = replace(ask, inputs=_fitted(ask.prompt, ask.inputs))
        if tab.has_just_sent(ask) and not even_twice:
            return
        comparison = services.engine.ask(ask, visitor=tab.visitor())
        tab.note_sent(ask)
    except AskRefused as exc:
        tab.refuse(exc)
    except TriptychError as exc:
        tab.refuse(AskRefused("form", f"Nothing was sent. {exc}"))
    else:
        tab.set_inputs(ask.inputs)
        tab.open_comparison(comparison.id)


def run_again(comparison: Comparison) -> None:
    """Send a comparison's ask once more, as a new comparison."""
    tab.fill(as_ask(comparison), wiring.services().aliases)
    _fire(even_twice=True)
    st.rerun()  # the whole page: the form, too, which says why nothing was sent


def take_uploads() -> None:
    """Put newly uploaded files among the form's input images."""
    _take([(one.getvalue(), one.name) for one in tab.uploads()])
    tab.empty_uploads()


def take_pasted() -> None:
    """Put newly pasted images among the form's input images."""
    _take(pasted_images())


def _take(files: Sequence[tuple[bytes, str]]) -> None:
    """Prepare files and put them among the inputs; the first that cannot be is told."""
    most = wiring.services().settings.max_inputs
    images = list(tab.inputs())
    refused: AskRefused | None = None
    for data, name in files[: max(0, most - len(images))]:
        try:
            images.append(add_input(data, name))
        except AskRefused as exc:
            refused = refused or exc
    if len(files) + len(tab.inputs()) > most:
        refused = AskRefused(
            "inputs", f"{most} input images are the most; the others were left out."
        )
    tab.set_inputs(images)
    tab.refuse(refused)


def add_input(data: bytes, name: str) -> InputImage:
    """Prepare an image for sending and keep it; what is kept is what will be sent.

    Raises AskRefused with a sentence that names the file.
    """
    services = wiring.services()
    settings = services.settings
    image, sent, preview = prepare_input(
        data,
        name,
        budget_bytes=shares(settings.max_body_bytes, 1),
        max_pixels=settings.max_picture_pixels,
        max_upload_bytes=settings.max_upload_bytes,
    )
    _keep(image, sent, preview)
    return image


def _keep(image: InputImage, sent: bytes, preview: bytes) -> None:
    media = wiring.services().media
    try:
        media.put_original(sent, image.picture.extension)
        media.put_preview(image.picture.sha256, preview)
    except StorageUnavailable as exc:
        raise AskRefused("inputs", f"“{image.name}” could not be stored. {exc}") from exc


def _fitted(prompt: str, inputs: tuple[InputImage, ...]) -> tuple[InputImage, ...]:
    """The inputs, shrunk further where together they would not fit into one request."""
    services = wiring.services()
    limit = services.settings.max_body_bytes
    if request_size(prompt, [one.picture.bytes for one in inputs]) <= limit:
        return inputs
    share = shares(limit - request_size(prompt, []), len(inputs))
    fitted = []
    for one in inputs:
        data = services.media.original(one.picture.sha256, one.picture.extension)
        image, sent, preview = prepare_input(
            data,
            one.name,
            budget_bytes=share,
            max_pixels=services.settings.max_picture_pixels,
            max_upload_bytes=services.settings.max_upload_bytes,
        )
        _keep(image, sent, preview)
        fitted.append(image)
    return tuple(fitted)


def use_as_input(generation: Generation) -> None:
    """Put a result's picture among the form's input images."""
    services = wiring.services()
    if generation.success is None:
        return
    picture = generation.success.picture
    tab.refuse(None)
    try:
        if len(tab.inputs()) >= services.settings.max_inputs:
            raise AskRefused(  # noqa: TRY301  # the same place for every reason
                "inputs", f"{services.settings.max_inputs} input images are the most; remove one."
            )
        data = services.media.original(picture.sha256, picture.extension)
        name = f"{generation.alias}, sample {generation.sample}"
        tab.set_inputs([*tab.inputs(), add_input(data, name)])
    except AskRefused as exc:
        tab.refuse(exc)
    except TriptychError as exc:
        tab.refuse(AskRefused("inputs", str(exc)))


def retry(generation: Generation) -> None:
    """Send one generation that ended without a picture again."""
    try:
        wiring.services().engine.retry(generation.id, visitor=tab.visitor())
    except TriptychError as exc:
        st.toast(plain(str(exc)), icon=":material/error:")


def cancel(generation: Generation) -> None:
    """Stop waiting for one generation."""
    _cancel(generation.comparison_id, [generation.id])


def cancel_all(comparison: Comparison) -> None:
    """Stop waiting for everything of a comparison that has not landed."""
    _cancel(comparison.id, [one.id for one in comparison.generations if not one.state.ended])


def _cancel(comparison_id: str, generation_ids: list[str]) -> None:
    try:
        wiring.services().engine.cancel(comparison_id, generation_ids)
    except TriptychError as exc:
        st.toast(plain(f"Nothing was cancelled. {exc}"), icon=":material/error:")


def public_url() -> str:
    """The address under which people reach this server, without a trailing slash."""
    configured = wiring.services().settings.public_url
    if configured:
        return configured
    scheme, _, rest = (st.context.url or "http://localhost:8501").partition("://")
    return f"{scheme}://{rest.split('/', 1)[0]}"


def curl_of(comparison: Comparison, generation: Generation) -> str:
    """The shell command that sends the request of this generation."""
    settings = wiring.services().settings
    here = public_url()
    inputs = [
        (media_type(one.picture.extension), here + one.picture.media_path)
        for one in comparison.inputs
    ]
    base_url = settings.gateway_url or f"{here}/demo"
    return curl_command(base_url, generation.alias, comparison.prompt, inputs)


def actions(comparison: Comparison) -> Actions:
    """The verbs that the cells of this comparison offer."""
    services = wiring.services()

    def use(generation: Generation) -> None:
        use_as_input(generation)
        st.rerun()

    def details(generation: Generation) -> None:
        from components.ui.details import show_details

        show_details(generation, services.store.attempts(generation.id))

    return Actions(
        retry=retry,
        cancel=cancel,
        use_as_input=use,
        details=details,
        curl=lambda generation: curl_of(comparison, generation),
        trouble=lambda generation: services.engine.trouble(generation.id),
    )


def gateway_facts() -> list[tuple[str, str]]:
    """What is configured, in pairs of words. The token is only said to be set or not."""
    settings = wiring.services().settings
    if settings.is_demo:
        return [
            ("Gateway", "the embedded demo gateway; its pictures are synthetic and free"),
            ("Its address", f"{public_url()}/demo/v1/chat/completions"),
            ("Its speed", f"{settings.demo_time_scale:g} × the real latencies"),
        ]
    return [
        ("Gateway", settings.gateway_url or ""),
        ("Token", "set" if settings.gateway_token else "not set"),
        ("Deadline of a request", f"{settings.timeout_s:g} s"),
        ("Largest request", f"{settings.max_body_bytes / 1024 / 1024:.0f} MB"),
        ("Largest reply that is read", f"{settings.max_reply_bytes / 1024 / 1024:.0f} MB"),
    ]


def try_gateway() -> tuple[bool, str]:
    """Ask the gateway for its models: whether it answered, and a sentence for the page."""
    services = wiring.services()
    try:
        models = services.engine.models()
    except TriptychError as exc:
        return False, str(exc)
    missing = [alias.name for alias in services.aliases if alias.name not in models]
    if missing and models:
        return True, (
            f"The gateway answers and lists {len(models)} models; "
            f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not among them."
        )
    return True, f"The gateway answers and lists {len(models)} models."
