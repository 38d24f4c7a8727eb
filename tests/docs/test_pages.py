"""What the README and the pages in docs/ show is there: commands, flags, files, modules."""

import importlib
import importlib.util
import re

import pytest
from absl import flags

from base_vae.checkpoints.finding import bundled_models
from docs import hooks, try_commands
from tests.paths import ROOT

LINES = [
    pytest.param(command.words, id=f"{page.name}: {' '.join(command.words)[:70]}")
    for page in try_commands.PAGES
    for command in try_commands.commands_of(page)
]


@pytest.mark.parametrize("words", LINES)
def test_every_command_is_there_and_has_these_flags(words):
    program, *arguments = words
    if program in try_commands.COMMANDS:
        module = importlib.import_module(try_commands.COMMANDS[program].partition(":")[0])
        given = flags.FlagValues()
        given.append_flag_values(module.FLAGS)
        assert not [word for word in arguments[1:] if not word.startswith("-")]
        for word in arguments:
            name = word.removeprefix("--").partition("=")[0]
            assert not word.startswith("-") or name in given or name.removeprefix("no") in given, word
    elif program == "make":
        assert re.search(rf"^{arguments[0]}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    elif program.endswith("python"):
        name = arguments[1] if arguments[0] == "-m" else arguments[0]
        assert importlib.util.find_spec(name) or (ROOT / name).is_file() or name in ("venv", "pytest", "pip")
    else:
        assert program in ("pip", "tensorboard", "git", ".", ".venv/bin/ruff", "cd")


@pytest.mark.parametrize("page", try_commands.PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        if path.startswith("http"):
            continue
        linked = (page.parent / path) if path else page
        assert linked.is_file(), target
        if anchor and linked.suffix == ".md" and "." not in anchor:
            titles = re.findall(r"^#+ (.*)$", linked.read_text("utf-8"), re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in titles}
            assert anchor in anchors, target


def test_the_site_lists_every_bundled_model_with_its_card():
    page = hooks.on_page_markdown((ROOT / "docs" / "models.md").read_text("utf-8"))
    for name, description in bundled_models().items():
        assert f"| [`{name}`](#{name}) | {description} |" in page
        assert f"\n### {name}\n" in f"\n{page}"


@pytest.mark.slow
@pytest.mark.parametrize("page", try_commands.PAGES, ids=lambda page: page.name)
def test_every_command_runs(page):
    if not any(command.is_run for command in try_commands.commands_of(page)):
        pytest.skip("there are no commands to try on this page")
    assert not try_commands.try_page(page)
