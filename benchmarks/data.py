"""How fast music is read and converted, and what that takes of memory.

    python -m benchmarks.data --data=../shared/data
    python -m benchmarks.data --data=../shared/data --examples      # what every folder gives
    python -m benchmarks.data --data=../shared/data --memory=100000 # files, repeated

The original's figures are those of its own code on this project's usual machine (2 cores): MIDI files to
NoteSequences, and NoteSequences to tensors without a cap, both on one core. note-seq is measured here too, in
the same sitting. Medians of three.
"""

import argparse
import gc
import itertools
import resource
import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import note_seq

from base_vae.configs.presets import PRESETS, get_preset
from base_vae.converters import Converter
from base_vae.data.collection import CollectionBuilder, collect
from base_vae.data.extraction import extract_sources
from base_vae.data.workers import cores
from base_vae.errors import UserError
from base_vae.readers.midi.read import midi_to_piece, midi_to_sequence
from base_vae.readers.read import read_pieces
from base_vae.readers.sources import Source, find_sources

READING = "multitrack"  # the game music
ORIGINAL_FILES, ORIGINAL_NOTES = 53, 66_000  # a second
# Preset, folder of music that suits it, and the original's tensors a second.
REPRESENTATIONS = (
    ("cat-mel_2bar_small", "pop909", 2046),
    ("hierdec-mel_16bar", "pop909", 1407),
    ("cat-drums_2bar_small", "groove", 1569),
    ("hierdec-trio_16bar", "multitrack", 2637),
    ("groovae_2bar_humanize", "groove", 1945),
    ("hier-multiperf_vel_1bar_med", "multitrack", 565),
)
FOLDERS = ("pop909", "pop909_raw", "groove", "multitrack", "abc_tunes", "leadsheets", "personal")


def seconds(work: Callable[[], object], times: int = 3) -> float:
    """Median time of some work."""
    measured = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        measured.append(time.perf_counter() - start)
    return statistics.median(measured)


def reading(data: Path) -> None:
    """MIDI files to pieces and to NoteSequences, beside note-seq."""
    warnings.simplefilter("ignore")
    files = [path.read_bytes() for path in sorted((data / READING).rglob("*.mid"))]
    notes = sum(len(midi_to_piece(file)) for file in files)
    print(f"\nReading {READING}/: {len(files)} files, {notes:,} notes; one core")
    print(f"{'':<34}{'files/s':>10}{'notes/s':>12}{'times note-seq':>16}")
    some = files[::3]
    share = sum(len(midi_to_piece(file)) for file in some)
    slow = seconds(lambda: [note_seq.midi_to_note_sequence(file) for file in some], 1)
    theirs = share / slow
    rows = [("note-seq, a third of the files", len(some), share, slow)]
    for name, read in (("MIDI to Piece", midi_to_piece), ("MIDI to NoteSequence", midi_to_sequence)):
        rows.append((name, len(files), notes, seconds(lambda read=read: [read(file) for file in files])))
    for name, count, read, took in rows:
        print(f"{name:<34}{count / took:>10,.0f}{read / took:>12,.0f}{read / took / theirs:>16.1f}")
    print(f"{'(the original, then)':<34}{ORIGINAL_FILES:>10}{ORIGINAL_NOTES:>12,}")


def converting(data: Path) -> None:
    """Pieces to examples in each representation, one core."""
    print("\nConverting pieces on the musical grid to examples, one core")
    print(f"{'':<34}{'examples/s':>12}{'original':>12}{'times':>8}")
    for name, folder, original in REPRESENTATIONS:
        converter = get_preset(name).converter
        paths = sorted((data / folder).rglob("*.mid"))[
            :: 8 if len(list((data / folder).rglob("*.mid"))) > 500 else 2
        ]
        pieces = [read.on_musical_grid() for path in paths for read in read_pieces(find_sources(path)[0][0])]
        count = sum(len(converter.extract(piece).examples) for piece in pieces)
        rate = count / seconds(lambda c=converter, p=pieces: [c.extract(piece) for piece in p])
        print(f"{name:<34}{rate:>12,.0f}{original:>12,}{rate / original:>8.1f}")


