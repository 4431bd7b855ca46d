/** What part of a picture is in sight: how many times larger than fitted it is, and how far it is moved. */

export interface View {
  /** 1 is the whole picture. */
  scale: number;
  /** Pixels of the screen that the picture's middle is right of, and below, the frame's. */
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

export const WHOLE: View = { scale: 1, x: 0, y: 0 };
export const CLOSEST = 16;

/** The size of a picture that just fits into a frame. */
export function fitted(picture: Size, frame: Size): Size {
  const times = Math.min(frame.width / picture.width, frame.height / picture.height);
  return { width: picture.width * times, height: picture.height * times };
}

/** Closer by `factor`, with the point `x`, `y` (from the frame's middle) staying where it is. */
export function closer(view: View, factor: number, x = 0, y = 0): View {
  const scale = Math.min(CLOSEST, Math.max(1, view.scale * factor));
  const times = scale / view.scale;
  return { scale, x: x - (x - view.x) * times, y: y - (y - view.y) * times };
}

/** The same view with no more empty frame than need be. `size`: of the fitted picture. */
export function held(view: View, size: Size, frame: Size): View {
  const within = (at: number, picture: number, room: number) => {
    const most = Math.max(0, (picture * view.scale - room) / 2);
    return Math.min(most, Math.max(-most, at));
  };
  return {
    scale: view.scale,
    x: within(view.x, size.width, frame.width),
    y: within(view.y, size.height, frame.height),
  };
}
