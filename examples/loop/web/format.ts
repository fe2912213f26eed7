/** Writes a number of days as people say it: `formatDays(1)` is `1 day`. */
export function formatDays(days: number): string {
  return days === 1 ? "1 day" : `${days} days`;
}
