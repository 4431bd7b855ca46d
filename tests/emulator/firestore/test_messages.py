"""The descriptors in the repository."""

from emulator.firestore import descriptors
from emulator.firestore.messages import Write


def test_the_descriptors_are_those_of_the_installed_library() -> None:
    assert descriptors.FILE.read_bytes() == descriptors.current(), "python -m emulator.firestore.descriptors"


def test_a_write_can_verify() -> None:
    assert Write.FromString(Write(verify="name").SerializeToString()).WhichOneof("operation") == "verify"
