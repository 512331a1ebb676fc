/** What the page's script uses of https://github.com/bigskysoftware/idiomorph, which is loaded before it. */
declare const Idiomorph: typeof import('idiomorph').Idiomorph;
