"""The film of a picture's making, encoded while it is made.

Frames go through a short queue to a thread that encodes them; none is kept. The frame rate must be known
before the first frame, so it comes from the number of steps that the renderer announces with it.
"""

import logging
import math
import queue
import threading
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter

from contract.recipe import Recipe
from listener.logs import log
from renderers.base import Image

SECONDS = 13.0  # of motion; the last frame is held for HOLD more
HOLD = 1.0
SLOWEST, FASTEST = 10, 60  # frames a second
WATCHABLE = 512  # pixels; smaller pictures are enlarged towards it, each pixel a square
# Without B-frames a frame leaves the encoder in its turn, and what is left for the end is little. One thread,
# for the cores have a picture to draw.
ENCODER = {"crf": "18", "preset": "veryfast", "bf": "0", "threads": "1"}


@dataclass(frozen=True)
class Pace:
    """Every how many steps there is a frame, and how fast frames pass."""

    fps: int
    every: int

    @classmethod
    def of(cls, steps: int) -> "Pace":
        """About 14 s for a long render and proportionally less for a short one, at 10 to 60 frames/s."""
        every = math.ceil(steps / (SECONDS * FASTEST))
        frames = math.ceil(steps / every)
        return cls(min(FASTEST, max(SLOWEST, round(frames / SECONDS))), every)


class Film:
    """One film. `close` finishes it, `abandon` drops it. If it can't be made that is logged, never raised."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._raw = path.with_suffix(".raw.mp4")
        self._frames: queue.Queue[Image | None] = queue.Queue(maxsize=8)
        self._pace: Pace | None = None
        self._thread: threading.Thread | None = None
        self._due = 0
        self._broken = False

    def step(self, step: int, steps: int, image: Image) -> None:
        """Take in the picture after a step. Waits if the encoder is more than a few frames behind."""
        if self._pace is None:
            self._pace = Pace.of(steps)
            self._thread = threading.Thread(target=self._encode, name="film", daemon=True)
            self._thread.start()
        if step >= self._due or step == steps:
            self._due = step + self._pace.every
            # The renderer may draw its next picture into the same memory.
            self._frames.put(np.array(image))

    def close(self, recipe: Recipe) -> Path | None:
        """Finish the film with its recipe inside; its path, None if there were no frames or it failed."""
        self._end()
        if self._broken or self._thread is None:
            return None
        try:
            _publish(self._raw, self.path, recipe.model_dump_json(exclude_none=True))
        except (av.FFmpegError, OSError) as error:
            _failed(error)
            return None
        return self.path

    def abandon(self) -> None:
        """Nobody wants it any more."""
        self._broken = True
        self._end()

    def _end(self) -> None:
        if self._thread is not None and self._thread.is_alive():
            self._frames.put(None)
            self._thread.join()

    def _encode(self) -> None:
        try:
            self._write()
        except Exception as error:  # a picture without its film is better than none
            self._broken = True
            _failed(error)
            while self._frames.get() is not None:
                pass

    def _write(self) -> None:
        assert self._pace is not None
        fps = self._pace.fps
        image = self._frames.get()
        if image is None:
            return
        with av.open(str(self._raw), "w") as container:
            stream = container.add_stream("libx264", rate=fps, options=ENCODER)
            stream.height, stream.width = sides_of(image)
            stream.pix_fmt = "yuv420p"
            stream.time_base = Fraction(1, fps)
            enlarger = VideoReformatter()

            def show(image: Image, number: int) -> None:
                frame = av.VideoFrame.from_ndarray(image, format="rgb24")
                large = enlarger.reformat(
                    frame, stream.width, stream.height, "yuv420p", interpolation=Interpolation.POINT
                )
                large.pts, large.time_base = number, Fraction(1, fps)
                container.mux(stream.encode(large))

            last, number = image, 0
            while image is not None:
                show(image, number)
                last, number = image, number + 1
                image = self._frames.get()
            if not self._broken:
                # Shown once more when its time is over, it stays for all of it.
                show(last, number + round(HOLD * fps) - 1)
            container.mux(stream.encode())


def sides_of(image: Image) -> tuple[int, int]:
    """Height and width of the film of such pictures, both even; small ones are enlarged some whole times.

    Where that gives an odd side, one row or column of pixels is shown twice.
    """
    times = max(1, round(WATCHABLE / max(image.shape[:2])))
    height, width = (2 * math.ceil(side * times / 2) for side in image.shape[:2])
    return height, width


def _publish(raw: Path, path: Path, comment: str) -> None:
    """The same film with its index in front, so that it plays while it loads, and its recipe as comment.

    The recipe names the model, which is known only at the end, and the container's head is written first.
    """
    with av.open(str(raw)) as made, av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        container.metadata["comment"] = comment
        source = made.streams.video[0]
        stream = container.add_stream_from_template(source)
        for packet in made.demux(source):
            if packet.dts is not None:
                packet.stream = stream
                container.mux(packet)


def _failed(error: Exception) -> None:
    log("film_failed", logging.WARNING, exc_info=True, error=type(error).__name__)
