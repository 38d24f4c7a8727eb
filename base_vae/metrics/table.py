"""The figures of `evaluation` as Markdown."""

from typing import Any

from base_vae.metrics.markdown import table

_Sets = list[tuple[str, dict[str, Any]]]  # figures of each set, under its name


def markdown(results: dict[str, Any]) -> str:
    """The results of `evaluate_music` as tables, with a line on how to read each.

    Args:
      results: of `evaluation.evaluate`.
    """
    references = results["references"]
    sets = [
        ("generated", results["generated"]),
        *((name, found["set"]) for name, found in references.items()),
    ]
    parts = [_sets(sets)]
    for name, found in references.items():
        parts += [_features(name, found["features"]), _frechet(found["frechet"])]
    parts += [_standard(sets), _copies(results["copies"])]
    return "\n\n".join(filter(None, parts))


def _sets(sets: _Sets) -> str:
    rows = []
    for name, figures in sets:
        alike = figures["self_similarity"]
        counts = f"{figures['examples']:,}", f"{figures['silent']:,}", f"{figures['distinct']:.0%}"
        rows.append([name, *counts, *(_number(alike[key]) for key in ("pieces", "nearest", "bars"))])
    head = ("set", "examples", "silent", "distinct", "any two", "each and its nearest", "bars of one")
    legend = (
        "Of any two examples, of each and the other one that is most like it, and of any two bars of one: "
        "mean similarity, 2 x shared notes / all notes, 1 where two are the same."
    )
    return f"{table(head, rows)}\n\n{legend}"


def _features(name: str, features: dict[str, Any]) -> str:
    rows = []
    for feature, found in features.items():
        values = [_spread(found[f"{side}_mean"], found[f"{side}_std"]) for side in ("generated", "reference")]
        distances = [_number(found[key]) for key in ("generated_intra", "reference_intra", "inter")]
        sides = found["generated"], found["reference"]
        agreements = [_number(side[key]) for key in ("overlap", "divergence") for side in sides]
        rows.append([feature, *values, *distances, *agreements, _number(found["histograms"])])
    head = (
        "feature", "generated", "reference", "within generated", "within reference", "between",
        "OA generated", "OA reference", "KLD generated", "KLD reference", "OA of histograms",
    )  # fmt: skip
    legend = (
        "OA, overlapping area (1: the same), and KLD, Kullback-Leibler divergence in nats (0: the same), of "
        "the distances within either set and those between them (Yang and Lerch 2018)."
    )
    return "\n\n".join([f"Generated against {name}:", table(head, rows), legend, *_notes(features)])


def _notes(features: dict[str, Any]) -> list[str]:
    """Lines about figures that are missing or need no estimate, one for each reason."""
    reasons: dict[str, list[str]] = {}
    for feature, found in features.items():
        for side in ("generated", "reference"):
            if found[side]["note"]:
                reasons.setdefault(f"OA and KLD {side}: {found[side]['note']}", []).append(feature)
        if any(found["undefined"]):
            where = "not defined in {:,} generated and {:,} reference examples".format(*found["undefined"])
            reasons.setdefault(where, []).append(feature)
    return [f"{reason[0].upper()}{reason[1:]}: {', '.join(names)}." for reason, names in reasons.items()]


def _frechet(found: dict[str, Any] | None) -> str:
    if found is None:
        return "Frechet distance: n/a, it needs two examples in either set and a latent space."
    lines = [
        f"Frechet distance in the latent space: {_number(found['distance'])} "
        "({:,} and {:,} examples, ".format(*found["examples"])
        + f"{found['dimensions']} dimensions)."
    ]
    if found["part_examples"]:
        part, rest = found["part_examples"]
        lines.append(
            f"To judge by, the distance from half of the reference ({rest:,} examples): of {part:,} of the "
            f"other half {_number(found['part_of_reference'])}, of {part:,} of the generated ones "
            f"{_number(found['part_of_generated'])}."
        )
    else:
        lines.append("The reference has too few pieces to judge by how near it is to itself.")
    if found["shrunk"]:
        lines.append(
            "Warning: no more examples than dimensions in a set or a part; covariances are shrunk (Ledoit "
            "and Wolf), and distances compare only with others of as many examples."
        )
    return "\n".join(lines)


def _standard(sets: _Sets) -> str:
    names = sets[0][1]["standard"]
    if not names:
        return ""
    rows = []
    for name in names:
        found = [figures["standard"][name] for _, figures in sets]
        rows.append([name, *(_spread(each["mean"], each["std"]) for each in found)])
    return table(("muspy", *(name for name, _ in sets)), rows)


def _copies(found: dict[str, Any] | None) -> str:
    if found is None:
        return "Copies: not counted (--training names the music that the model learned from)."
    return (
        f"Copies of {found['examples']:,} training examples: {found['exact']:.1%} note for note, "
        f"{found['near']:.1%} nearly (9 in 10 notes, in any transposition); similarity to the most similar "
        f"one: {_number(found['most_similar'])} on average."
    )


def _number(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def _spread(mean: float | None, std: float | None) -> str:
    return "" if mean is None else f"{_number(mean)} ± {_number(std)}"
