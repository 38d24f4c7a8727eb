"""The command line, and the Python, that make a piece of the page again."""

from midime_scripts.studio.fields import LARGEST_SEED, Fields

_MODEL = "my_model"


def command_line(fields: Fields) -> dict[str, str]:
    """Both, of a piece by its recipe: what was asked of the model, with which settings.

    Raises:
      UserError: for a recipe that no command makes.
    """
    seed = fields.integer("seed", 0, LARGEST_SEED)
    temperature = fields.number("temperature", 0, 2)
    variety = fields.number("variety", 0, 2, 1)
    bars = fields.integer("bars", 1, 64)
    qpm = fields.number("qpm", 20, 400)
    values = {"temperature": f"{temperature:g}", "seed": str(seed), "num_bars": str(bars)}
    shell = [f"midime_generate --model={_MODEL} --output_dir=out/ --num_outputs=1"]
    shell += [f"--{name}={value}" for name, value in values.items()]
    keywords = [f"{name}={value}" for name, value in values.items()]
    if qpm != 120:
        shell.append(f"--qpm={qpm:g}")
        keywords.append(f"qpm={qpm:g}")
    knobs = [f"{knob:g}" for knob in fields.numbers("knobs", None, 100)]
    if knobs:
        shell.append(f"--knobs={','.join(knobs)}")
        if variety != 1:
            shell.append(f"--variety={variety:g}")
            keywords.append(f"variety={variety:g}")
    call = f"play([{', '.join(knobs)}], " if knobs else "sample(1, "
    python = (
        f'import small_vae\n\nmine = small_vae.load("{_MODEL}")\n[piece] = mine.{call}{", ".join(keywords)})'
    )
    return {"shell": _wrapped(shell), "python": python}


def _wrapped(words: list[str]) -> str:
    """A command over several lines."""
    return " \\\n    ".join([words[0], " ".join(words[1:])])
