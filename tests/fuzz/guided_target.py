"""The same with libFuzzer, guided by coverage; ``tests.fuzz.pictures`` starts it.

Covered is the Python code of this project and of Pillow. The mutations are those of
``tests.fuzz.mutations``, and libFuzzer's own now and then.

Run: ``python -m tests.fuzz.guided_target FOLDER RUNS``
"""

import sys
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["pipelines", "PIL"]):
    from tests.fuzz.picture_target import Target

from tests.fuzz.mutations import MAX_BYTES, mutated
from tests.fuzz.seeds import seeds

_LIBFUZZERS_SHARE = 0.2
_TIMEOUT_S = 30
_MEMORY_MIB = 6144


def main(arguments: list[str]) -> None:
    """Fuzzes; libFuzzer ends the process, and leaves what it fails for in the folder."""
    folder, runs = Path(arguments[0]), int(arguments[1])
    corpus = folder / "corpus"
    corpus.mkdir()
    sound = list(seeds())
    for number, data in enumerate(sound):
        (corpus / f"{number:03}").write_bytes(data)

    def changed(data: bytes, max_size: int, seed: int) -> bytes:
        random = Random(seed)
        if random.random() < _LIBFUZZERS_SHARE:
            return bytes(atheris.Mutate(data, max_size))
        return mutated(data or random.choice(sound), random, sound)[:max_size]

    options = {
        "atheris_runs": runs,
        "max_len": MAX_BYTES,
        "timeout": _TIMEOUT_S,
        "rss_limit_mb": _MEMORY_MIB,
        "artifact_prefix": f"{folder}/",
    }
    atheris.Setup(
        [sys.argv[0], str(corpus), *(f"-{name}={value}" for name, value in options.items())],
        Target(folder, runs, compare_memory=False),
        custom_mutator=changed,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
