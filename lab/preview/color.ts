/** The named colours of Grafana (packages/grafana-data/src/themes/createVisualizationColors.ts). */
export type ThemeName = 'dark' | 'light';

const shades = ['super-light-', 'light-', '', 'semi-dark-', 'dark-'] as const;

const hues: Readonly<Record<ThemeName, Readonly<Record<string, string>>>> = {
  dark: {
    red: '#FFA6B0 #FF7383 #F2495C #E02F44 #C4162A',
    orange: '#FFCB7D #FFB357 #FF9830 #FF780A #FA6400',
    yellow: '#FFF899 #FFEE52 #FADE2A #F2CC0C #E0B400',
    green: '#C8F2C2 #96D98D #73BF69 #56A64B #37872D',
    blue: '#C0D8FF #8AB8FF #5794F2 #3274D9 #1F60C4',
    purple: '#DEB6F2 #CA95E5 #B877D9 #A352CC #8F3BB8',
  },
  light: {
    red: '#FF7383 #F2495C #E02F44 #C4162A #AD0317',
    orange: '#FFB357 #FF9830 #FF780A #FA6400 #E55400',
    yellow: '#FFEE52 #FADE2A #F2CC0C #E0B400 #CC9D00',
    green: '#96D98D #73BF69 #56A64B #37872D #19730E',
    blue: '#8AB8FF #5794F2 #3274D9 #1F60C4 #1250B0',
    purple: '#CA95E5 #B877D9 #A352CC #8F3BB8 #7C2EA3',
  },
};

/** What the page is made of. */
export const surfaces = {
  dark: {
    canvas: '#111217',
    panel: '#181b1f',
    border: 'rgba(204, 204, 220, 0.12)',
    text: '#ccccdc',
    faint: 'rgba(204, 204, 220, 0.65)',
    grid: 'rgba(240, 250, 255, 0.09)',
    link: '#6e9fff',
  },
  light: {
    canvas: '#f4f5f5',
    panel: '#ffffff',
    border: 'rgba(36, 41, 46, 0.12)',
    text: '#24292e',
    faint: 'rgba(36, 41, 46, 0.75)',
    grid: 'rgba(0, 10, 23, 0.09)',
    link: '#1f62e0',
  },
} as const;

const native: Readonly<Record<string, string>> = {
  white: '#ffffff',
  black: '#000000',
  gray: '#808080',
  grey: '#808080',
};

function shade(name: string, theme: ThemeName): string | undefined {
  const [, prefix = '', hue = ''] =
    /^(super-light-|light-|semi-dark-|dark-)?(\w+)$/.exec(name) ?? [];
  const index = shades.findIndex((each) => each === prefix);
  return hues[theme][hue]?.split(' ')[index];
}

/** A colour of a dashboard as CSS: `semi-dark-blue`, `text`, `#2A7FD4`. */
export function cssColor(name: string, theme: ThemeName): string {
  if (name.startsWith('#') || name.startsWith('rgb')) return name;
  if (name === 'text') return surfaces[theme].text;
  if (name === 'transparent') return 'transparent';
  if (name === 'panel-bg') return surfaces[theme].panel;
  return shade(name, theme) ?? native[name] ?? name;
}

const classic =
  'green yellow blue orange red purple dark-green dark-yellow dark-blue dark-orange dark-red dark-purple super-light-green super-light-yellow super-light-blue super-light-orange super-light-red super-light-purple #447EBC #C15C17 #890F02 #0A437C #6D1F62 #584477 #B7DBAB #F4D598 #70DBED #F9BA8F #F29191 #82B5D8 #E5A8E2 #AEA2E0 #629E51 #E5AC0E #64B0C8 #E0752D #BF1B00 #0A50A1 #962D82 #614D93 #9AC48A #F2C96D #65C5DB #F9934E #EA6460 #5195CE #D683CE #806EB7 #3F6833 #967302 #2F575E #99440A #58140C #052B51 #511749 #3F2B5B #E0F9D7 #FCEACA #CFFAFF #F9E2D2 #FCE2DE #BADFF4 #F9D9F9 #DEDAF7'.split(
    ' ',
  );

function channels(hex: string): readonly [number, number, number] {
  const full = hex.length === 4 ? hex.replace(/[0-9a-f]/gi, '$&$&') : hex;
  const at = (from: number) => Number.parseInt(full.slice(from, from + 2), 16);
  return [at(1), at(3), at(5)];
}

/** https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(hex: string): number {
  const [r, g, b] = channels(hex).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
export function contrast(first: string, second: string): number {
  const [low, high] = [luminance(first), luminance(second)].toSorted((a, b) => a - b) as [
    number,
    number,
  ];
  return (high + 0.05) / (low + 0.05);
}

/** Black or white, whichever reads better on a colour. */
export function textOn(background: string): string {
  if (!background.startsWith('#')) return 'inherit';
  return contrast(background, '#ffffff') >= 2.5 ? '#ffffff' : '#111217';
}

/** A colour of the classic palette by the order of the series. */
export function colorByIndex(index: number, theme: ThemeName): string {
  return cssColor(classic[index % classic.length] ?? 'green', theme);
}

/** The hash of Bernstein with exclusive or, from the end: what Grafana takes colours by. */
function hash(text: string): number {
  let sum = 5381;
  for (let at = text.length - 1; at >= 0; at -= 1) sum = Math.imul(sum, 33) ^ text.charCodeAt(at);
  return sum >>> 0;
}

/** A colour of the classic palette by the name of the series; faint ones are left out, as Grafana does. */
export function colorByName(name: string, theme: ThemeName): string {
  const legible = classic
    .map((each) => cssColor(each, theme))
    .filter((each) => contrast(each, surfaces[theme].panel) >= 3);
  return legible[hash(name) % legible.length] ?? surfaces[theme].text;
}

/** The colour a little darker (negative: lighter), by so many points of HSL lightness. */
export function darken(hex: string, points: number): string {
  return points >= 0
    ? `color-mix(in srgb, ${hex}, black ${points}%)`
    : `color-mix(in srgb, ${hex}, white ${-points}%)`;
}
