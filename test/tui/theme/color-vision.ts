/** Kinds of color vision: all three receptors, none for long waves, none for medium waves. */
export const visions = ['normal', 'protanopia', 'deuteranopia'] as const;
export type Vision = (typeof visions)[number];

type Triple = readonly [number, number, number];
type Matrix = readonly [Triple, Triple, Triple];

const identity: Matrix = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

/**
 * How linear sRGB is seen, at severity 1.0: Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of
 * Color Vision Deficiency", IEEE TVCG 15(6), 2009, table 1.
 */
const seen: Readonly<Record<Vision, Matrix>> = {
  normal: identity,
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
};

/** Linear sRGB to CIE XYZ with the white point D65: IEC 61966-2-1. */
const toXyz: Matrix = [
  [0.4124564, 0.3575761, 0.1804375],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339, 0.119192, 0.9503041],
];
const D65: Triple = [0.95047, 1, 1.08883];

/** The ratio of WCAG 2.2 between two colors `#rrggbb`: 1 to 21. */
export function contrastRatio(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

/**
 * The distance of two colors `#rrggbb` in CIELAB 1976 (ISO/CIE 11664-4), as it is seen. The least that is noticed is about 2.3
 * (Mahy, Van Eycken and Oosterlinck, 1994).
 */
export function seenDistance(one: string, other: string, vision: Vision): number {
  const [a, b] = [labOf(one, vision), labOf(other, vision)];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** The color of an index from 16 on of the palette of 256: a cube with the steps of xterm, and 24 greys. */
export function cubeColor(index: number): string {
  if (index >= 232) return hexOf(Array<number>(3).fill(8 + 10 * (index - 232)));
  const place = index - 16;
  const steps = [Math.floor(place / 36), Math.floor(place / 6) % 6, place % 6];
  return hexOf(steps.map((step) => (step === 0 ? 0 : 55 + 40 * step)));
}

function hexOf(channels: readonly number[]): string {
  return `#${channels.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}

function luminance(color: string): number {
  return multiplied(toXyz, linear(color))[1];
}

function labOf(color: string, vision: Vision): Triple {
  const shown = multiplied(seen[vision], linear(color)).map((channel) => Math.min(1, Math.max(0, channel)));
  const [x, y, z] = multiplied(toXyz, [shown[0] ?? 0, shown[1] ?? 0, shown[2] ?? 0]);
  const [fx, fy, fz] = [cubeRoot(x / D65[0]), cubeRoot(y / D65[1]), cubeRoot(z / D65[2])];
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
}

function cubeRoot(ratio: number): number {
  return ratio > 216 / 24_389 ? Math.cbrt(ratio) : ((24_389 / 27) * ratio + 16) / 116;
}

function linear(color: string): Triple {
  const channel = (at: number): number => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

function multiplied(matrix: Matrix, [r, g, b]: Triple): Triple {
  const row = ([x, y, z]: Triple): number => x * r + y * g + z * b;
  return [row(matrix[0]), row(matrix[1]), row(matrix[2])];
}
