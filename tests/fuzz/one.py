"""`python -m fuzz.one TARGET FOLDER INPUTS SEED`: fuzz one target; the process ends with its last input."""

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["stream"]):
    from fuzz.targets import targets

_LONGEST_INPUT = 70_000
_SLOWEST_SECONDS = 5
_MOST_MIB = 2_048


def main() -> None:
    """Write the seeds and begin."""
    name, folder, inputs, seed = sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4]
    target = targets()[name]
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, value in enumerate(target.seeds):
        (corpus / f"seed-{number}").write_bytes(value)
    words = folder / "words"
    words.write_text("".join(f'"{word.replace(chr(92), chr(92) * 2)}"\n' for word in target.words))
    atheris.Setup(
        [
            sys.argv[0],
            f"-runs={inputs}",
            f"-seed={seed}",
            f"-dict={words}",
            f"-max_len={_LONGEST_INPUT}",
            f"-timeout={_SLOWEST_SECONDS}",
            f"-rss_limit_mb={_MOST_MIB}",
            f"-artifact_prefix={folder}/",
            "-print_final_stats=1",
            str(corpus),
        ],
        target.check,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
