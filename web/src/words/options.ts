/**
 * The options of the known renderers in other languages. English is what their schemas say, so there is none here; what
 * isn't known here, such as a third party's renderer, is told in its schema's own words.
 */

import { language } from "./language";

interface Options {
  /** What renderers, options and choices are called. */
  names: Readonly<Record<string, string>>;
  /** One line on each option. */
  help: Readonly<Record<string, string>>;
  /** One line on each renderer. */
  summaries: Readonly<Record<string, string>>;
}

/** A name in the visitor's language; undefined where its own is as good. */
export function nameOf(name: string): string | undefined {
  return spoken()?.names[name];
}

export function helpOf(option: string, own = ""): string {
  return spoken()?.help[option] ?? own;
}

export function summaryOf(renderer: string, own = ""): string {
  return spoken()?.summaries[renderer] ?? own;
}

function spoken(): Options | undefined {
  return language.value === "de" ? GERMAN : undefined;
}

export const GERMAN: Options = {
  names: {
    // Renderers are called alike everywhere.
    quality: "Qualität",
    draft: "Entwurf",
    normal: "Normal",
    better: "Besser",
    best: "Am besten",
    aspect: "Format",
    square: "Quadrat",
    portrait: "Hochformat",
    widescreen: "Breitbild",
    size: "Größe",
    seed: "Seed",
    init_image: "Ausgangsbild",
    iterations: "Schritte",
    cuts: "Ausschnitte",
    clip: "CLIP",
    late_clip: "Später CLIP",
    image_prompts: "Bild-Prompts",
    init_weight: "Treue zum Ausgangsbild",
    smoothness: "Glätte",
    saturation: "Sättigung",
    symmetry: "Symmetrie",
    auto_stop: "Von selbst aufhören",
    style: "Stil",
    drawing: "Zeichnung",
    painting: "Gemälde",
    strokes: "Striche",
    curves: "Bögen",
    closed: "Geschlossen",
    min_width: "Geringste Breite",
    max_width: "Größte Breite",
    background: "Hintergrund",
    negative_prompt: "Nicht im Bild",
    model: "Modell",
    alternatives: "Andere Prompts",
    images: "Bilder",
    steps: "Schritte",
    guidance: "Strenge",
    scheduler: "Sampler",
    strength: "Stärke",
    mask: "Maske",
    loras: "LoRAs",
    shape: "Form",
    rectangle: "Rechteck",
    hexagon: "Sechseck",
    diamond: "Raute",
    triangle: "Dreieck",
    knit: "Masche",
    cells: "Zellen",
    pixel_scale: "Pixelgröße",
    palette: "Palette",
    palette_mode: "Palettentreue",
    hard: "Streng",
    soft: "Locker",
    vqgan: "VQGAN",
    zoom: "Zoom",
    pan_x: "Fahrt nach rechts",
    pan_y: "Fahrt nach unten",
    rotation: "Drehung",
    frame_steps: "Schritte je Bild",
  },
  help: {
    quality: "Wie viel Arbeit hineingeht: mehr Schritte und mehr Ausschnitte",
    aspect: "Die Form des Bildes: 1:1, 4:5 oder 16:9",
    size: "Die längere Seite des Bildes, in Pixeln",
    seed: "Eine Zahl oder irgendein Text; der gleiche Seed gibt das gleiche Bild",
    init_image: "Das Bild, mit dem begonnen wird",
    iterations: "Schritte der Führung; sonst, was zur Qualität gehört",
    cuts: "Ausschnitte, die CLIP bei jedem Schritt sieht; sonst, was zur Qualität gehört",
    clip: "Der CLIP, der führt, mit seinem Namen aus models.toml, auch mehrere mit Kommas; sonst der vom Betreiber gewählte",
    late_clip: "Ein größerer CLIP, der im letzten Drittel der Schritte dazukommt",
    image_prompts: "Bilder, denen es ähnlich werden soll, neben dem Prompt",
    init_weight: "Wie sehr das Bild dem gleichen muss, mit dem begonnen wurde",
    smoothness: "Wie viel Kanten kosten; sonst, was zum CLIP passt",
    saturation: "Über 0 für mehr Farbe, unter 0 für weniger",
    symmetry: "Wie sehr die linke Seite die rechte spiegeln muss",
    auto_stop: "So viele Schritte ohne Verbesserung, dann lernt es langsamer, dann hört es auf",
    style: "Linien jeder Breite und Deckkraft, oder viele deckende Striche eines breiten Pinsels",
    strokes: "Wie viele Striche; sonst, was zu Stil und CLIP passt",
    curves: "Aus wie vielen Bögen hintereinander ein Strich besteht",
    closed: "Ob jeder Strich dort endet, wo er beginnt",
    min_width: "Wie schmal ein Strich sein darf, in Prozent der kürzeren Seite",
    max_width: "Wie breit ein Strich sein darf, in Prozent der kürzeren Seite",
    background:
      "Die Farbe hinter den Strichen, etwa 'white' oder '#102030'; sonst, was zum CLIP passt; 'free' lässt sie finden",
    negative_prompt: "Was nicht im Bild sein soll",
    model:
      "Das Diffusionsmodell, mit seinem Namen aus models.toml, oder mehrere mit Kommas: der Seed wählt eines; sonst das vom Betreiber gewählte",
    alternatives: "Andere Prompts: der Seed wählt unter ihnen und dem eigentlichen",
    images: "Wie viele Bilder, jedes mit eigenem Seed",
    steps: "Schritte der Entrauschung; sonst, was zu Modell und Qualität passt",
    guidance: "Wie streng der Prompt befolgt wird; 1 oder weniger ist gar nicht, sonst, was zum Modell passt",
    scheduler: "Der Sampler, mit seinem Namen; sonst, was zum Modell passt (flow-euler ist der von FLUX)",
    strength: "Wie viel vom Ausgangsbild neu gemalt wird; 1 ist alles",
    mask: "Wo neu gemalt wird: ein Bild in der Form des Ausgangsbildes, dort weiß und sonst schwarz",
    loras: "LoRAs mit ihren Namen aus models.toml, jeder mit seinem Gewicht: 'eins:0.8, anderes'",
    shape: "Die Form einer Zelle; 'Masche' ist gestrickt",
    cells: "Zellen des Rasters entlang seiner kürzeren Seite",
    pixel_scale: "Um wie viel größer die Zellen sind",
    palette: "Nur diese Farben: der Name einer Palette, oder Farben wie '#102030, #ffcc00'",
    palette_mode: "Ob es allein die Farben der Palette sind, oder ob es nur zu ihnen hingezogen wird",
    vqgan: "Der VQGAN, der malt, mit seinem Namen aus models.toml; sonst der vom Betreiber gewählte",
    zoom: "Animation: um wie viel größer jedes Bild ist als das vorige; 1.02 fliegt hinein",
    pan_x: "Animation: wie weit jedes Bild nach rechts rückt, in Breiten des Bildes",
    pan_y: "Animation: wie weit jedes Bild nach unten rückt, in Höhen des Bildes",
    rotation: "Animation: wie weit sich jedes Bild im Uhrzeigersinn dreht, in Grad",
    frame_steps: "Animation: Schritte von einem Bild zum nächsten",
  },
  summaries: {
    clipdraw: "Malt mit Pinselstrichen.",
    diffusion: "Malt, indem es Schritt für Schritt Rauschen wegnimmt, mit einem Diffusionsmodell.",
    pixeldraw: "Malt mit einem Raster großer Pixel.",
    vqgan_clip: "Malt mit den Codes eines VQGAN und kann durch das Gemalte fliegen.",
  },
};
