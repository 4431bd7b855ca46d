"""What the requests would have cost: billed reads, writes and deletes, as Firestore's price list counts them.

The counters are kept per client product, collection pattern (`queue`, `queue/*/live`) and method.
"""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

ENTRIES_PER_READ = 1_000


@dataclass(slots=True)
class Bill:
    """Billed operations."""

    reads: int = 0
    writes: int = 0
    deletes: int = 0

    def add(self, other: "Bill") -> None:
        self.reads += other.reads
        self.writes += other.writes
        self.deletes += other.deletes


class Meter:
    """Adds up bills. One may serve several servers of one process."""

    def __init__(self) -> None:
        self._bills: dict[tuple[str, str, str], Bill] = {}
        self._since = datetime.now(UTC)

    def count(
        self, client: str, collection: str, method: str, *, reads: int = 0, writes: int = 0, deletes: int = 0
    ) -> None:
        """Adds billed operations of `client` on the collection pattern `collection` through `method`."""
        if reads or writes or deletes:
            bill = self._bills.setdefault((client, collection, method), Bill())
            bill.add(Bill(reads, writes, deletes))

    def reset(self) -> None:
        self._bills.clear()
        self._since = datetime.now(UTC)

    def total(
        self, *, client: str | None = None, collection: str | None = None, method: str | None = None
    ) -> Bill:
        """The sum over the counters that match what is given."""
        total = Bill()
        for key, bill in self._bills.items():
            wanted = zip((client, collection, method), key, strict=True)
            if all(want is None or want == have for want, have in wanted):
                total.add(bill)
        return total

    def to_json(self) -> dict[str, object]:
        """The sums by client, by collection and by method, every single counter (`rows`), and since when."""
        groups: list[dict[str, Bill]] = [{}, {}, {}]
        for key, bill in self._bills.items():
            for group, name in zip(groups, key, strict=True):
                group.setdefault(name, Bill()).add(bill)
        report: dict[str, object] = {"since": self._since.isoformat(), "total": asdict(self.total())}
        for title, group in zip(("clients", "collections", "methods"), groups, strict=True):
            report[title] = {name: asdict(bill) for name, bill in sorted(group.items())}
        report["rows"] = [
            {"client": client, "collection": collection, "method": method, **asdict(bill)}
            for (client, collection, method), bill in sorted(self._bills.items())
        ]
        return report


def query_reads(documents: int, skipped: int = 0) -> int:
    """A query pays for each document returned or skipped by an offset, and at least one read."""
    return max(1, documents + skipped)


def aggregation_reads(entries: int) -> int:
    """An aggregation pays one read per 1,000 index entries, and at least one."""
    return max(1, -(-entries // ENTRIES_PER_READ))
