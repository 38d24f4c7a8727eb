"""The command lines, and the Python, that make a piece of the page again."""

import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from midime_scripts.studio.fields import LARGEST_SEED, Fields

from base_vae.errors import UserError

if TYPE_CHECKING:
    from midime_scripts.studio.model import StudioModel

_MODEL = "my_model"
_MOST_STEPS = 200


class _Lines(NamedTuple):
    """What makes or changes the piece.

    Attributes:
      shell: the words of a command without its output folder.
      python: a statement about `mine` and `piece`.
      written: the name of the file that the command writes, after that of the file that it changes.
    """

    shell: list[str]
    python: str
    written: Callable[[str], str] = lambda stem: f"{_MODEL}_01"


def command_line(fields: Fields, model: "StudioModel") -> dict[str, str]:
    """Both, of a piece by its recipe: what was asked of the model, step by step, with which settings.

    Args:
      fields: `steps`, the first of what makes a piece and the others of what changes it; the tempo, key and
        instrument of the page, and the seed of any drums.
      model: that made it.

    Raises:
      UserError: for values that none of them takes.
    """
    steps = [Fields(row) for row in fields.rows("steps", _MOST_STEPS)]
    if not steps:
        raise UserError("nothing makes this piece again: it is a song of yours")
    qpm = f"{fields.number('qpm', 20, 400):g}"
    shell, python, file = [], ["import small_vae", "", f'mine = small_vae.load("{_MODEL}")'], ""
    for number, step in enumerate(steps, 1):
        is_way = step.text("verb") == "interpolate"
        if number == 1 and (is_way or step.has("place")):
            flags, statements = _from_passages(step, qpm, model)
            shell.append(_command(*_generate(flags), "--output_dir=out/"))
            python += statements
            file = "piece.mid" if is_way else f"out/{_MODEL}_01.mid"
            if is_way and (steps[1:] or fields.has("drums")):
                shell.append(f"# the rest, with these pieces, one after the other, saved as {file}:")
            continue
        lines = _changed(step, file, model) if file else _made(step, qpm)
        folder = "out/" if number == 1 else f"out/{number}/"
        shell.append(_command(*lines.shell, f"--output_dir={folder}"))
        python.append(lines.python)
        file = f"{folder}{lines.written(file.rpartition('/')[2].removesuffix('.mid'))}.mid"
    transpose, program = fields.integer("transpose", -36, 36, 0), fields.integer("program", -1, 127, -1)
    if program >= 0 and shell[-1].startswith("midime_generate"):
        shell[-1] = _command(shell[-1], f"--program={program + 1}")
    elif program >= 0:
        shell.append(f"# then with the sound of program {program + 1}, set in your music program")
    if transpose:
        shell.append(f"# then {transpose:+d} semitones, in your music program")
    if transpose or program >= 0:
        python.append("for note in piece.notes:")
        python += [f"    note.pitch += {transpose}"] * bool(transpose)
        python += [f"    note.program = {program}"] * (program >= 0)
    if fields.has("drums"):
        seed = fields.integer("drums", 0, LARGEST_SEED)
        words = f"--midi={file}", f"--seed={seed}", "--output_dir=out/drums/"
        shell.append(_command("groovae --mode=add_drums", *words))
        python += ["", "from base_vae import grooves", f"piece = grooves.add_drums(piece, seed={seed})"]
    return {"shell": "\n".join(shell), "python": "\n".join(python)}


def _made(step: Fields, qpm: str) -> _Lines:
    """New music: at a place of the knobs, on a walk, or as a whole tune."""
    settings = {**_freely(step), "num_bars": str(step.integer("bars", 1, 64)), "qpm": qpm}
    flags = dict(settings)
    knobs = [f"{knob:g}" for knob in step.numbers("knobs", None, 100)]
    form = step.text("form").strip().upper()
    if knobs:
        flags["knobs"] = ",".join(knobs)
    variety = step.number("variety", 0, 2, 1)
    if variety != 1:
        settings["variety"] = flags["variety"] = f"{variety:g}"
    if form:
        section_bars = str(step.integer("section_bars", 1, 32, 8))
        flags |= {"form": shlex.quote(form), "section_bars": section_bars}
        settings |= {"form": repr(form), "section_bars": section_bars}
    keywords = ", ".join(f"{name}={value}" for name, value in settings.items())
    call = f"mine.sample(1, {keywords})"
    if knobs:
        call = f"mine.play([{', '.join(knobs)}], {keywords})"
    elif step.text("verb") == "compose":
        call = f"mine.tunes.compose(1, {keywords}).sequences"
    return _Lines(_generate(flags), f"[piece] = {call}")


