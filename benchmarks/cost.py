"""What a thousand pictures cost: `python -m benchmarks.cost`. The sum of docs/cost.md, for your figures."""

import argparse

from brushfire import prices

GB = 1e9
# Google's list prices as they were known when this was written: a GB kept for a month, a GB sent to browsers.
STORED, SENT = 0.026, 0.12
DAYS_KEPT = 30
# About what a picture takes at `normal` on two CPU cores, over the four renderers: benchmarks/times.py.
SECONDS = 13.0


def main() -> None:
    parser = argparse.ArgumentParser(description="What so many pictures cost with Google, without a GPU.")
    parser.add_argument("--tasks", type=int, default=1000, help="pictures (default 1000)")
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help=f"seconds that one takes (default {SECONDS:g})"
    )
    parser.add_argument("--megabytes", type=float, default=1.0, help="picture and film (default 1 MB)")
    parser.add_argument("--views", type=float, default=2.0, help="how often each is loaded (default 2)")
    parser.add_argument("--gpu", type=float, default=0.0, help="dollars an hour of the GPU (default 0)")
    args = parser.parse_args()
    rows = sums(args.tasks, args.seconds, args.megabytes, args.views, args.gpu)
    print("| what | how many | dollars |\n|---|---|---|")
    for what, amount, dollars in rows:
        print(f"| {what} | {amount} | ${dollars:.4f} |")
    print(f"| **together** | | **${sum(row[2] for row in rows):.4f}** |")


def sums(
    tasks: int, seconds: float, megabytes: float, views: float, gpu: float
) -> list[tuple[str, str, float]]:
    """What, how much of it, and dollars; nothing is taken for free."""
    queue = prices.of_tasks(tasks, seconds)
    progress = tasks * seconds * prices.PROGRESS_WRITES_A_SECOND
    size = tasks * megabytes * 1e6
    return [
        ("Firestore, reads", f"{queue.reads:,.0f}", queue.reads * prices.DOLLARS["reads"]),
        (
            "Firestore, writes of the queue",
            f"{queue.writes - progress:,.0f}",
            (queue.writes - progress) * prices.DOLLARS["writes"],
        ),
        ("Firestore, writes of progress", f"{progress:,.0f}", progress * prices.DOLLARS["writes"]),
        ("Storage, kept for 30 days", f"{size / GB:.1f} GB", size / GB * STORED * DAYS_KEPT / 30),
        ("Storage, sent", f"{size * views / GB:.1f} GB", size * views / GB * SENT),
        ("GPU", f"{tasks * seconds / 3600:.2f} h", tasks * seconds / 3600 * gpu),
    ]


if __name__ == "__main__":
    main()
