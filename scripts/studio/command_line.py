"""The command line, and the Python, that make a piece of the page again."""

import shlex

from midime_scripts.studio.fields import LARGEST_SEED, Fields

_MODEL = "my_model"


def command_line(fields: Fields) -> dict[str, str]:
    """Both, of a piece by its recipe: what was asked of the model, with which settings.

    Args:
      fields: of a piece of `play`, `another` or `compose`, its tempo, and the seed of any drums.

    Raises:
      UserError: for values that none of them takes.
    """
    settings = {
        "temperature": f"{fields.number('temperature', 0, 2):g}",
        "seed": str(fields.integer("seed", 0, LARGEST_SEED)),
        "num_bars": str(fields.integer("bars", 1, 64)),
        "qpm": f"{fields.number('qpm', 20, 400):g}",
    }
    flags = dict(settings)
    knobs = [f"{knob:g}" for knob in fields.numbers("knobs", None, 100)]
    form = fields.text("form").strip().upper()
    if knobs:
        flags["knobs"] = ",".join(knobs)
    variety = fields.number("variety", 0, 2, 1)
    if variety != 1:
        settings["variety"] = flags["variety"] = f"{variety:g}"
    if form:
        section_bars = str(fields.integer("section_bars", 1, 32, 8))
        flags |= {"form": shlex.quote(form), "section_bars": section_bars}
        settings |= {"form": repr(form), "section_bars": section_bars}
    shell = " ".join(f"--{name}={value}" for name, value in flags.items())
    keywords = ", ".join(f"{name}={value}" for name, value in settings.items())
    call = f"mine.sample(1, {keywords})"
    if knobs:
        call = f"mine.play([{', '.join(knobs)}], {keywords})"
    elif fields.text("verb") == "compose":
        call = f"mine.tunes.compose(1, {keywords}).sequences"
    lines = {
        "shell": f"midime_generate --model={_MODEL} --output_dir=out/ --num_outputs=1 \\\n    {shell}",
        "python": f'import small_vae\n\nmine = small_vae.load("{_MODEL}")\n[piece] = {call}',
    }
    if fields.has("drums"):
        seed = fields.integer("drums", 0, LARGEST_SEED)
        music = f"--midi=out/{_MODEL}_01.mid --output_dir=out/"
        lines["shell"] += f"\ngroovae --mode=add_drums {music} --seed={seed}"
        lines["python"] += f"\n\nfrom base_vae import grooves\npiece = grooves.add_drums(piece, seed={seed})"
    return lines
