"""Sound, measured in the file that was written."""

import sys
import wave

import numpy as np
import pytest
from note_seq.protobuf import music_pb2

from base_vae.errors import UserError
from base_vae.music.audio import SAMPLE_RATE, load_fluidsynth, render, sound_font, write_wav
from tests.needs_fluidsynth import require_fluidsynth


@pytest.fixture(autouse=True, scope="module")
def fluidsynth():
    require_fluidsynth()


def music(*notes, program=0, is_drum=False):
    """Notes (start, end, pitch) in seconds."""
    sequence = music_pb2.NoteSequence()
    for start, end, pitch in notes:
        sequence.notes.add(
            pitch=pitch, velocity=90, start_time=start, end_time=end, program=program, is_drum=is_drum
        )
        sequence.total_time = max(sequence.total_time, end)
    return sequence


def read(path):
    """Samples of a WAV file, float [samples, 2] from -1 to 1."""
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 44_100)
        data = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return data.reshape(-1, 2) / 2**15


def loudness(samples, start, end):
    """Root mean square between two times in seconds."""
    part = samples[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)]
    return float(np.sqrt(np.mean(part**2)))


def fundamental(samples, start, end):
    """The lowest strong frequency, in Hz."""
    part = samples[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)].mean(1)
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)), 8 * len(part)))
    frequencies = np.fft.rfftfreq(8 * len(part), 1 / SAMPLE_RATE)
    strong = np.flatnonzero(spectrum > 0.3 * spectrum[frequencies > 30].max())
    strong = strong[frequencies[strong] > 30]
    peak = strong[0] + np.argmax(spectrum[strong[0] : strong[0] + len(part) // 200])
    return frequencies[peak]


@pytest.mark.parametrize("pitch", [57, 69, 76])
@pytest.mark.parametrize("program", [0, 73])  # piano, flute
def test_a_single_note_has_its_pitch(tmp_path, pitch, program):
    write_wav(music((0.0, 1.0, pitch), program=program), tmp_path / "a.wav")
    found = fundamental(read(tmp_path / "a.wav"), 0.1, 0.9)
    assert 12 * np.log2(found / 440) + 69 == pytest.approx(pitch, abs=0.25)  # semitones


def test_length_and_where_it_sounds(tmp_path):
    write_wav(music((0.5, 1.0, 60), (2.0, 2.5, 64)), tmp_path / "a.wav")
    samples = read(tmp_path / "a.wav")
    assert 2.5 <= len(samples) / SAMPLE_RATE <= 4.5
    assert loudness(samples, 0.0, 0.45) < 1e-3
    assert loudness(samples, 0.55, 0.95) > 0.03 and loudness(samples, 2.05, 2.45) > 0.03
    assert loudness(samples, 1.7, 1.95) < 0.3 * loudness(samples, 0.55, 0.95)
    assert loudness(samples[-SAMPLE_RATE // 10 :], 0, 1) < 0.01  # it has died away, not been cut
    assert 0.85 < np.abs(samples).max() < 0.95


def test_drums_are_no_piano():
    beat = [(i / 2, i / 2 + 0.25, 36) for i in range(4)]
    drums, piano = (render(music(*beat, is_drum=kind)) for kind in (True, False))
    assert len(drums) == len(piano) and np.abs(drums.astype(int) - piano).max() > 1000
    assert np.abs(drums).max() > 1000


def test_more_voices_than_midi_has_channels():
    sequence = music()
    for i in range(20):
        sequence.notes.add(pitch=60, velocity=90, start_time=i / 4, end_time=i / 4 + 0.2, instrument=i)
    sequence.notes.add(pitch=38, velocity=90, start_time=5.0, end_time=5.2, is_drum=True)
    samples = render(sequence) / 2**15
    for i in range(21):
        assert loudness(samples, i / 4 + 0.02, i / 4 + 0.2) > 0.01, i


def test_the_same_music_is_the_same_file(tmp_path):
    for name in ("a.wav", "b.wav"):
        write_wav(music((0.0, 0.5, 60), (0.5, 1.0, 60)), tmp_path / name)
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


def test_silence_is_silent(capfd):
    samples = render(music())
    assert capfd.readouterr().err == ""
    assert len(samples) > 0 and not samples.any()


def test_many_loud_notes_are_not_clipped():
    samples = render(music(*((0.0, 1.0, pitch) for pitch in range(40, 90))))
    assert np.abs(samples.astype(int)).max() < 2**15 - 1


def test_what_is_missing_is_one_line(tmp_path, monkeypatch):
    assert sound_font().is_file()
    with pytest.raises(UserError, match=r"no sound font .*absent\.sf2"):
        render(music(), tmp_path / "absent.sf2")
    (tmp_path / "bad.sf2").write_bytes(b"RIFF, but not really")
    with pytest.raises(UserError, match=r"bad\.sf2 is not a sound font"):
        render(music(), tmp_path / "bad.sf2")
    (tmp_path / "cut.sf2").write_bytes(sound_font().read_bytes()[:5000])
    with pytest.raises(UserError, match=r"cannot read the sound font .*cut\.sf2"):
        render(music(), tmp_path / "cut.sf2")
    monkeypatch.setitem(sys.modules, "fluidsynth", None)
    with pytest.raises(UserError, match=r"pip install pyfluidsynth") as error:
        render(music())
    assert "\n" not in str(error.value)


def test_without_the_library_it_says_which_packages(monkeypatch):
    def no_library(name):
        raise ImportError("Couldn't find the FluidSynth library.")

    monkeypatch.setattr("importlib.import_module", no_library)
    with pytest.raises(UserError, match=r"apt install libfluidsynth3.*brew install fluid-synth"):
        load_fluidsynth()
