// Generated from contract/ by `npm run contract`. Do not edit.

import type { Timestamp } from "firebase/firestore";

/**
 * How somebody is told.
 */
export type Channel = "mail" | "webhook";
/**
 * How far it has come.
 */
export type Delivery = "pending" | "sending" | "sent" | "failed";
/**
 * Where a task is in its life. Clients write `queued` alone; the rest is the listener's.
 */
export type Status = "queued" | "scheduled" | "running" | "done" | "failed" | "cancelled" | "rejected";
/**
 * What a worker is doing.
 */
export type WorkerState = "starting" | "idle" | "rendering" | "draining" | "broken" | "stopped";

/**
 * An attempt that came to nothing, kept in the task's history.
 */
export interface Attempt {
  worker: string;
  epoch: number;
  started_at?: Timestamp | null;
  ended_at: Timestamp;
  code: string;
  message: string;
}
/**
 * `catalog/{renderer}`: from which the page draws a renderer's form.
 */
export interface CatalogEntry {
  summary: string;
  /**
   * JSON Schema of the renderer's options
   */
  options: {
    [k: string]: unknown;
  };
}
/**
 * A render's state in Cloud Storage, from which whoever claims the task next goes on.
 */
export interface Checkpoint {
  path: string;
  step: number;
  /**
   * Of the claim that wrote it
   */
  epoch: number;
  at: Timestamp;
}
/**
 * Who works on a task, and until when nobody else may.
 */
export interface Claim {
  worker: string;
  /**
   * Made anew for each claim, so that a claim whose answer was lost is known again
   */
  id: string;
  /**
   * Rises at each claim and fences every later write and upload
   */
  epoch: number;
  at: Timestamp;
  lease_until: Timestamp;
  /**
   * Made in the worker's name by the listener that had the task in sight
   */
  offered?: boolean | null;
  /**
   * More tasks wait: the worker should ask for the next
   */
  more?: boolean | null;
}
/**
 * Draws with strokes of the brush.
 */
export interface ClipdrawParams {
  /**
   * How much work to put in: more steps and more cutouts
   */
  quality?: "draft" | "normal" | "better" | "best";
  /**
   * The picture's shape: 1:1, 4:5 or 16:9
   */
  aspect?: "square" | "portrait" | "widescreen";
  /**
   * The picture's longer side, in pixels
   */
  size?: number;
  /**
   * A number or any text; the same seed gives the same picture
   */
  seed?: number | string | null;
  /**
   * The picture to begin from: the path it was uploaded to, uploads/…
   */
  init_image?: string | null;
  /**
   * Steps of guidance; by default the quality's
   */
  iterations?: number | null;
  /**
   * Cutouts that CLIP sees at each step; by default the quality's
   */
  cuts?: number | null;
  /**
   * The CLIP that guides, by its key in models.toml, or several with commas between; by default the operator's
   */
  clip?: string | null;
  /**
   * A larger CLIP that joins for the last third of the steps
   */
  late_clip?: string | null;
  /**
   * Pictures to draw towards, beside the prompt
   *
   * @maxItems 4
   */
  image_prompts?:
    | []
    | [ImagePrompt]
    | [ImagePrompt, ImagePrompt]
    | [ImagePrompt, ImagePrompt, ImagePrompt]
    | [ImagePrompt, ImagePrompt, ImagePrompt, ImagePrompt];
  /**
   * How strongly the picture is held to the one it begins from
   */
  init_weight?: number;
  /**
   * How much edges cost; by default what suits the CLIP
   */
  smoothness?: number | null;
  /**
   * Above 0 for more colour, below 0 for less
   */
  saturation?: number;
  /**
   * How much the left must mirror the right
   */
  symmetry?: number;
  /**
   * Steps without getting better after which it learns slower, then stops
   */
  auto_stop?: number | null;
  /**
   * Lines of any width and opacity, or many opaque strokes of a broad brush
   */
  style?: "drawing" | "painting";
  /**
   * How many strokes; by default what suits the style and the CLIP
   */
  strokes?: number | null;
  /**
   * Curves that a stroke is made of, one after the other
   */
  curves?: number;
  /**
   * Whether each stroke ends where it begins
   */
  closed?: boolean;
  /**
   * The thinnest a stroke may be, in percent of the shorter side
   */
  min_width?: number | null;
  /**
   * The widest a stroke may be, in percent of the shorter side
   */
  max_width?: number | null;
  /**
   * The colour behind the strokes, such as 'white' or '#102030'; by default what suits the CLIP; 'free' lets it be found
   */
  background?: string | null;
  /**
   * What not to draw; '|' separates several
   */
  negative_prompt?: string | null;
}
/**
 * A picture to draw towards, or away from.
 */
export interface ImagePrompt {
  /**
   * The path it was uploaded to, uploads/…
   */
  image: string;
  /**
   * How much it pulls; below 0 it pushes away
   */
  weight?: number;
}
/**
 * `stats/{yyyy-mm-ddThh}` and `stats/{yyyy-mm-dd}`, in UTC: what an hour and a day came to.
 */
