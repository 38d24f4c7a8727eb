"""NoteSequences without the rest of note-seq, and together with it."""

from tests import child_process


def _ours_then_theirs() -> None:
    from base_vae.music.note_sequence import NoteSequence

    ours = NoteSequence(total_time=1.0)
    from note_seq.protobuf import music_pb2

    assert music_pb2.NoteSequence is NoteSequence
    assert music_pb2.NoteSequence.FromString(ours.SerializeToString()) == ours


def _theirs_then_ours() -> None:
    import note_seq

    theirs = note_seq.NoteSequence(total_time=1.0)
    from base_vae.music.note_sequence import NoteSequence

    assert type(theirs) is NoteSequence
    assert note_seq.midi_io.music_pb2.NoteSequence is NoteSequence


def _pickled() -> None:
    import pickle

    from base_vae.music.note_sequence import NoteSequence

    sequence = NoteSequence(total_time=1.0)
    assert pickle.loads(pickle.dumps(sequence)) == sequence


def _music_to_arrays_and_back(folder: str) -> None:
    import sys
    from pathlib import Path

    from base_vae.configs.presets import get_preset
    from base_vae.data.collection import collect
    from base_vae.music.midi_file import write_midi
    from base_vae.readers.read import read_file
    from tests.paths import EXAMPLES

    tune = sorted((EXAMPLES / "reels").glob("*.abc"))[0]
    converter = get_preset("cat-mel_2bar_small").converter
    array = collect(tune, converter).examples[0]
    path = Path(folder) / "a.mid"
    write_midi(converter.decode(array), path)
    assert read_file(path).sequences[0].notes
    unneeded = {"IPython", "bokeh", "librosa", "matplotlib", "mido", "note_seq", "numba", "pandas"}
    assert not set(sys.modules) & {*unneeded, "pretty_midi", "tensorflow"}


def test_the_classes_are_those_of_note_seq_whoever_comes_first() -> None:
    child_process.run(_ours_then_theirs)
    child_process.run(_theirs_then_ours)
    child_process.run(_pickled)


def test_music_needs_no_more_of_note_seq(tmp_path) -> None:
    child_process.run(_music_to_arrays_and_back, tmp_path)
