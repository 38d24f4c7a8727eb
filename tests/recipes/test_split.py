import numpy as np

from recipes.music import Pieces, Selection
from recipes.split import balanced, split
from tests.tiny_models import melodies


def pieces(names: tuple[str, ...], seed: int, each: int = 4) -> Pieces:
    """So many pieces of `each` examples."""
    piece = np.repeat(np.arange(len(names)), each)
    return Pieces(melodies(len(piece), seed), piece, names)


def rows(examples: np.ndarray) -> set[bytes]:
    return {example.tobytes() for example in examples}


def test_every_third_piece_is_held_out():
    some = pieces(tuple("abcdef"), 0)
    training, validation = split([(Selection("music", (), every=3), some)])
    assert set(validation["music"].names) == {"c", "f"}
    assert set(training["music"].names) == set("abde")
    assert not rows(training["music"].examples) & rows(validation["music"].examples)


def test_pieces_are_counted_over_the_selections_of_a_collection():
    first, second = pieces(tuple("ab"), 0), pieces(tuple("cd"), 1)
    training, validation = split(
        [(Selection("music", (), every=3), first), (Selection("music", (), every=3), second)]
    )
    assert set(validation["music"].names) == {"c"}
    assert set(training["music"].names) == set("abd")


def test_another_version_by_name_is_held_out_too():
    first, second = pieces(("x/d_one", "x/d_two"), 0), pieces(("y/D_TWO_12ab34cd", "y/other"), 1)
    training, validation = split([(Selection("games", (), every=2), first), (Selection("games", ()), second)])
    assert set(validation["games"].names) == {"x/d_two", "y/D_TWO_12ab34cd"}
    assert set(training["games"].names) == {"x/d_one", "y/other"}


def test_a_piece_that_shares_much_with_one_held_out_is_not_trained_on():
    first = pieces(tuple("ab"), 0)
    version = Pieces(np.concatenate([first.examples[4:6], melodies(3, 9)]), np.zeros(5, int), ("elsewhere",))
    training, _ = split([(Selection("one", (), every=2), first), (Selection("two", ()), version)])
    assert not len(training["two"].examples)


def test_a_single_example_that_is_held_out_is_not_trained_on_but_its_piece_is():
    first = pieces(tuple("ab"), 0)
    other = Pieces(np.concatenate([first.examples[4:5], melodies(7, 9)]), np.zeros(8, int), ("elsewhere",))
    training, _ = split([(Selection("one", (), every=2), first), (Selection("two", ()), other)])
    assert rows(training["two"].examples) == rows(other.examples[1:])


def test_a_collections_own_list_holds_out(tmp_path):
    (tmp_path / "kit").mkdir()
    (tmp_path / "kit" / "info.csv").write_text("midi_filename,split\n1/a.mid,train\n2/a.mid,validation\n")
    some = pieces(("kit/1/a", "kit/2/a"), 0)
    training, validation = split([(Selection("kit", (), splits="kit/info.csv"), some)], tmp_path)
    assert set(training["kit"].names) == {"kit/1/a"}
    assert set(validation["kit"].names) == {"kit/2/a"}


def test_shares_follow_the_weights_and_nothing_is_lost():
    examples = {"large": melodies(400, 0), "small": melodies(100, 1)}
    pool = balanced(examples, {"large": 1.0, "small": 1.0}, 0.5, 0)
    count = sum(row.tobytes() in rows(examples["small"]) for row in pool)
    assert count == 200 and len(pool) == 600  # shares of 20 and 10
    assert rows(pool) == rows(examples["large"]) | rows(examples["small"])


def test_the_seed_chooses_what_comes_once_more():
    examples = {"large": melodies(400, 0), "small": melodies(70, 1)}
    weights = {"large": 1.0, "small": 1.0}
    pools = [balanced(examples, weights, 0.5, seed) for seed in (0, 0, 1)]
    assert np.array_equal(pools[0], pools[1])
    assert not np.array_equal(pools[0], pools[2])
