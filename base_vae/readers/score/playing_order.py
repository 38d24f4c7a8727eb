"""From measures as written to measures as played: repeats, variant endings and jumps."""

from collections.abc import Sequence

from base_vae.errors import UserError
from base_vae.readers.score.score import Signs

MAX_MEASURES = 100_000  # played; far above any music, far below what fills a computer
_MOST_OF_ALL_PARTS = 500_000  # measures played of all parts together


def playing_orders(parts: Sequence[Sequence[Signs]]) -> list[list[int]]:
    """The `playing_order` of each part. Raises UserError as it does, and past 500,000 measures together."""
    known: dict[int, list[int]] = {}
    orders: list[list[int]] = []
    for measures in parts:
        if id(measures) not in known:
            known[id(measures)] = playing_order(measures)
        orders.append(known[id(measures)])
        check_played(sum(map(len, orders)))
    return orders


def check_played(measures: int) -> None:
    """Raises UserError where all parts together have more measures than music."""
    if measures > _MOST_OF_ALL_PARTS:
        raise UserError(
            f"with its repeats it has more than {_MOST_OF_ALL_PARTS:,} bars in all parts together"
        )


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
    if len(endings) == 1 and 1 in numbers and measures[after - 1].times:
        numbers.append(numbers[-1] + 1)  # the last time through, what follows is its ending, unmarked
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
        seen |= measures[first].endings
        endings.append((measures[first].endings, range(first, at)))
    numbers, last = endings[-1]
    usual = len(endings[0][1])
    if len(last) > usual and _belongs_to_later_section(measures, last, goes_back=min(numbers) < max(seen)):
        endings[-1] = (numbers, last[:usual])
        at = last.start + usual
    return endings, at


def _ends_before(measures: Sequence[Signs], at: int) -> bool:
    before, here = measures[at - 1], measures[at]
    return bool(before.times or before.closes or before.bracket_ends or here.endings or here.forward)


def _belongs_to_later_section(measures: Sequence[Signs], ending: range, goes_back: bool) -> bool:
    """Whether the sign after the last `ending` cannot be its own: a repeat or first ending after it.

    A repeat is its own where it `goes_back`, because another time through follows.
    """
    if 1 in measures[ending.start].endings or measures[ending.stop - 1].bracket_ends:
        return False
    repeats = measures[ending.stop - 1].times > 0
    begins_again = ending.stop < len(measures) and 1 in measures[ending.stop].endings
    return begins_again or (repeats and not goes_back)


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
    """The measures from `start` on once, of variant endings only that of the last time."""
    out: list[int] = []
    at = start
    while at < len(measures):
        if measures[at].endings:
            endings, at = _endings(measures, at)
            out += max(endings, key=lambda ending: max(ending[0]))[1]
        else:
            out.append(at)
            at += 1
    return out


def _play(order: list[int], measures: range, times: int = 1) -> None:
    if len(order) + len(measures) * times > MAX_MEASURES:
        raise UserError(f"with its repeats it has more than {MAX_MEASURES:,} bars")
    order.extend(list(measures) * times)
