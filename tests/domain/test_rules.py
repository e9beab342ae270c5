"""What is said before and after a comparison: asks, estimates, resending, shell commands."""

from __future__ import annotations

import json
import re
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.domain.aliases import BUILT_IN
from components.domain.errors import AskRefused
from components.domain.estimates import Expected, Usual, cost_of, estimate, expected
from components.domain.model import Ask, Usage
from components.domain.validation import checked
from components.gateway.protocol.curl import curl_command

NANO, GPT, COMPOSITE = BUILT_IN


def test_an_ask_is_cleaned_and_put_into_the_order_of_the_table() -> None:
    ask = checked(Ask("  a\0 fox\ud800 \n", ("image-gen", "nano-banana")), BUILT_IN, 8)
    assert ask.prompt == "a fox\ufffd"
    assert ask.aliases == ("nano-banana", "image-gen")


def test_the_lines_of_a_new_prompt_end_as_those_of_the_form_do() -> None:
    ask = checked(Ask("a\r=cmd\r\nb\n\rc\u2028d", ("gpt-image",)), BUILT_IN, 8)
    assert ask.prompt == "a\n=cmd\nb\n\nc\u2028d"


@given(st.text(max_size=50), st.integers(1, 4))
def test_no_prompt_crashes_the_check(prompt: str, samples: int) -> None:
    ask = Ask(f"{prompt} a fox", ("gpt-image",), samples)
    kept = checked(ask, BUILT_IN, 8).prompt
    assert kept.encode("utf-8").decode("utf-8").endswith("a fox")
    assert "\0" not in kept


@given(st.text(st.characters(categories=["Zs", "Zl", "Zp", "Cc", "Cf"]), max_size=20))
def test_a_prompt_of_nothing_visible_is_empty(prompt: str) -> None:
    with pytest.raises(AskRefused, match="prompt is empty"):
        checked(Ask(prompt, ("gpt-image",)), BUILT_IN, 8)


def test_the_table_is_believed_until_the_team_has_results_of_its_own() -> None:
    from_table = expected(GPT, None, None)
    assert from_table == Expected("gpt-image", (100, 180), (0.03, 0.09))
    measured = expected(GPT, Usual("gpt-image", 40, (90.0, 110.0), 0.05), None)
    assert measured == Expected("gpt-image", (90.0, 110.0), (0.05, 0.05), 40)
    on_the_demo = expected(GPT, None, (5.0, 9.0))
    assert on_the_demo == Expected("gpt-image", (5.0, 9.0), (0.0, 0.0))


def test_every_latency_and_price_names_its_source_and_its_date() -> None:
    for alias in BUILT_IN:
        assert re.search(r"rough, as of 20\d\d-\d\d; source: .", alias.source), alias.name


def test_an_estimate_spans_all_aliases_and_multiplies_samples() -> None:
    table = {alias.name: expected(alias, None, None) for alias in BUILT_IN}
    found = estimate(["nano-banana", "gpt-image"], 3, table)
    assert found.seconds == (12, 180)
    assert found.usd == pytest.approx((3 * 0.034, 3 * 0.098))


def test_what_is_unknown_of_one_is_unknown_of_the_whole() -> None:
    table = {"a": Expected("a", (1, 2), None), "b": Expected("b", None, (1, 1))}
    assert estimate(["a", "b"], 1, table).seconds is None
    assert estimate(["a", "b"], 1, table).usd is None
    assert estimate([], 1, table).seconds is None


def test_a_cost_is_the_reported_one_else_tokens_at_the_price_else_unknown() -> None:
    assert cost_of(Usage(total_tokens=1300, cost_usd=0.5), NANO) == 0.5
    assert cost_of(Usage(total_tokens=1000), NANO) == pytest.approx(0.003)
    assert cost_of(Usage(total_tokens=1000), COMPOSITE) is None
    assert cost_of(Usage(), NANO) is None
    assert cost_of(Usage(total_tokens=1000), None) is None


def body_of(command: str) -> str:
    """What a shell would post, with `curl` itself replaced by `cat`."""
    script = 'curl() { case "$1" in -sS) cat ;; *) printf picture ;; esac; }\n' + command
    done = subprocess.run(["sh", "-c", script], capture_output=True, check=True)
    return done.stdout.decode()


HOSTILE = st.text(st.sampled_from("a $`\\'\"\n(){}!#%|&;<>*?~JSON🦊é\t"), max_size=40)


@settings(max_examples=40, deadline=None)
@given(HOSTILE)
def test_no_prompt_escapes_from_the_shell_command(prompt: str) -> None:
    document = json.loads(body_of(curl_command("http://g.test", "gpt-image", prompt)))
    assert document == {
        "model": "gpt-image",
        "messages": [{"role": "user", "content": prompt}],
        "stream": False,
    }


@settings(max_examples=40, deadline=None)
@given(HOSTILE)
def test_no_prompt_escapes_from_the_command_with_input_images(prompt: str) -> None:
    command = curl_command("http://g.test", "gpt-image", prompt, [("image/png", "http://h/a.png")])
    text, image = json.loads(body_of(command))["messages"][0]["content"]
    assert text == {"type": "text", "text": prompt}
    assert image["image_url"]["url"] == "data:image/png;base64,cGljdHVyZQ=="
