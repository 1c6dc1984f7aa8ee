"""A wheel of a compiler that leaves the table of the processor empty ran without AVX, five times slower."""

from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "native" / "src"


def test_no_native_source_asks_the_compilers_table_what_the_processor_can():
    """``processor.h`` asks the processor: the table is filled by some compilers' libraries only."""
    code = {path.name: path.read_text() for path in SOURCES.iterdir()}
    asking = [name for name, text in code.items() if "__builtin_cpu_supports(" in text]
    assert asking == []
    assert "__get_cpuid" in code["processor.h"]
