const longestShown = 53;

/** A text cut to what fits on a line of the report. */
export function shorten(text: string): string {
  const chars = Array.from(text);
  return chars.length > longestShown ? `${chars.slice(0, longestShown - 3).join('')}...` : text;
}