def whole_path(data: Path, least: float = 12.0) -> None:
    """Files to arrays in each representation, on every core, the pool's start not counted."""
    workers = cores()
    print(f"\nFrom files to distinct examples, {workers} cores")
    print(f"{'':<34}{'files/s':>10}{'notes/s':>12}{'examples/s':>12}{'times reading':>15}{'files/CPU s':>13}")
    todo = [
        *REPRESENTATIONS,
        *((name, READING, None) for name, folder, _ in REPRESENTATIONS if folder != READING),
    ]
    for name, folder, _ in todo:
        sources, _ = find_sources(data / folder)
        notes = sum(len(read.piece) for source in sources[::10] for read in read_pieces(source)) / len(
            sources[::10]
        )
        converter = get_preset(name).converter
        repeated = list(itertools.islice(itertools.cycle(sources), 200_000))
        results = extract_sources(repeated, converter, num_workers=workers)
        for _ in range(40):  # the workers have begun
            next(results)
        rates = []
        for _ in range(3):
            start, files, examples = time.perf_counter(), 0, 0
            builder = CollectionBuilder(lambda new: None)
            while time.perf_counter() - start < least / 3:
                converted = next(results)
                builder.add(converted)
                files += 1
                examples += len(converted.examples)
            took = time.perf_counter() - start
            rates.append((files / took, examples / took))
        results.close()
        rate, made = sorted(rates)[1]
        times = f"{rate * notes / ORIGINAL_NOTES:.1f}"
        alone = on_one_core(sources[:: max(len(sources) // 60, 1)], converter)
        print(
            f"{name + ', ' + folder:<34}{rate:>10,.0f}{rate * notes:>12,.0f}{made:>12,.0f}"
            f"{times:>15}{alone:>13,.0f}"
        )
    print(
        "times reading: notes a second, beside the original's reading alone of MIDI files into NoteSequences"
    )


def on_one_core(sources: list[Source], converter: Converter) -> float:
    """Files a second of this process' own time, which does not count what others take of a busy machine."""
    start = time.process_time()
    builder = CollectionBuilder(lambda new: None)
    for converted in extract_sources(sources, converter, num_workers=1):
        builder.add(converted)
    return len(sources) / (time.process_time() - start)


def memory(data: Path, count: int) -> None:
    """Peak memory of this process and its workers while it converts `count` files, the same ones again."""
    sources, _ = find_sources(data / "groove")
    converter = get_preset("cat-drums_2bar_small").converter
    builder = CollectionBuilder(lambda new: None)
    print(f"\nMemory of groove/ again and again, {cores()} workers")
    results = extract_sources(
        list(itertools.islice(itertools.cycle(sources), count)), converter, num_workers=cores()
    )
    marks = {count * step // 10 for step in range(1, 11)} | {min(2000, count)}
    start = time.perf_counter()
    for done, converted in enumerate(results, 1):
        builder.add(converted)
        if done in marks:
            gc.collect()
            took = time.perf_counter() - start
            print(f"{done:>9,} files: {resident():6.0f} MB here, {took:6.0f} s", flush=True)
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"the largest worker had {largest:.0f} MB")


def resident() -> float:
    """Megabytes that this process has in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def examples(data: Path) -> None:
    """Distinct examples of every folder in every representation, on both grids."""
    converters = {}
    for name, preset in PRESETS.items():
        converters.setdefault(str(preset.converter), (name, preset.converter))
    print("\nDistinct examples: musical grid / exact grid")
    print(f"{'':<44}" + "".join(f"{folder:>20}" for folder in FOLDERS))
    for name, converter in converters.values():
        cells = []
        for folder in FOLDERS:
            counts = []
            for grid in ("musical", "exact"):
                try:
                    counts.append(f"{len(collect(data / folder, converter, grid=grid).examples):,}")
                except UserError:
                    counts.append("0")
            cells.append(" / ".join(counts))
        print(f"{name:<44}" + "".join(f"{cell:>20}" for cell in cells), flush=True)


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with groove/, pop909/ and so on")
    parser.add_argument("--examples", action="store_true", help="what every folder gives, instead")
    parser.add_argument(
        "--memory", type=int, default=0, help="files to convert for the memory table, instead"
    )
    args = parser.parse_args()
    if args.examples:
        examples(args.data)
    elif args.memory:
        memory(args.data, args.memory)
    else:
        reading(args.data)
        converting(args.data)
        whole_path(args.data)


if __name__ == "__main__":
    main()