export interface Counts {
  begins_at: Timestamp;
  ends_at: Timestamp;
  /**
   * When it was counted
   */
  at: Timestamp;
  /**
   * Tasks queued, scheduled and running at that moment
   */
  waiting: {
    [k: string]: number;
  };
  /**
   * Tasks that ended in that time, by status
   */
  finished: {
    [k: string]: number;
  };
  /**
   * Pictures finished in that time, by renderer
   */
  done: {
    [k: string]: number;
  };
  /**
   * Mean seconds that one of them took, by renderer
   */
  seconds: {
    [k: string]: number;
  };
  expires_at: Timestamp;
}
/**
 * Draws by taking noise away step by step, with a diffusion model.
 */
export interface DiffusionParams {
  /**
   * How much work to put in: more steps and more cutouts
   */
  quality?: "draft" | "normal" | "better" | "best";
  /**
   * The picture's shape: 1:1, 4:5 or 16:9
   */
  aspect?: "square" | "portrait" | "widescreen";
  /**
   * The picture's longer side, in pixels
   */
  size?: number;
  /**
   * A number or any text; the same seed gives the same picture
   */
  seed?: number | string | null;
  /**
   * The picture to begin from: the path it was uploaded to, uploads/…
   */
  init_image?: string | null;
  /**
   * The diffusion model, by its key in models.toml, or several with commas between: the seed chooses one; by default the operator's
   */
  model?: string | null;
  /**
   * Other prompts: the seed chooses among them and the task's own
   *
   * @maxItems 16
   */
  alternatives?:
    | []
    | [string]
    | [string, string]
    | [string, string, string]
    | [string, string, string, string]
    | [string, string, string, string, string]
    | [string, string, string, string, string, string]
    | [string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string, string, string, string, string, string]
    | [
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string
      ]
    | [
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string
      ]
    | [
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string
      ];
  /**
   * What should not be in the picture
   */
  negative_prompt?: string | null;
  /**
   * How many pictures to make, each from a seed of its own
   */
  images?: number;
  /**
   * Steps of denoising; by default what suits the model and the quality
   */
  steps?: number | null;
  /**
   * How strictly to follow the prompt; 1 or less is not at all, by default the model's
   */
  guidance?: number | null;
  /**
   * The sampler, by name; by default what suits the model (flow-euler is FLUX's)
   */
  scheduler?:
    | (
        | "ddim"
        | "ddpm"
        | "dpmpp-2m"
        | "dpmpp-2m-karras"
        | "dpmpp-2m-sde"
        | "euler"
        | "euler-ancestral"
        | "flow-euler"
        | "heun"
        | "lcm"
        | "unipc"
      )
    | null;
  /**
   * How much of the picture it begins from is drawn anew; 1 is all of it
   */
  strength?: number;
  /**
   * Where to draw anew: a picture, white there and black elsewhere, of init_image's shape, by the path it was uploaded to, uploads/…
   */
  mask?: string | null;
  /**
   * LoRAs by their keys in models.toml, each with its weight: 'one:0.8, another'
   */
  loras?: string | null;
}
/**
 * Why a task failed, was rejected, or waits for another attempt.
 */
export interface Failure {
  code: string;
  message: string;
  field?: string | null;
  retryable?: boolean;
}
/**
 * `queue/{task}/likes/{uid}`, written and deleted together with the task's count `likes`.
 */
export interface Like {
  uid: string;
  task: string;
  created_at: Timestamp;
}
/**
 * `live/queue`: how long the line is. What a page makes of it: `place`, and `wait`.
 *
 * The place of a task is the number of `ranks` before its own; in a line that is longer than `ranks`, whose
 * first and last these then are, in proportion. Since `at`, `workers` have taken one task each in every so
 * many `seconds`.
 */
export interface Line {
  at: Timestamp;
  /**
   * Tasks in line
   */
  waiting: number;
  /**
   * Of every task in line, or of the first and the last
   */
  ranks?: Timestamp[];
  /**
   * Listeners that take tasks
   */
  workers: number;
  /**
   * Measured seconds a task, by renderer/quality
   */
  seconds?: {
    [k: string]: number;
  };
}
/**
 * What a client writes to ask for a picture; `created_at` and `rank` are timestamps beside it.
 */
export interface NewTask {
  uid: string;
  prompt: string;
  renderer: string;
  params?: {
    [k: string]: unknown;
  };
  public?: boolean;
  status?: Status;
  cancel_requested?: boolean;
}
/**
 * `outbox/{task}_{channel}_{status}`: one a channel for each end that a task comes to.
 *
 * The address stays in `queue/{task}/private/contact`, to be taken back.
 */
