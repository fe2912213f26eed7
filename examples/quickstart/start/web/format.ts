/** Writes cents as people read prices: `formatPrice(1250)` is `12.50 €`. */
export function formatPrice(cents: number): string {
  const whole = Math.floor(cents / 100);
  const rest = String(cents % 100).padStart(2, "0");
  return `${whole}.${rest} €`;
}
