"""What a visitor can do on a page: each action joins the tab's form with the running services."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from components.domain import urls
from components.domain.errors import AskRefused, StorageUnavailable, TriptychError
from components.domain.formatting import plain
from components.domain.media_types import media_type
from components.domain.model import Comparison, Generation, InputImage, as_ask
from components.domain.validation import checked
from components.gateway.protocol import request_size
from components.gateway.protocol.curl import curl_command
from components.images.inputs import prepare_input, shares
from components.services import running_services
from components.ui.compare import form_state
from components.ui.compare.cell import Actions
from components.ui.shared.clipboard import pasted_images


def fire() -> None:
    """Send what the form asks for and open its comparison; or say at the field why not.

    Not the very same twice within two seconds: a second click would be paid for.
    """
    _fire(even_twice=False)


def _fire(*, even_twice: bool) -> None:
    services = running_services()
    form_state.refuse(None)
    try:
        ask = checked(form_state.current_ask(), services.aliases, services.settings.max_inputs)
        ask = replace(ask, inputs=_fitted(ask.prompt, ask.inputs))
        if form_state.has_just_sent(ask) and not even_twice:
            return
        comparison = services.engine.ask(ask, visitor=form_state.visitor())
        form_state.note_sent(ask)
    except AskRefused as exc:
        form_state.refuse(exc)
    except TriptychError as exc:
        form_state.refuse(AskRefused("form", f"Nothing was sent. {exc}"))
    else:
        form_state.set_inputs(ask.inputs)
        form_state.open_comparison(comparison.id)


def run_again(comparison: Comparison) -> None:
    """Send a comparison's ask once more, as a new comparison."""
    form_state.fill(as_ask(comparison), running_services().aliases)
    _fire(even_twice=True)
    st.rerun()  # the whole page: the form, too, which says why nothing was sent


def take_uploads() -> None:
    """Put newly uploaded files among the form's input images."""
    _take([(one.getvalue(), one.name) for one in form_state.uploads()])
    form_state.empty_uploads()


def take_pasted() -> None:
    """Put newly pasted images among the form's input images."""
    _take(pasted_images())


def _take(files: Sequence[tuple[bytes, str]]) -> None:
    """Prepare files and put them among the inputs; the first that cannot be is told."""
    most = running_services().settings.max_inputs
    images = list(form_state.inputs())
    refused: AskRefused | None = None
    for data, name in files[: max(0, most - len(images))]:
        try:
            images.append(add_input(data, name))
        except AskRefused as exc:
            refused = refused or exc
    if len(files) + len(form_state.inputs()) > most:
        refused = AskRefused(
            "inputs", f"{most} input images are the most; the others were left out."
        )
    form_state.set_inputs(images)
    form_state.refuse(refused)


def add_input(data: bytes, name: str) -> InputImage:
    """Prepare an image for sending and keep it; what is kept is what will be sent.

    Raises AskRefused with a sentence that names the file.
    """
    services = running_services()
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
    media = running_services().media
    try:
        media.put_original(sent, image.picture.extension)
        media.put_preview(image.picture.sha256, preview)
    except StorageUnavailable as exc:
        raise AskRefused("inputs", f"“{image.name}” could not be stored. {exc}") from exc


def _fitted(prompt: str, inputs: tuple[InputImage, ...]) -> tuple[InputImage, ...]:
    """The inputs, shrunk further where together they would not fit into one request."""
    services = running_services()
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
    services = running_services()
    if generation.success is None:
        return
    picture = generation.success.picture
    form_state.refuse(None)
    try:
        if len(form_state.inputs()) >= services.settings.max_inputs:
            raise AskRefused(  # noqa: TRY301  # the same place for every reason
                "inputs", f"{services.settings.max_inputs} input images are the most; remove one."
            )
        data = services.media.original(picture.sha256, picture.extension)
        name = f"{generation.alias}, sample {generation.sample}"
        form_state.set_inputs([*form_state.inputs(), add_input(data, name)])
    except AskRefused as exc:
        form_state.refuse(exc)
    except TriptychError as exc:
        form_state.refuse(AskRefused("inputs", str(exc)))


def retry(generation: Generation) -> None:
    """Send one generation that ended without a picture again."""
    try:
        running_services().engine.retry(generation.id, visitor=form_state.visitor())
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
        running_services().engine.cancel(comparison_id, generation_ids)
    except TriptychError as exc:
        st.toast(plain(f"Nothing was cancelled. {exc}"), icon=":material/error:")


def public_url() -> str:
    """The address under which people reach this server, without a trailing slash."""
    asked = st.context.url or "http://localhost:8501"
    return urls.public_address(running_services().settings.public_url, asked)


def curl_of(comparison: Comparison, generation: Generation) -> str:
    """The shell command that sends the request of this generation."""
    settings = running_services().settings
    here = public_url()
    inputs = [
        (media_type(one.picture.extension), here + one.picture.media_path)
        for one in comparison.inputs
    ]
    base_url = settings.gateway_url or here + urls.DEMO
    return curl_command(base_url, generation.alias, comparison.prompt, inputs)


def actions(comparison: Comparison) -> Actions:
    """The actions that the cells of this comparison offer."""
    services = running_services()

    def use(generation: Generation) -> None:
        use_as_input(generation)
        st.rerun()

    def details(generation: Generation) -> None:
        from components.ui.compare.details import show_details

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
    settings = running_services().settings
    if settings.is_demo:
        return [
            ("Gateway", "the embedded demo gateway; its pictures are synthetic and free"),
            ("Its address", f"{public_url()}{urls.DEMO}/v1/chat/completions"),
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
    services = running_services()
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