export interface Outgoing {
  task: string;
  channel: Channel;
  status: Status;
  state: Delivery;
  /**
   * Made once; a webhook gets the same one at each attempt
   */
  delivery: string;
  /**
   * The receiver as a hash, by which those of one address are counted
   */
  to: string;
  attempts?: number;
  /**
   * What the last attempt met
   */
  error?: string | null;
  created_at: Timestamp;
  sent_at?: Timestamp | null;
  /**
   * When to look at it again: only while it is pending or sending
   */
  next_attempt?: Timestamp | null;
  expires_at: Timestamp;
}
/**
 * Draws with a grid of large pixels.
 */
export interface PixeldrawParams {
  /**
   * How much work to put in: more steps and more cutouts
   */
  quality?: "draft" | "normal" | "better" | "best";
  /**
   * The picture's shape: 1:1, 4:5 or 16:9
   */
  aspect?: "square" | "portrait" | "widescreen";
  /**
   * The picture's longer side, in pixels
   */
  size?: number;
  /**
   * A number or any text; the same seed gives the same picture
   */
  seed?: number | string | null;
  /**
   * The picture to begin from: the path it was uploaded to, uploads/…
   */
  init_image?: string | null;
  /**
   * Steps of guidance; by default the quality's
   */
  iterations?: number | null;
  /**
   * Cutouts that CLIP sees at each step; by default the quality's
   */
  cuts?: number | null;
  /**
   * The CLIP that guides, by its key in models.toml, or several with commas between; by default the operator's
   */
  clip?: string | null;
  /**
   * A larger CLIP that joins for the last third of the steps
   */
  late_clip?: string | null;
  /**
   * Pictures to draw towards, beside the prompt
   *
   * @maxItems 4
   */
  image_prompts?:
    | []
    | [ImagePrompt]
    | [ImagePrompt, ImagePrompt]
    | [ImagePrompt, ImagePrompt, ImagePrompt]
    | [ImagePrompt, ImagePrompt, ImagePrompt, ImagePrompt];
  /**
   * How strongly the picture is held to the one it begins from
   */
  init_weight?: number;
  /**
   * How much edges cost; by default what suits the CLIP
   */
  smoothness?: number | null;
  /**
   * Above 0 for more colour, below 0 for less
   */
  saturation?: number;
  /**
   * How much the left must mirror the right
   */
  symmetry?: number;
  /**
   * Steps without getting better after which it learns slower, then stops
   */
  auto_stop?: number | null;
  /**
   * The shape of a cell; 'knit' is a stitch
   */
  shape?: "square" | "rectangle" | "hexagon" | "triangle" | "diamond" | "knit";
  /**
   * Cells of the grid along its shorter side
   */
  cells?: number;
  /**
   * How many times larger cells are than that
   */
  pixel_scale?: number;
  /**
   * Only these colours: a palette's name, or colours such as '#102030, #ffcc00'
   */
  palette?: string | null;
  /**
   * Whether the palette's colours alone are used, or only drawn near to
   */
  palette_mode?: "hard" | "soft";
}
/**
 * `queue/{task}/live/progress`: one document, overwritten at most once a second.
 */
export interface Progress {
  epoch: number;
  step: number;
  steps: number;
  score?: number | null;
  /**
   * Seconds left, as far as the speed so far tells
   */
  eta?: number | null;
  /**
   * The picture so far: a small WebP as a data: URL
   */
  preview?: string | null;
  updated_at?: Timestamp | null;
}
/**
 * `reports/{task}_{uid}`: why an account thinks that a picture should not be shown.
 */
export interface Report {
  task: string;
  uid: string;
  reason: string;
  created_at: Timestamp;
}
/**
 * What a finished task gave.
 */
export interface Result {
  /**
   * @minItems 1
   */
  images: [StoredFile, ...StoredFile[]];
  thumbnail: StoredFile;
  video?: StoredFile | null;
  svg?: StoredFile | null;
  width: number;
  height: number;
  seed: number;
  seconds: number;
  /**
   * How well the picture fits the prompt; higher is better
   */
  score?: number | null;
  /**
   * Key of the model in models.toml
   */
  model?: string | null;
  model_hash?: string | null;
  versions?: {
    [k: string]: string;
  };
}
/**
 * A file in Cloud Storage, and the address that a browser opens.
 */
export interface StoredFile {
  path: string;
  url: string;
}
/**
 * A whole task document. `params` stays as it was written; `options` is what it means.
 */
export interface Task {
  uid: string;
  prompt: string;
  renderer: string;
  params?: {
    [k: string]: unknown;
  };
  public?: boolean;
  status?: Status;
  cancel_requested?: boolean;
  id: string;
  created_at?: Timestamp | null;
  rank?: Timestamp | null;
  /**
   * Attempts that count; a drain doesn't
   */
  attempt?: number;
  max_attempts?: number;
  /**
   * Those that came to nothing
   */
  attempts?: Attempt[];
  claim?: Claim | null;
  checkpoint?: Checkpoint | null;
  not_before?: Timestamp | null;
  result?: Result | null;
  error?: Failure | null;
  started_at?: Timestamp | null;
  finished_at?: Timestamp | null;
  expires_at?: Timestamp | null;
  /**
   * How many accounts like it: as many as there are below `likes/`
   */
  likes?: number;
  /**
   * Kept out of the gallery by an operator
   */
  hidden?: boolean;
  /**
   * What the API chose renderer and model from at random
   */
  chosen_from?:
    | {
        [k: string]: unknown;
      }[]
    | null;
}
/**
 * Draws with the codes of a VQGAN, and can fly through what it draws.
 */