def _changed(step: Fields, file: str, model: "StudioModel") -> _Lines:
    """What becomes of the piece in a file."""
    verb = step.text("verb")
    if verb not in _CHANGES:
        raise UserError(f"a piece is changed by {', '.join(_CHANGES)} (received {verb!r})")
    lines = _CHANGES[verb](step, file)
    if verb == "fade":  # a command of the base's, not of the personal model's
        lines.shell.append(f"--base={shlex.quote(model.personal.base.source)}")
    return lines


def _from_passages(step: Fields, qpm: str, model: "StudioModel") -> tuple[dict[str, str], list[str]]:
    """Flags and Python for what begins with passages of the user's songs."""

    def at(field: str) -> tuple[int, int]:
        place = model.places[step.integer(field, 0, len(model.places) - 1)]
        if place.passage is None:
            raise UserError("this model was saved without your songs: bring them again")
        return place.passage.at

    def decoded(name: str, song: int, segment: int) -> str:
        return f"{name} = converter.decode(mine.songs[{song}].segments[{segment}])"

    settings = {**_freely(step), "qpm": qpm}
    keywords = ", ".join(f"{name}={value}" for name, value in settings.items())
    lines = ["converter = mine.base.config.converter"]
    if step.has("place"):
        knobs, (song, segment) = step.numbers("knobs", model.personal.size, 100), at("place")
        passage = {"passage": f"{song + 1}:{segment + 1}", "knobs": ",".join(f"{knob:g}" for knob in knobs)}
        return {**passage, **settings}, [
            *lines,
            decoded("passage", song, segment),
            "latents = mine.encode([passage])",
            f"[piece] = mine.decode(latents + ({knobs} - latents.mu), {keywords})",
        ]
    count, ends = step.integer("steps", 2, 32, 5), (at("start"), at("end"))
    named = ",".join(f"{song + 1}:{segment + 1}" for song, segment in ends)
    return {"passage": named, "num_outputs": str(count), **settings}, [
        *lines,
        decoded("start", *ends[0]),
        decoded("end", *ends[1]),
        f"pieces = mine.interpolate(start, end, num_steps={count}, {keywords})",
        *_joined(model.bars * model.beats * 60 / float(qpm)),
    ]


def _joined(seconds: float) -> list[str]:
    """Python that makes one `piece` of `pieces`, which last as many seconds each."""
    return [
        "piece = pieces[0]",
        "for number, later in enumerate(pieces[1:], 1):",
        "    for note in later.notes:",
        f"        note.start_time += number * {seconds}",
        f"        note.end_time += number * {seconds}",
        "    piece.notes.extend(later.notes)",
        f"piece.total_time = len(pieces) * {seconds}",
    ]


def _varied(step: Fields, file: str) -> _Lines:
    amount, seed = f"{step.number('amount', 0, 1):g}", _freely(step)["seed"]
    flags = {"mode": "vary", "input_midi": file, "amount": amount, "seed": seed}
    return _Lines(_generate(flags), f"piece = mine.tunes.vary(piece, {amount}, seed={seed})")


def _continued(step: Fields, file: str) -> _Lines:
    settings = {**_freely(step), "num_bars": str(step.integer("bars", 1, 64))}
    keywords = ", ".join(f"{name}={value}" for name, value in settings.items())
    flags = {"mode": "continue", "input_midi": file, **settings}
    return _Lines(_generate(flags), f"piece = mine.tunes.continued(piece, {keywords})")


def _filled(step: Fields, file: str) -> _Lines:
    first, last = step.integer("first", 1, 4000), step.integer("last", 1, 4000)
    settings = _freely(step)
    keywords = ", ".join(f"{name}={value}" for name, value in settings.items())
    flags = {"mode": "fill", "input_midi": file, "bars": f"{first}-{last}", **settings}
    return _Lines(_generate(flags), f"piece = mine.tunes.fill(piece, ({first}, {last}), {keywords})")


def _faded(step: Fields, file: str) -> _Lines:
    name, amount = step.text("attribute"), step.number("amount", -3, 3)
    seed = _freely(step)["seed"]
    change = shlex.quote(f"{name}:{amount:+g}")
    return _Lines(
        [f"midime_fade --midi={file}", f"--set={change}", f"--seed={seed}"],
        f"[piece] = mine.fade([piece], {{{name!r}: {amount:g}}}, seed={seed})",
        lambda stem: f"{stem}_01_after",
    )


_CHANGES = {"vary": _varied, "go_on": _continued, "fill": _filled, "fade": _faded}


def _freely(step: Fields) -> dict[str, str]:
    temperature = step.number("temperature", 0, 2, 0.5)
    return {"temperature": f"{temperature:g}", "seed": str(step.integer("seed", 0, LARGEST_SEED, 0))}


def _generate(flags: dict[str, str]) -> list[str]:
    words = [f"--{name}={value}" for name, value in {"num_outputs": "1", **flags}.items()]
    return [f"midime_generate --model={_MODEL}", *words]


def _command(*words: str) -> str:
    """A line for each flag: the page shows them in a narrow column."""
    return " \\\n    ".join(words)
