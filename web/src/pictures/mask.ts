/** A mask as it is painted: strokes of a round brush, in parts of the picture. */

export interface Point {
  x: number;
  y: number;
}

export interface Stroke {
  /** Of the brush, in parts of the picture's width. */
  width: number;
  points: readonly Point[];
}

/** Draws all strokes in a colour on a canvas that was clear, or becomes so. */
export function drawStrokes(canvas: HTMLCanvasElement, strokes: readonly Stroke[], colour: string): void {
  const pen = canvas.getContext("2d");
  if (!pen) return;
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.strokeStyle = colour;
  pen.lineCap = "round";
  pen.lineJoin = "round";
  for (const { width, points } of strokes) {
    pen.lineWidth = width * canvas.width;
    pen.beginPath();
    for (const [place, { x, y }] of points.entries()) {
      if (place === 0) pen.moveTo(x * canvas.width, y * canvas.height);
      // A point alone is a dot: a line of no length has round ends, too.
      pen.lineTo(x * canvas.width, y * canvas.height);
    }
    pen.stroke();
  }
}

/** The strokes as a mask of the canvas's size: white where they are, black elsewhere. */
export function whiteOnBlack(canvas: HTMLCanvasElement, strokes: readonly Stroke[]): Promise<Blob> {
  const strokesAlone = document.createElement("canvas");
  const mask = document.createElement("canvas");
  for (const one of [strokesAlone, mask]) {
    one.width = canvas.width;
    one.height = canvas.height;
  }
  drawStrokes(strokesAlone, strokes, "white");
  const pen = mask.getContext("2d");
  if (!pen) throw new Error("this browser can't draw a mask");
  pen.fillStyle = "black";
  pen.fillRect(0, 0, mask.width, mask.height);
  pen.drawImage(strokesAlone, 0, 0);
  return new Promise((resolve, reject) =>
    mask.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error("the mask can't be written"))),
      "image/png",
    ),
  );
}