export interface VqganClipParams {
  /**
   * How much work to put in: more steps and more cutouts
   */
  quality?: "draft" | "normal" | "better" | "best";
  /**
   * The picture's shape: 1:1, 4:5 or 16:9
   */
  aspect?: "square" | "portrait" | "widescreen";
  /**
   * The picture's longer side, in pixels
   */
  size?: number;
  /**
   * A number or any text; the same seed gives the same picture
   */
  seed?: number | string | null;
  /**
   * The picture to begin from: the path it was uploaded to, uploads/…
   */
  init_image?: string | null;
  /**
   * Steps of guidance; by default the quality's
   */
  iterations?: number | null;
  /**
   * Cutouts that CLIP sees at each step; by default the quality's
   */
  cuts?: number | null;
  /**
   * The CLIP that guides, by its key in models.toml, or several with commas between; by default the operator's
   */
  clip?: string | null;
  /**
   * A larger CLIP that joins for the last third of the steps
   */
  late_clip?: string | null;
  /**
   * Pictures to draw towards, beside the prompt
   *
   * @maxItems 4
   */
  image_prompts?:
    | []
    | [ImagePrompt]
    | [ImagePrompt, ImagePrompt]
    | [ImagePrompt, ImagePrompt, ImagePrompt]
    | [ImagePrompt, ImagePrompt, ImagePrompt, ImagePrompt];
  /**
   * How strongly the picture is held to the one it begins from
   */
  init_weight?: number;
  /**
   * How much edges cost; by default what suits the CLIP
   */
  smoothness?: number | null;
  /**
   * Above 0 for more colour, below 0 for less
   */
  saturation?: number;
  /**
   * How much the left must mirror the right
   */
  symmetry?: number;
  /**
   * Steps without getting better after which it learns slower, then stops
   */
  auto_stop?: number | null;
  /**
   * The VQGAN that draws, by its key in models.toml; by default the operator's
   */
  vqgan?: string | null;
  /**
   * Animation: how much larger each frame is than the last; 1.02 flies in
   */
  zoom?: number;
  /**
   * Animation: how far each frame moves right, in widths of the picture
   */
  pan_x?: number;
  /**
   * Animation: how far each frame moves down, in heights of the picture
   */
  pan_y?: number;
  /**
   * Animation: how far each frame turns clockwise, in degrees
   */
  rotation?: number;
  /**
   * Animation: steps from one frame to the next
   */
  frame_steps?: number;
}
/**
 * `workers/{worker}`: one listener process on one device, for the console and the page.
 */
export interface Worker {
  host: string;
  device: string;
  renderers: string[];
  /**
   * Keys of models.toml that are here
   */
  models?: string[];
  /**
   * Keys that were asked for and aren't here
   */
  lacks?: string[];
  /**
   * Why it claims nothing
   */
  note?: string | null;
  state: WorkerState;
  task?: string | null;
  last_seen?: Timestamp | null;
  version: string;
  /**
   * Measured seconds a task, by renderer/quality
   */
  seconds?: {
    [k: string]: number;
  };
  /**
   * When it came
   */
  since?: Timestamp | null;
}

