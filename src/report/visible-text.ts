/** Controls, halves of characters, and marks that turn the direction of the text around them. */
const unseen = /[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029\uFEFF]/gu;

/**
 * The text on one line with everything in it visible. Names and details come from other systems: they
 * must not move a terminal's cursor or make a report read otherwise than it is written.
 */
export function visibleText(text: string): string {
  return text.replaceAll(
    unseen,
    (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`,
  );
}
