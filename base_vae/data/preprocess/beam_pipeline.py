"""Preprocessing as an Apache Beam pipeline, on this machine or on any that Beam has a runner for."""

import collections
from collections.abc import Iterable, Iterator, Sequence

from base_vae.errors import UserError

try:
    import apache_beam as beam
    from apache_beam.io.filesystems import FileSystems
    from apache_beam.io.tfrecordio import WriteToTFRecord
    from apache_beam.metrics import Metrics
    from apache_beam.options.pipeline_options import PipelineOptions
except ImportError as error:
    raise UserError("Apache Beam is not installed: pip install apache-beam, or use --runner=pool") from error

from base_vae.data.preprocess.outputs import prefix_of
from base_vae.data.preprocess.steps import Found, Settings, count_unreadable, examples_of, record_of, unite
from base_vae.readers.limits import DEFAULT_LIMITS, Limits
from base_vae.readers.tfrecord_framing import read_records

_NAMESPACE = "preprocess"


def run_in_beam(
    inputs: Sequence[str],
    output: str,
    shards: int,
    settings: Settings,
    *,
    options: Sequence[str] = (),
    limits: Limits = DEFAULT_LIMITS,
) -> collections.Counter[str]:
    """Does what `run_in_pool` does on a Beam runner: the same examples, in the runner's order.

    Args:
      inputs: files or patterns, wherever the runner can read them.
      output: prefix of the output, where the runner can write it.
      shards: files of each split.
      settings: of the output.
      options: as on a Beam command line, `--runner` among them; without, the local one.
      limits: how large a record may be.

    Returns:
      The counts.
    """
    pipeline = beam.Pipeline(options=PipelineOptions(list(options)))
    found = (
        pipeline
        | "files" >> beam.Create(_files(inputs))
        | "a file each" >> beam.Reshuffle()
        | "read" >> beam.ParDo(_Read(limits))
        | "spread" >> beam.Reshuffle()
        | "extract" >> beam.ParDo(_Extract(settings))
    )
    records = found | "group" >> beam.GroupByKey() | "unite" >> beam.ParDo(_Unite(settings))
    for split in settings.split_names:
        (
            records
            | f"only {split}" >> beam.Filter(lambda one, split=split: one[0] == split)
            | f"record {split}" >> beam.Map(lambda one: one[1])
            | f"write {split}" >> WriteToTFRecord(prefix_of(output, split, settings), num_shards=shards)
        )
    result = pipeline.run()
    result.wait_until_finish()
    counters = result.metrics().query()["counters"]
    return collections.Counter(
        {counter.key.metric.name: counter.committed or counter.attempted or 0 for counter in counters}
    )


def _files(inputs: Sequence[str]) -> list[str]:
    """The files of patterns elsewhere; local ones are files already, whatever is in their names."""
    files: list[str] = []
    for name in inputs:
        if "://" not in name:
            files.append(name)
            continue
        found = [file.path for file in FileSystems.match([name])[0].metadata_list]
        if not found:
            raise UserError(f"{name}: there is no such file")
        files += found
    return files


def _count(counts: collections.Counter[str]) -> None:
    for name, number in counts.items():
        Metrics.counter(_NAMESPACE, name).inc(int(number))


class _Read(beam.DoFn):
    """A file to its records; of a damaged one, those before the damage."""

    def __init__(self, limits: Limits):
        super().__init__()
        self._limits = limits

    def process(self, path: str) -> Iterator[bytes]:
        counts: collections.Counter[str] = collections.Counter()
        try:
            with FileSystems.open(path) as file:
                yield from read_records(file, self._limits)
        except UserError as error:
            count_unreadable(path, error, counts)
            _count(counts)


class _Extract(beam.DoFn):
    """A serialised NoteSequence to its examples by their keys."""

    def __init__(self, settings: Settings):
        super().__init__()
        self._settings = settings

    def process(self, record: bytes) -> Iterator[tuple[bytes, tuple[str, str, bytes]]]:
        found, counts = examples_of(record, self._settings)
        _count(counts)
        for key, one in found:
            yield key, (one.piece, one.split, one.example)


class _Unite(beam.DoFn):
    """Examples with the same key to one record of its split."""

    def __init__(self, settings: Settings):
        super().__init__()
        self._settings = settings

    def process(self, group: tuple[bytes, Iterable[tuple[str, str, bytes]]]) -> Iterator[tuple[str, bytes]]:
        chosen, pieces = unite(Found(*one) for one in group[1])
        record = record_of(chosen, pieces, self._settings)
        if record is None:
            _count(collections.Counter(lost=1))
            return
        _count(collections.Counter({f"written/{chosen.split}": 1}))
        yield chosen.split, record
