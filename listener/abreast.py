"""Several things that wait for the network, done side by side."""

import threading
from collections import deque
from collections.abc import Callable, Sequence

# With the caller's own, as many as Google's client keeps connections to Storage.
AT_ONCE = 8


def abreast(calls: Sequence[Callable[[], object]]) -> Callable[[], None]:
    """Begin to call them, in threads of their own; returns what waits until all are over.

    They may not raise.
    """
    left = deque(calls)

    def work() -> None:
        while True:
            try:
                call = left.popleft()
            except IndexError:
                return
            call()

    threads = [
        threading.Thread(target=work, name=f"abreast {number}", daemon=True)
        for number in range(min(AT_ONCE - 1, len(calls)))
    ]
    for thread in threads:
        thread.start()

    def wait() -> None:
        for thread in threads:
            thread.join()

    return wait
