type Rgb = readonly [number, number, number];
type Matrix = readonly [Rgb, Rgb, Rgb];

/** Severity 1.0 of Machado, Oliveira and Fernandes 2009, for linear RGB. */
export const deficiencies: Readonly<Record<'deuteranopia' | 'protanopia', Matrix>> = {
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
};

function dot(a: Rgb, b: Rgb): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function linear(channel: number): number {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
}

/** Linear RGB of `#rrggbb`. */
export function rgbOf(hex: string): Rgb {
  const at = (from: number) => linear(Number.parseInt(hex.slice(from, from + 2), 16) / 255);
  return [at(1), at(3), at(5)];
}

export function seenWith(matrix: Matrix, rgb: Rgb): Rgb {
  const clamp = (value: number) => Math.min(1, Math.max(0, value));
  return [clamp(dot(matrix[0], rgb)), clamp(dot(matrix[1], rgb)), clamp(dot(matrix[2], rgb))];
}

function luminance(rgb: Rgb): number {
  return dot([0.2126, 0.7152, 0.0722], rgb);
}

/** Contrast by WCAG 2: 1 of equal colours, 21 of black and white. */
export function contrast(a: string, b: string): number {
  const [low, high] = [luminance(rgbOf(a)), luminance(rgbOf(b))].toSorted((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}

/** CIE L*a*b* under D65. */
function labOf(rgb: Rgb): Rgb {
  const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = f(dot([0.4124, 0.3576, 0.1805], rgb) / 0.95047);
  const y = f(luminance(rgb));
  const z = f(dot([0.0193, 0.1192, 0.9505], rgb) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** Distance of two colours as they are seen (CIE 1976): about 2.3 is just told apart. */
export function distance(a: Rgb, b: Rgb): number {
  const [one, other] = [labOf(a), labOf(b)];
  return Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
}