/** What the renderers of this version take, for as long as `catalog/` is empty. */
export const KNOWN_RENDERERS: Record<string, CatalogEntry> = {
  "clipdraw": {
    "summary": "Draws with strokes of the brush.",
    "options": {
      "additionalProperties": false,
      "description": "Draws with strokes of the brush.",
      "properties": {
        "quality": {
          "default": "normal",
          "description": "How much work to put in: more steps and more cutouts",
          "enum": [
            "draft",
            "normal",
            "better",
            "best"
          ],
          "title": "Quality",
          "type": "string"
        },
        "aspect": {
          "default": "square",
          "description": "The picture's shape: 1:1, 4:5 or 16:9",
          "enum": [
            "square",
            "portrait",
            "widescreen"
          ],
          "title": "Aspect",
          "type": "string"
        },
        "size": {
          "default": 512,
          "description": "The picture's longer side, in pixels",
          "maximum": 2048,
          "minimum": 64,
          "title": "Size",
          "type": "integer"
        },
        "seed": {
          "anyOf": [
            {
              "maximum": 9223372036854776000,
              "minimum": -9223372036854776000,
              "type": "integer"
            },
            {
              "maxLength": 100,
              "type": "string"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "A number or any text; the same seed gives the same picture",
          "title": "Seed"
        },
        "init_image": {
          "anyOf": [
            {
              "format": "upload",
              "maxLength": 300,
              "type": "string"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "The picture to begin from: the path it was uploaded to, uploads/…",
          "title": "Init Image"
        },
        "iterations": {
          "anyOf": [
            {
              "maximum": 2000,
              "minimum": 1,
              "type": "integer"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "Steps of guidance; by default the quality's",
          "title": "Iterations"
        },
        "cuts": {
          "anyOf": [
            {
              "maximum": 128,
              "minimum": 1,
              "type": "integer"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "Cutouts that CLIP sees at each step; by default the quality's",
          "title": "Cuts"
        },
        "clip": {
          "anyOf": [
            {
              "maxLength": 200,
              "type": "string"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "The CLIP that guides, by its key in models.toml, or several with commas between; by default the operator's",
          "title": "Clip"
        },
        "late_clip": {
          "anyOf": [
            {
              "maxLength": 64,
              "type": "string"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "A larger CLIP that joins for the last third of the steps",
          "title": "Late Clip"
        },
        "image_prompts": {
          "description": "Pictures to draw towards, beside the prompt",
          "items": {
            "$ref": "#/$defs/ImagePrompt"
          },
          "maxItems": 4,
          "title": "Image Prompts",
          "type": "array"
        },
        "init_weight": {
          "default": 0,
          "description": "How strongly the picture is held to the one it begins from",
          "maximum": 10,
          "minimum": 0,
          "title": "Init Weight",
          "type": "number"
        },
        "smoothness": {
          "anyOf": [
            {
              "maximum": 10,
              "minimum": 0,
              "type": "number"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "How much edges cost; by default what suits the CLIP",
          "title": "Smoothness"
        },
        "saturation": {
          "default": 0,
          "description": "Above 0 for more colour, below 0 for less",
          "maximum": 5,
          "minimum": -5,
          "title": "Saturation",
          "type": "number"
        },
        "symmetry": {
          "default": 0,
          "description": "How much the left must mirror the right",
          "maximum": 10,
          "minimum": 0,
          "title": "Symmetry",
          "type": "number"
        },
        "auto_stop": {
          "anyOf": [
            {
              "maximum": 500,
              "minimum": 5,
              "type": "integer"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "Steps without getting better after which it learns slower, then stops",
          "title": "Auto Stop"
        },
        "style": {
          "default": "drawing",
          "description": "Lines of any width and opacity, or many opaque strokes of a broad brush",
          "enum": [
            "drawing",
            "painting"
          ],
          "title": "Style",
          "type": "string"
        },
        "strokes": {
          "anyOf": [
            {
              "maximum": 2048,
              "minimum": 1,
              "type": "integer"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "How many strokes; by default what suits the style and the CLIP",
          "title": "Strokes"
        },
        "curves": {
          "default": 2,
          "description": "Curves that a stroke is made of, one after the other",
          "maximum": 6,
          "minimum": 1,
          "title": "Curves",
          "type": "integer"
        },
        "closed": {
          "default": false,
          "description": "Whether each stroke ends where it begins",
          "title": "Closed",
          "type": "boolean"
        },
        "min_width": {
          "anyOf": [
            {
              "maximum": 100,
              "minimum": 0.1,
              "type": "number"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "The thinnest a stroke may be, in percent of the shorter side",
          "title": "Min Width"
        },
        "max_width": {
          "anyOf": [
            {
              "maximum": 100,
              "minimum": 0.1,
              "type": "number"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "The widest a stroke may be, in percent of the shorter side",
          "title": "Max Width"
        },
        "background": {
          "anyOf": [
            {
              "maxLength": 40,
              "type": "string"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "The colour behind the strokes, such as 'white' or '#102030'; by default what suits the CLIP; 'free' lets it be found",
          "title": "Background"
        },
        "negative_prompt": {
          "anyOf": [
            {
              "maxLength": 500,
              "type": "string"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "What not to draw; '|' separates several",
          "title": "Negative Prompt"
        }
      },
      "title": "ClipdrawParams",
      "type": "object",
      "$defs": {
        "ImagePrompt": {
          "additionalProperties": false,
          "description": "A picture to draw towards, or away from.",
          "properties": {
            "image": {
              "description": "The path it was uploaded to, uploads/…",
              "format": "upload",
              "maxLength": 300,
              "title": "Image",
              "type": "string"
            },
            "weight": {
              "default": 1,
              "description": "How much it pulls; below 0 it pushes away",
              "maximum": 100,
              "minimum": -100,
              "title": "Weight",
              "type": "number"
            }
          },
          "required": [
            "image"
          ],
          "title": "ImagePrompt",
          "type": "object"
        }
      }
    }
  },
  "diffusion": {
    "summary": "Draws by taking noise away step by step, with a diffusion model.",
    "options": {
      "additionalProperties": false,
      "description": "Draws by taking noise away step by step, with a diffusion model.",
      "properties": {
        "quality": {
          "default": "normal",
          "description": "How much work to put in: more steps and more cutouts",
          "enum": [
            "draft",
            "normal",
            "better",
            "best"
          ],
          "title": "Quality",
          "type": "string"
        },
        "aspect": {
          "default": "square",
          "description": "The picture's shape: 1:1, 4:5 or 16:9",
          "enum": [
            "square",
            "portrait",
            "widescreen"
          ],
          "title": "Aspect",
          "type": "string"
        },
        "size": {
          "default": 512,
          "description": "The picture's longer side, in pixels",
          "maximum": 2048,
          "minimum": 64,
          "title": "Size",
          "type": "integer"
        },
        "seed": {
          "anyOf": [
            {
              "maximum": 9223372036854776000,
              "minimum": -9223372036854776000,
              "type": "integer"
            },
            {
              "maxLength": 100,
              "type": "string"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "A number or any text; the same seed gives the same picture",
          "title": "Seed"
        },
        "init_image": {
          "anyOf": [
            {
              "format": "upload",
              "maxLength": 300,
              "type": "string"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "The picture to begin from: the path it was uploaded to, uploads/…",
          "title": "Init Image"
        },
        "model": {
          "anyOf": [
            {
              "maxLength": 400,
              "type": "string"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "The diffusion model, by its key in models.toml, or several with commas between: the seed chooses one; by default the operator's",
          "title": "Model"
        },
        "alternatives": {
          "description": "Other prompts: the seed chooses among them and the task's own",
          "items": {
            "type": "string"
          },
          "maxItems": 16,
          "title": "Alternatives",
          "type": "array"
        },
        "negative_prompt": {
          "anyOf": [
            {
              "maxLength": 2000,
              "type": "string"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "What should not be in the picture",
          "title": "Negative Prompt"
        },
        "images": {
          "default": 1,
          "description": "How many pictures to make, each from a seed of its own",
          "maximum": 8,
          "minimum": 1,
          "title": "Images",
          "type": "integer"
        },
        "steps": {
          "anyOf": [
            {
              "maximum": 150,
              "minimum": 1,
              "type": "integer"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "Steps of denoising; by default what suits the model and the quality",
          "title": "Steps"
        },
        "guidance": {
          "anyOf": [
            {
              "maximum": 30,
              "minimum": 0,
              "type": "number"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "How strictly to follow the prompt; 1 or less is not at all, by default the model's",
          "title": "Guidance"
        },
        "scheduler": {
          "anyOf": [
            {
              "enum": [
                "ddim",
                "ddpm",
                "dpmpp-2m",
                "dpmpp-2m-karras",
                "dpmpp-2m-sde",
                "euler",
                "euler-ancestral",
                "flow-euler",
                "heun",
                "lcm",
                "unipc"
              ],
              "type": "string"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "The sampler, by name; by default what suits the model (flow-euler is FLUX's)",
          "title": "Scheduler"
        },
        "strength": {
          "default": 0.6,
          "description": "How much of the picture it begins from is drawn anew; 1 is all of it",
          "exclusiveMinimum": 0,
          "maximum": 1,
          "title": "Strength",
          "type": "number"
        },
        "mask": {
          "anyOf": [
            {
              "format": "upload",
              "maxLength": 300,
              "type": "string"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "Where to draw anew: a picture, white there and black elsewhere, of init_image's shape, by the path it was uploaded to, uploads/…",
          "title": "Mask"
        },
        "loras": {
          "anyOf": [
            {
              "maxLength": 400,
              "type": "string"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "LoRAs by their keys in models.toml, each with its weight: 'one:0.8, another'",
          "title": "Loras"
        }
      },
      "title": "DiffusionParams",
      "type": "object"
    }
  },
  "pixeldraw": {
    "summary": "Draws with a grid of large pixels.",
    "options": {
      "additionalProperties": false,
      "description": "Draws with a grid of large pixels.",
      "properties": {
        "quality": {
          "default": "normal",
          "description": "How much work to put in: more steps and more cutouts",
          "enum": [
            "draft",
            "normal",
            "better",
            "best"
          ],
          "title": "Quality",
          "type": "string"
        },
        "aspect": {
          "default": "square",
          "description": "The picture's shape: 1:1, 4:5 or 16:9",
          "enum": [
            "square",
            "portrait",
            "widescreen"
          ],
          "title": "Aspect",
          "type": "string"
        },
        "size": {
          "default": 512,
          "description": "The picture's longer side, in pixels",
          "maximum": 2048,
          "minimum": 64,
          "title": "Size",
          "type": "integer"
        },
        "seed": {
          "anyOf": [
            {
              "maximum": 9223372036854776000,
              "minimum": -9223372036854776000,
              "type": "integer"
            },
            {
              "maxLength": 100,
              "type": "string"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "A number or any text; the same seed gives the same picture",
          "title": "Seed"
        },
        "init_image": {
          "anyOf": [
            {
              "format": "upload",
              "maxLength": 300,
              "type": "string"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "The picture to begin from: the path it was uploaded to, uploads/…",
          "title": "Init Image"
        },
        "iterations": {
          "anyOf": [
            {
              "maximum": 2000,
              "minimum": 1,
              "type": "integer"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "Steps of guidance; by default the quality's",
          "title": "Iterations"
        },
        "cuts": {
          "anyOf": [
            {
              "maximum": 128,
              "minimum": 1,
              "type": "integer"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "Cutouts that CLIP sees at each step; by default the quality's",
          "title": "Cuts"
        },
        "clip": {
          "anyOf": [
            {
              "maxLength": 200,
              "type": "string"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "The CLIP that guides, by its key in models.toml, or several with commas between; by default the operator's",
          "title": "Clip"
        },
        "late_clip": {
          "anyOf": [
            {
              "maxLength": 64,
              "type": "string"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "A larger CLIP that joins for the last third of the steps",
          "title": "Late Clip"
        },
        "image_prompts": {
          "description": "Pictures to draw towards, beside the prompt",
          "items": {
            "$ref": "#/$defs/ImagePrompt"
          },
          "maxItems": 4,
          "title": "Image Prompts",
          "type": "array"
        },
        "init_weight": {
          "default": 0,
          "description": "How strongly the picture is held to the one it begins from",
          "maximum": 10,
          "minimum": 0,
          "title": "Init Weight",
          "type": "number"
        },
        "smoothness": {
          "anyOf": [
            {
              "maximum": 10,
              "minimum": 0,
              "type": "number"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "How much edges cost; by default what suits the CLIP",
          "title": "Smoothness"
        },
        "saturation": {
          "default": 0,
          "description": "Above 0 for more colour, below 0 for less",
          "maximum": 5,
          "minimum": -5,
          "title": "Saturation",
          "type": "number"
        },
        "symmetry": {
          "default": 0,
          "description": "How much the left must mirror the right",
          "maximum": 10,
          "minimum": 0,
          "title": "Symmetry",
          "type": "number"
        },
        "auto_stop": {
          "anyOf": [
            {
              "maximum": 500,
              "minimum": 5,
              "type": "integer"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "Steps without getting better after which it learns slower, then stops",
          "title": "Auto Stop"
        },
        "shape": {
          "default": "square",
          "description": "The shape of a cell; 'knit' is a stitch",
          "enum": [
            "square",
            "rectangle",
            "hexagon",
            "triangle",
            "diamond",
            "knit"
          ],
          "title": "Shape",
          "type": "string"
        },
        "cells": {
          "default": 40,
          "description": "Cells of the grid along its shorter side",
          "maximum": 128,
          "minimum": 8,
          "title": "Cells",
          "type": "integer"
        },
        "pixel_scale": {
          "default": 1,
          "description": "How many times larger cells are than that",
          "maximum": 8,
          "minimum": 0.25,
          "title": "Pixel Scale",
          "type": "number"
        },
        "palette": {
          "anyOf": [
            {
              "maxLength": 2400,
              "type": "string"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "Only these colours: a palette's name, or colours such as '#102030, #ffcc00'",
          "title": "Palette"
        },
        "palette_mode": {
          "default": "hard",
          "description": "Whether the palette's colours alone are used, or only drawn near to",
          "enum": [
            "hard",
            "soft"
          ],
          "title": "Palette Mode",
          "type": "string"
        }
      },
      "title": "PixeldrawParams",
      "type": "object",
      "$defs": {
        "ImagePrompt": {
          "additionalProperties": false,
          "description": "A picture to draw towards, or away from.",
          "properties": {
            "image": {
              "description": "The path it was uploaded to, uploads/…",
              "format": "upload",
              "maxLength": 300,
              "title": "Image",
              "type": "string"
            },
            "weight": {
              "default": 1,
              "description": "How much it pulls; below 0 it pushes away",
              "maximum": 100,
              "minimum": -100,
              "title": "Weight",
              "type": "number"
            }
          },
          "required": [
            "image"
          ],
          "title": "ImagePrompt",
          "type": "object"
        }
      }
    }
  },
  "vqgan_clip": {
    "summary": "Draws with the codes of a VQGAN, and can fly through what it draws.",
    "options": {
      "additionalProperties": false,
      "description": "Draws with the codes of a VQGAN, and can fly through what it draws.",
      "properties": {
        "quality": {
          "default": "normal",
          "description": "How much work to put in: more steps and more cutouts",
          "enum": [
            "draft",
            "normal",
            "better",
            "best"
          ],
          "title": "Quality",
          "type": "string"
        },
        "aspect": {
          "default": "square",
          "description": "The picture's shape: 1:1, 4:5 or 16:9",
          "enum": [
            "square",
            "portrait",
            "widescreen"
          ],
          "title": "Aspect",
          "type": "string"
        },
        "size": {
          "default": 512,
          "description": "The picture's longer side, in pixels",
          "maximum": 2048,
          "minimum": 64,
          "title": "Size",
          "type": "integer"
        },
        "seed": {
          "anyOf": [
            {
              "maximum": 9223372036854776000,
              "minimum": -9223372036854776000,
              "type": "integer"
            },
            {
              "maxLength": 100,
              "type": "string"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "A number or any text; the same seed gives the same picture",
          "title": "Seed"
        },
        "init_image": {
          "anyOf": [
            {
              "format": "upload",
              "maxLength": 300,
              "type": "string"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "The picture to begin from: the path it was uploaded to, uploads/…",
          "title": "Init Image"
        },
        "iterations": {
          "anyOf": [
            {
              "maximum": 2000,
              "minimum": 1,
              "type": "integer"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "Steps of guidance; by default the quality's",
          "title": "Iterations"
        },
        "cuts": {
          "anyOf": [
            {
              "maximum": 128,
              "minimum": 1,
              "type": "integer"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "Cutouts that CLIP sees at each step; by default the quality's",
          "title": "Cuts"
        },
        "clip": {
          "anyOf": [
            {
              "maxLength": 200,
              "type": "string"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "The CLIP that guides, by its key in models.toml, or several with commas between; by default the operator's",
          "title": "Clip"
        },
        "late_clip": {
          "anyOf": [
            {
              "maxLength": 64,
              "type": "string"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "A larger CLIP that joins for the last third of the steps",
          "title": "Late Clip"
        },
        "image_prompts": {
          "description": "Pictures to draw towards, beside the prompt",
          "items": {
            "$ref": "#/$defs/ImagePrompt"
          },
          "maxItems": 4,
          "title": "Image Prompts",
          "type": "array"
        },
        "init_weight": {
          "default": 0,
          "description": "How strongly the picture is held to the one it begins from",
          "maximum": 10,
          "minimum": 0,
          "title": "Init Weight",
          "type": "number"
        },
        "smoothness": {
          "anyOf": [
            {
              "maximum": 10,
              "minimum": 0,
              "type": "number"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "How much edges cost; by default what suits the CLIP",
          "title": "Smoothness"
        },
        "saturation": {
          "default": 0,
          "description": "Above 0 for more colour, below 0 for less",
          "maximum": 5,
          "minimum": -5,
          "title": "Saturation",
          "type": "number"
        },
        "symmetry": {
          "default": 0,
          "description": "How much the left must mirror the right",
          "maximum": 10,
          "minimum": 0,
          "title": "Symmetry",
          "type": "number"
        },
        "auto_stop": {
          "anyOf": [
            {
              "maximum": 500,
              "minimum": 5,
              "type": "integer"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "Steps without getting better after which it learns slower, then stops",
          "title": "Auto Stop"
        },
        "vqgan": {
          "anyOf": [
            {
              "maxLength": 64,
              "type": "string"
            },
            {
              "type": "null"
            }
          ],
          "default": null,
          "description": "The VQGAN that draws, by its key in models.toml; by default the operator's",
          "title": "Vqgan"
        },
        "zoom": {
          "default": 1,
          "description": "Animation: how much larger each frame is than the last; 1.02 flies in",
          "maximum": 2,
          "minimum": 0.5,
          "title": "Zoom",
          "type": "number"
        },
        "pan_x": {
          "default": 0,
          "description": "Animation: how far each frame moves right, in widths of the picture",
          "maximum": 0.5,
          "minimum": -0.5,
          "title": "Pan X",
          "type": "number"
        },
        "pan_y": {
          "default": 0,
          "description": "Animation: how far each frame moves down, in heights of the picture",
          "maximum": 0.5,
          "minimum": -0.5,
          "title": "Pan Y",
          "type": "number"
        },
        "rotation": {
          "default": 0,
          "description": "Animation: how far each frame turns clockwise, in degrees",
          "maximum": 90,
          "minimum": -90,
          "title": "Rotation",
          "type": "number"
        },
        "frame_steps": {
          "default": 5,
          "description": "Animation: steps from one frame to the next",
          "maximum": 100,
          "minimum": 1,
          "title": "Frame Steps",
          "type": "integer"
        }
      },
      "title": "VqganClipParams",
      "type": "object",
      "$defs": {
        "ImagePrompt": {
          "additionalProperties": false,
          "description": "A picture to draw towards, or away from.",
          "properties": {
            "image": {
              "description": "The path it was uploaded to, uploads/…",
              "format": "upload",
              "maxLength": 300,
              "title": "Image",
              "type": "string"
            },
            "weight": {
              "default": 1,
              "description": "How much it pulls; below 0 it pushes away",
              "maximum": 100,
              "minimum": -100,
              "title": "Weight",
              "type": "number"
            }
          },
          "required": [
            "image"
          ],
          "title": "ImagePrompt",
          "type": "object"
        }
      }
    }
  }
};
