/** A pattern as Grafana reads it: `/body/flags`, or without slashes one that has to fit the whole text. */
export function patternOf(text: string): RegExp {
  const [, body, flags] = /^\/(.*)\/(\w*)$/s.exec(text) ?? [];
  return body === undefined ? new RegExp(`^${text}$`) : new RegExp(body, flags);
}
