"""From measures as written to measures as played: repeats, variant endings and jumps."""

from collections.abc import Sequence

from base_vae.errors import UserError
from base_vae.readers.score.score import Signs

MAX_MEASURES = 100_000  # played; far above any music, far below what fills a computer


def playing_order(measures: Sequence[Signs]) -> list[int]:
    """The measures to play one after the other, as indices.

    A repeat without a beginning goes back to the last double bar, repeat or new part. Repeats inside of
    repeats are not known. After a jump back (da capo, dal segno) nothing is repeated and the last of
    variant endings is taken, as players do.

    Args:
      measures: the signs of each measure, as written.

    Raises:
      UserError: if more than 100,000 measures would be played.
    """
    order: list[int] = []
    start = 0
    while start < len(measures):
        start = _play_section(measures, start, order)
    return _with_jump(measures, order)


def _play_section(measures: Sequence[Signs], start: int, order: list[int]) -> int:
    """Plays from `start` to where a repeat ends or the next one begins; returns what comes after."""
    end = start
    while not measures[end].endings:
        if measures[end].times:
            _play(order, range(start, end + 1), measures[end].times)
            return end + 1
        end += 1
        new = end < len(measures) and (
            measures[end].forward or (measures[end].fresh and not measures[start].forward)
        )
        if end == len(measures) or new:
            _play(order, range(start, end))
            return end
    endings, after = _endings(measures, end)
    numbers = sorted(set().union(*(numbers for numbers, _ in endings)))
    if numbers == [1] and measures[after - 1].times:  # what follows is the second ending, unmarked
        numbers = [1, 2]
    for number in numbers:
        _play(order, range(start, end))
        _play(order, next((ending for numbers, ending in endings if number in numbers), range(0)))
    return after


def _endings(measures: Sequence[Signs], start: int) -> tuple[list[tuple[frozenset[int], range]], int]:
    """The variant endings that begin at `start`, as (times through, measures), and what comes after them.

    An ending goes on to a repeat sign, a double bar or the next ending. Where the last one goes on to a
    sign of a later section, it is as long as the first.
    """
    endings: list[tuple[frozenset[int], range]] = []
    seen: set[int] = set()
    at = start
    while at < len(measures) and measures[at].endings and not seen & measures[at].endings:
        first = at
        at += 1
        while at < len(measures) and not _ends_before(measures, at):
            at += 1
        if endings and at - first > len(endings[0][1]) and _belongs_to_later_section(measures, first, at):
            at = first + len(endings[0][1])
        seen |= measures[first].endings
        endings.append((measures[first].endings, range(first, at)))
    return endings, at


def _ends_before(measures: Sequence[Signs], at: int) -> bool:
    before, here = measures[at - 1], measures[at]
    return bool(before.times or before.closes or here.endings or here.forward)


def _belongs_to_later_section(measures: Sequence[Signs], first: int, end: int) -> bool:
    """Whether the sign at `end` cannot be that of an ending begun at `first`: a repeat of its own."""
    repeats = measures[end - 1].times > 0
    begins_again = end < len(measures) and 1 in measures[end].endings
    return 1 not in measures[first].endings and (repeats or begins_again)


def _with_jump(measures: Sequence[Signs], order: list[int]) -> list[int]:
    """The order with a da capo or dal segno, the first one, carried out once."""
    jump = next((i for i, signs in enumerate(measures) if signs.da_capo or signs.dal_segno), None)
    if jump is None or jump not in order:
        return order
    left_at = len(order) - order[::-1].index(jump)
    played, rest = order[:left_at], order[left_at:]
    target = 0
    if measures[jump].dal_segno:
        target = next((i for i in range(jump, -1, -1) if measures[i].segno), 0)
    coda = next((i for i, signs in enumerate(measures) if signs.coda and i > target), None)
    for i in _straight(measures, target):
        _play(played, range(i, i + 1))
        if measures[i].fine:
            break
        if measures[i].to_coda and coda is not None:
            return played + ([i for i in rest if i >= coda] or list(range(coda, len(measures))))
    return played


def _straight(measures: Sequence[Signs], start: int) -> list[int]:
    """The measures from `start` on once, of variant endings only the last."""
    out: list[int] = []
    at = start
    while at < len(measures):
        if measures[at].endings:
            endings, at = _endings(measures, at)
            out += endings[-1][1]
        else:
            out.append(at)
            at += 1
    return out


def _play(order: list[int], measures: range, times: int = 1) -> None:
    if len(order) + len(measures) * times > MAX_MEASURES:
        raise UserError(f"with its repeats it has more than {MAX_MEASURES:,} bars")
    order.extend(list(measures) * times)
