"""Pictures are pictures, of every kind of music there is, and each note is drawn where it is."""

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.image import imread
from note_seq.protobuf import music_pb2

from base_vae.configs.presets import get_preset
from base_vae.plots import piano_roll_figure, piano_rolls
from base_vae.plots.frame import Frame
from base_vae.plots.styles import DPI
from tests.preset_music import music_for
from tests.tiny_models import CONFIG, melodies


def test_one_picture_with_a_roll_for_each(tmp_path):
    converter = CONFIG.converter
    music = [converter.decode(ids) for ids in melodies(3)] + [converter.decode(np.zeros(32))]
    piano_rolls(music, tmp_path / "four.png", ["a", "b", "c", "silence"])
    piano_rolls(music[:1], tmp_path / "one.png")
    four, one = (imread(tmp_path / f"{name}.png") for name in ("four", "one"))
    assert four.shape[1] > one.shape[1] and four.shape[0] > one.shape[0]
    blue = (four[..., 2] > 0.6) & (four[..., 0] < 0.3)
    left_top, right_bottom = (
        blue[: len(blue) // 2, : blue.shape[1] // 2],
        blue[len(blue) // 2 :, blue.shape[1] // 2 :],
    )
    assert left_top.mean() > 0.005  # notes
    assert right_bottom.mean() < left_top.mean() / 10  # silence


@pytest.mark.parametrize(
    "name",
    ["cat-drums_2bar_small", "groovae_2bar_humanize", "flat-trio_16bar", "hier-multiperf_vel_1bar_med"],
)
def test_drums_are_dark_and_voices_have_colours_of_their_own(tmp_path, name):
    converter = get_preset(name).converter.in_use
    music = converter.decode(converter.encode_whole(music_for(name)))
    piano_rolls([music], tmp_path / "one.png")
    picture = imread(tmp_path / "one.png")[..., :3]
    flat = picture.reshape(-1, 3)
    colourful = flat[flat.max(1) - flat.min(1) > 0.3]
    hues = {tuple(np.round(colour * 4).astype(int)) for colour in colourful}
    voices = {(note.instrument, note.program) for note in music.notes if not note.is_drum}
    assert len(hues) >= min(len(voices), 6)
    if any(note.is_drum for note in music.notes):
        bluish = (flat[:, 2] - flat[:, 0] > 0.02) & (flat[:, 2] - flat[:, 0] < 0.15) & (flat.mean(1) < 0.8)
        assert bluish.mean() > 0.001


def test_nothing_but_rests_is_a_picture_too(tmp_path):
    for name in ("cat-drums_2bar_small", "hier-multiperf_vel_1bar_med"):
        converter = get_preset(name).converter
        silence = converter.decode(converter.encode_whole(music_pb2.NoteSequence()))
        assert not silence.notes
        piano_rolls([silence], tmp_path / f"{name}.png")
        assert (tmp_path / f"{name}.png").stat().st_size > 1000


def boxes(axis):
    """Left, bottom, width and height of each note in axes, [notes, 4]."""
    patches = [c for c in axis.collections if isinstance(c, PatchCollection)]
    corners = [path.vertices[[0, 2]] for patch in patches for path in patch.get_paths()]
    return np.array([[*low, *(high - low)] for low, high in corners]).reshape(-1, 4)


@pytest.mark.parametrize("qpm", [60.0, 120.0])
def test_a_note_is_a_box_at_its_time_and_pitch(qpm):
    array = np.zeros(32, np.uint8)
    array[[0, 4, 6, 20]] = 41, 45, 1, 48  # C4 a quarter, E4 an eighth, a rest, G4 to the end
    (axis,) = piano_roll_figure([CONFIG.converter.decode(array, qpm=qpm)]).axes
    expected = [[0, 59.6, 1, 0.8], [1, 63.6, 0.5, 0.8], [5, 66.6, 3, 0.8]]
    np.testing.assert_allclose(boxes(axis), expected, atol=1e-6)
    assert axis.get_xlim() == (0, 8)


def test_a_waltz_has_bars_of_three_quarters():
    array = np.zeros(24, np.uint8)
    array[[0, 12]] = 41, 45
    (axis,) = piano_roll_figure([get_preset("cat-mel_2bar_3beat_small").converter.decode(array)]).axes
    assert axis.get_xlim() == (0, 6)
    assert list(axis.get_xticks()) == [0, 3]


def test_one_roll_for_each_of_the_first_forty():
    music = [CONFIG.converter.decode(ids) for ids in melodies(45)]
    figure = piano_roll_figure(music, title="many")
    drawn = [axis for axis in figure.axes if axis.axison]
    assert len(drawn) == 40 and figure.get_suptitle() == "many (the first 40 of 45)"
    assert [len(boxes(axis)) for axis in drawn[:5]] == [len(piece.notes) for piece in music[:5]]


def groove(*hits):
    """Two bars of a groove of (step, drum, velocity, offset)."""
    converter = get_preset("groovae_2bar_humanize").converter.in_use
    array = np.zeros(converter.shape, np.float32)
    for step, drum, velocity, offset in hits:
        array[step, drum] = 1, velocity, offset
    return converter.decode(converter.canonical(array))


def test_a_hit_off_the_grid_stands_at_its_time_as_high_as_it_is_loud():
    # An offset of 0.5 is a quarter of a step early, a sixteenth of a quarter.
    (axis,) = piano_roll_figure([groove((4, 0, 1.0, 0.5), (8, 0, 0.5, 0.0), (12, 1, 0.5, -0.5))]).axes
    found = boxes(axis)
    np.testing.assert_allclose(found[:, 0], [1 - 0.0625, 2.0, 3 + 0.0625], atol=1e-6)
    assert found[1, 3] / found[0, 3] == pytest.approx(64 / 127, abs=1e-3)  # half as loud, half as high
    (ways,) = [c for c in axis.collections if isinstance(c, LineCollection)]
    ends = [(segment[0][0], segment[1][0]) for segment in ways.get_segments()]
    np.testing.assert_allclose(ends, [(1, 1 - 0.0625), (2, 2), (3, 3 + 0.0625)], atol=1e-6)
    labels = [text.get_text() for text in axis.get_legend().get_texts()]
    assert "from its sixteenth" in labels


def test_drums_on_the_grid_are_drawn_as_they_were():
    (axis,) = piano_roll_figure([groove((4, 0, 1.0, 0.0), (8, 0, 0.5, 0.0))]).axes
    assert not [c for c in axis.collections if isinstance(c, LineCollection)]
    found = boxes(axis)
    assert found[0, 3] == found[1, 3] and axis.get_legend() is None
    shades = axis.collections[-1].get_facecolor()[:, 3]
    assert shades[0] > shades[1]  # the soft one is paler


def test_sixteen_bars_are_as_easy_to_read_as_two():
    converter = get_preset("flat-trio_16bar").converter.in_use
    array = np.zeros(converter.shape, np.int64)
    array[::2, 2] = 1  # a kick on every eighth, from the very beginning
    music = [converter.decode(array)] * 3
    figure = piano_roll_figure(music, bars=converter.bars)
    figure.canvas.draw()
    axes = [axis for axis in figure.axes if axis.axison]
    assert len({axis.get_position().x0 for axis in axes}) == 1  # one below the other
    for axis in axes:
        (hits,) = [c for c in axis.collections if isinstance(c, PatchCollection)]
        assert len(hits.get_paths()) == 128 and hits.get_snap() is False
        edges = axis.transData.transform(boxes(axis)[:, :2])[:, 0]
        widths = axis.transData.transform(boxes(axis)[:, :2] + boxes(axis)[:, 2:])[:, 0] - edges
        assert widths.min() > 3  # pixels
        spine = axis.spines["left"].get_linewidth() / 2 / 72 * figure.dpi
        assert edges.min() > axis.get_window_extent().x0 + spine


def test_a_picture_is_never_taller_than_what_can_be_opened():
    converter = get_preset("flat-trio_16bar").converter.in_use
    array = np.zeros(converter.shape, np.int64)
    array[:: len(array) // 8, 0] = np.linspace(2, 89, 8)
    array[:, 2] = np.arange(len(array)) + 1
    music = converter.decode(array)
    figure = piano_roll_figure([music] * 45, title="tall")
    shown = len([axis for axis in figure.axes if axis.axison])
    assert 20 < shown <= 40 and figure.get_suptitle() == f"tall (the first {shown} of 45)"
    assert figure.get_figheight() * DPI < 2**15


def test_a_frame_holds_all_of_several_pieces():
    low, high = np.zeros(32, np.uint8), np.zeros(32, np.uint8)
    low[0], high[16] = 20, 80
    frame = Frame.around([CONFIG.converter.decode(low), CONFIG.converter.decode(high)])
    assert frame.low < 20 + 19 and frame.high > 80 + 19 and frame.bars == 2
    assert Frame.around([CONFIG.converter.decode(low)], least_bars=5).bars == 5
